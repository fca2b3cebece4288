package inquiry

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
	"held/practice/trail"
)

// Place is a column of the board.
type Place string

// The columns, from a question to a consultation booked.
const (
	PlaceNew     Place = "new"
	PlaceTalking Place = "talking"
	PlaceInvited Place = "invited"
	PlaceBooked  Place = "booked"
	PlaceClosed  Place = "closed"
)

// Places lists the columns in their order.
var Places = []Place{PlaceNew, PlaceTalking, PlaceInvited, PlaceBooked, PlaceClosed}

var placeWords = map[Place]string{
	PlaceNew: "New", PlaceTalking: "In conversation", PlaceInvited: "Invited",
	PlaceBooked: "Consultation booked", PlaceClosed: "Closed",
}

// Word is the column's heading.
func (p Place) Word() string { return placeWords[p] }

const (
	// MaxNote bounds a desk note, in characters.
	MaxNote = 500
	// closedShown is how long a closed inquiry stays on the board.
	closedShown = 30 * 24 * time.Hour
)

// Inquiry is one card: somebody whom the practice has taken up.
type Inquiry struct {
	Person      db.ID
	Place       Place
	Charge      db.ID
	Thread      db.ID // the question it came from
	Appointment db.ID
	Made        time.Time
	Moved       time.Time
	Note        string
}

var errNoCard = fault.New(fault.NotFound, "There is no inquiry at this address. The link may be incomplete.")

func noteField(practice, person db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Contact, Row: person, Column: "inquiry_cards.note"}
}

func inquiries(subject db.ID) access.Resource {
	return access.Resource{Class: access.Inquiries, Subject: subject}
}

// visitor finds or makes the person behind a card.
func (s *Service) visitor(ctx context.Context, tx *db.Tx, name, contact string) (db.ID, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.People}); err != nil {
		return db.ID{}, err
	}
	was, there, err := s.People.Same(ctx, tx, name, contact)
	if err != nil || there {
		return was.ID, err
	}
	p, err := s.People.Add(ctx, tx, people.Person{Name: name, Contact: contact, Step: people.StepInquiry})
	return p.ID, err
}

// Caller is somebody whom the desk writes down, for instance after a call.
type Caller struct {
	Name    string
	Contact string
	Note    string
}

// Take puts somebody on the board.
func (s *Service) Take(ctx context.Context, c Caller) (person db.ID, err error) {
	if err := access.Check(ctx, access.Write, inquiries(db.ID{})); err != nil {
		return person, err
	}
	if strings.TrimSpace(c.Name) == "" {
		return person, fault.Field("name", "Please write a working name. It need not be theirs in law.")
	}
	if err := checkNote(c.Note); err != nil {
		return person, err
	}
	a := access.From(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if person, err = s.visitor(ctx, tx, c.Name, c.Contact); err != nil {
			return err
		}
		return s.keepCard(ctx, tx, Inquiry{Person: person, Place: PlaceNew, Charge: a.Person}, c.Note)
	})
	return person, err
}

func checkNote(note string) error {
	if utf8.RuneCountInString(note) > MaxNote {
		return fault.Field("note", "Please shorten this to at most 500 characters. What is clinical belongs elsewhere.")
	}
	return nil
}

// keepCard writes a person's card; one that is there already is moved.
func (s *Service) keepCard(ctx context.Context, tx *db.Tx, c Inquiry, note string) error {
	practice := access.From(ctx).Practice
	sealed, err := s.Vault.Seal(ctx, tx, noteField(practice, c.Person), note)
	if err != nil {
		return err
	}
	if err := tx.Later(ctx, nil, sqlKeepCard, practice, c.Person, string(c.Place), c.Charge, c.Thread, sealed, db.Micros(s.Now())); err != nil {
		return err
	}
	if !c.Charge.IsZero() {
		if err := s.People.Join(ctx, tx, c.Person, c.Charge); err != nil {
			return err
		}
	}
	return s.moved(ctx, tx, c.Person, c.Place)
}

