package forms

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/questionnaire"
)

// Filling is a form with what is answered so far, for whoever fills it in.
type Filling struct {
	Given
	Form     *Form
	Answers  questionnaire.Answers // reckoned ones too
	Revision int64                 // of the answers; 0: nothing is kept yet
	Alarmed  bool                  // an answer among those that are asked may mean danger
}

// Asked is what the form asks now.
func (f *Filling) Asked() *questionnaire.Asked { return f.Form.Asked(f.Answers) }

// Fill opens a form of the actor's own, to be filled in or looked at.
func (s *Service) Fill(ctx context.Context, id db.ID) (*Filling, error) {
	return s.filling(ctx, s.DB.Reader(), id)
}

func (s *Service) filling(ctx context.Context, q db.Q, id db.ID) (*Filling, error) {
	f, _, err := s.draft(ctx, q, id, access.Read)
	return f, err
}

// draft loads a form of the actor's own with the row of what is answered.
func (s *Service) draft(ctx context.Context, q db.Q, id db.ID, v access.Verb) (*Filling, responseRow, error) {
	g, err := s.one(ctx, q, id)
	if err != nil {
		return nil, responseRow{}, err
	}
	if err := access.Check(ctx, v, own(g.Person)); err != nil {
		return nil, responseRow{}, errUnknown // whose it is, nobody else is told
	}
	if g.State == TakenBack || g.From.After(s.Now()) {
		return nil, responseRow{}, fault.New(fault.Gone, "This form was taken back, or is not open yet. What you have sent before was kept.")
	}
	f := &Filling{Given: g, Answers: questionnaire.Answers{}}
	if f.Form, err = s.version(ctx, q, g.Version); err != nil {
		return nil, responseRow{}, err
	}
	row, err := db.One(ctx, q, scanResponse, sqlResponse, access.From(ctx).Practice, id, 0)
	if errors.Is(err, db.ErrNone) {
		return f, row, nil
	}
	if err != nil {
		return nil, row, err
	}
	f.Revision = row.revision
	if f.Answers, err = s.answers(ctx, q, f.Form, row); err != nil {
		return nil, row, err
	}
	if v == access.Write { // what is about to change is reckoned then
		return f, row, nil
	}
	if f.Answers, err = reckon(f.Form.Questionnaire, f.Answers); err != nil {
		return nil, row, err
	}
	f.Alarmed = len(f.Asked().Alarms()) > 0
	return f, row, nil
}

// answers opens a response; nothing is left of one that was erased.
func (s *Service) answers(ctx context.Context, q db.Q, f *Form, row responseRow) (questionnaire.Answers, error) {
	plain, err := s.Vault.Open(ctx, q, responseField(access.From(ctx).Practice, row.person, row.id, "body"), row.body)
	if errors.Is(err, vault.ErrErased) {
		return questionnaire.Answers{}, nil
	}
	if err != nil {
		return nil, err
	}
	a, _, faults := f.Read([]byte(plain))
	if len(faults) > 0 {
		return nil, errors.New("forms: a response that was kept cannot be read: " + faults[0].String())
	}
	return a, nil
}

// Changes are answers by question; none, or nil, is an answer that was taken out.
type Changes map[questionnaire.Key][]questionnaire.Answer

// maxTries is how often an answer is put in again when another one was faster.
const maxTries = 8

// Save keeps changed answers to a form of the actor's own, each beside what was
// answered meanwhile elsewhere. An answer that may mean danger is told in the
// same transaction.
func (s *Service) Save(ctx context.Context, id db.ID, c Changes) (*Filling, error) {
	return s.put(ctx, id, c, trail.Entry{Verb: "began", Kind: "form", Object: id})
}

// put is Save; began is the line of the trail for the first answer.
func (s *Service) put(ctx context.Context, id db.ID, c Changes, began trail.Entry) (f *Filling, err error) {
	for range maxTries {
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			f, err = s.save(ctx, tx, id, c, began)
			return err
		})
		if !errors.Is(err, errMoved) && !db.Taken(err) {
			break
		}
	}
	if errors.Is(err, errMoved) || db.Taken(err) {
		err = fault.New(fault.Unavailable, "Several answers arrived at once, and this one was not kept. Please send it again.").With(err)
	}
	return f, err
}

