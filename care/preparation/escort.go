package preparation

import (
	"context"
	"errors"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/readiness"
)

// Escort is the adult who brings a client home after a session. They have no
// account, and are told a time, a place and a name: nothing else.
type Escort struct {
	ID          db.ID
	Appointment db.ID
	Client      db.ID
	State       string // Asked, Accepted, Declined, Replaced
	Made        time.Time
	Answered    time.Time
	Here        time.Time // they said that they are there

	Name    string // what to call them
	Contact string
	Known   string // the name by which they know the client
}

// The states of an escort.
const (
	Asked    = "asked"
	Accepted = "accepted"
	Declined = "declined"
	Replaced = "replaced"
)

// escortText is what of an escort is sealed.
type escortText struct {
	Name    string `json:"name"`
	Contact string `json:"contact"`
	Known   string `json:"known"`
}

// escortLasts is for how long after a session its escort's link still opens.
const escortLasts = 24 * time.Hour

var (
	errNoLink = fault.New(fault.NotFound, "This link is not complete, or not one of ours. Please open it again from the message, or copy all of it.")
	errEnded  = fault.New(fault.Gone, "This link has ended: the time has passed, was given up, or somebody else was asked. There is nothing more for you to do.")
)

// EscortOf is who brings a client home from a session; without an id when
// nobody was named.
func (s *Service) EscortOf(ctx context.Context, x Session) (Escort, error) {
	if err := reads(ctx, x.Client); err != nil {
		return Escort{}, err
	}
	return s.escortOf(ctx, s.DB.Reader(), x.ID)
}

func (s *Service) escortOf(ctx context.Context, q db.Q, appointment db.ID) (Escort, error) {
	rows, err := db.All(ctx, q, scanEscort, sqlEscorts, access.From(ctx).Practice, appointment)
	if err != nil {
		return Escort{}, err
	}
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].State != Replaced {
			return s.openEscort(ctx, q, rows[i])
		}
	}
	return Escort{}, nil
}

func (s *Service) openEscort(ctx context.Context, q db.Q, r escortRow) (Escort, error) {
	var t escortText
	err := s.openJSON(ctx, q, r.Client, r.ID, escortBody, r.body, &t)
	r.Name, r.Contact, r.Known = t.Name, t.Contact, t.Known
	return r.Escort, err
}

// NameEscort asks somebody to bring the signed-in client home. Whoever was
// asked before is not any more: their link ends.
func (s *Service) NameEscort(ctx context.Context, session db.ID, e Escort) error {
	me := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, writes(ctx, access.Own))
		if err == nil {
			err = e.check()
		}
		if err != nil {
			return err
		}
		if err := s.dismiss(ctx, tx, x); err != nil {
			return err
		}
		e.ID = db.NewID()
		sealed, err := s.sealJSON(ctx, tx, x.Client, e.ID, escortBody, escortText{e.Name, e.Contact, e.Known})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddEscort, me.Practice, e.ID, x.ID, x.Client, sealed, Asked, db.Micros(s.Now())); err != nil {
			return err
		}
		if err := s.askEscort(ctx, tx, x, e, newsAsked); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "asked", Subject: x.Client, Kind: "escort", Object: e.ID})
	})
}

func (e Escort) check() error {
	f := fault.New(fault.Invalid, "Something needs another look. What you typed stands below.")
	if strings.TrimSpace(e.Name) == "" {
		f.AddField("name", "Please write what we may call them.")
	}
	if strings.TrimSpace(e.Contact) == "" {
		f.AddField("contact", "Please write how they can be reached, so that we can if we must.")
	}
	if strings.TrimSpace(e.Known) == "" {
		f.AddField("known", "Please write the name by which they know you. It is the only thing we tell them about you.")
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// dismiss ends what was asked of somebody before, and lets them know where a
// letter can reach them.
func (s *Service) dismiss(ctx context.Context, tx *db.Tx, x Session) error {
	was, err := s.escortOf(ctx, tx, x.ID)
	if err != nil || was.ID.IsZero() {
		return err
	}
	if _, err := tx.Exec(ctx, sqlReplaceEscorts, Replaced, access.From(ctx).Practice, x.ID); err != nil {
		return err
	}
	if was.State == Declined {
		return s.dropEscortLetters(ctx, tx, was.ID)
	}
	return s.askEscort(ctx, tx, x, was, newsEnded)
}

// DropEscort takes the one who was asked off again.
func (s *Service) DropEscort(ctx context.Context, session db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		x, err := s.coming(ctx, tx, session, writes(ctx, access.Own))
		if err != nil {
			return err
		}
		was, err := s.escortOf(ctx, tx, x.ID)
		if err != nil || was.ID.IsZero() {
			return err
		}
		if err := s.dismiss(ctx, tx, x); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "took off", Subject: x.Client, Kind: "escort", Object: was.ID})
	})
}

