package inquiry

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// QuestionState says for whom a question waits.
type QuestionState string

// The states. A question is set aside when it came in the middle of a flood
// and without the proof that was asked for: kept, and out of the way.
const (
	QuestionNew      QuestionState = "new"
	QuestionAnswered QuestionState = "answered"
	QuestionClosed   QuestionState = "closed"
	QuestionAside    QuestionState = "aside"
)

// Limits of the question box.
const (
	MaxQuestion = 4000 // characters in one message
	maxTurns    = 200  // messages in one question
	// ReadableFor is how long the code opens a question after it was closed.
	ReadableFor = 90 * 24 * time.Hour
)

// Question is what somebody asked, without its words.
type Question struct {
	ID         db.ID
	State      QuestionState
	Charge     db.ID // the person in charge
	Person     db.ID // once it was turned into an inquiry
	HasAddress bool
	Turns      int64
	Made       time.Time
	Changed    time.Time // the last thing said, or done with it
	Opening    string    // its first words, for lists
}

// Message is one thing that was said. Author is zero when the asker said it.
type Message struct {
	ID     db.ID
	Author db.ID
	At     time.Time
	Text   string
}

// Conversation is a question with everything said.
type Conversation struct {
	Question
	Messages []Message
}

// Answered tells whether the practice has ever said something.
func (c Conversation) Answered() bool {
	for _, m := range c.Messages {
		if !m.Author.IsZero() {
			return true
		}
	}
	return false
}

// Asked is a new question.
type Asked struct {
	Text    string
	Address string // an e-mail address, or ""
	Once    string // the form's one-time word; without one, a form sent twice is two questions
	Aside   bool
}

var (
	errNoQuestion = fault.New(fault.NotFound, "There is no question under this code. Please compare it with what you wrote down; capital letters, spaces and dashes make no difference.")
	errPast       = fault.New(fault.Gone, "This question was closed more than 90 days ago, so its code no longer opens it. You can ask again at any time.")
	errLong       = fault.New(fault.Taken, "This question has become very long. Please begin a new one; what you typed is still here to copy.")
	errUnwritten  = fault.Field("text", "Please write a few words.")
)

func opening(practice, thread db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: thread, Class: vault.Clinical, Row: thread, Column: "inquiry_threads.opening"}
}

func address(practice, thread db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: thread, Class: vault.Contact, Row: thread, Column: "inquiry_threads.contact"}
}

func words(practice, thread, message db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: thread, Class: vault.Clinical, Row: message, Column: "inquiry_messages.body"}
}

func checkText(text string) error {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return errUnwritten
	case n > MaxQuestion || !utf8.ValidString(text):
		return fault.Field("text", "Please shorten this to at most 4000 characters. You can go on in a second message.")
	}
	return nil
}

// Ask keeps a new question and gives its reply code, the only key to it. The
// same form sent again gives the same code; with other words, they are added.
func (s *Service) Ask(ctx context.Context, a Asked) (code string, err error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Asking}); err != nil {
		return "", err
	}
	if err := checkText(a.Text); err != nil {
		return "", err
	}
	if a.Address != "" {
		if a.Address, err = mail.Address(a.Address); err != nil {
			return "", fault.Field("address", "This is not an e-mail address that a note can go to. You can also leave it empty and keep the code.")
		}
	}
	practice := access.From(ctx).Practice
	once := s.onceOf(practice, a.Once)
	code = s.makeCode(practice, once)
	err = s.DB.Write(ctx, func(tx *db.Tx) error { return s.ask(ctx, tx, practice, code, once, a) })
	if db.Taken(err) {
		return code, s.askMore(ctx, practice, code, a, once)
	}
	return code, err
}

func (s *Service) ask(ctx context.Context, tx *db.Tx, practice db.ID, code string, once []byte, a Asked) error {
	id, now := db.NewID(), s.Now()
	first, err := s.Vault.Seal(ctx, tx, opening(practice, id), openingOf(a.Text))
	if err != nil {
		return err
	}
	contact, err := s.Vault.Seal(ctx, tx, address(practice, id), a.Address)
	if err != nil {
		return err
	}
	state := QuestionNew
	if a.Aside {
		state = QuestionAside
	}
	if _, err := tx.Exec(ctx, sqlInsertThread, practice, id, s.codeHash(practice, code), string(state), first, contact, db.Micros(now)); err != nil {
		return err
	}
	if err := s.say(ctx, tx, practice, id, db.ID{}, a.Text, once); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "asked", Subject: id, Kind: "question", Object: id})
}

// say seals one message. The same words of the same form violate a key, which
// db.Taken recognises.
func (s *Service) say(ctx context.Context, tx *db.Tx, practice, thread, author db.ID, text string, once []byte) error {
	id := db.NewID()
	body, err := s.Vault.Seal(ctx, tx, words(practice, thread, id), text)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlInsertMessage, practice, thread, id, author, body, s.saidHash(practice, thread, once, text), db.Micros(s.Now()))
	return err
}

