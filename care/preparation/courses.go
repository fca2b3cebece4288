package preparation

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
)

// Course is a template of linked sessions.
type Course struct {
	ID    db.ID  `json:"-"`
	Name  string `json:"name"`
	About string `json:"about,omitempty"`
	Steps []Step `json:"steps"`
}

// Step is one session of a course. Its distance is counted in days from an
// earlier one; no distance is a default.
type Step struct {
	Label    string `json:"label"`
	Offering db.ID  `json:"offering"`
	After    int    `json:"after"` // the place of the earlier step; -1: the course begins here
	Min      int    `json:"min"`   // days after it, at least
	Max      int    `json:"max"`   // and at most
	Needs    []Need `json:"needs,omitempty"`
	Holds    string `json:"holds,omitempty"` // for the prescriber to think of; nothing is written by itself
	Bring    string `json:"bring,omitempty"` // for the client
}

// Need is what is to stand before a step is booked: Clearance, Consent.
type Need string

// Limits of a course.
const (
	MaxSteps = 30
	maxDays  = 365
	unset    = -1 // a distance that nobody has given yet
)

var errNoCourse = fault.New(fault.NotFound, "This course is not here.")

// Courses lists the templates, by name.
func (s *Service) Courses(ctx context.Context) ([]Course, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Courses}); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanRow, sqlCourses, access.From(ctx).Practice)
	if err != nil {
		return nil, err
	}
	out := make([]Course, len(rows))
	for i, r := range rows {
		plain, err := s.Vault.Open(ctx, s.DB.Reader(), courseField(access.From(ctx).Practice, r.id), r.body)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(plain), &out[i]); err != nil {
			return nil, err
		}
		out[i].ID = r.id
	}
	slices.SortFunc(out, func(a, b Course) int { return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.ID[:], b.ID[:])) })
	return out, nil
}

// Course finds one.
func (s *Service) Course(ctx context.Context, id db.ID) (Course, error) {
	all, err := s.Courses(ctx)
	if err != nil {
		return Course{}, err
	}
	i := slices.IndexFunc(all, func(c Course) bool { return c.ID == id })
	if i < 0 {
		return Course{}, errNoCourse
	}
	return all[i], nil
}

// SaveCourse adds (zero ID) or changes a template. What was laid over the
// calendar already stays as it was laid.
func (s *Service) SaveCourse(ctx context.Context, c Course) (Course, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Courses}); err != nil {
		return c, err
	}
	if err := c.check(); err != nil {
		return c, err
	}
	if c.ID.IsZero() {
		c.ID = db.NewID()
	}
	practice := access.From(ctx).Practice
	plain, err := json.Marshal(c)
	if err != nil {
		return c, err
	}
	return c, s.DB.Write(ctx, func(tx *db.Tx) error {
		body, err := s.Vault.Seal(ctx, tx, courseField(practice, c.ID), string(plain))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlKeepCourse, practice, c.ID, body, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "course", Object: c.ID})
	})
}

// DropCourse takes a template away. What was laid of it stays.
func (s *Service) DropCourse(ctx context.Context, id db.ID) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Courses}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDropCourse, access.From(ctx).Practice, id)
		if err != nil || n == 0 {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Kind: "course", Object: id})
	})
}

// stepField names a field of a step in a form, and in what is refused.
func stepField(name string, i int) string { return fmt.Sprintf("%s%d", name, i+1) }

func (c Course) check() error {
	e := fault.New(fault.Invalid, "This course needs another look. Nothing was changed.")
	if strings.TrimSpace(c.Name) == "" {
		e.AddField("name", "Please give it a name.")
	}
	if len(c.Steps) == 0 {
		e.AddField(stepField("offering", 0), "A course has one session at least.")
	}
	if len(c.Steps) > MaxSteps {
		e.AddField("name", "A course has up to 30 sessions.")
	}
	for i, st := range c.Steps {
		if st.Offering.IsZero() {
			e.AddField(stepField("offering", i), "Please choose what is booked here.")
		}
		if i == 0 {
			continue
		}
		if st.After < 0 || st.After >= i {
			e.AddField(stepField("after", i), "Please choose one of the sessions before this one.")
		}
		if st.Min < 0 || st.Min > maxDays {
			e.AddField(stepField("min", i), "Please give whole days, 0 to 365.")
		}
		if st.Max < max(0, st.Min) || st.Max > maxDays {
			e.AddField(stepField("max", i), "Please give whole days, not fewer than the least and up to 365.")
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Example is a course to adapt: what is booked at each step, and how far the
// medicine sessions lie apart, is the practice's to say.
func Example() Course {
	c := Course{Name: "Three medicine sessions", About: "An example to adapt. What is booked at each step and every distance that is empty is yours to decide.", Steps: []Step{
		{Label: "Consultation", After: -1},
		{Label: "Preparation 1", After: 0, Min: unset, Max: unset},
		{Label: "Preparation 2", After: 1, Min: unset, Max: unset},
	}}
	before := 2
	for i := range 3 {
		at := len(c.Steps)
		c.Steps = append(c.Steps,
			Step{Label: fmt.Sprintf("Medicine session %d", i+1), After: before, Min: unset, Max: unset, Needs: []Need{Clearance, Consent}},
			Step{Label: fmt.Sprintf("Integration %d a", i+1), After: at, Min: 1, Max: 3},
			Step{Label: fmt.Sprintf("Integration %d b", i+1), After: at + 1, Min: unset, Max: unset})
		before = at
	}
	return c
}
