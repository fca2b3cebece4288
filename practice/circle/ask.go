package circle

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
	rule "held/rules/circle"
)

// Word is all that staff are told about a meeting.
type Word string

// The words. Later is neither: too much was asked in a short time.
const (
	Clear     Word = "clear"
	TalkFirst Word = "talk first"
	Later     Word = "not looked at yet"
)

// Meeting is somebody and everybody whom they would meet. What is decided about
// it is decided of Object, or of Object and With.
type Meeting struct {
	Object, With db.ID
	Person       db.ID
	There        []db.ID
}

// Answer is the word about a meeting, and what somebody has decided about it
// since anything about it changed.
type Answer struct {
	Word    Word
	Decided Decision // zero when nobody has decided

	pairs []byte
}

// Open tells that somebody has yet to decide.
func (a Answer) Open() bool { return a.Word == TalkFirst && a.Decided.By.IsZero() }

// Code is what was decided.
type Code string

// The codes.
const (
	Talked Code = "talked" // with whoever it is about; it stays
	Stays  Code = "stays"  // it stays without talking
)

// Codes lists them.
var Codes = []Code{Talked, Stays}

// Decision is what somebody decided after "talk first".
type Decision struct {
	By   db.ID
	At   time.Time
	Code Code
}

// New answers for one colleague: so many at once, and one more after each
// while. Who looks at a day's appointments does not notice; who tries names
// does.
const (
	answersBurst = 60
	answersEvery = 2 * time.Minute
	keptAsked    = 50_000
	keptProfiles = 20_000
)

// May tells whether the actor is told anything about meetings: whoever may
// arrange them.
func May(ctx context.Context) bool {
	return access.Can(ctx, access.Write, access.Resource{Class: access.Calendar})
}

// Ask gives the word about each meeting.
func (s *Service) Ask(ctx context.Context, all ...Meeting) ([]Answer, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Calendar}); err != nil {
		return nil, err
	}
	out := make([]Answer, len(all))
	for i, m := range all {
		if !s.spend(ctx, m) {
			out[i].Word = Later
			continue
		}
		var err error
		if out[i], err = s.answer(ctx, m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// One is Ask about one meeting.
func (s *Service) One(ctx context.Context, m Meeting) (Answer, error) {
	all, err := s.Ask(ctx, m)
	if err != nil {
		return Answer{}, err
	}
	return all[0], nil
}

func (s *Service) answer(ctx context.Context, m Meeting) (Answer, error) {
	me, err := s.profile(ctx, m.Person)
	if err != nil {
		return Answer{}, err
	}
	var apart []db.ID
	for _, id := range m.There {
		other, err := s.profile(ctx, id)
		if err != nil {
			return Answer{}, err
		}
		if id != m.Person && s.apart(me, other) && !slices.Contains(apart, id) {
			apart = append(apart, id)
		}
	}
	if len(apart) == 0 {
		return Answer{Word: Clear}, nil
	}
	a := Answer{Word: TalkFirst, pairs: s.sum(ctx, m.Person, apart)}
	if m.Object.IsZero() {
		return a, nil
	}
	of := about{access.From(ctx).Practice, m.Object, m.with(), string(a.pairs)}
	a.Decided, err = s.decided.Get(s.DB, s.Now(), of, func() (Decision, error) {
		d, err := db.One(ctx, s.DB.Reader(), scanDecision, sqlDecision, of.practice, of.object, of.with, a.pairs)
		if errors.Is(err, db.ErrNone) {
			return Decision{}, nil
		}
		return d, err
	})
	return a, err
}

// about is what was decided, or not.
type about struct {
	practice, object, with db.ID
	pairs                  string
}

func (m Meeting) with() db.ID {
	if m.With.IsZero() {
		return m.Object
	}
	return m.With
}

// sum stands for who was not to meet whom, and tells nothing of it.
func (s *Service) sum(ctx context.Context, person db.ID, apart []db.ID) []byte {
	slices.SortFunc(apart, func(a, b db.ID) int { return slices.Compare(a[:], b[:]) })
	all := string(person[:])
	for _, id := range apart {
		all += string(id[:])
	}
	return s.Vault.Index(access.From(ctx).Practice, "circle.pairs", all)
}

// Decide keeps what the actor decided after "talk first", within the
// transaction that it belongs to. It is on the practice's trail and on no
// client's: on theirs it would tell that somebody here would rather not meet them.
func (s *Service) Decide(ctx context.Context, tx *db.Tx, m Meeting, a Answer, code Code) error {
	actor := access.From(ctx)
	switch {
	case !May(ctx):
		return access.Check(ctx, access.Write, access.Resource{Class: access.Calendar})
	case !slices.Contains(Codes, code):
		return fault.Field("circle", "Please say what you decided.")
	case a.Word != TalkFirst:
		return nil
	}
	if _, err := tx.Exec(ctx, sqlDecide, actor.Practice, m.Object, m.with(), actor.Person, string(code), a.pairs, db.Micros(s.Now())); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "decided", Kind: "circle", Object: m.Object, Why: string(code)})
}

