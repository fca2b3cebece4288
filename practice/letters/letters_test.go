package letters_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/mailbox"
	"held/internal/testkit"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
)

// post is a sender that does as it is told and keeps what it was given.
type post struct {
	mu   sync.Mutex
	sent []mail.Message
	then func(ctx context.Context, m *mail.Message) error
}

func (p *post) Send(ctx context.Context, m *mail.Message) error {
	p.mu.Lock()
	p.sent = append(p.sent, *m)
	then := p.then
	p.mu.Unlock()
	if then != nil {
		return then(ctx, m)
	}
	return nil
}

func (p *post) ids() (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.sent {
		out = append(out, m.MessageID)
	}
	return out
}

const words = "Tuesday at nine, in the room with the window"

type rig struct {
	*letters.Service
	ctx    context.Context
	clock  *testkit.Clock
	post   *post
	person db.ID
	log    *bytes.Buffer
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	clock := testkit.NewClock(testkit.Now)
	v, practice := testkit.Vault(t, d, clock.Now)
	r := &rig{clock: clock, post: &post{}, person: db.NewID(), log: &bytes.Buffer{}}
	r.Service = &letters.Service{DB: d, Vault: v, Now: clock.Now, Log: slog.New(slog.NewTextHandler(r.log, nil)), Sender: r.post, Host: "held.example"}
	r.Handle("note", func(_ context.Context, _ db.ID, body []byte) (*mail.Message, error) {
		var text string
		if err := json.Unmarshal(body, &text); err != nil {
			return nil, err
		}
		if text == "nothing to tell" {
			return nil, nil
		}
		return &mail.Message{To: "wren@example.org", From: "desk@held.example", Subject: "A note", Text: text}, nil
	})
	r.ctx = access.With(t.Context(), access.Actor{Practice: practice, Via: access.System})
	return r
}

func (r *rig) queue(t *testing.T, all ...letters.Letter) {
	t.Helper()
	if err := r.DB.Write(r.ctx, func(tx *db.Tx) error { return r.Queue(r.ctx, tx, all...) }); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) note(text string) letters.Letter {
	return letters.Letter{Kind: "note", Subject: r.person, Body: text}
}

func (r *rig) send(t *testing.T) {
	t.Helper()
	if err := r.Send(r.ctx); err != nil {
		t.Fatal(err)
	}
}

// outbox is every row's state, and whether it still has a body.
func (r *rig) outbox(t *testing.T) (out []string) {
	t.Helper()
	out, err := db.All(r.ctx, r.DB.Reader(), func(row db.Row) (string, error) {
		var state, fault string
		var body []byte
		err := row.Scan(&state, &fault, &body)
		if len(body) > 0 {
			state += " with body"
		}
		return strings.TrimSpace(state + " " + fault), err
	}, "SELECT state, last_fault, body FROM letters_outbox ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *rig) is(t *testing.T, want ...string) {
	t.Helper()
	if got := r.outbox(t); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the outbox holds %q, want %q", got, want)
	}
}

func TestALetterIsSentOnceWhenItsTimeHasCome(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		woken := 0
		r.Wake = func() { woken++ }
		later := r.note("later")
		later.NotBefore = testkit.Now.Add(time.Hour)
		r.queue(t, r.note(words), later)
		r.is(t, "waiting with body", "waiting with body")
		r.send(t)
		r.send(t)
		r.is(t, "sent", "waiting with body")
		if len(r.post.sent) != 1 || r.post.sent[0].Text != words || !strings.HasSuffix(r.post.sent[0].MessageID, "@held.example") || woken != 1 {
			t.Errorf("%+v, woken %d times", r.post.sent, woken)
		}
		r.clock.Add(time.Hour)
		r.send(t)
		r.is(t, "sent", "sent")
	})
}

func TestALetterIsWrittenWithWhatItTells(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	err := r.DB.Write(r.ctx, func(tx *db.Tx) error {
		return errors.Join(r.Queue(r.ctx, tx, r.note(words)), errors.New("the booking failed"))
	})
	if err == nil {
		t.Fatal("committed")
	}
	r.send(t)
	r.is(t)
	err = r.DB.Write(r.ctx, func(tx *db.Tx) error { return r.Queue(r.ctx, tx, letters.Letter{Kind: "gossip", Subject: r.person}) })
	if err == nil {
		t.Error("queued what nobody can write")
	}
	r.queue(t) // none at all
}