func (s *Service) save(ctx context.Context, tx *db.Tx, id db.ID, c Changes, began trail.Entry) (*Filling, error) {
	f, row, err := s.draft(ctx, tx, id, access.Write)
	if err != nil {
		return nil, err
	}
	if !f.Open(s.Now()) {
		return nil, errSent
	}
	if err := f.take(c); err != nil {
		return nil, err
	}
	if f.Answers, err = reckon(f.Form.Questionnaire, f.Answers); err != nil {
		return nil, err
	}
	if err := s.keepDraft(ctx, tx, f, row); err != nil {
		return nil, err
	}
	if f.State != Waiting {
		return f, nil
	}
	f.State = Begun
	if _, err := tx.Exec(ctx, sqlBegin, db.Micros(s.Now()), access.From(ctx).Practice, id); err != nil {
		return nil, err
	}
	if began.Verb == "" {
		return f, nil
	}
	began.Subject = f.Person
	return f, s.Trail.Record(ctx, tx, began)
}

var errSent = fault.New(fault.Taken, "This form was sent, so nothing was changed. You can correct it: what you sent stays beside the correction.")

// take puts changed answers in, or says which cannot be.
func (f *Filling) take(c Changes) error {
	refused := fault.New(fault.Invalid, "Something needs another look. What you typed is still here; the other answers were kept as they were.")
	for _, k := range slices.SortedFunc(maps.Keys(c), byKey) {
		i := f.Form.Of(k.LinkID)
		switch {
		case i == nil || !i.Fills() || k.Row < 0 || k.Row >= questionnaire.MaxRows || i.Rows() == nil && k.Row > 0:
			refused.AddField(k.String(), "This form does not ask that.")
			continue
		case len(c[k]) == 0:
			delete(f.Answers, k)
			continue
		}
		if why := i.Check(c[k]); why != "" {
			refused.AddField(k.String(), why)
			continue
		}
		f.Answers[k] = c[k]
	}
	if len(refused.Fields) > 0 {
		return refused
	}
	return nil
}

func byKey(a, b questionnaire.Key) int {
	switch {
	case a.String() < b.String():
		return -1
	case a.String() > b.String():
		return 1
	}
	return 0
}

// keepDraft writes what is answered, and tells of what may mean danger.
func (s *Service) keepDraft(ctx context.Context, tx *db.Tx, f *Filling, row responseRow) error {
	practice := access.From(ctx).Practice
	fresh := row.id.IsZero()
	if fresh {
		row.id = db.NewID()
	}
	marks, err := s.tell(ctx, tx, f, row)
	if err != nil {
		return err
	}
	about := questionnaire.About{ID: row.id.String(), Questionnaire: f.Form.canonical(), Status: "in-progress", Authored: s.Now()}
	plain, err := f.Form.Respond(f.Answers, about, true)
	if err != nil {
		return err
	}
	body, err := s.Vault.Seal(ctx, tx, responseField(practice, f.Person, row.id, "body"), string(plain))
	if err != nil {
		return err
	}
	f.Revision = row.revision + 1
	if fresh {
		_, err = tx.Exec(ctx, sqlAddResponse, practice, row.id, f.ID, f.Person, 0, body, marks, db.Micros(s.Now()))
		return err
	}
	n, err := tx.Exec(ctx, sqlKeepResponse, body, marks, db.Micros(s.Now()), practice, row.id, row.revision)
	if err == nil && n == 0 {
		err = errMoved
	}
	return err
}

// canonical names exactly this version.
func (f *Form) canonical() string { return f.URL + "|" + f.Questionnaire.Version }

// tell tells of each answer that may mean danger, once, and gives the marks by
// which that is remembered.
func (s *Service) tell(ctx context.Context, tx *db.Tx, f *Filling, row responseRow) ([]byte, error) {
	practice := access.From(ctx).Practice
	field := responseField(practice, f.Person, row.id, "marks")
	var told []string
	plain, err := s.Vault.Open(ctx, tx, field, row.marks)
	if err != nil && !errors.Is(err, vault.ErrErased) {
		return nil, err
	}
	if plain != "" {
		if err := json.Unmarshal([]byte(plain), &told); err != nil {
			return nil, err
		}
	}
	before := len(told)
	alarms := f.Asked().Alarms()
	f.Alarmed = len(alarms) > 0
	for _, k := range alarms {
		mark := k.String() + "=" + questionnaire.JoinWords(f.Answers[k])
		if slices.Contains(told, mark) {
			continue
		}
		told = append(told, mark)
		for _, hear := range s.alarms {
			if err := hear(ctx, tx, f.alarm(k)); err != nil {
				return nil, err
			}
		}
	}
	if len(told) == before {
		return append([]byte{}, row.marks...), nil
	}
	out, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, field, string(out))
}

