// Package mailbox is a mail server that keeps what it receives in memory: the
// demo's letters are read from it, and tests hold real conversations with it.
// It listens on this machine only.
package mailbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-smtp"
)

// Message is one letter as its reader would see it.
type Message struct {
	To          string       `json:"to"` // from the envelope; several are joined by ", "
	From        string       `json:"from"`
	Subject     string       `json:"subject"`
	MessageID   string       `json:"messageID"`
	Text        string       `json:"text"`
	HTML        string       `json:"html"`
	Attachments []Attachment `json:"attachments"`
	ReceivedAt  time.Time    `json:"receivedAt"`
	// Calendar is the invitation that stands beside text and HTML.
	Calendar *Attachment         `json:"calendar,omitempty"`
	Header   map[string][]string `json:"-"`
	Raw      []byte              `json:"-"`
}

// Attachment is a file; Body holds its bytes, decoded.
type Attachment struct {
	Name string
	Type string // with its parameters
	Body []byte
}

// MarshalJSON writes text as text and everything else as base64, marked so.
func (a Attachment) MarshalJSON() ([]byte, error) {
	out := struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Body     any    `json:"body"`
		Encoding string `json:"encoding,omitempty"`
	}{Name: a.Name, Type: a.Type}
	if strings.HasPrefix(a.Type, "text/") && utf8.Valid(a.Body) {
		out.Body = string(a.Body)
	} else {
		out.Body, out.Encoding = a.Body, "base64"
	}
	return json.Marshal(out)
}

// Options of a Box; the zero value will do.
type Options struct {
	Keep       int              // how many letters are kept, 500 when zero
	Now        func() time.Time // time.Now when nil
	OnDelivery func(Message)    // called after each letter is kept
	TLS        *tls.Config      // offers STARTTLS
	Implicit   bool             // speaks TLS from the first byte instead
	// User and Password demand a login when User is set.
	User, Password string
}

// Box is a running mail server.
type Box struct {
	opts     Options
	listener net.Listener
	server   *smtp.Server
	done     chan struct{}

	mu       sync.Mutex
	kept     []Message // oldest first
	count    int
	fail     []int
	drop     int
	arrivals chan struct{} // closed and replaced at each delivery
}

// ErrNotLoopback is the refusal to be a mail server for others.
var ErrNotLoopback = errors.New("the mailbox listens on this machine only: use 127.0.0.1:port")

// ErrClosed ends a Wait when the box is closed.
var ErrClosed = errors.New("the mailbox is closed")

// Listen starts a box at addr, such as "127.0.0.1:2525" or ":0".
func Listen(addr string, opts Options) (*Box, error) {
	addr, err := loopback(addr)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if opts.Keep <= 0 {
		opts.Keep = 500
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	b := &Box{opts: opts, listener: listener, done: make(chan struct{}), arrivals: make(chan struct{})}
	b.server = b.newServer()
	go func() {
		defer close(b.done)
		// Serve returns when Close closes the listener; there is nobody to tell.
		_ = b.server.Serve(b.serving())
	}()
	return b, nil
}

func (b *Box) serving() net.Listener {
	if b.opts.Implicit {
		return tls.NewListener(b.listener, b.opts.TLS)
	}
	return b.listener
}

// loopback turns an empty host into this machine's address and refuses others.
// Names are not looked up: what a name means is for somebody else to change.
func loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if host == "" || strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", ErrNotLoopback
	}
	return net.JoinHostPort(host, port), nil
}

// Addr is the host:port the box listens on.
func (b *Box) Addr() string { return b.listener.Addr().String() }

// URL is the setting that sends mail here.
func (b *Box) URL() string { return "smtp://" + b.Addr() }

// Messages are the kept letters, newest first.
func (b *Box) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Message, 0, len(b.kept))
	for i := len(b.kept) - 1; i >= 0; i-- {
		out = append(out, b.kept[i])
	}
	return out
}

// Count is the number of letters ever delivered, kept or not.
func (b *Box) Count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}

// Wait returns the newest kept letter that matches (nil matches any), waiting
// for one to arrive when there is none.
func (b *Box) Wait(ctx context.Context, match func(Message) bool) (Message, error) {
	for {
		b.mu.Lock()
		arrival := b.arrivals
		b.mu.Unlock()
		for _, m := range b.Messages() {
			if match == nil || match(m) {
				return m, nil
			}
		}
		select {
		case <-arrival:
		case <-b.done:
			return Message{}, ErrClosed
		case <-ctx.Done():
			return Message{}, ctx.Err()
		}
	}
}

// FailNext refuses the next recipients with these replies, one each.
func (b *Box) FailNext(codes ...int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = append(b.fail, codes...)
}

// DropNext cuts the line after the next letter is received and kept but before
// it is answered, as a crash would: the sender cannot know that it arrived.
func (b *Box) DropNext() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop++
}

// Close stops listening, cuts open conversations and waits for the listener.
func (b *Box) Close() error {
	err := b.server.Close()
	// Closed before Serve has taken the listener, the server leaves it open.
	_ = b.listener.Close()
	<-b.done
	return err
}

func (b *Box) deliver(m Message) {
	b.mu.Lock()
	b.kept = append(b.kept, m)
	if extra := len(b.kept) - b.opts.Keep; extra > 0 {
		b.kept = append([]Message(nil), b.kept[extra:]...)
	}
	b.count++
	close(b.arrivals)
	b.arrivals = make(chan struct{})
	b.mu.Unlock()
	if b.opts.OnDelivery != nil {
		b.opts.OnDelivery(m)
	}
}

func (b *Box) nextFailure() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.fail) == 0 {
		return 0
	}
	code := b.fail[0]
	b.fail = b.fail[1:]
	return code
}

func (b *Box) nextDrop() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drop == 0 {
		return false
	}
	b.drop--
	return true
}