func TestAFailureIsTriedAgainUnderTheSameID(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.post.then = func(context.Context, *mail.Message) error { return errors.New("connection refused") }
		r.queue(t, r.note(words))
		r.send(t)
		r.is(t, "waiting with body tried")
		for _, step := range []struct {
			wait time.Duration
			sent int
		}{{29 * time.Second, 1}, {2 * time.Second, 2}, {time.Minute, 2}, {time.Minute + time.Second, 3}, {9 * time.Minute, 3}, {2 * time.Minute, 4}} {
			r.clock.Add(step.wait)
			r.send(t)
			if got := len(r.post.ids()); got != step.sent {
				t.Errorf("after another %s it was tried %d times, want %d", step.wait, got, step.sent)
			}
		}
		r.post.then = nil
		r.clock.Add(24 * time.Hour)
		r.send(t)
		r.is(t, "sent")
		ids := r.post.ids()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("message ids: %v", ids)
			}
		}
		if strings.Contains(r.log.String(), "Tuesday") || strings.Contains(r.log.String(), "wren@") {
			t.Errorf("the log says %s", r.log)
		}
	})
}

func TestAMailServerMayBeDownForDays(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	r.post.then = func(context.Context, *mail.Message) error { return errors.New("no route") }
	r.queue(t, r.note(words))
	began := r.clock.Now()
	for range 1000 {
		r.send(t)
		if r.outbox(t)[0] != "waiting with body tried" {
			break
		}
		r.clock.Add(time.Hour)
	}
	r.is(t, "failed refused")
	if lasted := r.clock.Now().Sub(began); lasted < 3*24*time.Hour || lasted > 7*24*time.Hour {
		t.Errorf("given up after %s", lasted)
	}
}

func TestWhatIsRefusedForGoodIsNotTriedAgain(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	r.post.then = func(context.Context, *mail.Message) error { return &mail.Error{Stage: mail.Recipient, Code: 550} }
	r.queue(t, r.note(words))
	r.send(t)
	r.clock.Add(48 * time.Hour)
	r.send(t)
	r.is(t, "failed refused")
	if len(r.post.sent) != 1 {
		t.Errorf("tried %d times", len(r.post.sent))
	}
}

func TestNothingToTellAndCalledBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		about, another := db.NewID(), db.NewID()
		mine, theirs, nothing := r.note("mine"), r.note("theirs"), r.note("nothing to tell")
		mine.Ref, theirs.Ref = about, another
		r.queue(t, mine, theirs, nothing)
		drop := func() {
			if err := d.Write(r.ctx, func(tx *db.Tx) error { return r.Drop(r.ctx, tx, "note", about) }); err != nil {
				t.Fatal(err)
			}
		}
		drop()
		r.is(t, "dropped", "waiting with body", "waiting with body")
		r.send(t)
		r.is(t, "dropped", "sent", "dropped")
		drop() // what is settled stays as it is
		r.is(t, "dropped", "sent", "dropped")
	})
}

// TestCalledBackWhileItFails: a letter that is dropped during its sending does
// not come back by its failure.
func TestCalledBackWhileItFails(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	l := r.note(words)
	l.Ref = db.NewID()
	r.queue(t, l)
	r.post.then = func(context.Context, *mail.Message) error {
		return errors.Join(errors.New("down"), r.DB.Write(r.ctx, func(tx *db.Tx) error { return r.Drop(r.ctx, tx, "note", l.Ref) }))
	}
	r.send(t)
	r.clock.Add(24 * time.Hour)
	r.send(t)
	if got := r.outbox(t)[0]; !strings.HasPrefix(got, "dropped") || strings.Contains(got, "body") || len(r.post.sent) != 1 {
		t.Errorf("%s, sent %d times", got, len(r.post.sent))
	}
}

func TestALetterToWhoWasErasedIsDropped(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	r.queue(t, r.note(words))
	err := r.DB.Write(r.ctx, func(tx *db.Tx) error {
		return r.Vault.Erase(r.ctx, tx, access.From(r.ctx).Practice, r.person, vault.Contact)
	})
	if err != nil {
		t.Fatal(err)
	}
	r.send(t)
	r.is(t, "dropped erased")
}

func TestWorkersAtOnceSendEachLetterOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.many(t, 25)
		var workers sync.WaitGroup
		for range 3 {
			workers.Go(func() {
				if err := r.Send(r.ctx); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		r.send(t) // a worker that met another one stops; the clock wakes it
		r.once(t, 25)
	})
}

// TestWhatASlowWorkerHasBeforeItIsNotYetItsOwn: the mail server is slow, so
// that leases which were taken together would have ended before their letters
// were sent, and another worker would send them too.
func TestWhatASlowWorkerHasBeforeItIsNotYetItsOwn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.many(t, 25)
		n := 0
		r.post.then = func(context.Context, *mail.Message) error {
			r.clock.Add(20 * time.Second)
			if n++; n == 10 {
				r.post.then = nil
				r.send(t) // another worker, while the tenth is on its way
			}
			return nil
		}
		r.send(t)
		r.once(t, 25)
	})
}

func (r *rig) many(t *testing.T, n int) {
	t.Helper()
	var all []letters.Letter
	for i := range n {
		all = append(all, r.note(fmt.Sprint("letter ", i)))
	}
	r.queue(t, all...)
}