func (s *Service) moved(ctx context.Context, tx *db.Tx, person db.ID, to Place) error {
	return s.Trail.Record(access.Following(ctx), tx, trail.Entry{Verb: "moved", Subject: person, Kind: "inquiry", Object: person, Why: string(to)})
}

// Move puts a card into another column.
func (s *Service) Move(ctx context.Context, person db.ID, to Place) error {
	if to.Word() == "" {
		return fault.Field("to", "There is no such column on the board.")
	}
	return s.change(ctx, person, func(tx *db.Tx, practice db.ID) error {
		n, err := tx.Exec(ctx, sqlMoveCard, string(to), db.Micros(s.Now()), practice, person)
		if err != nil || n == 0 { // it stands there already
			return err
		}
		return s.moved(ctx, tx, person, to)
	})
}

// TakeCharge puts a colleague in charge of an inquiry; the zero id nobody.
func (s *Service) TakeCharge(ctx context.Context, person, colleague db.ID) error {
	if err := s.colleague(ctx, colleague); err != nil {
		return err
	}
	return s.change(ctx, person, func(tx *db.Tx, practice db.ID) error {
		if _, err := tx.Exec(ctx, sqlSetCardCharge, colleague, practice, person); err != nil {
			return err
		}
		if !colleague.IsZero() {
			if err := s.People.Join(ctx, tx, person, colleague); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "assigned", Subject: person, Kind: "inquiry", Object: person})
	})
}

// WriteNote replaces the desk note on a card.
func (s *Service) WriteNote(ctx context.Context, person db.ID, note string) error {
	if err := checkNote(note); err != nil {
		return err
	}
	return s.change(ctx, person, func(tx *db.Tx, practice db.ID) error {
		sealed, err := s.Vault.Seal(ctx, tx, noteField(practice, person), note)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlSetCardNote, sealed, practice, person); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Subject: person, Kind: "inquiry", Object: person, Why: "note"})
	})
}

// change asks the policy, sees that the card is there, and lets do the change.
func (s *Service) change(ctx context.Context, person db.ID, do func(tx *db.Tx, practice db.ID) error) error {
	if err := access.Check(ctx, access.Write, inquiries(person)); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.card(ctx, tx, practice, person); err != nil {
			return err
		}
		return do(tx, practice)
	})
}

func (s *Service) card(ctx context.Context, q db.Q, practice, person db.ID) (cardRow, error) {
	c, err := db.One(ctx, q, scanCard, sqlCard, practice, person)
	if errors.Is(err, db.ErrNone) {
		err = errNoCard
	}
	return c, err
}

// arrived is what a transaction keeps of somebody who is new in it, and so
// stands at the consultation already.
type arrived db.ID

// Booked puts a person's card into "Consultation booked", within the
// transaction that books; somebody without a card gets one.
func (s *Service) Booked(ctx context.Context, tx *db.Tx, person, appointment db.ID) error {
	if err := tx.Later(ctx, nil, sqlBooked, access.From(ctx).Practice, person, appointment, db.Micros(s.Now())); err != nil {
		return err
	}
	if tx.Kept(arrived(person)) == nil {
		if err := s.People.ReachConsultation(ctx, tx, person); err != nil {
			return err
		}
	}
	return s.moved(ctx, tx, person, PlaceBooked)
}

// Unbooked puts the inquiry back into conversation. Its card goes on naming the
// appointment, and so says that it was cancelled.
func (s *Service) Unbooked(ctx context.Context, tx *db.Tx, person, appointment db.ID) error {
	n, err := tx.Exec(ctx, sqlUnbooked, db.Micros(s.Now()), access.From(ctx).Practice, person, appointment)
	if err != nil || n == 0 { // the card tells of another appointment by now, or somebody has moved it on
		return err
	}
	return s.moved(ctx, tx, person, PlaceTalking)
}

// Column lists the cards of a column, whoever has stood there longest first;
// of the closed ones those of the last 30 days. The reading is written down.
func (s *Service) Column(ctx context.Context, p Place, after mark, n int) ([]Inquiry, error) {
	out, err := s.column(ctx, p, after, n)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, s.Trail.Saw(ctx, trail.Entry{Kind: "inquiries", Why: string(p)})
}

