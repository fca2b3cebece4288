package inquiry

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/trail"
)

var (
	errNoThread = fault.New(fault.NotFound, "This question is not here. It may belong to somebody else's charge, or the link is incomplete.")
	errMoved    = fault.New(fault.Taken, "Something was said here while you were writing. Please read it first; your answer is still below and has not been sent.")
)

// all of the inbox is open to some roles, and to others only what they were
// asked to look after.
func seesAll(ctx context.Context) bool {
	return access.Can(ctx, access.Read, access.Resource{Class: access.Questions})
}

// latest is where a list of the newest begins.
func latest() mark {
	m := mark{at: time.UnixMicro(math.MaxInt64)}
	for i := range m.id {
		m.id[i] = 0xff
	}
	return m
}

// Inbox lists questions of a state, those with the latest change first, with
// their opening words; the reading is written down.
func (s *Service) Inbox(ctx context.Context, state QuestionState, before mark, n int) ([]Question, error) {
	if access.Possible(access.From(ctx), access.Read, access.Questions) != access.Allow {
		return nil, access.Check(ctx, access.Read, access.Resource{Class: access.Questions})
	}
	a := access.From(ctx)
	var rows []threadRow
	var err error
	if seesAll(ctx) {
		rows, err = db.All(ctx, s.DB.Reader(), scanThread, sqlInbox, a.Practice, string(state), before.at.UnixMicro(), before.id, int64(n))
	} else {
		rows, err = db.All(ctx, s.DB.Reader(), scanThread, sqlInboxOf, a.Practice, a.Person, string(state), before.at.UnixMicro(), before.id, int64(n))
	}
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	out, err := s.openings(ctx, rows)
	if err != nil {
		return nil, err
	}
	return out, s.Trail.Saw(ctx, trail.Entry{Kind: "questions", Why: string(state)})
}

func (s *Service) openings(ctx context.Context, rows []threadRow) ([]Question, error) {
	practice := access.From(ctx).Practice
	out := make([]Question, 0, len(rows))
	for _, r := range rows {
		var err error
		if r.Opening, err = s.Vault.Open(ctx, s.DB.Reader(), opening(practice, r.ID), r.opening); err != nil {
			return nil, err
		}
		out = append(out, r.Question)
	}
	return out, nil
}

// Count tells how many questions of a state somebody sees, up to 100.
func (s *Service) Count(ctx context.Context, state QuestionState) (int, error) {
	a := access.From(ctx)
	if seesAll(ctx) {
		return db.One(ctx, s.DB.Reader(), db.Value[int], sqlCount, a.Practice, string(state))
	}
	return db.One(ctx, s.DB.Reader(), db.Value[int], sqlCountOf, a.Practice, a.Person, string(state))
}

// thread loads a question for somebody of the practice who may do this with it.
func (s *Service) thread(ctx context.Context, q db.Q, v access.Verb, id db.ID) (threadRow, error) {
	practice := access.From(ctx).Practice
	t, err := db.One(ctx, q, scanThread, sqlThread, practice, id)
	if errors.Is(err, db.ErrNone) {
		return t, errNoThread
	}
	if err != nil {
		return t, err
	}
	return t, access.Check(ctx, v, t.resource())
}

func (q Question) resource() access.Resource {
	return access.Resource{Class: access.Questions, Subject: q.subject(), Charge: q.Charge}
}

// Question reads everything that was said; the reading is written down.
func (s *Service) Question(ctx context.Context, id db.ID) (Conversation, error) {
	q := s.DB.Reader()
	t, err := s.thread(ctx, q, access.Read, id)
	if err != nil {
		return Conversation{}, err
	}
	c, err := s.conversation(ctx, q, access.From(ctx).Practice, t)
	if err != nil {
		return c, err
	}
	return c, s.Trail.Saw(ctx, trail.Entry{Subject: t.subject(), Kind: "question", Object: t.ID})
}

