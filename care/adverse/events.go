package adverse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/once"
	"held/practice/trail"
	"held/rules/protocol"
	"held/rules/terms"
)

// New is an event as somebody writes it at the desk.
type New struct {
	Client  db.ID
	Session db.ID // zero: of no session
	Report  Report
}

// Write keeps a new event, written at the desk.
func (s *Service) Write(ctx context.Context, n New) (db.ID, error) {
	if err := access.Check(ctx, access.Write, of(n.Client)); err != nil {
		return db.ID{}, err
	}
	zone, err := s.zone(ctx)
	if err != nil {
		return db.ID{}, err
	}
	if e := n.Report.check(s.Now(), zone); len(e.Fields) > 0 {
		return db.ID{}, e
	}
	e := Event{ID: db.NewID(), Client: n.Client, Session: n.Session, Origin: AtDesk}
	if n.Report.Source == CheckIn {
		e.Origin = CheckIn
	}
	return once.Done(e.ID, s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := once.Claim(ctx, tx, s.Now(), e.ID); err != nil {
			return err
		}
		report, err := s.filled(ctx, tx, e, n.Report, zone)
		if err != nil {
			return err
		}
		return s.begin(ctx, tx, e, report, zone)
	}))
}

// Begin keeps what a medicine room noted as an event to be completed and
// followed up, in the transaction of that entry. The same entry sent twice is
// one event. Whoever noted it was asked by the room whether they may. A term
// that is not on the list is kept in words; onset is when it was taken, zero
// where nobody knows.
func (s *Service) Begin(ctx context.Context, tx *db.Tx, session, entry db.ID, term, words string, onset time.Time) (db.ID, error) {
	practice := access.From(ctx).Practice
	there, err := db.All(ctx, tx, scanEvent, sqlByEntry, practice, entry)
	if err != nil {
		return db.ID{}, err
	}
	if len(there) > 0 {
		return there[0].ID, nil
	}
	by := access.Following(ctx)
	a, err := s.Calendar.Get(by, tx, session)
	if err != nil {
		return db.ID{}, err
	}
	zone, err := s.zone(ctx)
	if err != nil {
		return db.ID{}, err
	}
	if _, _, known := terms.Find(term); !known {
		if term != "" {
			words = term + ": " + words
		}
		term = terms.Other
	}
	report := Report{Term: term, Words: words, Source: "seen"}
	if report.Words == "" {
		report.Words = "Noted in the medicine room without words."
	}
	if !onset.IsZero() {
		report.Onset = onset.In(zone).Format(clock)
	}
	e := Event{ID: db.NewID(), Client: a.Client, Session: session, Entry: entry, Origin: InRoom}
	if report, err = s.filled(ctx, tx, e, report, zone); err != nil {
		return db.ID{}, err
	}
	return e.ID, s.begin(ctx, tx, e, report, zone)
}

// filled is the report with what the session says of the medicine. The session
// must be the client's.
func (s *Service) filled(ctx context.Context, q db.Q, e Event, r Report, zone *time.Location) (Report, error) {
	if e.Session.IsZero() {
		return r, nil
	}
	a, medicine, err := s.session(ctx, q, e.Session)
	if err != nil {
		return r, err
	}
	if a.Client != e.Client {
		return r, fault.Field("session", "This session is not theirs. Please choose one of the list.")
	}
	var g Given
	if s.Given != nil {
		if g, err = s.Given(ctx, q, e.Session); err != nil {
			return r, err
		}
	}
	return r.withSession(medicine, g, zone), nil
}

// session is an appointment and the medicine of its offering.
func (s *Service) session(ctx context.Context, q db.Q, id db.ID) (calendar.Appointment, protocol.Medicine, error) {
	system := access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System}) // whoever asks was asked about the client
	a, err := s.Calendar.Get(system, q, id)
	if err != nil {
		return a, "", err
	}
	all, err := s.Calendar.Offerings(system)
	if i := slices.IndexFunc(all, func(o calendar.Offering) bool { return o.ID == a.Offering }); err == nil && i >= 0 {
		return a, all[i].Medicine, nil
	}
	return a, "", err
}

func (s *Service) begin(ctx context.Context, tx *db.Tx, e Event, r Report, zone *time.Location) error {
	now := s.Now()
	due := r.due(now, zone)
	if _, err := tx.Exec(ctx, sqlAddEvent, access.From(ctx).Practice, e.ID, e.Client, e.Session, e.Entry, e.Origin, Open, db.Micros(now), db.Micros(due)); err != nil {
		return err
	}
	v := Version{ID: db.NewID(), Event: e.ID, Client: e.Client, Number: 1, Kind: Began, Text: Text{Report: r}}
	if err := s.keep(ctx, tx, v); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Subject: e.Client, Kind: "adverse event", Object: e.ID})
}

