package medicine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
	rule "held/rules/protocol"
)

// AfterCare is the practice's own text for the hours after a session: of one
// medicine, for one version of its protocol. A change is another row; the last
// one holds, and a sheet that was given keeps the text it was given with.
type AfterCare struct {
	ID       db.ID
	Medicine rule.Medicine
	Version  string // of the protocol
	By       db.ID
	Made     time.Time
	Words    string
}

// MaxAfterCare is how long one may be, in characters.
const MaxAfterCare = 8000

var errNoMedicine = fault.New(fault.NotFound, "There is no medicine at this address.")

func afterCareField(practice, row db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: row, Column: "medicine_aftercare.body"}
}

// AfterCareOf is the text for a medicine under one version of its protocol; with
// no id when nobody has written one for it.
func (s *Service) AfterCareOf(ctx context.Context, q db.Q, m rule.Medicine, version string) (AfterCare, error) {
	return s.afterCare(ctx, q, sqlAfterCare, string(m), version)
}

// LastAfterCare is the last text for a medicine under whichever version: to
// begin another one from, never to be given as if it were that one's.
func (s *Service) LastAfterCare(ctx context.Context, q db.Q, m rule.Medicine) (AfterCare, error) {
	return s.afterCare(ctx, q, sqlLastAfterCare, string(m))
}

func (s *Service) afterCare(ctx context.Context, q db.Q, query string, args ...any) (AfterCare, error) {
	practice := access.From(ctx).Practice
	r, err := db.One(ctx, q, scanAfterCare, query, append([]any{practice}, args...)...)
	if errors.Is(err, db.ErrNone) {
		return AfterCare{}, nil
	}
	if err != nil {
		return AfterCare{}, err
	}
	r.Words, err = s.Vault.Open(ctx, q, afterCareField(practice, r.ID), r.body)
	return r.AfterCare, err
}

// WriteAfterCare keeps the text for a medicine under one version.
func (s *Service) WriteAfterCare(ctx context.Context, m rule.Medicine, version, words string) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Papers}); err != nil {
		return err
	}
	switch {
	case !m.Known() || version == "":
		return errNoMedicine
	case strings.TrimSpace(words) == "":
		return fault.Field("words", "Please write what people are to know and do afterwards. They read it as it stands.")
	}
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := s.AfterCareOf(ctx, tx, m, version)
		if err != nil || was.Words == words {
			return err
		}
		id := db.NewID()
		body, err := s.Vault.Seal(ctx, tx, afterCareField(me.Practice, id), words)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddAfterCare, me.Practice, id, string(m), version, body, me.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "after-care text", Object: id})
	})
}

// Example is a sentence that others have published, to be taken over or not.
type Example struct{ Words, Source string }

// AfterCareExamples are what the page of a text offers beside it. None of it
// holds before somebody here has put it into the practice's text.
func AfterCareExamples(m rule.Medicine) []Example {
	out := []Example{
		{"Please do not drive or use machines before tomorrow, and then only after a night of restful sleep.", "Label of intranasal esketamine (spravatohcp.com). It was written for esketamine; whether it holds for " + m.Name() + " too is yours to say."},
		{"Please go home with the adult who came for you.", "Label of intranasal esketamine: transport is arranged beforehand (spravatohcp.com)."},
		{"Please drink no alcohol today, and take nothing that makes you sleepy unless your prescriber has said so.", "Sedating substances add to sedation and to slow breathing: Veraart 2021, doi:10.1093/ijnp/pyab039."},
		{"Please sign nothing and decide nothing that binds you before tomorrow.", "Common practice. We have read no source for it."},
	}
	return out
}

// Sheet is what one person takes home from one session.
type Sheet struct {
	Session, Client db.ID
	Changed         time.Time
	Given           time.Time // it was handed over; zero: not yet
	GivenBy         db.ID
	sheetText
}

// sheetText is what of a sheet is sealed.
type sheetText struct {
	Remind  string `json:"remind,omitempty"`  // what they asked to be reminded of, in their words
	Call    string `json:"call,omitempty"`    // whom they would call
	Words   string `json:"words,omitempty"`   // the practice's text, as it was given
	Version string `json:"version,omitempty"` // of the protocol
	By      string `json:"by,omitempty"`      // who handed it over, by name
}

// MaxOwnWords is how long each of a person's own words may be.
const MaxOwnWords = 2000

func (s *Service) sheetField(ctx context.Context, client, session db.ID) vault.Field {
	return vault.Field{Practice: access.From(ctx).Practice, Subject: client, Class: vault.Clinical, Row: session, Column: "medicine_sheets.body"}
}

// sheetOf loads a session's sheet; an empty one where nothing was written yet.
func (s *Service) sheetOf(ctx context.Context, q db.Q, session, client db.ID) (Sheet, error) {
	r, err := db.One(ctx, q, scanSheet, sqlSheet, access.From(ctx).Practice, session)
	if errors.Is(err, db.ErrNone) {
		return Sheet{Session: session, Client: client}, nil
	}
	if err != nil {
		return Sheet{}, err
	}
	return s.openSheet(ctx, q, r)
}