// Reply is an answer of the practice.
type Reply struct {
	Text string
	Once string
	Seen int64 // how many messages its writer had read
}

// Answer adds the practice's words. Whoever left an address gets a note that
// there is a reply, and nothing more.
func (s *Service) Answer(ctx context.Context, id db.ID, r Reply) error {
	if err := checkText(r.Text); err != nil {
		return err
	}
	a := access.From(ctx)
	once := s.onceOf(a.Practice, r.Once)
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := s.thread(ctx, tx, access.Write, id)
		if err != nil {
			return err
		}
		if said, err := s.alreadySaid(ctx, tx, a.Practice, id, once, r.Text); said || err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlAnswer, a.Person, db.Micros(s.Now()), a.Practice, id, r.Seen)
		if err != nil {
			return err
		}
		if n == 0 {
			return errMoved
		}
		if err := s.say(ctx, tx, a.Practice, id, a.Person, r.Text, once); err != nil {
			return err
		}
		if err := s.note(ctx, tx, t); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "answered", Subject: t.subject(), Kind: "question", Object: id})
	})
	return unlessSaid(err)
}

// note promises one letter for however many answers it has not told about.
func (s *Service) note(ctx context.Context, tx *db.Tx, t threadRow) error {
	if !t.HasAddress {
		return nil
	}
	if err := s.Letters.Drop(ctx, tx, replyKind, t.ID); err != nil {
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: replyKind, Subject: t.ID, Ref: t.ID, Body: struct{}{}})
}

// SetState closes a question, or opens it again so that it waits for the practice.
func (s *Service) SetState(ctx context.Context, id db.ID, to QuestionState) error {
	if to != QuestionClosed && to != QuestionNew {
		return fault.Field("to", "A question can be closed or opened again.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := s.thread(ctx, tx, access.Write, id)
		if err != nil {
			return err
		}
		return s.setState(ctx, tx, access.From(ctx).Practice, t.Question, to)
	})
}

func (s *Service) setState(ctx context.Context, tx *db.Tx, practice db.ID, q Question, to QuestionState) error {
	n, err := tx.Exec(ctx, sqlSetState, string(to), db.Micros(s.Now()), practice, q.ID)
	if err != nil || n == 0 { // it stands so already
		return err
	}
	verb := "opened"
	if to == QuestionClosed {
		verb = "closed"
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: q.subject(), Kind: "question", Object: q.ID})
}

// PutInCharge gives a question to a colleague; the zero id to nobody.
func (s *Service) PutInCharge(ctx context.Context, id, colleague db.ID) error {
	if err := s.colleague(ctx, colleague); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := s.thread(ctx, tx, access.Write, id)
		if err != nil || t.Charge == colleague {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetCharge, colleague, access.From(ctx).Practice, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "assigned", Subject: t.subject(), Kind: "question", Object: id})
	})
}

// colleague refuses anybody who does not work here.
func (s *Service) colleague(ctx context.Context, id db.ID) error {
	if id.IsZero() {
		return nil
	}
	c, err := s.People.Card(ctx, id)
	if err == nil && !c.Staff() {
		err = fault.Field("charge", "Please choose somebody who works here.")
	}
	return err
}

// colleagues lists who can be put in charge.
func (s *Service) colleagues(ctx context.Context) ([]people.Card, error) {
	all, err := s.People.Cards(ctx)
	if err != nil {
		return nil, err
	}
	var out []people.Card
	for _, c := range all {
		if c.Staff() {
			out = append(out, *c)
		}
	}
	return out, nil
}

