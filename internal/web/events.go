package web

import (
	"bytes"
	"net/http"
	"time"
)

// slowReader is how long a reader of events may take to take some. One that is
// slower is let go, and goes on later from where they were.
const slowReader = 10 * time.Second

// Events is an answer that goes on: server-sent events, each sent at once.
type Events struct {
	w http.ResponseWriter
	c *http.ResponseController
	b bytes.Buffer

	settle func() error // waits for what the next part is held for
}

// StreamEvents answers with events until feed ends, which it does when the
// request's context does. What feed fails with before anything has gone is the
// answer; after that the connection ends, and its reader comes again.
func StreamEvents(w http.ResponseWriter, r *http.Request, feed func(*Events) error) error {
	if err := settle(r.Context()); err != nil {
		return err
	}
	e := &Events{w: w, c: http.NewResponseController(w), settle: func() error { return settle(r.Context()) }}
	_ = e.c.SetReadDeadline(time.Time{}) // the request is read; where there is no deadline, none is taken away
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	if err := feed(e); err != nil {
		if seen := seenOf(r.Context()); seen != nil {
			seen.app.Log.Error("a stream of events was cut off", "request", seen.id, "cause", err.Error())
		}
		_ = e.c.SetWriteDeadline(time.Unix(1, 0))
	}
	return nil
}

// Event adds one event; Flush sends it. An id that is not empty is what the
// reader comes back with.
func (e *Events) Event(name, id string, data []byte) {
	if id != "" {
		e.b.WriteString("id: " + id + "\n")
	}
	e.b.WriteString("event: " + name + "\ndata: ")
	e.b.Write(data) // JSON has no line ends of its own
	e.b.WriteString("\n\n")
}

// Beat adds a sign of life that no reader is told of.
func (e *Events) Beat() { e.b.WriteString(": here\n\n") }

// Flush sends what was added, once all is kept that it is held for: a feed looks
// at things while it goes on. An error says that this was not kept, or that the
// reader is gone, or slower than anybody waits.
func (e *Events) Flush() error {
	if e.b.Len() == 0 {
		return nil
	}
	if err := e.settle(); err != nil {
		return err
	}
	_ = e.c.SetWriteDeadline(time.Now().Add(slowReader))
	_, err := e.w.Write(e.b.Bytes())
	if e.b.Cap() > 64<<10 {
		e.b = bytes.Buffer{} // a long catching up is not kept room for
	}
	e.b.Reset()
	if err == nil {
		err = e.c.Flush()
	}
	return err
}
