package mail

import (
	"context"
	"errors"
	"fmt"
)

// Reasons a message is refused before any server is asked. They are permanent.
var (
	ErrHeader    = errors.New("a header value is too long, not UTF-8, or holds a control character")
	ErrAddress   = errors.New("an address is not a mail address")
	ErrMessageID = errors.New("the message id is missing or malformed")
	ErrBody      = errors.New("the text is empty or not UTF-8")
	ErrCalendar  = errors.New("the calendar part is not an invitation or a cancellation")
	ErrTooLarge  = errors.New("the message is too large")
)

// Reasons that lie with the server or the way to it. They pass, or an
// operator's hand makes them pass; the letter itself is not at fault.
var (
	ErrNoTLS       = errors.New("encryption is required and the server does not offer it")
	ErrCertificate = errors.New("the server's certificate was not accepted")
	ErrLogin       = errors.New("the server did not accept the login")
	ErrConnection  = errors.New("the connection failed")
)

// Stage says how far the conversation came.
type Stage string

// The stages of a conversation, in order.
const (
	Compose   Stage = "compose"
	Connect   Stage = "connect"
	Login     Stage = "login"
	From      Stage = "sender"
	Recipient Stage = "recipient"
	Data      Stage = "data"
	Accept    Stage = "accept" // everything sent, the server's verdict awaited
)

// Error is the only error Send returns. Its text is safe to log.
type Error struct {
	Stage    Stage
	Code     int    // the server's reply, 0 when there was none
	Enhanced string // the server's enhanced status ("5.1.1"), or empty
	cause    error  // one of the reasons above or a context's error; never a server's words
}

func (e *Error) Error() string {
	text := "mail: " + string(e.Stage)
	if e.Code != 0 {
		text += fmt.Sprintf(": %d", e.Code)
	}
	if e.Enhanced != "" {
		text += " " + e.Enhanced
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the reason: one of this package's, or a context's.
func (e *Error) Unwrap() error { return e.cause }

func refused(cause error) error { return &Error{Stage: Compose, cause: cause} }

// Permanent reports whether trying again is pointless: the message was refused
// here, or the server refused this recipient or this content for good. A
// refused login or sender address is the operator's to mend, so the letter
// waits for that.
func Permanent(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Stage {
	case Compose:
		return true
	case Recipient, Data, Accept:
		return e.Code >= 500 && !aboutLogin(e.Code)
	}
	return false
}

// Ambiguous reports whether the message may have arrived although no answer
// came. It is temporary: trying again with the same Message-ID is right.
func Ambiguous(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Stage == Accept && e.Code == 0
}

// aboutLogin knows the replies that ask for a login, a stronger one, or
// encryption first; some servers give them only at the recipient.
func aboutLogin(code int) bool {
	return code == 530 || code == 534 || code == 535 || code == 538
}

// contextCause is the context's own error when it ended the conversation.
func contextCause(ctx context.Context, otherwise error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return otherwise
}
