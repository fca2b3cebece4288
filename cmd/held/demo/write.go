package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"held/care/adverse"
	"held/care/consent"
	"held/care/inquiry"
	"held/care/invitation"
	"held/care/medicine"
	"held/care/orders"
	"held/care/preparation"
	"held/care/ripple"
	"held/care/screening"
	"held/care/space"
	"held/internal/db"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/emergency"
	"held/practice/forms"
	"held/practice/letters"
	"held/practice/measures"
	"held/practice/notes"
	"held/practice/people"
	"held/practice/protocol"
	"held/practice/settings"
	"held/practice/stock"
	"held/practice/trail"
)

// House is the program that the words are written into.
type House struct {
	DB          *db.DB
	People      *people.Service
	Calendar    *calendar.Service
	Inquiry     *inquiry.Service
	Invitation  *invitation.Service
	Letters     *letters.Service
	Circle      *circle.Service
	Settings    *settings.Service
	Trail       *trail.Service
	Space       *space.Service
	Notes       *notes.Service
	Protocol    *protocol.Service
	Consent     *consent.Service
	Preparation *preparation.Service
	Medicine    *medicine.Service
	Forms       *forms.Service
	Ripple      *ripple.Service
	Measures    *measures.Service
	Alerts      *alerts.Service
	Screening   *screening.Service
	Emergency   *emergency.Service
	Adverse     *adverse.Service
	Stock       *stock.Service
	Orders      *orders.Service
	// Stand puts the clock of all of them at an instant.
	Stand func(time.Time)
}

// event is something that happened at the invented practice.
type event struct {
	at time.Time
	do func(ctx context.Context) error
}

// writer lets the past happen in its order, so that every row, letter and line
// of the trail has the date that it would have had.
type writer struct {
	House
	w         *Words
	now       time.Time
	zone      *time.Location
	dice      *rand.Rand
	practice  db.ID
	staff     map[string]people.Person
	clients   map[string]db.ID
	rooms     map[string]db.ID
	offerings map[string]calendar.Offering
	threads   map[string]db.ID
	papers    map[consent.Kind]db.ID
	lot       db.ID // of what is drawn up
	sprays    db.ID // the lot of the nasal spray
	events    []event
}

// Write lets the invented past happen, up to now.
func (w *Words) Write(ctx context.Context, h House, now time.Time, seed uint64) error {
	zone, err := time.LoadLocation(w.House.Zone)
	if err != nil {
		return err
	}
	wr := &writer{
		House: h, w: w, now: now, zone: zone, practice: access.From(ctx).Practice,
		dice:  rand.New(rand.NewPCG(seed, 4)), // #nosec G404 -- the same seed must give the same month
		staff: map[string]people.Person{}, clients: map[string]db.ID{}, rooms: map[string]db.ID{},
		offerings: map[string]calendar.Offering{}, threads: map[string]db.ID{},
	}
	for _, step := range []func(context.Context) error{wr.people, wr.plan, wr.site, wr.plansCheckIns} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	wr.askAll()
	wr.comeAll()
	wr.noteAll()
	wr.protocols()
	wr.emergencies()
	wr.adverseEvents()
	wr.prepares()
	wr.agreeAll()
	wr.screens()
	wr.measured()
	wr.orders()
	wr.rests()
	wr.pastSession()
	wr.spraySession()
	return wr.happen(ctx)
}

