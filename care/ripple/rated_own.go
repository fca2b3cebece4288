package ripple

import (
	"context"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/keeping"
	"held/rules/scoring"
)

// ratedOf is a rating of somebody, as they read of it themselves: what was seen,
// without what it is reckoned to mean.
type ratedOf struct {
	Title string
	Taken time.Time
	By    string
	Lines []Line
}

// ratedOf is what was rated of a client, the newest first.
func (s *Service) ratedOf(ctx context.Context, client db.ID) (out []ratedOf, err error) {
	all, err := s.Measures.Ratings(ctx, client)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	instruments, err := s.Measures.Instruments(ctx, s.DB.Reader())
	if err != nil {
		return nil, err
	}
	var who []db.ID
	for _, x := range all {
		who = append(who, x.By)
	}
	names, err := s.People.Names(ctx, who...)
	if err != nil {
		return nil, err
	}
	for _, x := range slices.Backward(all) {
		if in, is := find(instruments, x.Instrument); is && !x.Corrected && !x.Void {
			out = append(out, ratedOf{in.Title, x.Taken, names[x.By], ratedLines(in, x)})
		}
	}
	return out, nil
}

func find(all []scoring.Instrument, id string) (scoring.Instrument, bool) {
	i := slices.IndexFunc(all, func(in scoring.Instrument) bool { return in.ID == id })
	if i < 0 {
		return scoring.Instrument{}, false
	}
	return all[i], true
}

// takenRatings are what clinicians rated of somebody, to take along: those that
// were corrected too.
func (s *Service) takenRatings(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	all, err := s.Measures.Ratings(ctx, client)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	instruments, err := s.Measures.Instruments(ctx, s.DB.Reader())
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		in, is := find(instruments, x.Instrument)
		if !is {
			continue
		}
		item := keeping.Item{At: x.Taken, Title: in.Title + ", rated by a clinician" + map[bool]string{true: " (corrected later)"}[x.Corrected]}
		for _, l := range append(results(in, x.Result), ratedLines(in, x)...) {
			item.Lines = append(item.Lines, keeping.Line{Label: l.Question, Text: l.Answer})
		}
		out = append(out, item)
	}
	return out, nil
}
