package orders

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/stock"
	"held/rules/protocol"
)

// Given is a dose that was given, by the room's entry.
type Given struct {
	Entry, Session, Client, Order db.ID
	By                            db.ID
	At, Entered, Undone           time.Time
	Body                          GivenBody
	LookedBy                      db.ID
	Looked                        time.Time
	Word                          string
}

// GivenBody is what was given, and in what it was not what was ordered.
type GivenBody struct {
	Medicine protocol.Medicine `json:"medicine,omitempty"`
	Mg       protocol.Decimal  `json:"mg"` // 0: nobody entered how much
	Booster  bool              `json:"booster,omitempty"`
	Differs  []string          `json:"differs,omitempty"`
}

// ToLook tells whether somebody has to look at it.
func (g Given) ToLook() bool {
	return len(g.Body.Differs) > 0 && g.Undone.IsZero() && g.Looked.IsZero()
}

func (s *Service) openGiven(ctx context.Context, q db.Q, rows []givenRow, err error) ([]Given, error) {
	if err != nil {
		return nil, err
	}
	out := make([]Given, len(rows))
	for i, r := range rows {
		plain, err := s.open(ctx, q, r.Client, r.Entry, givenBody, r.body)
		if err != nil {
			return nil, err
		}
		if plain != "" {
			if err := json.Unmarshal([]byte(plain), &r.Body); err != nil {
				return nil, err
			}
		}
		if r.Word, err = s.open(ctx, q, r.Client, r.Entry, givenWord, r.word); err != nil {
			return nil, err
		}
		out[i] = r.Given
	}
	return out, nil
}

func (s *Service) givenOf(ctx context.Context, q db.Q, client db.ID) ([]Given, error) {
	rows, err := db.All(ctx, q, scanGiven, sqlGivenOf, access.From(ctx).Practice, client)
	return s.openGiven(ctx, q, rows, err)
}

func (s *Service) givenAt(ctx context.Context, q db.Q, session db.ID) ([]Given, error) {
	rows, err := db.All(ctx, q, scanGiven, sqlGivenAt, access.From(ctx).Practice, session)
	return s.openGiven(ctx, q, rows, err)
}

// ToLook are doses that were not as ordered and that nobody has looked at, of the
// clients whose orders the reader may read.
func (s *Service) ToLook(ctx context.Context) ([]Given, error) {
	q := s.DB.Reader()
	rows, err := db.All(ctx, q, scanGiven, sqlToLook, access.From(ctx).Practice)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r givenRow) bool { return !access.Can(ctx, access.Read, of(access.Orders, r.Client)) })
	return s.openGiven(ctx, q, rows, nil)
}

// What follows is for the room, whose operations ask whether somebody may.

// Given keeps that a dose was given, once for each entry of the room, and puts it
// into the ledger. Nothing is refused: what is not what was ordered is kept as it
// was, and waits for the prescriber to look at it.
func (s *Service) Given(ctx context.Context, tx *db.Tx, session, entry db.ID, mg protocol.Decimal, booster bool, at time.Time) error {
	x, err := s.Preparation.Session(ctx, tx, session)
	if err != nil {
		return err
	}
	all, err := s.versions(ctx, tx, session)
	if err != nil {
		return err
	}
	g := Given{Entry: entry, Session: session, Client: x.Client, At: at, Body: GivenBody{Medicine: x.Terms.Product, Mg: mg, Booster: booster}}
	v := standing(all)
	if v != nil {
		g.Order, g.Body.Medicine = v.ID, v.Medicine
	}
	if g.Body.Differs, err = s.differs(ctx, tx, g, v); err != nil {
		return err
	}
	kept, err := s.keepGiven(ctx, tx, g)
	if err != nil || !kept {
		return err
	}
	if err := s.Trail.Record(ctx, tx, line("gave", "dose", x.Client, entry, "")); err != nil {
		return err
	}
	return s.Stock.Give(ctx, tx, stock.Giving{Session: session, Client: x.Client, Mg: mg, Ref: entry.String()})
}

func (s *Service) keepGiven(ctx context.Context, tx *db.Tx, g Given) (bool, error) {
	a := access.From(ctx)
	plain, err := json.Marshal(g.Body)
	if err != nil {
		return false, err
	}
	sealed, err := s.seal(ctx, tx, g.Client, g.Entry, givenBody, string(plain))
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, sqlGive, a.Practice, g.Entry, g.Session, g.Client, g.Order, sealed, min(len(g.Body.Differs), 1), a.Person, db.Micros(g.At), db.Micros(s.Now()), []byte{})
	return n > 0, err
}