// Apart are those of some colleagues whom a client would rather not meet, or who
// would rather not meet them. It is for the program's own choosing, of whom to
// send: nobody is told, so nobody's role is asked. Of somebody who is only just
// being added nothing is known.
func (s *Service) Apart(ctx context.Context, client db.ID, colleagues []db.ID) ([]db.ID, error) {
	c, err := s.People.Card(ctx, client)
	if err != nil || c.ID.IsZero() {
		return nil, err
	}
	me, err := s.profile(ctx, client)
	if err != nil {
		return nil, err
	}
	var out []db.ID
	for _, id := range colleagues {
		other, err := s.profile(ctx, id)
		if err != nil {
			return nil, err
		}
		if id != client && s.apart(me, other) {
			out = append(out, id)
		}
	}
	return out, nil
}

// Listed are those of the people given whom the actor's own list names by the
// name that everybody here calls them. It tells a client nothing that they did
// not write and read themselves, and so knows no legal name and no other client.
func (s *Service) Listed(ctx context.Context, staff ...db.ID) ([]db.ID, error) {
	mine, err := s.Mine(ctx)
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	avoid := avoided(mine)
	var out []db.ID
	for _, id := range staff {
		c, err := s.People.Card(ctx, id)
		if err != nil {
			return nil, err
		}
		if c.Staff() && rule.Apart(rule.Person{Avoid: avoid.Avoid}, rule.Person{Names: []rule.Name{rule.ParseName(c.Name)}}) {
			out = append(out, id)
		}
	}
	return out, nil
}

// profile is somebody as the rule compares them, as of a state of their card.
type profile struct {
	rule.Person
	name    string
	changed time.Time
	serial  int64 // no other profile has it
}

// apart is the rule's answer about two profiles, from memory when they are the
// ones that were compared before: a page compares the same ones each time.
func (s *Service) apart(a, b profile) bool {
	of := [2]int64{a.serial, b.serial}
	s.mu.Lock()
	yes, there := s.compared[of]
	s.mu.Unlock()
	if there {
		return yes
	}
	yes = rule.Apart(a.Person, b.Person)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compared == nil || len(s.compared) >= keptProfiles {
		s.compared = map[[2]int64]bool{}
	}
	s.compared[of] = yes
	return yes
}

// profile gives it from memory when nothing about them has changed.
func (s *Service) profile(ctx context.Context, id db.ID) (profile, error) {
	c, err := s.People.Card(ctx, id)
	if err != nil {
		return profile{}, err
	}
	s.mu.Lock()
	p, there := s.known[id]
	s.mu.Unlock()
	if there && p.changed.Equal(c.Changed) && p.name == c.Name {
		return p, nil
	}
	ctx = access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Via: access.System})
	list, err := s.entries(ctx, s.DB.Reader(), id)
	if err != nil {
		return profile{}, err
	}
	names, works, err := s.People.KnownAs(ctx, s.DB.Reader(), id)
	if err != nil {
		return profile{}, err
	}
	p = profile{Person: avoided(list), name: c.Name, changed: c.Changed}
	for _, n := range append([]string{c.Name}, names...) {
		p.Names = append(p.Names, rule.ParseName(n))
	}
	for _, w := range works {
		p.Works = append(p.Works, rule.ParsePlace(w))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= keptProfiles {
		s.known = map[db.ID]profile{}
	}
	s.made++
	p.serial = s.made
	s.known[id] = p
	return p, nil
}

func avoided(list []Entry) (p rule.Person) {
	for _, e := range list {
		switch e.Kind {
		case Person:
			p.Avoid = append(p.Avoid, rule.ParseName(e.Name))
		case Place:
			p.Places = append(p.Places, rule.ParsePlace(e.Name))
		}
	}
	return p
}

func (s *Service) forget(id db.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id)
}

// spend takes one new answer of a colleague's; the same question again costs
// nothing.
func (s *Service) spend(ctx context.Context, m Meeting) bool {
	a := access.From(ctx)
	if a.Via != access.Session {
		return true
	}
	there := m.There
	if len(there) > 1 {
		there = slices.Clone(there)
		slices.SortFunc(there, func(a, b db.ID) int { return slices.Compare(a[:], b[:]) })
	}
	text := append(append(make([]byte, 0, 256), a.Person[:]...), m.Person[:]...)
	for _, id := range there {
		text = append(text, id[:]...)
	}
	key := sha256.Sum256(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.brake == nil {
		s.brake = &web.Limiter{Now: s.Now, Every: answersEvery, Burst: answersBurst}
	}
	if s.asked[key] {
		return true
	}
	if ok, _ := s.brake.Take(a.Person.String()); !ok {
		return false
	}
	if s.asked == nil || len(s.asked) >= keptAsked {
		s.asked = map[[32]byte]bool{}
	}
	s.asked[key] = true
	return true
}
