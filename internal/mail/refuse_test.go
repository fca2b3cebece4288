package mail_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"held/internal/mail"
	"held/internal/mailbox"
)

func TestWhatCouldStartAnotherHeaderIsRefused(t *testing.T) {
	b := box(t, mailbox.Options{})
	s := open(t, b.URL())
	for _, evil := range []string{"x\r\nBcc: evil@example.org", "x\ny", "x\ry", "x\x00y", "x\u0085y", "x\xff", "\t", strings.Repeat("x", mail.MaxHeader+1)} {
		for name, spoil := range map[string]func(*mail.Message){
			"to":        func(m *mail.Message) { m.To = evil + "@example.org" },
			"to name":   func(m *mail.Message) { m.ToName = evil },
			"from":      func(m *mail.Message) { m.From = evil + "@example.org" },
			"from name": func(m *mail.Message) { m.FromName = evil },
			"reply to":  func(m *mail.Message) { m.ReplyTo = evil },
			"subject":   func(m *mail.Message) { m.Subject = evil },
			"id":        func(m *mail.Message) { m.MessageID = evil + "@held.example" },
			"file name": func(m *mail.Message) { m.Attachments = []mail.Part{{Name: evil, Type: "text/plain"}} },
			"file type": func(m *mail.Message) { m.Attachments = []mail.Part{{Name: "x", Type: "text/plain; x=" + evil}} },
			"calendar":  func(m *mail.Message) { m.Calendar = &mail.Part{Type: "text/calendar; method=REQUEST", Name: evil} },
		} {
			m := letter()
			spoil(m)
			if err := s.Send(t.Context(), m); !errors.Is(err, mail.ErrHeader) || !mail.Permanent(err) {
				t.Errorf("%s %q: %v", name, evil, err)
			}
		}
	}
	if b.Count() != 0 {
		t.Errorf("%d arrived", b.Count())
	}
}

func TestNamesThatLookLikeHeadersArriveAsNames(t *testing.T) {
	for _, name := range []string{`"; Bcc: evil@example.org`, `a\b"c`, "Wren <evil@example.org>, x", strings.Repeat("a ", 200), strings.Repeat("é", 100)} {
		m := letter()
		m.ToName, m.FromName, m.Subject = name, name, name+" =?utf-8?q?=0d=0aBcc:_x?="
		got := deliver(t, m)
		if got.To != m.To || got.From != m.From || got.Header["Bcc"] != nil || got.Header["Cc"] != nil {
			t.Errorf("%q: to %q from %q head %v", name, got.To, got.From, got.Header)
		}
		if strings.ContainsAny(got.Subject, "\r\n") {
			t.Errorf("the subject became %q", got.Subject)
		}
	}
}

