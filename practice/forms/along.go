package forms

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/rules/questionnaire"
)

// Line is a question with its answer, in words.
type Line struct{ Group, Question, Answer string }

// Told is one response in words.
type Told struct {
	At    time.Time
	Title string
	Lines []Line
}

// Lines are the answers in reading order, those that were reckoned too.
func Lines(q *questionnaire.Questionnaire, a questionnaire.Answers) (out []Line) {
	asked := q.Asked(a)
	var in func(all []*questionnaire.Item, group string, row int)
	in = func(all []*questionnaire.Item, group string, row int) {
		for _, i := range all {
			switch {
			case i.Type == questionnaire.Group && i.Repeats:
				for n := range asked.Rows(i) {
					in(i.Item, i.Text+" "+itoa(n+1), n)
				}
			case i.Type == questionnaire.Group:
				in(i.Item, or(i.Text, group), row)
			case i.Asks():
				if v := a[questionnaire.Key{LinkID: i.LinkID, Row: row}]; len(v) > 0 {
					out = append(out, Line{group, i.Text, Said(i, v)})
				}
				in(i.Item, group, row)
			}
		}
	}
	in(q.Item, "", 0)
	return out
}

// Said is an answer with its unit.
func Said(i *questionnaire.Item, all []questionnaire.Answer) string {
	words := questionnaire.JoinWords(all)
	if u := i.Unit(); u.Display+u.Code != "" && (i.Type == questionnaire.Integer || i.Type == questionnaire.Decimal) {
		words += " " + or(u.Display, u.Code)
	}
	return words
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// All is everything that somebody answered, sent or not, for them to take along.
func (s *Service) All(ctx context.Context, person db.ID) (out []Told, err error) {
	if err := access.Check(ctx, access.Read, own(person)); err != nil {
		return nil, err
	}
	q := s.DB.Reader()
	given, err := s.given(ctx, q, person)
	if err != nil {
		return nil, err
	}
	for _, g := range given {
		all, err := s.responses(ctx, q, g, sqlResponses)
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			out = append(out, Told{r.Sent, r.Form.Title, Lines(r.Form.Questionnaire, r.Answers)})
		}
		if g.State != Begun && g.State != Correcting {
			continue
		}
		f, err := s.filling(ctx, q, g.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, Told{g.BegunAt, f.Form.Title + ", not sent", Lines(f.Form.Questionnaire, f.Answers)})
	}
	return out, nil
}

// Files puts what somebody attached beside what they take along.
func (s *Service) Files(ctx context.Context, person db.ID, add func(name string, write func(io.Writer) error) error) error {
	if err := access.Check(ctx, access.Read, own(person)); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, s.DB.Reader(), scanFile, sqlFilesOf, practice, person)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, err := s.file(ctx, s.DB.Reader(), r)
		if errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return err
		}
		name := r.id.String()[:8] + "-" + strings.Map(plain, f.Name)
		if err := add(name, func(w io.Writer) error { _, err := io.WriteString(w, f.body); return err }); err != nil {
			return err
		}
	}
	return nil
}

// plain keeps of a file's name what every system takes.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
		return r
	}
	return '-'
}
