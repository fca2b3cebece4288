package web

import (
	"bufio"
	"io"
	"net/http"
	"time"
)

// patience is how long one piece of a stream may take to be taken by the other side.
const patience = time.Minute

// Stream sends a file of that name as it is made, however long that takes altogether. When
// write fails before anything has gone, that is the answer; after that the
// connection is cut, so that nobody takes half of it for the whole.
func Stream(w http.ResponseWriter, r *http.Request, kind, name string, write func(io.Writer) error) error {
	if err := settle(r.Context()); err != nil {
		return err
	}
	s := &stream{w: w, c: http.NewResponseController(w), kind: kind, name: name}
	out := bufio.NewWriterSize(s, 64<<10)
	err := write(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil || !s.begun {
		return err
	}
	if seen := seenOf(r.Context()); seen != nil {
		seen.app.Log.Error("a stream was cut off", "request", seen.id, "cause", err.Error())
	}
	_ = s.c.SetWriteDeadline(time.Unix(1, 0)) // not even an end is written
	return nil
}

type stream struct {
	w          http.ResponseWriter
	c          *http.ResponseController
	kind, name string
	begun      bool
}

func (s *stream) Write(b []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", s.kind)
		s.w.Header().Set("Content-Disposition", `attachment; filename="`+s.name+`"`)
	}
	_ = s.c.SetWriteDeadline(time.Now().Add(patience)) // where there is none, there is no end to put off
	return s.w.Write(b)
}