// keep seals a version and writes it. Its hash is of the whole text with the
// hash of the one before, so that nothing in between can be exchanged unnoticed.
func (s *Service) keep(ctx context.Context, tx *db.Tx, v Version) error {
	a := access.From(ctx)
	v.Terms = terms.Version()
	plain, err := json.Marshal(v.Text)
	if err != nil {
		return err
	}
	body, err := s.Vault.Seal(ctx, tx, field(a.Practice, v.Client, v.ID), string(plain))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(plain)
	_, err = tx.Exec(ctx, sqlAddVersion, a.Practice, v.ID, v.Event, v.Client, v.Number, v.Kind, body, sum[:], a.Person, db.Micros(s.Now()))
	return err
}

// change is what is done to an event that is there.
type change struct {
	seen  int64  // the number of the version that was on the page
	kind  string // of the version that it makes
	verb  string // on the trail
	words string
	check func(Case) error
	alter func(*Report)
	sign  bool
}

var errChanged = fault.New(fault.Taken, "Somebody else has written about this since you opened it. Nothing was kept; what you typed stands below. Please look at both, and send it again.")

// append writes the next version of an event. Whoever may do it is asked in check.
func (s *Service) append(ctx context.Context, id db.ID, c change) error {
	zone, err := s.zone(ctx)
	if err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := once.Claim(ctx, tx, s.Now(), id); err != nil {
			return err
		}
		if err := c.check(was); err != nil {
			return err
		}
		if was.Number != c.seen {
			return errChanged
		}
		v := Version{ID: db.NewID(), Event: id, Client: was.Client, Number: was.Number + 1, Kind: c.kind, Text: Text{Report: was.Report(), Words: c.words, Prior: was.Last().SHA256}}
		c.alter(&v.Report)
		if c.kind == Corrected {
			if v.Report, err = s.filled(ctx, tx, was.Event, v.Report, zone); err != nil {
				return err
			}
		}
		if c.sign {
			if err := s.signature(ctx, &v); err != nil {
				return err
			}
		}
		if err := s.advance(ctx, tx, was.Event, v, zone); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, v); err != nil {
			return err
		}
		if err := s.Letters.Drop(ctx, tx, letterDue, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: c.verb, Subject: was.Client, Kind: "adverse event", Object: id})
	})
	if db.Taken(err) {
		return errChanged
	}
	return once.Again(err)
}

func (s *Service) signature(ctx context.Context, v *Version) error {
	names, err := s.People.Names(ctx, access.From(ctx).Person)
	v.Name, v.Role = names[access.From(ctx).Person], string(access.Prescriber)
	return err
}

func (s *Service) advance(ctx context.Context, tx *db.Tx, was Event, v Version, zone *time.Location) error {
	state, due, closed := Open, v.Report.due(s.Now(), zone), time.Time{}
	if v.Kind == Signed {
		state, due, closed = Closed, time.Time{}, s.Now()
	}
	n, err := tx.Exec(ctx, sqlAdvance, v.Number, state, db.Micros(due), db.Micros(closed), was.Session, access.From(ctx).Practice, was.ID, was.Number)
	if err == nil && n == 0 {
		err = errChanged
	}
	return err
}

func writes(ctx context.Context, open bool) func(Case) error {
	return func(c Case) error {
		if err := access.Check(ctx, access.Write, of(c.Client)); err != nil {
			return err
		}
		if c.IsOpen() != open {
			return errState
		}
		return nil
	}
}

var errState = fault.New(fault.Taken, "It was closed or opened again since you opened this page. Nothing was kept; what you typed stands below.")

// FollowUp is what somebody found out later.
type FollowUp struct {
	Words, Outcome, Ended, Next string
}

