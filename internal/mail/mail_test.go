package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"held/internal/ical"
	"held/internal/mail"
	"held/internal/mailbox"
)

var date = time.Date(2026, 3, 1, 9, 8, 7, 0, time.FixedZone("CET", 3600))

func letter() *mail.Message {
	return &mail.Message{
		To: "wren@example.org", ToName: "Wren", From: "desk@held.example", FromName: "Die Praxis – Ünal",
		Subject: "Your appointment", Text: "Hello.\n", MessageID: "0195d0c2@held.example",
	}
}

func box(t *testing.T, opts mailbox.Options) *mailbox.Box {
	t.Helper()
	b, err := mailbox.Listen("127.0.0.1:0", opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func open(t *testing.T, url string, opts ...mail.Option) mail.Sender {
	t.Helper()
	s, err := mail.Open(url, append([]mail.Option{mail.WithClock(func() time.Time { return date })}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func deliver(t *testing.T, m *mail.Message) mailbox.Message {
	t.Helper()
	b := box(t, mailbox.Options{})
	if err := open(t, b.URL()).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return b.Messages()[0]
}

func TestALetterArrivesAsItWasWritten(t *testing.T) {
	m := letter()
	m.Subject = "Déjà vu – 約束 " + strings.Repeat("und so weiter ", 20)
	m.Text = "Grüße\n.\n..\n.dot first\ntrailing space \n=3D not an escape\n日本語🙂\nFrom here\n" + strings.Repeat("ünendlich", 300) + "\n\n"
	m.HTML = "<p>Grüße</p>\n" + strings.Repeat("<b>lång</b>", 500) + "\n.\n"
	m.Attachments = []mail.Part{{Name: "Plan für März.bin", Type: "application/octet-stream", Body: allBytes()}}
	got := deliver(t, m)
	if got.Text != m.Text {
		t.Errorf("the text is\n%q", got.Text)
	}
	if got.HTML != m.HTML {
		t.Errorf("the HTML is\n%q", got.HTML)
	}
	if got.Subject != strings.TrimSpace(m.Subject) || got.MessageID != m.MessageID {
		t.Errorf("subject %q, id %q", got.Subject, got.MessageID)
	}
	if got.To != m.To || got.From != m.From {
		t.Errorf("to %q from %q", got.To, got.From)
	}
	a := got.Attachments[0]
	if a.Name != m.Attachments[0].Name || string(a.Body) != string(allBytes()) {
		t.Errorf("the file is %q %q", a.Name, a.Body)
	}
}

func allBytes() []byte {
	all := make([]byte, 0, 1024)
	for i := range 1024 {
		all = append(all, byte(i))
	}
	return all
}

func TestTheHeadSaysWhenWhoAndThatNobodyTypedIt(t *testing.T) {
	got := deliver(t, letter())
	for name, want := range map[string]string{
		"Date": "Sun, 01 Mar 2026 08:08:07 +0000", "Auto-Submitted": "auto-generated",
		"Message-Id": "<0195d0c2@held.example>", "To": `"Wren" <wren@example.org>`, "Mime-Version": "1.0",
	} {
		if h := got.Header[name]; len(h) != 1 || h[0] != want {
			t.Errorf("%s is %q, want %q", name, h, want)
		}
	}
	from, err := netmail.ParseAddress(got.Header["From"][0])
	if err != nil || from.Name != letter().FromName || from.Address != letter().From {
		t.Errorf("from %v, %v", from, err)
	}
	for _, name := range []string{"User-Agent", "X-Mailer", "Received"} {
		if got.Header[name] != nil {
			t.Errorf("%s tells %q", name, got.Header[name])
		}
	}
	if head, _, _ := strings.Cut(string(got.Raw), "\r\n\r\n"); strings.ContainsFunc(head, func(r rune) bool { return r > '~' }) {
		t.Errorf("the head is not ASCII: %q", head)
	}
}

func TestAnInvitationStandsBesideTheTextAndAsAFile(t *testing.T) {
	for _, method := range []string{ical.Request, ical.Cancel} {
		body := invitation(t, method)
		m := letter()
		m.HTML = "<p>Hello.</p>"
		m.Calendar = &mail.Part{Type: "text/calendar; method=" + method, Body: body}
		got := deliver(t, m)
		if got.Calendar == nil || string(got.Calendar.Body) != string(body) {
			t.Fatalf("the calendar is %v", got.Calendar)
		}
		if want := "text/calendar; method=" + method + "; charset=UTF-8"; got.Calendar.Type != want {
			t.Errorf("its type is %q", got.Calendar.Type)
		}
		if len(got.Attachments) != 1 || got.Attachments[0].Name != "invite.ics" || string(got.Attachments[0].Body) != string(body) {
			t.Errorf("the files are %v", got.Attachments)
		}
		raw := string(got.Raw)
		if strings.ContainsFunc(raw, func(r rune) bool { return r > '~' }) {
			t.Error("it needs a server that passes eight bits")
		}
		order := []string{"multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "invite.ics"}
		for _, next := range order {
			i := strings.Index(raw, next)
			if i < 0 {
				t.Fatalf("%s is missing or out of order", next)
			}
			raw = raw[i:]
		}
	}
}

func invitation(t *testing.T, method string) []byte {
	t.Helper()
	out, err := ical.Write(ical.Event{
		UID: "1@held.example", Method: method, Start: date, End: date.Add(time.Hour), Stamp: date,
		Summary: "Termin mit Grüßen – 約束 " + strings.Repeat("lang ", 30), Description: "one\ntwo",
		OrganizerAddress: "desk@held.example", AttendeeAddress: "wren@example.org", AttendeeName: "Wren",
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestATriedAgainLetterHasTheSameID(t *testing.T) {
	b := box(t, mailbox.Options{})
	b.DropNext()
	s := open(t, b.URL())
	err := s.Send(t.Context(), letter())
	if err == nil || mail.Permanent(err) || !mail.Ambiguous(err) {
		t.Fatalf("a line cut before the answer gave %v", err)
	}
	if err := s.Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	got := b.Messages()
	if len(got) != 2 || got[0].MessageID != got[1].MessageID {
		t.Errorf("arrived: %d", len(got))
	}
}

func TestEncryptionByStartTLSAndFromTheFirstByte(t *testing.T) {
	server, trust := certificates(t)
	for name, opts := range map[string]mailbox.Options{
		"smtp":  {TLS: server, User: "desk@held.example", Password: "p@ss:w/ord"},
		"smtps": {TLS: server, User: "desk@held.example", Password: "p@ss:w/ord", Implicit: true},
	} {
		b := box(t, opts)
		query := map[string]string{"smtp": "?tls=require", "smtps": ""}[name]
		s := open(t, name+"://desk%40held.example:p%40ss%3Aw%2Ford@"+b.Addr()+query, mail.WithTLS(trust))
		m := letter()
		m.From = ""
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := b.Messages()[0].From; got != "desk@held.example" {
			t.Errorf("%s: from %s", name, got)
		}
	}
}

// certificates are httptest's: a pair for 127.0.0.1 and a pool that trusts it.
func certificates(t *testing.T) (server, trust *tls.Config) {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	pool := x509.NewCertPool()
	pool.AddCert(web.Certificate())
	return &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12},
		&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestManyLettersAtOnce(t *testing.T) {
	b := box(t, mailbox.Options{})
	s := open(t, b.URL())
	failures := make(chan error, 20)
	for range 20 {
		go func() { failures <- s.Send(context.WithoutCancel(t.Context()), letter()) }()
	}
	for range 20 {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	if b.Count() != 20 {
		t.Errorf("%d arrived", b.Count())
	}
}