// once demands that n letters were sent, each once.
func (r *rig) once(t *testing.T, n int) {
	t.Helper()
	seen := map[string]int{}
	for _, m := range r.post.sent {
		seen[m.Text]++
	}
	for text, times := range seen {
		if times != 1 {
			t.Errorf("%s was sent %d times", text, times)
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d were sent", len(seen), n)
	}
}

// TestKilledBetweenSendingAndNoting: nobody can know whether it arrived, so it
// is sent again, under the same Message-ID, when the lease has ended.
func TestKilledBetweenSendingAndNoting(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.queue(t, r.note(words))
		r.post.then = func(context.Context, *mail.Message) error { panic("killed") }
		func() {
			defer func() { _ = recover() }()
			_ = r.Send(r.ctx)
		}()
		r.post.then = nil
		r.send(t)
		if len(r.post.sent) != 1 {
			t.Error("sent again while it was leased")
		}
		r.clock.Add(3 * time.Minute)
		r.send(t)
		r.is(t, "sent")
		if ids := r.post.ids(); len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("message ids: %v", ids)
		}
	})
}

// TestStoppedAfterSending: a program that is stopped gently writes down what
// it has sent, so that the next one does not send it again.
func TestStoppedAfterSending(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.queue(t, r.note(words), r.note("the next one waits"))
		ctx, stop := context.WithCancel(r.ctx)
		r.post.then = func(context.Context, *mail.Message) error { stop(); return nil }
		if err := r.Send(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		r.is(t, "sent", "waiting with body")
	})
}

// TestStoppedWhileSending: what was cut off half-way is neither sent nor failed.
func TestStoppedWhileSending(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	r.queue(t, r.note(words))
	ctx, stop := context.WithCancel(r.ctx)
	r.post.then = func(ctx context.Context, _ *mail.Message) error { stop(); <-ctx.Done(); return ctx.Err() }
	if err := r.Send(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	r.is(t, "waiting with body")
	r.post.then = nil
	r.clock.Add(3 * time.Minute)
	r.send(t)
	r.is(t, "sent")
}

func TestLettersWaitForAMailServer(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	r.Sender = nil
	r.queue(t, r.note(words))
	r.send(t)
	r.is(t, "waiting with body")
}

func TestAnyHostMakesAMessageID(t *testing.T) {
	r := newRig(t, testkit.SQLite(t))
	for _, host := range []string{"", "::1", "bücher.example", "a b", "held.example"} {
		r.Host = host
		r.queue(t, r.note(words))
		r.send(t)
	}
	for i, id := range r.post.ids() {
		if want := map[bool]string{true: "@held.example", false: "@held.invalid"}[i == 4]; !strings.HasSuffix(id, want) {
			t.Errorf("%d: %s", i, id)
		}
	}
}

func TestTheDoctorSeesStatesAndNoContent(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		if st, err := r.Status(r.ctx); st != (letters.Status{}) || err != nil {
			t.Errorf("an empty outbox: %+v, %v", st, err)
		}
		later := r.note("later")
		later.NotBefore = testkit.Now.Add(time.Hour)
		r.queue(t, r.note("one"), later)
		r.send(t)
		r.queue(t, r.note("two"))
		r.clock.Add(time.Minute)
		want := letters.Status{LastSent: testkit.Now, Waiting: 1, OldestWaiting: testkit.Now}
		if st, err := r.Status(r.ctx); st != want || err != nil {
			t.Errorf("%+v, %v", st, err)
		}
		client := access.With(t.Context(), access.Actor{Practice: access.From(r.ctx).Practice, Person: r.person, Roles: []access.Role{access.Client}, Via: access.Session})
		if _, err := r.Status(client); err == nil {
			t.Error("a client sees the outbox")
		}
	})
}

// TestThroughARealServer sends by SMTP to a server that refuses, cuts off and
// then takes the letter.
func TestThroughARealServer(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer box.Close()
		r := newRig(t, d)
		if r.Sender, err = mail.Open(box.URL(), mail.WithClock(r.clock.Now)); err != nil {
			t.Fatal(err)
		}
		r.queue(t, r.note(words))
		box.FailNext(451)
		r.send(t)
		r.is(t, "waiting with body tried")
		box.DropNext()
		r.clock.Add(time.Hour)
		r.send(t)
		r.is(t, "waiting with body tried")
		r.clock.Add(time.Hour)
		r.send(t)
		r.is(t, "sent")
		got := box.Messages()
		if len(got) != 2 || got[0].MessageID != got[1].MessageID || !strings.Contains(got[0].Text, words) || got[0].To != "wren@example.org" {
			t.Errorf("%+v", got)
		}
		box.FailNext(550)
		r.queue(t, r.note("to nobody"))
		r.send(t)
		r.is(t, "sent", "failed refused")
	})
}