// differs says in what a dose is not what was ordered.
func (s *Service) differs(ctx context.Context, q db.Q, g Given, v *Version) (out []string, err error) {
	if v == nil {
		return []string{"No order stood for this session."}, nil
	}
	d, err := s.drawn(ctx, q, g.Session, v)
	if err != nil {
		return nil, err
	}
	if !d.Ready() {
		out = append(out, "No second person had confirmed what was drawn up.")
	}
	before, err := s.givenAt(ctx, q, g.Session)
	if err != nil {
		return nil, err
	}
	doses, boosters, first := tally(before, g)
	if g.Body.Mg <= 0 {
		out = append(out, "How much was given was not entered.")
	}
	if !g.Body.Booster {
		if g.Body.Mg > 0 && g.Body.Mg != v.Mg {
			out = append(out, g.Body.Mg.String()+" mg were given; "+v.Mg.String()+" mg were ordered.")
		}
		if doses > 0 {
			out = append(out, "It is a further dose; one was ordered.")
		}
		return out, nil
	}
	return append(out, booster(g, v, boosters, first)...), nil
}

// tally counts what was given before, and when the first dose was.
func tally(all []Given, but Given) (doses, boosters int, first time.Time) {
	for _, o := range all {
		switch {
		case o.Entry == but.Entry || !o.Undone.IsZero():
		case o.Body.Booster:
			boosters++
		default:
			doses++
			if first.IsZero() || o.At.Before(first) {
				first = o.At
			}
		}
	}
	return doses, boosters, first
}

func booster(g Given, v *Version, before int, first time.Time) (out []string) {
	if before >= v.Boosters {
		out = append(out, "It is booster "+strconv.Itoa(before+1)+"; "+strconv.Itoa(v.Boosters)+" were allowed.")
	}
	if v.Boosters == 0 {
		return out
	}
	if g.Body.Mg > v.Most {
		out = append(out, "A booster of "+g.Body.Mg.String()+" mg was given; "+v.Most.String()+" mg were allowed at most.")
	}
	after := g.At.Sub(first)
	switch {
	case first.IsZero():
		out = append(out, "A booster was given without a dose before it.")
	case after < time.Duration(v.FromMin)*time.Minute || after > time.Duration(v.ToMin)*time.Minute:
		out = append(out, "The booster was given "+strconv.Itoa(int(after/time.Minute))+" minutes after the dose; "+strconv.Itoa(v.FromMin)+" to "+strconv.Itoa(v.ToMin)+" were allowed.")
	}
	return out
}

// Corrected keeps a dose that was entered in the place of another one: the first
// is undone, the other is given, and both stay to be read.
func (s *Service) Corrected(ctx context.Context, tx *db.Tx, session, was, entry db.ID, mg protocol.Decimal, booster bool, at time.Time) error {
	if err := s.Undone(ctx, tx, session, was); err != nil {
		return err
	}
	return s.Given(ctx, tx, session, entry, mg, booster, at)
}

// Undone keeps that a dose was undone in the room, with counter-entries in the
// ledger. The dose stays to be read.
func (s *Service) Undone(ctx context.Context, tx *db.Tx, session, entry db.ID) error {
	n, err := tx.Exec(ctx, sqlUndo, db.Micros(s.Now()), access.From(ctx).Practice, entry, session)
	if err != nil || n == 0 {
		return err
	}
	x, err := s.Preparation.Session(ctx, tx, session)
	if err != nil {
		return err
	}
	if err := s.Trail.Record(ctx, tx, line("undid", "dose", x.Client, entry, "")); err != nil {
		return err
	}
	return s.Stock.TakeBack(ctx, tx, session, entry.String())
}

// Look is the prescriber's word about a dose that was not what was ordered.
func (s *Service) Look(ctx context.Context, session, entry db.ID, word string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.session(ctx, tx, session, access.Write, access.Orders)
		if err != nil {
			return err
		}
		if word = strings.TrimSpace(word); word == "" {
			return fault.Field("word-"+entry.String(), "Please write what you found.")
		}
		sealed, err := s.seal(ctx, tx, x.Client, entry, givenWord, word)
		if err != nil {
			return err
		}
		a := access.From(ctx)
		n, err := tx.Exec(ctx, sqlLook, a.Person, db.Micros(s.Now()), sealed, a.Practice, entry, session)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Taken, "Somebody looked at it already. Nothing was changed.")
		}
		return s.Trail.Record(ctx, tx, line("looked at", "dose", x.Client, entry, ""))
	})
}
