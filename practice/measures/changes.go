package measures

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/scoring"
)

// MaxSource bounds what is said of where a value comes from, in runes.
const MaxSource = 300

// Own is what the practice itself calls a change of one score: one version of it.
type Own struct {
	ID         db.ID
	Instrument string
	Score      string
	By         db.ID
	At         time.Time

	Points string // a number; "" takes it back
	Worse  string // "higher", "lower", or "" for neither
	Source string
}

// Value is the number; false where it was taken back.
func (o Own) Value() (float64, bool) {
	v, err := strconv.ParseFloat(o.Points, 64)
	return v, err == nil
}

type ownBody struct {
	Points string `json:"points"`
	Worse  string `json:"worse"`
	Source string `json:"source"`
}

func changeField(practice, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: row, Column: "measures_changes.body"}
}

// Settable tells whether the practice may say what a change of a score is: where
// nothing was published, or what was is uncertain or disputed.
func Settable(in scoring.Instrument, score string) bool {
	i := slices.IndexFunc(in.Scores, func(sp scoring.Spec) bool { return sp.Key == score })
	if i < 0 || !Scaled(in.Scores[i]) {
		return false
	}
	ch := in.Change
	return ch == nil || ch.Of != score || ch.Reliable == nil || ch.Setting || ch.Uncertain
}

// Scaled tells whether a score is a number on a scale.
func Scaled(sp scoring.Spec) bool { return sp.Lowest != nil && sp.Highest != nil && sp.Title != "" }

// History is every version of what the practice set, the newest last.
func (s *Service) History(ctx context.Context, q db.Q) (out []Own, err error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanChange, sqlChanges, practice)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		plain, err := s.Vault.Open(ctx, q, changeField(practice, r.ID), r.body)
		if err != nil {
			return nil, err
		}
		var b ownBody
		if err := json.Unmarshal([]byte(plain), &b); err != nil {
			return nil, err
		}
		r.Points, r.Worse, r.Source = b.Points, b.Worse, b.Source
		out = append(out, r.Own)
	}
	return out, nil
}

// Own are the values that hold now, by instrument and score.
func (s *Service) Own(ctx context.Context, q db.Q) (map[[2]string]Own, error) {
	all, err := s.History(ctx, q)
	out := map[[2]string]Own{}
	for _, o := range all {
		if _, is := o.Value(); is {
			out[[2]string{o.Instrument, o.Score}] = o
		} else {
			delete(out, [2]string{o.Instrument, o.Score})
		}
	}
	return out, err
}

// SetOwn sets what the practice calls a change, from now on: the prescriber
// does, and says where the value comes from.
func (s *Service) SetOwn(ctx context.Context, o Own) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Protocol}); err != nil {
		return err
	}
	all, err := s.Instruments(ctx, s.DB.Reader())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(in scoring.Instrument) bool { return in.ID == o.Instrument })
	if i < 0 || !Settable(all[i], o.Score) {
		return fault.New(fault.NotFound, "There is no score here whose change the practice could set. A published value stays as it was published.")
	}
	o.Points, o.Source = strings.TrimSpace(o.Points), strings.TrimSpace(o.Source)
	if err := checkOwn(all[i], o); err != nil {
		return err
	}
	me, id := access.From(ctx), db.NewID()
	plain, err := json.Marshal(ownBody{o.Points, o.Worse, o.Source})
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.Vault.Seal(ctx, tx, changeField(me.Practice, id), string(plain))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetChange, me.Practice, id, o.Instrument, o.Score, sealed, me.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "set", Kind: "change value", Object: id})
	})
}

func checkOwn(in scoring.Instrument, o Own) error {
	e := fault.New(fault.Invalid, "This needs another look. Nothing was changed.")
	if o.Points != "" {
		sp := in.Scores[slices.IndexFunc(in.Scores, func(sp scoring.Spec) bool { return sp.Key == o.Score })]
		span := float64(*sp.Highest - *sp.Lowest)
		if v, is := o.Value(); !is || !plainNumber(o.Points) || v <= 0 || v > span {
			e.AddField("points", fmt.Sprintf("Please give a number above 0 and up to %g, such as 10 or 0.5; or leave it empty to take the value back.", span))
		}
		if utf8.RuneCountInString(o.Source) < 3 {
			e.AddField("source", "Please say where this value comes from.")
		}
	}
	if utf8.RuneCountInString(o.Source) > MaxSource {
		e.AddField("source", fmt.Sprintf("Please shorten this to at most %d characters.", MaxSource))
	}
	if !slices.Contains([]string{"", "higher", "lower"}, o.Worse) {
		e.AddField("worse", "Please choose one of the options.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// plainNumber is digits with a point at most: "1e3" and "NaN" are numbers too.
func plainNumber(s string) bool {
	return len(s) <= 8 && strings.Trim(s, "0123456789.") == ""
}
