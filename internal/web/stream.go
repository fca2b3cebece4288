package web

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"time"
)

// patience is how long one piece of a stream may take to be taken by the other side.
const patience = time.Minute

// Body is what is streamed.
type Body struct {
	Kind string // its media type
	Name string // under which it is kept as a file, or ""
	Size int64  // in bytes; 0 when nobody knows yet
}

// Stream sends what write makes, however long that takes altogether, once what
// it is held for is kept. When write fails before anything has gone, that is the
// answer; after that the connection is cut, so that nobody takes half of it for
// the whole.
func Stream(w http.ResponseWriter, r *http.Request, b Body, write func(io.Writer) error) error {
	if err := settle(r.Context()); err != nil {
		return err
	}
	s := &stream{w: w, c: http.NewResponseController(w), Body: b}
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
	w http.ResponseWriter
	c *http.ResponseController
	Body
	begun bool
}

func (s *stream) Write(b []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", s.Kind)
		if s.Name != "" {
			s.w.Header().Set("Content-Disposition", `attachment; filename="`+s.Name+`"`)
		}
		if s.Size > 0 {
			s.w.Header().Set("Content-Length", strconv.FormatInt(s.Size, 10))
		}
	}
	_ = s.c.SetWriteDeadline(time.Now().Add(patience)) // where there is none, there is no end to put off
	return s.w.Write(b)
}
