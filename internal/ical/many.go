package ical

import (
	"bytes"
	"errors"
	"io"
)

// Many writes many events into one calendar, one by one.
type Many struct {
	to   io.Writer
	tail []byte // nil: nothing is written yet
}

// NewMany begins a calendar of many events.
func NewMany(to io.Writer) *Many { return &Many{to: to} }

// Add adds an event; all are of one method.
func (m *Many) Add(e Event) error {
	b, err := Write(e)
	if err != nil {
		return err
	}
	end := []byte("END:VEVENT\r\n")
	from, until := bytes.Index(b, []byte("BEGIN:VEVENT")), bytes.LastIndex(b, end)
	if from < 0 || until < from {
		return errors.New("ical: an event was written without its marks")
	}
	until += len(end)
	if m.tail == nil {
		from, m.tail = 0, b[until:]
	}
	_, err = m.to.Write(b[from:until])
	return err
}

// Close ends the calendar. One without events is no calendar and stays empty.
func (m *Many) Close() error {
	_, err := m.to.Write(m.tail)
	return err
}
