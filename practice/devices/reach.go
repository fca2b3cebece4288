package devices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/push"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/settings"
)

// What a row is about.
const (
	call   = "call"
	test   = "test"
	letter = "letter"
)

// The states of a row. One that is being sent when the program is killed stays
// so: it may have been taken, and a call goes to a device once at most.
const (
	waiting = "waiting"
	sending = "sending"
	sent    = "sent"
	over    = "over"   // it was heard, or nothing called any more
	failed  = "failed" // refused, or not taken in time
	gone    = "gone"   // the browser does not want it any more
)

const (
	life        = 10 * time.Minute // after which a call is not sent any more
	keptFor     = 48 * time.Hour   // longer than any room is listed as open
	settleLimit = 5 * time.Second
)

// pauses between tries.
var pauses = []time.Duration{5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}

// Reach is the worker's work: it writes down whom what calls now is to reach, each
// once, and calls them.
func (s *Service) Reach(ctx context.Context) error {
	p, err := s.Plan(ctx)
	if err != nil || !p.Pushing && p.Letter == 0 {
		return err
	}
	all, unread := s.Standing(ctx) // what could be read calls all the same
	for _, c := range all {
		if err := s.note(ctx, p, c); err != nil {
			return errors.Join(unread, err)
		}
	}
	if !p.Pushing {
		return unread
	}
	return errors.Join(unread, s.send(ctx, p))
}

func (s *Service) hash(ctx context.Context, c Call) []byte {
	return s.Vault.Index(access.From(ctx).Practice, "devices call", c.Key)
}

