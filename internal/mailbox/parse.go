package mailbox

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-message/mail"
)

// parse reads a letter the way a mail program does: the best text, the best
// HTML, an invitation beside them, and the files.
func parse(raw []byte) (Message, error) {
	reader, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return Message{}, err
	}
	defer func() { _ = reader.Close() }()
	m := Message{Raw: raw, Header: reader.Header.Map(), Attachments: []Attachment{}}
	if m.Subject, err = reader.Header.Subject(); err != nil {
		return Message{}, err
	}
	if m.MessageID, err = reader.Header.MessageID(); err != nil {
		return Message{}, err
	}
	from, err := reader.Header.AddressList("From")
	if err != nil || len(from) == 0 {
		return Message{}, errors.New("no sender")
	}
	m.From = from[0].Address
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return m, nil
		}
		if err != nil {
			return Message{}, err
		}
		if err := m.add(part); err != nil {
			return Message{}, err
		}
	}
}

func (m *Message) add(p *mail.Part) error {
	body, err := io.ReadAll(p.Body)
	if err != nil {
		return err
	}
	kind := p.Header.Get("Content-Type")
	switch h := p.Header.(type) {
	case *mail.AttachmentHeader:
		name, err := h.Filename()
		if err != nil {
			return err
		}
		m.Attachments = append(m.Attachments, Attachment{Name: name, Type: kind, Body: body})
	case *mail.InlineHeader:
		m.addInline(h, kind, body)
	}
	return nil
}

// addInline gives text with the line ends of a text, not of the wire.
func (m *Message) addInline(h *mail.InlineHeader, kind string, body []byte) {
	media, _, _ := h.ContentType()
	switch {
	case media == "text/calendar":
		m.Calendar = &Attachment{Type: kind, Body: body}
	case media == "text/html" && m.HTML == "":
		m.HTML = strings.ReplaceAll(string(body), "\r\n", "\n")
	case media == "text/plain" && m.Text == "":
		m.Text = strings.ReplaceAll(string(body), "\r\n", "\n")
	default:
		m.Attachments = append(m.Attachments, Attachment{Type: kind, Body: body})
	}
}