// EscortLink is the address that is an escort's whole way in: give it to them
// only. Opening it changes nothing.
func (s *Service) EscortLink(ctx context.Context, id db.ID) string {
	return s.Base + "/escort/" + s.Vault.Token(access.From(ctx).Practice, "escort", id[:])
}

// guest is what an escort's page and letters are made of.
type guest struct {
	Escort
	calendar.Appointment
	House settings.Practice
	Zone  *time.Location
}

// byLink opens an escort's link. What it loads is loaded by the program; the
// context for what they do has nobody in it, and opens nothing.
func (s *Service) byLink(ctx context.Context, token string) (context.Context, guest, error) {
	practice := access.From(ctx).Practice
	system := access.With(ctx, access.Actor{Practice: practice, Via: access.System})
	as := access.With(ctx, access.Actor{Practice: practice, Via: access.Link})
	var id db.ID
	msg, ok := s.Vault.ParseToken(practice, "escort", token)
	if !ok || len(msg) != len(id) {
		return as, guest{}, errNoLink
	}
	copy(id[:], msg)
	g, err := s.guest(system, s.DB.Reader(), id)
	if err == nil && g.ended(s.Now()) {
		err = errEnded
	}
	return as, g, err
}

func (s *Service) guest(ctx context.Context, q db.Q, id db.ID) (g guest, err error) {
	r, err := db.One(ctx, q, scanEscort, sqlEscort, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return g, errEnded // erased with whose it was
	}
	if err != nil {
		return g, err
	}
	if g.Escort, err = s.openEscort(ctx, q, r); err != nil {
		return g, err
	}
	if g.Appointment, err = s.Calendar.Get(ctx, q, r.Appointment); err != nil {
		return g, err
	}
	g.House, err = s.Settings.Get(ctx)
	g.Zone = g.House.Location()
	return g, err
}

func (g guest) ended(now time.Time) bool {
	return g.Escort.State == Replaced || g.Escort.Name == "" || g.Appointment.State == calendar.Cancelled || now.After(g.End.Add(escortLasts))
}

// AnswerEscort keeps an escort's yes or no.
func (s *Service) AnswerEscort(ctx context.Context, token string, yes bool) error {
	ctx, g, err := s.byLink(ctx, token)
	if err != nil {
		return err
	}
	if !g.Start.After(s.Now()) {
		return fault.New(fault.Gone, "The time has begun, so this cannot be changed here any more. Please call us.")
	}
	state, verb := Declined, "declined"
	if yes {
		state, verb = Accepted, "accepted"
	}
	to, err := s.team(ctx, g.Escort.Client, access.Guide)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlAnswerEscort, state, db.Micros(s.Now()), access.From(ctx).Practice, g.Escort.ID, Replaced)
		if err != nil {
			return err
		}
		if n == 0 {
			return errEnded
		}
		if err := s.dropEscortLetters(ctx, tx, g.Escort.ID); err != nil {
			return err
		}
		if yes {
			err = s.remindEscort(ctx, tx, g.Escort, g.Appointment)
		} else {
			err = errors.Join(s.tellClientOf(ctx, tx, g.Appointment), s.alert(ctx, tx, to, g.Escort.Client))
		}
		if err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Role: "escort", Subject: g.Escort.Client, Kind: "escort", Object: g.Escort.ID})
	})
}

// hereFrom is how long before a session's end its escort can say that they are there.
const hereFrom = 3 * time.Hour

func (g guest) canArrive(now time.Time) bool {
	return g.Escort.State == Accepted && g.Here.IsZero() && now.After(g.End.Add(-hereFrom))
}

// Arrive keeps that the escort is there.
func (s *Service) Arrive(ctx context.Context, token string) error {
	ctx, g, err := s.byLink(ctx, token)
	if err != nil {
		return err
	}
	if !g.Here.IsZero() {
		return nil
	}
	if !g.canArrive(s.Now()) {
		return fault.New(fault.Forbidden, "This opens on the day, in the hours before you are expected. Nothing was changed.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlEscortHere, db.Micros(s.Now()), access.From(ctx).Practice, g.Escort.ID, Accepted)
		if err != nil || n == 0 {
			return err
		}
		if s.Arrived != nil {
			if err := s.Arrived(ctx, tx, g.Appointment.ID, g.Escort.Name); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "arrived", Role: "escort", Subject: g.Escort.Client, Kind: "escort", Object: g.Escort.ID})
	})
}