// Follow keeps a follow-up, with the day of the next one until it is over.
func (s *Service) Follow(ctx context.Context, id db.ID, seen int64, f FollowUp) error {
	zone, err := s.zone(ctx)
	if err != nil {
		return err
	}
	check := func(c Case) error {
		if err := writes(ctx, true)(c); err != nil {
			return err
		}
		r := c.Report()
		f.on(&r)
		e := fault.New(fault.Invalid, "Something needs another look. Nothing was kept.")
		if f.Words == "" {
			e.AddField("words", "Please write in a few words what you found out.")
		}
		if !has(outcomes, f.Outcome) {
			e.AddField("outcome", "Please choose one of the list.")
		}
		if f.Outcome == Fatal && !slices.Contains(r.Criteria, "death") {
			e.AddField("outcome", "A death is serious: please correct the report so that it says so, and this with it.")
		}
		r.checkTimes(e, s.Now(), zone)
		r.checkNext(e, s.Now(), zone)
		if len(e.Fields) > 0 {
			return e
		}
		return nil
	}
	return s.append(ctx, id, change{seen: seen, kind: Followed, verb: "followed up", words: f.Words, check: check, alter: f.on})
}

func (f FollowUp) on(r *Report) {
	r.Outcome, r.Next = f.Outcome, f.Next
	if f.Ended != "" {
		r.Ended = f.Ended
	}
	if r.Final() {
		r.Next = ""
	}
}

// Correct keeps the report as it ought to read, with why. A prescriber's
// judgement stays as it was judged.
func (s *Service) Correct(ctx context.Context, id db.ID, seen int64, r Report, why string) error {
	zone, err := s.zone(ctx)
	if err != nil {
		return err
	}
	check := func(c Case) error {
		if err := writes(ctx, true)(c); err != nil {
			return err
		}
		e := r.check(s.Now(), zone)
		if why == "" {
			e.AddField("why", "Please say what was wrong, or what is known now. The older text stays as it was.")
		}
		if len(e.Fields) > 0 {
			return e
		}
		return nil
	}
	return s.append(ctx, id, change{seen: seen, kind: Corrected, verb: "corrected", words: why, check: check, alter: func(now *Report) {
		r.Related, r.RelatedWhy, r.RelatedBy, r.RelatedAt = now.Related, now.RelatedWhy, now.RelatedBy, now.RelatedAt
		*now = r
	}})
}

// Judge keeps a prescriber's judgement of whether the medicine has to do with it.
func (s *Service) Judge(ctx context.Context, id db.ID, seen int64, related, why string) error {
	check := func(c Case) error {
		if err := access.Check(ctx, access.Write, judging(c.Client)); err != nil {
			return err
		}
		if !c.IsOpen() {
			return errState
		}
		if !has(relations, related) {
			return fault.Field("related", "Please choose one of these.")
		}
		return nil
	}
	return s.append(ctx, id, change{seen: seen, kind: Judged, verb: "judged", words: why, check: check, alter: func(r *Report) {
		r.Related, r.RelatedWhy, r.RelatedBy, r.RelatedAt = related, why, access.From(ctx).Person, s.Now()
	}})
}

// Close signs that it is over; from then on nothing more is due.
func (s *Service) Close(ctx context.Context, id db.ID, seen int64, words string) error {
	check := func(c Case) error {
		if err := access.Check(ctx, access.Write, closing(c.Client)); err != nil {
			return err
		}
		if !c.IsOpen() {
			return errState
		}
		e := c.Report().readyToClose()
		if words == "" {
			e.AddField("words", "Please write a closing sentence for the record.")
		}
		if len(e.Fields) > 0 {
			return e
		}
		return nil
	}
	return s.append(ctx, id, change{seen: seen, kind: Signed, verb: "signed", words: words, check: check, sign: true, alter: func(r *Report) { r.Next = "" }})
}

// Reopen says why a closed event is looked at again, and when. The signed text
// stays.
func (s *Service) Reopen(ctx context.Context, id db.ID, seen int64, why, next string) error {
	zone, err := s.zone(ctx)
	if err != nil {
		return err
	}
	check := func(c Case) error {
		if err := writes(ctx, false)(c); err != nil {
			return err
		}
		e := fault.New(fault.Invalid, "Something needs another look. Nothing was kept.")
		if why == "" {
			e.AddField("why", "Please say why it is looked at again.")
		}
		Report{Next: next}.checkNext(e, s.Now(), zone)
		if len(e.Fields) > 0 {
			return e
		}
		return nil
	}
	return s.append(ctx, id, change{seen: seen, kind: Reopened, verb: "opened again", words: why, check: check, alter: func(r *Report) {
		r.Outcome, r.Next = "", next
	}})
}

func (s *Service) zone(ctx context.Context) (*time.Location, error) {
	st, err := s.Settings.Get(ctx)
	return st.Location(), err
}

// hexed is a hash as it is shown.
func hexed(sum []byte) string { return hex.EncodeToString(sum) }