// note writes a call down for each device and each letter that it has not
// reached yet and that its time has come for.
func (s *Service) note(ctx context.Context, p Plan, c Call) error {
	now, hash := s.Now(), s.hash(ctx, c)
	had, err := db.All(ctx, s.DB.Reader(), db.Value[db.ID], sqlCalled, access.From(ctx).Practice, hash)
	if err != nil {
		return err
	}
	var devices []Device
	if p.Pushing && (c.Kind == Red || !now.Before(c.From.Add(minutes(p.Wait)))) {
		if devices, err = s.wanting(ctx, c, had); err != nil {
			return err
		}
	}
	var people []db.ID
	if p.Letter > 0 && c.Kind != Due && !now.Before(c.From.Add(minutes(p.Letter))) {
		people = slices.DeleteFunc(slices.Clone(c.Prescribers), func(id db.ID) bool { return slices.Contains(had, id) })
	}
	if len(devices)+len(people) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, d := range devices {
			if err := s.queue(ctx, tx, hash, d, call); err != nil {
				return err
			}
		}
		for _, id := range people {
			if err := s.write(ctx, tx, hash, c, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// wanting are the devices that chose this kind of call and have not had this one.
func (s *Service) wanting(ctx context.Context, c Call, had []db.ID) (out []Device, err error) {
	for _, person := range c.Team {
		all, err := s.of(ctx, s.DB.Reader(), person)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			if slices.Contains(d.Kinds, c.Kind) && !slices.Contains(had, d.ID) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// queue writes one down; a second program that does the same at once writes nothing.
func (s *Service) queue(ctx context.Context, tx *db.Tx, hash []byte, d Device, kind string) error {
	now := s.Now()
	_, err := tx.Exec(ctx, sqlQueue, access.From(ctx).Practice, hash, d.ID, d.Person, kind, waiting, db.Micros(now), db.Micros(now.Add(life)))
	if err == nil && s.Wake != nil {
		tx.After(s.Wake)
	}
	return err
}

// write queues the letter about a call, with the row that says so.
func (s *Service) write(ctx context.Context, tx *db.Tx, hash []byte, c Call, person db.ID) error {
	now := s.Now()
	n, err := tx.Exec(ctx, sqlQueue, access.From(ctx).Practice, hash, person, person, letter, letter, db.Micros(now), db.Micros(now))
	if err != nil || n == 0 {
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterCalls, Subject: person, Body: hash})
}

// letterCalls says that something waits.
const letterCalls = "devices.calls"

// RegisterLetters names who writes this package's letters.
func (s *Service) RegisterLetters() {
	s.Letters.Handle(letterCalls, s.callsLetter)
	s.Letters.Handle(letterEnded, s.endedLetter)
}

// callsLetter is written while its call still stands; it says nothing of it.
func (s *Service) callsLetter(ctx context.Context, to db.ID, raw []byte) (*mail.Message, error) {
	var hash []byte
	if err := json.Unmarshal(raw, &hash); err != nil {
		return nil, err
	}
	all, err := s.Standing(ctx)
	if !slices.ContainsFunc(all, func(c Call) bool { return slices.Contains(c.Prescribers, to) && bytes.Equal(s.hash(ctx, c), hash) }) {
		return nil, err // somebody has heard it, or it cannot be told yet
	}
	return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something in Held waits for you", Full: "Something in Held waits for you", Path: "/room/calls", Must: true})
}

// atOnce is how many push services are waited for at the same time: one that does
// not answer holds up nobody else's call.
const atOnce = 8

// send calls whom it is time to call.
func (s *Service) send(ctx context.Context, p Plan) error {
	var out sync.WaitGroup
	defer out.Wait()
	lanes, failed := make(chan struct{}, atOnce), make(chan error, 1)
	for {
		c, there, err := s.claim(ctx)
		if err != nil {
			return err
		}
		if !there {
			break
		}
		send, err := s.ready(ctx, p, c)
		lanes <- struct{}{}
		out.Go(func() {
			defer func() { <-lanes }()
			if err := s.deliver(ctx, c, send, err); err != nil {
				select {
				case failed <- err:
				default: // one is enough to tell
				}
			}
		})
	}
	out.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func (s *Service) claim(ctx context.Context) (c callRow, there bool, err error) {
	due, err := db.One(ctx, s.DB.Reader(), db.Value[int64], sqlAnyDue, access.From(ctx).Practice, db.Micros(s.Now()))
	if err != nil || due == 0 {
		return c, false, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		c, err = db.One(ctx, tx, scanCall, sqlClaim, access.From(ctx).Practice, db.Micros(s.Now()))
		there = err == nil
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		return err
	})
	return c, there, err
}

// deliver sends one that is ready, and writes down how it went even while the
// program is being stopped.
func (s *Service) deliver(ctx context.Context, c callRow, send func() error, err error) error {
	if err == nil {
		err = send()
	}
	state, again := s.outcome(c, err)
	now, practice := s.Now(), access.From(ctx).Practice
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleLimit)
	defer cancel()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlSettle, state, db.Micros(again), practice, c.hash, c.device); err != nil {
			return err
		}
		switch state {
		case gone:
			return s.drop(ctx, tx, c.device)
		case sent:
			_, err := tx.Exec(ctx, sqlReached, db.Micros(now), practice, c.device)
			return err
		case failed:
			_, err := tx.Exec(ctx, sqlMissed, db.Micros(now), practice, c.device)
			return err
		}
		return nil
	})
}

// errOver: nothing is to be sent any more.
var errOver = errors.New("devices: it was heard, or calls no more")

// ready gives what sends a call, if it is still to be sent.
func (s *Service) ready(ctx context.Context, p Plan, c callRow) (send func() error, err error) {
	now := s.Now()
	still, err := s.stands(ctx, c)
	if err == nil && (!still || !now.Before(c.ends)) {
		return nil, errOver
	}
	var sub push.Subscription
	if err == nil {
		sub, err = s.subscription(ctx, c)
	}
	var key push.Key
	if err == nil {
		key, err = s.key(ctx, s.DB.Reader(), p)
	}
	switch {
	case errors.Is(err, push.ErrGone):
		return nil, err
	case err != nil:
		return nil, &push.Later{Cause: err} // nothing was sent
	}
	x := &push.Sender{Client: s.client(), Now: s.Now, Contact: s.contact()}
	return func() error {
		return x.Send(ctx, key, sub, push.Message{Plain: []byte(c.kind), TTL: c.ends.Sub(now), Topic: "held"})
	}, nil
}