func (f *Filling) alarm(k questionnaire.Key) Alarm {
	return Alarm{
		Person: f.Person, Given: f.ID, Form: f.Key, LinkID: k.LinkID, Row: k.Row, Occasion: f.Occasion,
		Asked: f.Form.Of(k.LinkID).Text, Said: questionnaire.JoinWords(f.Answers[k]),
	}
}

// Complete sends a form of the actor's own: what it asks and what was answered
// to that become a response that stays as it is.
func (s *Service) Complete(ctx context.Context, id db.ID) error {
	var err error
	for range maxTries {
		if err = s.DB.Write(ctx, func(tx *db.Tx) error { return s.complete(ctx, tx, id) }); !errors.Is(err, errMoved) && !db.Taken(err) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "Answers arrived while the form was being sent. It was not sent, and all of them were kept. Please send it again.").With(err)
}

func (s *Service) complete(ctx context.Context, tx *db.Tx, id db.ID) error {
	f, row, err := s.draft(ctx, tx, id, access.Write)
	if err != nil {
		return err
	}
	if !f.Open(s.Now()) {
		return errSent
	}
	if f.Answers, err = reckon(f.Form.Questionnaire, f.Answers); err != nil {
		return err
	}
	if p := f.Asked().Problems(); len(p) > 0 {
		e := fault.New(fault.Invalid, "Something is still open, so nothing was sent. Every answer was kept.")
		for _, p := range p {
			e.AddField(p.Key.String(), p.Text)
		}
		return e
	}
	again := !f.SentAt.IsZero()
	f.Answers = f.Asked().Pruned()
	if err := s.keepDraft(ctx, tx, f, row); err != nil { // whoever saves meanwhile moves this row
		return err
	}
	number, err := s.keepSent(ctx, tx, f, again)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlSend, db.Micros(s.Now()), access.From(ctx).Practice, id)
	if err == nil && n == 0 {
		err = errMoved
	}
	if err != nil {
		return err
	}
	for _, kind := range []string{letterGiven, letterReminder} {
		if err := s.Letters.Drop(ctx, tx, kind, id); err != nil {
			return err
		}
	}
	f.State, f.SentAt = Done, s.Now()
	for _, hear := range s.sent {
		if err := hear(ctx, tx, Sent{Given: f.Given, Form: f.Form.Questionnaire, Answers: f.Answers, Again: again, Response: number}); err != nil {
			return err
		}
	}
	verb := "sent"
	if again {
		verb = "corrected"
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: f.Person, Kind: "form", Object: id})
}

// keepSent writes the response that stays.
func (s *Service) keepSent(ctx context.Context, tx *db.Tx, f *Filling, again bool) (number int, err error) {
	practice := access.From(ctx).Practice
	last, err := db.One(ctx, tx, scanResponse, sqlLastResponse, practice, f.ID)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return 0, err
	}
	about := questionnaire.About{ID: db.NewID().String(), Questionnaire: f.Form.canonical(), Status: "completed", Authored: s.Now()}
	if again {
		about.Status = "amended"
	}
	id, err := db.ParseID(about.ID)
	if err != nil {
		return 0, err
	}
	plain, err := f.Form.Respond(f.Answers, about, false)
	if err != nil {
		return 0, err
	}
	body, err := s.Vault.Seal(ctx, tx, responseField(practice, f.Person, id, "body"), string(plain))
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, sqlAddResponse, practice, id, f.ID, f.Person, last.number+1, body, []byte{}, db.Micros(s.Now()))
	return last.number + 1, err
}

// Correct opens a form that was sent to be corrected; what was sent stands until
// the correction is sent, and beside it afterwards.
func (s *Service) Correct(ctx context.Context, id db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		f, _, err := s.draft(ctx, tx, id, access.Write)
		if err != nil || f.State == Correcting {
			return err
		}
		n, err := tx.Exec(ctx, sqlCorrect, access.From(ctx).Practice, id)
		if err == nil && n == 0 {
			err = fault.New(fault.Taken, "This form was not sent yet; it can simply be filled in. Nothing was changed.")
		}
		return err
	})
}