// Turn makes an inquiry out of a question: a visitor under a working name that
// the practice types, with the address if one was left, and a card on the board.
func (s *Service) Turn(ctx context.Context, id db.ID, name string) (person db.ID, err error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Inquiries}); err != nil {
		return person, err
	}
	if strings.TrimSpace(name) == "" {
		return person, fault.Field("name", "Please write a working name, so that the card can be told from others.")
	}
	practice := access.From(ctx).Practice
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := s.thread(ctx, tx, access.Write, id)
		if err != nil {
			return err
		}
		if !t.Person.IsZero() { // pressed twice, or by two colleagues
			person = t.Person
			return nil
		}
		contact, err := s.Vault.Open(ctx, tx, address(practice, id), t.contact)
		if err != nil {
			return err
		}
		if person, err = s.visitor(ctx, tx, name, contact); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlSetPerson, person, practice, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Taken, "A colleague has just turned this question into an inquiry. You find it on the board.")
		}
		t.Person = person
		card := Inquiry{Person: person, Place: PlaceNew, Charge: t.Charge, Thread: id}
		if err := s.keepCard(ctx, tx, card, ""); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "turned", Subject: person, Kind: "question", Object: id})
	})
	return person, err
}

// Waiting lists questions that need an answer, the longest wait first, with
// their opening words; nothing to whoever may not see them. The reading is
// written down.
func (s *Service) Waiting(ctx context.Context, n int) ([]Item, error) {
	a := access.From(ctx)
	if access.Possible(a, access.Read, access.Questions) != access.Allow {
		return nil, nil
	}
	of := waits{practice: a.Practice, n: n}
	if !seesAll(ctx) {
		of.charge = a.Person
	}
	rows, err := s.unread.Get(s.DB, s.Now(), of, func() ([]threadRow, error) {
		if of.charge.IsZero() {
			return db.All(ctx, s.DB.Reader(), scanThread, sqlWaiting, of.practice, int64(n))
		}
		return db.All(ctx, s.DB.Reader(), scanThread, sqlWaitingOf, of.practice, of.charge, int64(n))
	})
	if err != nil {
		return nil, err
	}
	out, err := s.threadItems(ctx, rows)
	if err != nil || len(rows) == 0 {
		return out, err
	}
	read, err := s.openings(ctx, rows)
	if err != nil {
		return nil, err
	}
	for i, q := range read {
		out[i].Words = q.Opening
	}
	return out, s.Trail.Saw(ctx, trail.Entry{Kind: "questions", Why: string(QuestionNew)})
}

// QuestionsOf lists the questions that were turned into a person's inquiry.
func (s *Service) QuestionsOf(ctx context.Context, person db.ID) ([]Item, error) {
	a := access.From(ctx)
	if access.Possible(a, access.Read, access.Questions) != access.Allow {
		return nil, nil
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanThread, sqlThreadsOfPerson, a.Practice, person)
	if err != nil {
		return nil, err
	}
	var mine []threadRow
	for _, r := range rows {
		if access.Can(ctx, access.Read, r.resource()) {
			mine = append(mine, r)
		}
	}
	return s.threadItems(ctx, mine)
}

func (s *Service) threadItems(ctx context.Context, rows []threadRow) ([]Item, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Item, 0, len(rows))
	for _, r := range rows {
		charge, err := s.nameOf(ctx, r.Charge)
		if err != nil {
			return nil, err
		}
		out = append(out, Item{ID: r.ID, Title: titleOf(r.Question, st.Location()), Since: r.Changed, Charge: charge,
			State: stateWord(r.State), Href: "/desk/questions/" + r.ID.String()})
	}
	return out, nil
}

func (s *Service) nameOf(ctx context.Context, id db.ID) (string, error) {
	if id.IsZero() {
		return "", nil
	}
	c, err := s.People.Card(ctx, id)
	return c.Name, err
}

// titleOf names a question that has no name: by its day.
func titleOf(q Question, loc *time.Location) string {
	return "Question of " + q.Made.In(loc).Format("2 January")
}

func stateWord(s QuestionState) string {
	switch s {
	case QuestionAnswered:
		return "Answered"
	case QuestionClosed:
		return "Closed"
	case QuestionAside:
		return "Set aside"
	}
	return "New"
}
