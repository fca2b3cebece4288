package mail

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// compose turns a checked message into go-mail's. The shape is
//
//	mixed
//	  alternative: text, HTML, calendar
//	  invite.ics, other files
//
// with the calendar in both places: Gmail and Apple Mail act on the
// alternative, older Outlooks and everything else offer the file.
func (s *sender) compose(m *Message) (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8),
		gomail.WithEncoding(gomail.EncodingQP))
	if err := s.addressTo(msg, m); err != nil {
		return nil, err
	}
	s.head(msg, m)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	if err := addCalendar(msg, m.Calendar); err != nil {
		return nil, err
	}
	return msg, addFiles(msg, m.Attachments)
}

func (s *sender) addressTo(msg *gomail.Msg, m *Message) error {
	to, err := Address(m.To)
	if err != nil {
		return err
	}
	from := s.from
	if m.From != "" {
		if from, err = Address(m.From); err != nil {
			return err
		}
	}
	msg.FromMailAddress(&mail.Address{Name: tidy(m.FromName), Address: from})
	msg.ToMailAddress(&mail.Address{Name: tidy(m.ToName), Address: to})
	if m.ReplyTo == "" {
		return nil
	}
	reply, err := Address(m.ReplyTo)
	if err == nil {
		msg.ReplyToMailAddress(&mail.Address{Address: reply})
	}
	return err
}

func (s *sender) head(msg *gomail.Msg, m *Message) {
	date := m.Date
	if date.IsZero() {
		date = s.now()
	}
	// In UTC, so that the header does not tell where the server stands.
	msg.SetDateWithValue(date.UTC().Truncate(time.Second))
	msg.SetMessageIDWithValue(bareID(m.MessageID))
	msg.Subject(tidy(m.Subject))
	// RFC 3834, and the header Exchange heeds instead: no holiday replies.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
}

// addCalendar writes the part twice. Base64 keeps its CRLF and its folds as
// they are, whatever a relay does with line ends.
func addCalendar(msg *gomail.Msg, p *Part) error {
	if p == nil {
		return nil
	}
	kind, err := p.calendarType()
	if err != nil {
		return err
	}
	msg.AddAlternativeString(gomail.ContentType(kind), string(p.Body), gomail.WithPartEncoding(gomail.EncodingB64))
	name := p.Name
	if name == "" {
		name = "invite.ics"
	}
	msg.AttachReadSeeker(name, bytes.NewReader(p.Body),
		gomail.WithFileContentType(gomail.ContentType(kind+"; charset=UTF-8")))
	return nil
}

func addFiles(msg *gomail.Msg, parts []Part) error {
	for _, p := range parts {
		kind, params, err := mime.ParseMediaType(p.Type)
		if err != nil || p.Name == "" || !strings.Contains(kind, "/") {
			return refused(ErrHeader)
		}
		// The name is written by go-mail; a second one here would contradict it.
		delete(params, "name")
		msg.AttachReadSeeker(p.Name, bytes.NewReader(p.Body),
			gomail.WithFileContentType(gomail.ContentType(mime.FormatMediaType(kind, params))))
	}
	return nil
}