func (s *Service) column(ctx context.Context, p Place, after mark, n int) ([]Inquiry, error) {
	if err := access.Check(ctx, access.Read, inquiries(db.ID{})); err != nil {
		return nil, err
	}
	if p == PlaceClosed {
		if from := s.Now().Add(-closedShown); after.at.Before(from) {
			after = mark{at: from}
		}
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	rows, err := db.All(ctx, q, scanCard, sqlColumn, practice, string(p), db.Micros(after.at), after.id[:], int64(n))
	if err != nil {
		return nil, err
	}
	out := make([]Inquiry, 0, len(rows))
	for _, r := range rows {
		if knows, err := s.People.Knows(ctx, r.Person); err != nil || !knows { // a colleague's card, which is their team's
			if err != nil {
				return nil, err
			}
			continue
		}
		if r.Note, err = s.Vault.Open(ctx, q, noteField(practice, r.Person), r.note); err != nil {
			return nil, err
		}
		out = append(out, r.Inquiry)
	}
	return out, nil
}

// Board lists the first n cards of every column.
func (s *Service) Board(ctx context.Context, n int) (map[Place][]Inquiry, error) {
	out, any := map[Place][]Inquiry{}, false
	for _, p := range Places {
		cards, err := s.column(ctx, p, mark{}, n)
		if err != nil {
			return nil, err
		}
		out[p], any = cards, any || len(cards) > 0
	}
	if !any {
		return out, nil
	}
	return out, s.Trail.Saw(ctx, trail.Entry{Kind: "inquiries"})
}

// Inquiry reads one card; the reading is written down.
func (s *Service) Inquiry(ctx context.Context, person db.ID) (Inquiry, error) {
	if err := access.Check(ctx, access.Read, inquiries(person)); err != nil {
		return Inquiry{}, err
	}
	if knows, err := s.People.Knows(ctx, person); err != nil || !knows {
		return Inquiry{}, errors.Join(err, errNoCard)
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	c, err := s.card(ctx, q, practice, person)
	if err != nil {
		return Inquiry{}, err
	}
	if c.Note, err = s.Vault.Open(ctx, q, noteField(practice, person), c.note); err != nil {
		return Inquiry{}, err
	}
	return c.Inquiry, s.Trail.Saw(ctx, trail.Entry{Subject: person, Kind: "inquiry", Object: person})
}

// NewInquiries lists who stands in the first column, the longest wait first;
// nothing to whoever may not see the board.
func (s *Service) NewInquiries(ctx context.Context, n int) ([]Item, error) {
	if !access.Can(ctx, access.Read, inquiries(db.ID{})) {
		return nil, nil
	}
	of := waits{practice: access.From(ctx).Practice, n: n}
	rows, err := s.cards.Get(s.DB, s.Now(), of, func() ([]cardRow, error) {
		return db.All(ctx, s.DB.Reader(), scanCard, sqlColumn, of.practice, string(PlaceNew), int64(0), make([]byte, len(db.ID{})), int64(n))
	})
	if err != nil {
		return nil, err
	}
	out := make([]Item, 0, len(rows))
	for _, r := range rows {
		if knows, err := s.People.Knows(ctx, r.Person); err != nil || !knows {
			if err != nil {
				return nil, err
			}
			continue
		}
		i, err := s.cardItem(ctx, r.Inquiry)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// Of finds a person's card for their page at the desk; nil when there is none.
func (s *Service) Of(ctx context.Context, person db.ID) (*Item, error) {
	if !access.Can(ctx, access.Read, inquiries(person)) {
		return nil, nil
	}
	c, err := s.card(ctx, s.DB.Reader(), access.From(ctx).Practice, person)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i, err := s.cardItem(ctx, c.Inquiry)
	return &i, err
}

func (s *Service) cardItem(ctx context.Context, c Inquiry) (Item, error) {
	names, err := s.People.Names(ctx, c.Person, c.Charge)
	return Item{ID: c.Person, Title: names[c.Person], Since: c.Moved, Charge: names[c.Charge], State: c.Place.Word(),
		Href: "/desk/inquiries/" + c.Person.String()}, err
}
