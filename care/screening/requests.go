package screening

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/trail"
)

// What is asked for.
const (
	Question = "question" // of the client
	Records  = "records"  // of others, with the client's release
)

// How a request stands.
const (
	Open      = "open"
	Answered  = "answered"
	Refused   = "refused"   // the client would rather not
	Released  = "released"  // the client signed; the practice may ask
	Received  = "received"  // what was asked for has come
	Withdrawn = "withdrawn" // the client took the release back
	TakenBack = "taken back"
)

// Asked is what a prescriber asks for.
type Asked struct {
	Words string `json:"words,omitempty"` // the question; of records: what is asked for
	From  string `json:"from,omitempty"`  // who holds them
	Why   string `json:"why,omitempty"`
	Until string `json:"until,omitempty"` // a release ends on that day, by itself
}

// Reply is what came of it.
type Reply struct {
	Words     string    `json:"words,omitempty"`
	Signed    string    `json:"signed,omitempty"` // the text of the release as it was signed
	Name      string    `json:"name,omitempty"`   // as the client signed
	Hash      string    `json:"hash,omitempty"`   // SHA-256 of the signed text with the name and the time
	SignedAt  time.Time `json:"signed_at,omitzero"`
	Received  string    `json:"received,omitempty"` // what has come, in the prescriber's words
	Withdrawn time.Time `json:"withdrawn,omitzero"`
}

// Request is one.
type Request struct {
	ID      db.ID
	Client  db.ID
	Kind    string
	Author  db.ID
	At      time.Time
	State   string
	Asked   Asked
	Reply   Reply
	Changed time.Time
}

// Waits tells whether the client is asked for something.
func (r Request) Waits() bool { return r.State == Open }

// InForce tells whether a release may be used now: it was signed, was not
// withdrawn, and its last day is not over.
func (r Request) InForce(today string) bool {
	return r.Kind == Records && (r.State == Released || r.State == Received) && r.Asked.Until >= today
}

const letterAsked = "screening.asked"

// Ask asks a client something, or for a release of records that others hold.
func (s *Service) Ask(ctx context.Context, r Request) (db.ID, error) {
	if err := access.Check(ctx, access.Write, chart(r.Client)); err != nil {
		return db.ID{}, err
	}
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was asked.")
	if r.Kind != Question && r.Kind != Records {
		e.AddField("kind", "Please choose what is asked.")
	}
	if r.Asked.Words == "" {
		e.AddField("words", "Please write what you ask for.")
	}
	if r.Kind == Records {
		if r.Asked.From == "" {
			e.AddField("from", "Please say who holds the records.")
		}
		if r.Asked.Why == "" {
			e.AddField("why", "Please say what they are needed for. The client reads it before they sign.")
		}
		if day, err := time.Parse(time.DateOnly, r.Asked.Until); err != nil || !day.After(s.Now()) {
			e.AddField("until", "Please give the day on which the release ends by itself, after today.")
		}
	}
	if len(e.Fields) > 0 {
		return db.ID{}, e
	}
	r.ID = db.NewID()
	a, now := access.From(ctx), s.Now()
	return r.ID, s.DB.Write(ctx, func(tx *db.Tx) error {
		body, err := s.sealJSON(ctx, tx, r.Client, r.ID, "screening_requests.body", r.Asked)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddRequest, a.Practice, r.ID, r.Client, r.Kind, a.Person, db.Micros(now), Open, body, db.Micros(now)); err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "asked", Subject: r.Client, Kind: "request", Object: r.ID, Why: r.Kind}); err != nil {
			return err
		}
		return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterAsked, Subject: r.Client, Ref: r.ID, Body: r.ID})
	})
}

func (s *Service) sealJSON(ctx context.Context, tx *db.Tx, client, id db.ID, column string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, field(access.From(ctx).Practice, client, id, column), string(plain))
}

func (s *Service) openJSON(ctx context.Context, q db.Q, client, id db.ID, column string, sealed []byte, into any) error {
	if sealed == nil {
		return nil
	}
	plain, err := s.open(ctx, q, field(access.From(ctx).Practice, client, id, column), sealed)
	if err != nil || plain == "" {
		return err
	}
	return json.Unmarshal([]byte(plain), into)
}

