package medicine

import (
	"context"
	"fmt"
	"io"

	"held/internal/db"
	"held/practice/access"
	"held/rules/timeline"
)

// ownSaidOf are the words of one entry, where it has any.
func ownSaidOf(l timeline.Line) map[string]SaidWords {
	var b timeline.SaidBody
	if l.Kind != timeline.Said || !l.Read(&b) {
		return nil
	}
	return map[string]SaidWords{l.ID: {Words: b.Words, Gone: b.Gone}}
}

// recordFiles gives each session's record as PDF and as the file that proves
// itself, for whoever takes along what is theirs.
func (s *Service) recordFiles(ctx context.Context, client db.ID, add func(name string, write func(io.Writer) error) error) error {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: client}); err != nil {
		return err
	}
	q, inner := s.DB.Reader(), reckoning(ctx)
	rows, err := db.All(ctx, q, scanSeat, sqlSeatsOf, access.From(ctx).Practice, client)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	for i, row := range rows {
		seat, err := s.seat(inner, q, row)
		if err != nil {
			return err
		}
		r, err := s.recordFor(inner, q, seat)
		if err != nil {
			return err
		}
		pdf, err := r.PDF(paperSetting{Zone: zoneNamed(r.Paper.Practice.Zone), Lang: st.Lang, Made: s.Now()})
		if err != nil {
			return err
		}
		file, err := r.File(s.Settings.Base + schemaPath)
		if err != nil {
			return err
		}
		for end, b := range map[string][]byte{"pdf": pdf, "json": file} {
			if err := add(fmt.Sprintf("medicine/%02d-%s.%s", i+1, row.Opened.UTC().Format("2006-01-02"), end), func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
				return err
			}
		}
	}
	return nil
}
