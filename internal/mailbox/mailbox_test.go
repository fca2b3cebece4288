package mailbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func start(t *testing.T, opts Options) *Box {
	t.Helper()
	b, err := Listen(":0", opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func send(t *testing.T, b *Box, text string) error {
	t.Helper()
	raw := "From: A <a@example.org>\r\nTo: b@example.org\r\nSubject: Hello\r\nMessage-ID: <1@x>\r\n\r\n" + text + "\r\n"
	c, err := smtp.Dial(b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader(raw))
}

func TestOnlyThisMachineMaySend(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0", "127.0.0.1.example.org:0", "nonsense"} {
		if b, err := Listen(addr, Options{}); err == nil {
			_ = b.Close()
			t.Errorf("it listens on %s", addr)
		}
	}
	for _, addr := range []string{":0", "localhost:0", "127.0.0.1:0"} {
		b, err := Listen(addr, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.Addr(), "127.0.0.1:") {
			t.Errorf("%s became %s", addr, b.Addr())
		}
		if err := b.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
}

func TestTheLastLettersAreKeptNewestFirst(t *testing.T) {
	told := make(chan string, 5)
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	b := start(t, Options{Keep: 3, Now: func() time.Time { return now }, OnDelivery: func(m Message) { told <- m.Text }})
	for i := range 5 {
		if err := send(t, b, fmt.Sprint("letter ", i)); err != nil {
			t.Fatal(err)
		}
	}
	got := b.Messages()
	if len(got) != 3 || b.Count() != 5 || got[0].Text != "letter 4\n" || got[2].Text != "letter 2\n" || !got[0].ReceivedAt.Equal(now) {
		t.Errorf("kept %+v", got)
	}
	if first := <-told; first != "letter 0\n" {
		t.Errorf("told first of %q", first)
	}
}

func TestWaitingEndsWithALetterTheContextOrTheBox(t *testing.T) {
	b := start(t, Options{})
	found := make(chan Message)
	go func() {
		m, err := b.Wait(t.Context(), func(m Message) bool { return strings.Contains(m.Text, "second") })
		if err != nil {
			t.Error(err)
		}
		found <- m
	}()
	for _, text := range []string{"first", "second"} {
		if err := send(t, b, text); err != nil {
			t.Fatal(err)
		}
	}
	if m := <-found; m.Text != "second\n" {
		t.Errorf("found %q", m.Text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(Message) bool { return false }
	if _, err := b.Wait(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Wait(t.Context(), never); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestFailuresAreServedOnceAndInOrder(t *testing.T) {
	b := start(t, Options{})
	b.FailNext(451, 550)
	for _, want := range []int{451, 550, 0} {
		err := send(t, b, "x")
		var reply *smtp.SMTPError
		if want == 0 && err != nil || want != 0 && (!errors.As(err, &reply) || reply.Code != want) {
			t.Errorf("wanted %d, got %v", want, err)
		}
	}
	b.DropNext()
	if err := send(t, b, "cut"); err == nil {
		t.Error("the line was not cut")
	}
	if b.Count() != 2 || b.Messages()[0].Text != "cut\n" {
		t.Errorf("%d arrived", b.Count())
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	b := start(t, Options{})
	c, err := smtp.Dial(b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	err = c.SendMail("a@example.org", []string{"b@example.org"}, strings.NewReader("no head\r\n"))
	var reply *smtp.SMTPError
	if !errors.As(err, &reply) || reply.Code != 554 || b.Count() != 0 {
		t.Errorf("got %v", err)
	}
}

func TestAsJSONTextIsTextAndTheRestIsBase64(t *testing.T) {
	m := Message{To: "b@example.org", Attachments: []Attachment{
		{Name: "invite.ics", Type: "text/calendar; method=REQUEST", Body: []byte("BEGIN:VCALENDAR\r\n")},
		{Name: "x.bin", Type: "application/octet-stream", Body: []byte{0, 255}},
	}}
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"to":"b@example.org","from":"","subject":"","messageID":"","text":"","html":"","attachments":[` +
		`{"name":"invite.ics","type":"text/calendar; method=REQUEST","body":"BEGIN:VCALENDAR\r\n"},` +
		`{"name":"x.bin","type":"application/octet-stream","body":"AP8=","encoding":"base64"}],"receivedAt":"0001-01-01T00:00:00Z"}`
	if string(out) != want {
		t.Errorf("got %s", out)
	}
}