func (s *Service) requests(ctx context.Context, q db.Q, client db.ID) ([]Request, error) {
	rows, err := db.All(ctx, q, scanRequest, sqlRequestsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	out := make([]Request, len(rows))
	for i, r := range rows {
		if out[i], err = s.request(ctx, q, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) request(ctx context.Context, q db.Q, r requestRow) (Request, error) {
	if err := s.openJSON(ctx, q, r.Client, r.ID, "screening_requests.body", r.body, &r.Asked); err != nil {
		return r.Request, err
	}
	return r.Request, s.openJSON(ctx, q, r.Client, r.ID, "screening_requests.answer", r.answer, &r.Reply)
}

func (s *Service) oneRequest(ctx context.Context, q db.Q, id db.ID) (Request, error) {
	r, err := db.One(ctx, q, scanRequest, sqlRequest, access.From(ctx).Practice, id)
	if errors.Is(err, db.ErrNone) {
		return Request{}, fault.New(fault.NotFound, "There is nothing at this address.")
	}
	if err != nil {
		return Request{}, err
	}
	return s.request(ctx, q, r)
}

// Requests are what a client was asked for, the latest first, for who may read
// the chart and for themselves.
func (s *Service) Requests(ctx context.Context, client db.ID) ([]Request, error) {
	if !access.Can(ctx, access.Read, own(client)) {
		if err := access.Check(ctx, access.Read, chart(client)); err != nil {
			return nil, err
		}
	}
	return s.requests(ctx, s.DB.Reader(), client)
}

// move brings a request from one of some states into another, with what came of it.
func (s *Service) move(ctx context.Context, id db.ID, from []string, to, verb string, check func(Request) error, change func(*Reply)) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		r, err := s.oneRequest(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := check(r); err != nil {
			return err
		}
		change(&r.Reply)
		answer, err := s.sealJSON(ctx, tx, r.Client, r.ID, "screening_requests.answer", r.Reply)
		if err != nil {
			return err
		}
		moved := false
		for _, state := range from {
			if state != r.State {
				continue
			}
			n, err := tx.Exec(ctx, sqlMoveRequest, to, answer, db.Micros(s.Now()), access.From(ctx).Practice, id, state)
			if err != nil {
				return err
			}
			moved = n == 1
		}
		if !moved {
			return fault.New(fault.Taken, "This has moved on since you opened it. Nothing was changed; please open the page again.")
		}
		if err := s.Letters.Drop(ctx, tx, letterAsked, id); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: r.Client, Kind: "request", Object: id, Why: r.Kind})
	})
}

func mine(ctx context.Context, kind string) func(Request) error {
	return func(r Request) error {
		if kind != "" && r.Kind != kind {
			return fault.New(fault.NotFound, "There is nothing at this address.")
		}
		return access.Check(ctx, access.Write, own(r.Client))
	}
}

func theirs(ctx context.Context) func(Request) error {
	return func(r Request) error { return access.Check(ctx, access.Write, chart(r.Client)) }
}

// Answer keeps what the client answers to a question.
func (s *Service) Answer(ctx context.Context, id db.ID, words string) error {
	if words == "" {
		return fault.Field("words", "Please write an answer; “I’d rather say it in person” is one too.")
	}
	return s.move(ctx, id, []string{Open}, Answered, "answered", mine(ctx, Question), func(r *Reply) { r.Words = words })
}

// Refuse keeps that the client would rather not, which is an answer.
func (s *Service) Refuse(ctx context.Context, id db.ID) error {
	return s.move(ctx, id, []string{Open}, Refused, "refused", mine(ctx, ""), func(*Reply) {})
}

// ReleaseText is the release of information, as the client reads and signs it.
func ReleaseText(practice string, a Asked) string {
	return strings.Join([]string{
		"I allow " + a.From + " to give " + practice + " this about me: " + a.Words,
		"It is needed for this: " + a.Why,
		"It ends by itself on " + dayWords(a.Until) + ". I can take it back at any time, here or by word; what was given before then stays given.",
		"I do not have to sign. What I am offered here does not depend on it, but for what my prescriber cannot know without it.",
	}, "\n")
}

// Release keeps that the client signed the release.
func (s *Service) Release(ctx context.Context, id db.ID, name string, agreed bool) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was signed.")
	if name == "" {
		e.AddField("name", "Please write your name, as you sign.")
	}
	if !agreed {
		e.AddField("agreed", "Please say that you allow it, or that you would rather not.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	var asked Asked
	check := func(r Request) error { asked = r.Asked; return mine(ctx, Records)(r) }
	return s.move(ctx, id, []string{Open}, Released, "signed", check, func(r *Reply) {
		r.Signed, r.Name, r.SignedAt = ReleaseText(st.Name, asked), name, s.Now()
		sum := sha256.Sum256([]byte(r.Signed + "\n" + r.Name + "\n" + r.SignedAt.Format(time.RFC3339Nano)))
		r.Hash = hex.EncodeToString(sum[:])
	})
}

// Withdraw takes a release back; it is the client's alone to do.
func (s *Service) Withdraw(ctx context.Context, id db.ID) error {
	return s.move(ctx, id, []string{Released, Received}, Withdrawn, "withdrew", mine(ctx, Records), func(r *Reply) { r.Withdrawn = s.Now() })
}

// Receive says what came of a release.
func (s *Service) Receive(ctx context.Context, id db.ID, words string) error {
	if words == "" {
		return fault.Field("received", "Please say in a few words what has come.")
	}
	today := s.Now().Format(time.DateOnly)
	check := func(r Request) error {
		if err := theirs(ctx)(r); err != nil {
			return err
		}
		if !r.InForce(today) {
			return fault.New(fault.Taken, "This release is not in force any more. Nothing was changed.")
		}
		return nil
	}
	return s.move(ctx, id, []string{Released, Received}, Received, "received", check, func(r *Reply) {
		if r.Received != "" {
			words = r.Received + "\n" + words
		}
		r.Received = words
	})
}

// TakeBack takes a request back that nobody has answered.
func (s *Service) TakeBack(ctx context.Context, id db.ID) error {
	return s.move(ctx, id, []string{Open}, TakenBack, "took back", theirs(ctx), func(*Reply) {})
}
