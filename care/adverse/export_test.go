package adverse

import (
	"context"
	"net/http/httptest"

	"held/internal/db"
	"held/internal/paper"
)

// Paper is a report as it is printed, with its text.
type Paper struct {
	PDF  []byte
	Text string
}

// Paper makes a report for a test, which has no browser.
func (s *Service) Paper(ctx context.Context, id db.ID) (p Paper) {
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	r.SetPathValue("id", id.String())
	v, all, err := s.reported(r)
	if err != nil {
		panic(err)
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		panic(err)
	}
	d := v.document(st, all)
	for _, b := range d.Blocks {
		p.Text += b.Text + "\n"
	}
	if p.PDF, err = paper.Write(d); err != nil {
		panic(err)
	}
	return p
}