// outcome is the state in which a call is left, and when it is tried again.
func (s *Service) outcome(c callRow, err error) (state string, again time.Time) {
	now := s.Now()
	var later *push.Later
	switch {
	case err == nil:
		return sent, now
	case errors.Is(err, errOver):
		return over, now
	case errors.Is(err, push.ErrGone):
		return gone, now
	case errors.As(err, &later):
		again = now.Add(max(pauses[min(int(c.attempts), len(pauses))-1], later.After))
		if again.Before(c.ends) {
			return waiting, again
		}
	}
	s.Log.Warn("a device could not be called", "device", c.device.String(), "attempt", c.attempts, "cause", err.Error())
	return failed, now
}

// stands tells whether a call is still to reach this person: it calls, nobody has
// heard it, and they still care for whoever it is about.
func (s *Service) stands(ctx context.Context, c callRow) (bool, error) {
	if c.kind == test {
		return true, nil
	}
	all, err := s.Standing(ctx)
	if slices.ContainsFunc(all, func(x Call) bool { return slices.Contains(x.Team, c.person) && bytes.Equal(s.hash(ctx, x), c.hash) }) {
		return true, nil
	}
	return false, err
}

func (s *Service) subscription(ctx context.Context, c callRow) (sub push.Subscription, err error) {
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	d, err := db.One(ctx, q, scanDevice, sqlDevice, practice, c.device)
	if errors.Is(err, db.ErrNone) {
		return sub, push.ErrGone
	}
	if err != nil {
		return sub, err
	}
	plain, err := s.Vault.Open(ctx, q, deviceField(practice, d.Person, d.ID), d.body)
	if errors.Is(err, vault.ErrErased) {
		return sub, push.ErrGone
	}
	if err != nil {
		return sub, err
	}
	return sub, json.Unmarshal([]byte(plain), &sub)
}

func (s *Service) client() *http.Client {
	s.once.Do(func() {
		if s.Client == nil {
			s.Client = push.Client(nil)
		}
	})
	return s.Client
}

// contact is where whoever runs a push service finds the practice: its public
// address, which they could see anyway.
func (s *Service) contact() string {
	if strings.HasPrefix(s.Settings.Base, "https://") {
		return s.Settings.Base
	}
	return ""
}

// Sweep forgets which calls reached whom, once no room of theirs can be open.
func (s *Service) Sweep(ctx context.Context) error {
	before := s.Now().Add(-keptFor)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlSweep, access.From(ctx).Practice, db.Micros(before))
		return err
	})
}

// Status is what the doctor says about calling devices.
type Status struct {
	Plan
	Devices, People      int
	Last                 time.Time // when a push service last took a call
	Sent, Failed, Cut    int       // of the last two days; cut: the program ended while it sent
	Letters, Gone, Heard int
}

// Status reads it.
func (s *Service) Status(ctx context.Context) (st Status, err error) {
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	if st.Plan, err = s.planOf(ctx, q); err != nil {
		return st, err
	}
	n, err := db.One(ctx, q, scanCount, sqlCount, practice)
	if err != nil {
		return st, err
	}
	st.Devices, st.People, st.Last = n.devices, n.people, n.last
	all, err := db.All(ctx, q, scanState, sqlStates, practice, db.Micros(s.Now().Add(-keptFor)))
	for _, x := range all {
		switch x.state {
		case sent:
			st.Sent = x.n
		case failed:
			st.Failed = x.n
		case sending:
			st.Cut = x.n
		case letter:
			st.Letters = x.n
		case gone:
			st.Gone = x.n
		case over:
			st.Heard = x.n
		}
	}
	return st, err
}