func TestWrongAddressesAreRefused(t *testing.T) {
	for _, a := range []string{
		"", "wren", "wren@", "@example.org", "a@b@c", "Wren <wren@example.org>", "wren@example.org (x)", "a,b@example.org",
		`"a b"@example.org`, "wren@[127.0.0.1]", "wren@exa mple.org", "wren@-x.org", "a..b@example.org", "<wren@example.org>",
		strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("abcdefgh.", 30) + "org",
	} {
		if got, err := mail.Address(a); !errors.Is(err, mail.ErrAddress) || !mail.Permanent(err) {
			t.Errorf("%q is %q, %v", a, got, err)
		}
	}
	if got, err := mail.Address("o'wren+x@bücher.example"); err != nil || got != "o'wren+x@xn--bcher-kva.example" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAMessageThatCannotBeOneIsRefused(t *testing.T) {
	s := open(t, "smtp://127.0.0.1:1")
	for name, c := range map[string]struct {
		want  error
		spoil func(*mail.Message)
	}{
		"no id":       {mail.ErrMessageID, func(m *mail.Message) { m.MessageID = "" }},
		"id of words": {mail.ErrMessageID, func(m *mail.Message) { m.MessageID = "a b@c" }},
		"no text":     {mail.ErrBody, func(m *mail.Message) { m.Text = " \n" }},
		"broken text": {mail.ErrBody, func(m *mail.Message) { m.Text = "\xff" }},
		"long text":   {mail.ErrTooLarge, func(m *mail.Message) { m.Text = strings.Repeat("x", mail.MaxText+1) }},
		"heavy file": {mail.ErrTooLarge, func(m *mail.Message) {
			m.Attachments = []mail.Part{{Name: "x", Type: "a/b", Body: make([]byte, mail.MaxTotal)}}
		}},
		"many files": {mail.ErrTooLarge, func(m *mail.Message) { m.Attachments = make([]mail.Part, mail.MaxParts+1) }},
		"no method":  {mail.ErrCalendar, func(m *mail.Message) { m.Calendar = &mail.Part{Type: "text/calendar"} }},
		"other method": {mail.ErrCalendar, func(m *mail.Message) {
			m.Calendar = &mail.Part{Type: "text/calendar; method=CANCEL", Body: []byte("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n")}
		}},
		"not a file": {mail.ErrHeader, func(m *mail.Message) { m.Attachments = []mail.Part{{Name: "x", Type: "what"}} }},
	} {
		m := letter()
		c.spoil(m)
		if err := s.Send(t.Context(), m); !errors.Is(err, c.want) || !mail.Permanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheServersAnswerDecidesWhetherToTryAgain(t *testing.T) {
	b := box(t, mailbox.Options{})
	s := open(t, b.URL())
	for code, permanent := range map[int]bool{421: false, 450: false, 451: false, 452: false, 530: false, 550: true, 552: true, 554: true} {
		b.FailNext(code)
		err := s.Send(t.Context(), letter())
		var e *mail.Error
		if !errors.As(err, &e) || e.Code != code || e.Stage != mail.Recipient || mail.Permanent(err) != permanent || mail.Ambiguous(err) {
			t.Errorf("%d: %v, permanent %v", code, err, mail.Permanent(err))
		}
		for _, secret := range []string{"wren", "example", "No:", "0195", "Hello"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells %q: %v", secret, err)
			}
		}
	}
	if err := s.Send(t.Context(), letter()); err != nil {
		t.Errorf("after the failures: %v", err)
	}
}

func TestAServerThatIsAwayIsTriedAgain(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := gone.Addr().String()
	_ = gone.Close()
	err = open(t, "smtp://"+address).Send(t.Context(), letter())
	if !errors.Is(err, mail.ErrConnection) || mail.Permanent(err) || mail.Ambiguous(err) {
		t.Errorf("got %v", err)
	}
}

// silent takes connections, says what it is told, and never answers again.
func silent(t *testing.T, greeting string) (address string, taken <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	arrived := make(chan struct{}, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = conn.Write([]byte(greeting))
		arrived <- struct{}{}
	}()
	return l.Addr().String(), arrived
}

func TestAServerThatHangsIsLeftWhenTheContextEnds(t *testing.T) {
	for _, c := range []struct{ scheme, greeting string }{
		{"smtp", ""}, {"smtp", "220 hello\r\n"}, {"smtp", "220 hello\r\n250 hello\r\n"}, {"smtp", "220 hello\r\n250 hello\r\n250 ok\r\n250 ok\r\n354 go\r\n"}, {"smtps", ""},
	} {
		address, taken := silent(t, c.greeting)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-taken; cancel() }()
		err := open(t, c.scheme+"://"+address).Send(ctx, letter())
		if !errors.Is(err, context.Canceled) || mail.Permanent(err) {
			t.Errorf("%s %q: %v", c.scheme, c.greeting, err)
		}
	}
	address, _ := silent(t, "220 hello\r\n")
	err := open(t, "smtp://"+address, mail.WithTimeout(20*time.Millisecond)).Send(t.Context(), letter())
	if !errors.Is(err, context.DeadlineExceeded) || mail.Permanent(err) {
		t.Errorf("the sender's own limit gave %v", err)
	}
}

func TestNoEncryptionNoLetter(t *testing.T) {
	b := box(t, mailbox.Options{})
	err := open(t, b.URL()+"?tls=require").Send(t.Context(), letter())
	if !errors.Is(err, mail.ErrNoTLS) || mail.Permanent(err) || b.Count() != 0 {
		t.Errorf("got %v", err)
	}
	if err := open(t, b.URL()+"?tls=opportunistic").Send(t.Context(), letter()); err != nil {
		t.Errorf("opportunistic: %v", err)
	}
}

func TestAStrangersCertificateIsNotAccepted(t *testing.T) {
	server, _ := certificates(t)
	for _, c := range []struct {
		scheme, query string
		implicit      bool
	}{{"smtp", "?tls=require", false}, {"smtp", "?tls=opportunistic", false}, {"smtps", "", true}} {
		b := box(t, mailbox.Options{TLS: server, Implicit: c.implicit})
		err := open(t, c.scheme+"://"+b.Addr()+c.query).Send(t.Context(), letter())
		if !errors.Is(err, mail.ErrCertificate) || mail.Permanent(err) || b.Count() != 0 {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestAWrongPasswordWaitsForTheOperator(t *testing.T) {
	b := box(t, mailbox.Options{User: "desk", Password: "right"})
	err := open(t, "smtp://desk:wrong-secret@"+b.Addr()).Send(t.Context(), letter())
	var e *mail.Error
	if !errors.As(err, &e) || e.Stage != mail.Login || e.Code != 535 || mail.Permanent(err) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	if err := open(t, b.URL()).Send(t.Context(), letter()); err == nil || mail.Permanent(err) {
		t.Errorf("without a login: %v", err)
	}
	if err := open(t, "smtp://desk:right@"+b.Addr()).Send(t.Context(), letter()); err != nil {
		t.Errorf("with the right one: %v", err)
	}
}