// escortCondition: an adult has said that they bring the client home. Nobody
// goes on without one; the word of one who has not answered by the link yet, a
// prescriber may have heard otherwise.
func (s *Service) escortCondition(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
	e, err := s.escortOf(ctx, q, x.ID)
	if err != nil {
		return nil, err
	}
	c := readiness.Condition{Key: Escorted, State: readiness.Open, Why: words("No escort named.", "Nobody is named yet.", "You have not named anybody yet.")}
	if e.ID.IsZero() {
		return []readiness.Condition{c}, nil
	}
	c.Basis = e.ID.String() + e.State
	switch c.Since = e.Made; e.State {
	case Asked:
		c.Overridable = true
		c.Why = words("Named; has not answered.", "Named; has not answered.", "We have asked them and wait for their answer.")
		c.Basis += x.Start.UTC().Format(time.RFC3339)
	case Accepted:
		c.State, c.Since = readiness.Met, e.Answered
		c.Why = words("Accepted.", "Accepted.", "They have said yes.")
	case Declined:
		c.State, c.Since = readiness.Closed, e.Answered
		c.Why = words("Declined; nobody else is named.", "Declined; nobody else is named.", "They cannot come. Please name somebody else.")
	}
	return []readiness.Condition{c}, nil
}

// Letters to an escort.

const (
	letterEscort       = "preparation.escort"
	letterEscortBefore = "preparation.escort.before"
)

// What an escort is told.
const (
	newsAsked = "asked"
	newsMoved = "moved"
	newsEnded = "ended"
)

type escortLetter struct {
	Escort db.ID     `json:"escort"`
	News   string    `json:"news"`
	Start  time.Time `json:"start"`
}

func (s *Service) dropEscortLetters(ctx context.Context, tx *db.Tx, escort db.ID) error {
	return errors.Join(s.Letters.Drop(ctx, tx, letterEscort, escort), s.Letters.Drop(ctx, tx, letterEscortBefore, escort))
}

// askEscort queues a letter to an escort, where they can be written to.
func (s *Service) askEscort(ctx context.Context, tx *db.Tx, x Session, e Escort, news string) error {
	if err := s.dropEscortLetters(ctx, tx, e.ID); err != nil {
		return err
	}
	if _, err := mail.Address(e.Contact); err != nil {
		return nil // by telephone: whoever named them hands them the link
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterEscort, Subject: e.clientOr(x.Client), Ref: e.ID, Body: escortLetter{e.ID, news, x.Start}})
}

func (e Escort) clientOr(client db.ID) db.ID {
	if e.Client.IsZero() {
		return client
	}
	return e.Client
}

// dayBefore is how long before a session its reminders go.
const dayBefore = 24 * time.Hour

func (s *Service) remindEscort(ctx context.Context, tx *db.Tx, e Escort, a calendar.Appointment) error {
	at := a.Start.Add(-dayBefore)
	if _, err := mail.Address(e.Contact); err != nil || !at.After(s.Now()) {
		return nil
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterEscortBefore, Subject: e.Client, Ref: e.ID, Body: escortLetter{e.ID, newsAsked, a.Start}, NotBefore: at})
}

// writeEscort writes to an escort: a time, a name that they know, a link. The
// sender is the neutral one.
func (s *Service) writeEscort(reminder bool) letters.Renderer {
	return func(ctx context.Context, _ db.ID, raw []byte) (*mail.Message, error) {
		body, err := read[escortLetter](raw)
		if err != nil {
			return nil, err
		}
		g, err := s.guest(ctx, s.DB.Reader(), body.Escort)
		if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil || g.Escort.Name == "" {
			return nil, err
		}
		to, err := mail.Address(g.Contact)
		ended := body.News == newsEnded
		if err != nil || !g.Start.After(s.Now()) || ended == (g.Escort.State != Replaced && g.Appointment.State == calendar.Booked) || !ended && !g.Start.Equal(body.Start) || reminder && g.Escort.State != Accepted {
			return nil, nil // there is nothing to tell any more
		}
		m := &mail.Message{To: to, ToName: g.Escort.Name, From: g.House.Email, FromName: g.House.Sender, Subject: g.subject(body.News, reminder)}
		m.Text = "Hello " + g.Escort.Name + ",\n\n" + g.sentence(body.News, reminder)
		if !ended {
			m.Text += "\n" + s.EscortLink(ctx, g.Escort.ID) + "\n"
		}
		return m, nil
	}
}
