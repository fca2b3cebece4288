// Package fault is the one error of Held. It speaks to three people at once:
// the program (Kind), the person in front of the page (Sentence, Fields) and
// the operator (the hidden cause, which never reaches a page).
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what sort of refusal it is; it decides the HTTP status and nothing else.
type Kind int

// The kinds, with the status each answers with.
const (
	Internal    Kind = iota // 500: unknown; the cause is for the operator
	Invalid                 // 422: understood, but something in it must be changed
	BadRequest              // 400: could not be read at all
	SignIn                  // 401: needs somebody signed in
	Forbidden               // 403: known, and not allowed
	NotFound                // 404
	Taken                   // 409: somebody else was first, or the thing moved on
	Gone                    // 410: was here, has expired
	TooLarge                // 413
	Unsupported             // 415
	TooMany                 // 429
	Unavailable             // 503: for now
	Second                  // 403: needs somebody who has a passkey or a second factor
	Confirm                 // 403: needs a fresh passkey or code first
)

var statuses = map[Kind]int{
	Internal: http.StatusInternalServerError, Invalid: http.StatusUnprocessableEntity,
	BadRequest: http.StatusBadRequest, SignIn: http.StatusUnauthorized,
	Forbidden: http.StatusForbidden, NotFound: http.StatusNotFound,
	Taken: http.StatusConflict, Gone: http.StatusGone,
	TooLarge: http.StatusRequestEntityTooLarge, Unsupported: http.StatusUnsupportedMediaType,
	TooMany: http.StatusTooManyRequests, Unavailable: http.StatusServiceUnavailable,
	Second: http.StatusForbidden, Confirm: http.StatusForbidden,
}

// Status is the HTTP status of a kind.
func (k Kind) Status() int { return statuses[k] }

// Error carries a refusal. Sentence is shown to people as it stands: it says
// what happened, what was kept and what to do.
type Error struct {
	Kind     Kind
	Sentence string
	Fields   map[string]string // field name -> what to change, for forms
	cause    error
}

// New makes a refusal without a hidden cause.
func New(k Kind, sentence string) *Error { return &Error{Kind: k, Sentence: sentence} }

// Field makes an Invalid refusal about one field of a form.
func Field(name, sentence string) *Error {
	return New(Invalid, "Something needs another look. What you typed is still here.").AddField(name, sentence)
}

// With adds the cause that only the operator's log may see.
func (e *Error) With(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// AddField adds what is to be changed in one field; the first message stands.
func (e *Error) AddField(name, sentence string) *Error {
	if e.Fields == nil {
		e.Fields = map[string]string{}
	}
	if _, there := e.Fields[name]; !there {
		e.Fields[name] = sentence
	}
	return e
}

// Error is for the operator: it includes the cause.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.Sentence, e.cause)
	}
	return e.Sentence
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.cause }

// Of turns any error into a refusal; one that nobody foresaw becomes Internal,
// with a sentence that gives nothing away.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal, "Something went wrong on our side. Nothing was changed. Please try again in a moment.").With(err)
}

// Is tells whether err is a refusal of this kind.
func Is(err error, k Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}