func (s *Service) saidHash(practice, thread db.ID, once []byte, text string) []byte {
	return s.Vault.Index(practice, "inquiry.said", string(thread[:])+string(once)+text)
}

// openingLength is how much of a question its list entry shows.
const openingLength = 120

func openingOf(text string) string {
	line := strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(line) <= openingLength {
		return line
	}
	cut := string([]rune(line)[:openingLength])
	if i := strings.LastIndexByte(cut, ' '); i > openingLength/2 {
		cut = cut[:i]
	}
	return cut + " …"
}

// AskMore adds to a question by its code. A closed question opens again.
func (s *Service) AskMore(ctx context.Context, code, text, once string) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Asking}); err != nil {
		return err
	}
	if err := checkText(text); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.askMore(ctx, practice, code, Asked{Text: text}, s.onceOf(practice, once))
}

func (s *Service) askMore(ctx context.Context, practice db.ID, code string, a Asked, once []byte) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := s.byCode(ctx, tx, practice, code)
		if err != nil {
			return err
		}
		if err := s.keepAddress(ctx, tx, practice, t, a.Address); err != nil {
			return err
		}
		if said, err := s.alreadySaid(ctx, tx, practice, t.ID, once, a.Text); said || err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlAskMore, db.Micros(s.Now()), practice, t.ID, int64(maxTurns))
		if err != nil {
			return err
		}
		if n == 0 {
			return errLong
		}
		if err := s.say(ctx, tx, practice, t.ID, db.ID{}, a.Text, once); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "asked", Subject: t.subject(), Kind: "question", Object: t.ID})
	})
	return unlessSaid(err)
}

// keepAddress gives a question the address that came when its form was sent
// again; one that it has stays as it is.
func (s *Service) keepAddress(ctx context.Context, tx *db.Tx, practice db.ID, t threadRow, to string) error {
	if to == "" || t.HasAddress {
		return nil
	}
	sealed, err := s.Vault.Seal(ctx, tx, address(practice, t.ID), to)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlSetAddress, sealed, practice, t.ID)
	return err
}

// unlessSaid makes nothing of a form that was sent twice at the very same time:
// the other one has said it.
func unlessSaid(err error) error {
	if db.Taken(err) {
		return nil
	}
	return err
}

func (s *Service) alreadySaid(ctx context.Context, q db.Q, practice, thread db.ID, once []byte, text string) (bool, error) {
	_, err := db.One(ctx, q, db.Value[int64], sqlSaid, practice, s.saidHash(practice, thread, once, text))
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

// CloseByCode is how the asker ends a question.
func (s *Service) CloseByCode(ctx context.Context, code string) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Asking}); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := s.byCode(ctx, tx, practice, code)
		if err != nil {
			return err
		}
		return s.setState(ctx, tx, practice, t.Question, QuestionClosed)
	})
}

// ReadByCode is the asker's own look at the question.
func (s *Service) ReadByCode(ctx context.Context, code string) (Conversation, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Asking}); err != nil {
		return Conversation{}, err
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	t, err := s.byCode(ctx, q, practice, code)
	if err != nil {
		return Conversation{}, err
	}
	return s.conversation(ctx, q, practice, t)
}

// byCode finds the question that a code opens.
func (s *Service) byCode(ctx context.Context, q db.Q, practice db.ID, code string) (threadRow, error) {
	plain, ok := ParseCode(code)
	if !ok {
		return threadRow{}, errNoQuestion
	}
	t, err := db.One(ctx, q, scanThread, sqlThreadByCode, practice, s.codeHash(practice, plain))
	switch {
	case errors.Is(err, db.ErrNone):
		return t, errNoQuestion
	case err != nil:
		return t, err
	case t.State == QuestionClosed && s.Now().Sub(t.Changed) > ReadableFor:
		return t, errPast
	}
	return t, nil
}

// conversation opens everything that was said.
func (s *Service) conversation(ctx context.Context, q db.Q, practice db.ID, t threadRow) (c Conversation, err error) {
	c.Question = t.Question
	rows, err := db.All(ctx, q, scanMessage, sqlMessages, practice, t.ID, int64(maxTurns+1))
	if err != nil {
		return c, err
	}
	for _, r := range rows {
		if r.Text, err = s.Vault.Open(ctx, q, words(practice, t.ID, r.ID), r.body); err != nil {
			return c, err
		}
		c.Messages = append(c.Messages, r.Message)
	}
	return c, nil
}

// subject is whose the question is, as far as the practice knows: the person
// it was turned into an inquiry of, else the question stands for its asker.
func (q Question) subject() db.ID {
	if q.Person.IsZero() {
		return q.ID
	}
	return q.Person
}