func (s *Service) openSheet(ctx context.Context, q db.Q, r sheetRow) (Sheet, error) {
	plain, err := s.Vault.Open(ctx, q, s.sheetField(ctx, r.Client, r.Session), r.body)
	if errors.Is(err, vault.ErrErased) {
		return r.Sheet, nil
	}
	if err != nil {
		return r.Sheet, err
	}
	return r.Sheet, json.Unmarshal([]byte(plain), &r.sheetText)
}

func (s *Service) keepSheet(ctx context.Context, tx *db.Tx, x Sheet) error {
	practice := access.From(ctx).Practice
	plain, err := json.Marshal(x.sheetText)
	if err != nil {
		return err
	}
	body, err := s.Vault.Seal(ctx, tx, s.sheetField(ctx, x.Client, x.Session), string(plain))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlKeepSheet, practice, x.Session, x.Client, body, db.Micros(s.Now()), db.Micros(x.Given), x.GivenBy)
	return err
}

// mayRead asks who reads a sheet: whoever it is for, and who is in the room.
func mayReadSheet(ctx context.Context, client db.ID) error {
	if access.Can(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}) {
		return nil
	}
	return access.Check(ctx, access.Read, access.Resource{Class: access.Gate, Subject: client})
}

// SheetOf is the sheet of one session, for whoever it is for and who cares for them.
func (s *Service) SheetOf(ctx context.Context, session db.ID) (Sheet, error) {
	a, err := s.Calendar.Get(ctx, s.DB.Reader(), session)
	if err == nil {
		err = mayReadSheet(ctx, a.Client)
	}
	if err != nil {
		return Sheet{}, err
	}
	return s.sheetOf(ctx, s.DB.Reader(), session, a.Client)
}

var errGiven = fault.New(fault.Taken, "The sheet was handed over meanwhile, and from then on it is theirs alone to change. What you typed stands below and was not kept.")

// OwnWords keeps what a person asks to be reminded of, and whom they would
// call: in their words. They can change it at any time; who cares for them can
// write it down for them until the sheet is given.
func (s *Service) OwnWords(ctx context.Context, session db.ID, remind, call string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.Calendar.Get(ctx, tx, session)
		if err != nil {
			return err
		}
		own := access.Can(ctx, access.Write, access.Resource{Class: access.Own, Subject: a.Client})
		if !own {
			if err := access.Check(ctx, access.Write, access.Resource{Class: access.Room, Subject: a.Client}); err != nil {
				return err
			}
		}
		if _, err := s.Preparation.Session(ctx, tx, session); err != nil { // nothing is taken home from any other time
			return err
		}
		x, err := s.sheetOf(ctx, tx, session, a.Client)
		switch {
		case err != nil:
			return err
		case !own && !x.Given.IsZero():
			return errGiven
		case x.Remind == remind && x.Call == call:
			return nil
		}
		x.Remind, x.Call = remind, call
		if err := s.keepSheet(ctx, tx, x); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Subject: a.Client, Kind: "after-care sheet", Object: session})
	})
}

var errNoText = fault.New(fault.Taken, "The practice has no after-care text for this version of the protocol, so there is nothing to hand over yet. Nothing was changed. A prescriber or a guide writes it under Settings, After-care.")

// Give hands the sheet over: the practice's text as it stands now, with the
// person's own words. It is in their space from then on, a letter says that
// something is there, and the timeline says that instructions were given.
func (s *Service) Give(ctx context.Context, session db.ID) error {
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		seat, err := s.Seat(ctx, tx, session)
		if err == nil {
			err = access.Check(ctx, access.Write, access.Resource{Class: access.Room, Subject: seat.Client})
		}
		if err != nil {
			return err
		}
		text, err := s.AfterCareOf(ctx, tx, seat.Medicine, seat.ProtocolVersion)
		if err != nil {
			return err
		}
		if text.ID.IsZero() {
			return errNoText
		}
		x, err := s.sheetOf(ctx, tx, session, seat.Client)
		if err != nil || !x.Given.IsZero() {
			return err
		}
		names, err := s.People.Names(ctx, me.Person)
		if err != nil {
			return err
		}
		x.Words, x.Version, x.By, x.Given, x.GivenBy = text.Words, text.Version, names[me.Person], s.Now(), me.Person
		if err := s.keepSheet(ctx, tx, x); err != nil {
			return err
		}
		if seat.Ended.IsZero() && mayCheck(ctx, seat.Client) { // afterwards, it is given and answers nothing any more
			if _, err := s.Note(ctx, tx, session, "check", map[string]any{"item": itemInstructions, "value": true, "words": "After-care sheet with crisis contact, in their space."}); err != nil {
				return err
			}
		}
		if err := s.tellAfter(ctx, tx, session, seat.Client); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "gave", Subject: seat.Client, Kind: "after-care sheet", Object: session})
	})
}

// freshFor is how long a sheet stands on the first page of a space.
const freshFor = 30 * 24 * time.Hour

// Fresh are the sheets that a client was given not long ago, the latest first.
func (s *Service) Fresh(ctx context.Context, client db.ID) (out []Sheet, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanSheet, sqlSheetsOf, access.From(ctx).Practice, client)
	for i := len(rows) - 1; i >= 0; i-- {
		if r := rows[i]; !r.Given.IsZero() && s.Now().Sub(r.Given) < freshFor {
			out = append(out, r.Sheet)
		}
	}
	return out, err
}