// happen runs the events in their order, the letters of each sent before the next.
func (wr *writer) happen(ctx context.Context) error {
	for len(wr.events) > 0 { // what happens may bring more about
		slices.SortStableFunc(wr.events, func(a, b event) int { return a.at.Compare(b.at) })
		e := wr.events[0]
		wr.events = wr.events[1:]
		wr.Stand(e.at)
		if err := e.do(ctx); err != nil {
			return fmt.Errorf("the demo's past at %s: %w", e.at.Format(time.DateTime), err)
		}
		if err := wr.Letters.Send(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (wr *writer) on(at time.Time, do func(ctx context.Context) error) {
	wr.events = append(wr.events, event{at, do})
}

// as is a context in which a colleague acts.
func (wr *writer) as(ctx context.Context, key string) context.Context {
	p := wr.staff[key]
	return access.With(ctx, access.Actor{Practice: wr.practice, Person: p.ID, Roles: p.Roles, Via: access.Session, Strong: true})
}

// visitor is a context in which nobody is known.
func (wr *writer) visitor(ctx context.Context) context.Context {
	return access.With(ctx, access.Actor{Practice: wr.practice, Via: access.Public})
}

func (wr *writer) people(ctx context.Context) error {
	owner, err := wr.People.ByEmail(ctx, wr.w.House.Person[0].Email)
	if err != nil {
		return err
	}
	wr.staff[wr.w.House.Person[0].Key] = owner
	for _, words := range wr.w.House.Person[1:] {
		err := wr.DB.Write(ctx, func(tx *db.Tx) error {
			p, err := wr.People.Add(ctx, tx, wr.w.staff(words))
			wr.staff[words.Key] = p
			return err
		})
		if err != nil {
			return err
		}
	}
	return wr.known(ctx)
}

// known lets colleagues say by what else others may know them.
func (wr *writer) known(ctx context.Context) error {
	for _, words := range wr.w.House.Person {
		if len(words.Called)+len(words.Works) == 0 {
			continue
		}
		if err := wr.People.SaveKnown(wr.as(ctx, words.Key), words.Called, words.Works); err != nil {
			return err
		}
	}
	return nil
}

// site writes profiles and articles, each at its date.
func (wr *writer) site(ctx context.Context) error {
	keeper := wr.as(ctx, wr.w.House.Person[0].Key)
	for i, words := range wr.w.House.Person {
		p := invitation.Profile{Person: wr.staff[words.Key].ID, Shown: true, Place: i, Line: words.Line, Words: trimmed(words.Words)}
		if err := wr.Invitation.SaveProfile(keeper, 0, p); err != nil {
			return err
		}
	}
	for i, a := range wr.w.Articles {
		words := invitation.Words{Title: a.Title, Slug: a.Slug, Summary: trimmed(a.Summary), Text: a.Text, Author: wr.staff[a.Author].ID}
		at := wr.at(-a.DaysAgo, 11, 7*i%60)
		wr.on(at, func(ctx context.Context) error {
			by := wr.as(ctx, wr.w.House.Person[0].Key)
			if a.Draft {
				return wr.Invitation.SaveDraft(by, db.NewID(), 0, words)
			}
			return wr.Invitation.Publish(by, db.NewID(), 0, words)
		})
	}
	return nil
}

// at is a civil time of the practice, some days from today; never later than
// now for what has happened already.
func (wr *writer) at(days, hour, minute int) time.Time {
	t := wr.now.In(wr.zone).AddDate(0, 0, days)
	t = time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, wr.zone)
	if days <= 0 && t.After(wr.now) {
		t = wr.now.Add(-time.Duration(1+wr.dice.IntN(50)) * time.Minute)
	}
	return t.UTC().Truncate(time.Microsecond)
}

// askAll lets the questions be asked and answered, turn by turn.
func (wr *writer) askAll() {
	for i, s := range wr.w.Saved {
		wr.on(wr.at(-70+i, 15, 0), func(ctx context.Context) error {
			_, err := wr.Inquiry.KeepSaved(wr.as(ctx, wr.w.House.Person[0].Key), inquiry.Saved{Title: s.Title, Text: trimmed(s.Text)})
			return err
		})
	}
	for i, q := range wr.w.Questions {
		wr.ask(i, q)
	}
}

func (wr *writer) ask(i int, q questionWords) {
	var code string
	seen := int64(0)
	for j, t := range q.Turn {
		hour := 9 + (i*3+j*2)%10
		wr.on(wr.at(-t.DaysAgo, hour, (i*17+j*29)%60).Add(time.Duration(j)*time.Second), func(ctx context.Context) (err error) {
			defer func() { seen++ }()
			switch {
			case j == 0:
				code, err = wr.Inquiry.Ask(wr.visitor(ctx), inquiry.Asked{Text: trimmed(t.Text), Address: q.Address})
				if err == nil {
					err = wr.remember(ctx, q)
				}
				return err
			case t.From == "asker":
				return wr.Inquiry.AskMore(wr.visitor(ctx), code, trimmed(t.Text), "")
			}
			return wr.Inquiry.Answer(wr.as(ctx, t.From), wr.threads[q.Key], inquiry.Reply{Text: trimmed(t.Text), Seen: seen})
		})
	}
	last := q.Turn[len(q.Turn)-1]
	if q.State == "closed" {
		wr.on(wr.at(-max(last.DaysAgo-1, 0), 17, i%60), func(ctx context.Context) error {
			return wr.Inquiry.SetState(wr.as(ctx, wr.w.House.Person[0].Key), wr.threads[q.Key], inquiry.QuestionClosed)
		})
	}
}

// remember finds the thread that was just begun, and puts somebody in charge of it.
func (wr *writer) remember(ctx context.Context, q questionWords) error {
	keeper := wr.as(ctx, wr.w.House.Person[0].Key)
	waiting, err := wr.Inquiry.Waiting(keeper, 50)
	if err != nil {
		return err
	}
	for _, item := range waiting {
		if !wr.knows(item.ID) {
			wr.threads[q.Key] = item.ID
		}
	}
	if q.InCharge == "" {
		return nil
	}
	return wr.Inquiry.PutInCharge(keeper, wr.threads[q.Key], wr.staff[q.InCharge].ID)
}

func (wr *writer) knows(thread db.ID) bool {
	for _, t := range wr.threads {
		if t == thread {
			return true
		}
	}
	return false
}

// nearest picks the free start of an offering closest to a time.
func (wr *writer) nearest(ctx context.Context, o calendar.Offering, want time.Time) (time.Time, error) {
	free, err := wr.Calendar.Times(ctx, o, want.AddDate(0, 0, -4), want.AddDate(0, 0, 10))
	if err != nil {
		return time.Time{}, err
	}
	if len(free) == 0 {
		return time.Time{}, fmt.Errorf("no free time for %s near %s", o.Slug, want.Format(time.DateOnly))
	}
	return slices.MinFunc(free, func(a, b time.Time) int {
		return cmp.Compare(a.Sub(want).Abs(), b.Sub(want).Abs())
	}), nil
}
