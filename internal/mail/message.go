// Package mail composes one message and hands it to a mail server. What it
// says about a failure names the stage and the server's code and nothing else:
// no address and no content can reach a log through it.
package mail

import (
	"bytes"
	"mime"
	"strings"
	"time"
	"unicode/utf8"
)

// What one message may weigh. Servers commonly stop at 25 MB after encoding,
// which adds a third.
const (
	MaxHeader = 500       // bytes of a subject, a name or a file name
	MaxText   = 256 << 10 // bytes of the plain text
	MaxHTML   = 512 << 10 // bytes of the HTML
	MaxParts  = 10        // attachments
	MaxTotal  = 16 << 20  // bytes of everything together, before encoding
)

// Message is one letter to one person.
type Message struct {
	To, ToName     string
	From, FromName string // an empty From means the sender's own address
	ReplyTo        string
	Subject        string
	Text, HTML     string // HTML may be empty, Text may not
	// MessageID stays the same when a letter is tried again, so that a
	// receiver who got it twice can tell. With or without angle brackets.
	MessageID   string
	Date        time.Time // zero means the sender's clock
	Calendar    *Part     // Type "text/calendar; method=REQUEST" or CANCEL
	Attachments []Part
}

// Part is a file that travels with a message.
type Part struct {
	Name, Type string
	Body       []byte
}

// check refuses what must never be written into a message. Everything it
// refuses stays refused however often the letter is tried.
func (m *Message) check() error {
	for _, line := range m.headerValues() {
		if !oneLine(line) || len(line) > MaxHeader {
			return refused(ErrHeader)
		}
	}
	if !validID(bareID(m.MessageID)) {
		return refused(ErrMessageID)
	}
	if strings.TrimSpace(m.Text) == "" || !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML) {
		return refused(ErrBody)
	}
	return m.checkSize()
}

func (m *Message) headerValues() []string {
	values := []string{m.To, m.ToName, m.From, m.FromName, m.ReplyTo, m.Subject, m.MessageID}
	for _, p := range m.parts() {
		values = append(values, p.Name, p.Type)
	}
	return values
}

func (m *Message) parts() []Part {
	if m.Calendar == nil {
		return m.Attachments
	}
	return append([]Part{*m.Calendar}, m.Attachments...)
}

func (m *Message) checkSize() error {
	total := len(m.Text) + len(m.HTML)
	for _, p := range m.parts() {
		total += len(p.Body)
	}
	if len(m.Text) > MaxText || len(m.HTML) > MaxHTML || len(m.parts()) > MaxParts || total > MaxTotal {
		return refused(ErrTooLarge)
	}
	return nil
}

// oneLine reports whether s can stand in a header: no control character (CR
// and LF would start a new header, NUL ends strings elsewhere) and valid UTF-8.
func oneLine(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || (r >= 0x7f && r <= 0x9f) })
}

func bareID(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
}

// validID accepts left@right of printable ASCII without brackets, spaces,
// quotes or commas: what every server passes on as it is.
func validID(id string) bool {
	left, right, ok := strings.Cut(id, "@")
	if !ok || left == "" || right == "" || len(id) > 200 || strings.Contains(right, "@") {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`<>()[]\",;:`, r)
	})
}

// calendarType checks that the part is an invitation or a cancellation and
// that its METHOD inside is the one outside: Outlook shows a plain text file
// when they differ.
func (p *Part) calendarType() (string, error) {
	kind, params, err := mime.ParseMediaType(p.Type)
	method := strings.ToUpper(params["method"])
	if err != nil || kind != "text/calendar" || (method != "REQUEST" && method != "CANCEL") {
		return "", refused(ErrCalendar)
	}
	if !bytes.Contains(p.Body, []byte("\r\nMETHOD:"+method+"\r\n")) || !utf8.Valid(p.Body) {
		return "", refused(ErrCalendar)
	}
	return "text/calendar; method=" + method, nil
}
