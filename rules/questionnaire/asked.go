package questionnaire

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Asked is what a form asks, given what was answered.
type Asked struct {
	q     *Questionnaire
	a     Answers
	rows  map[*Item]int
	known map[Key]bool
}

// Asked looks at a form with answers to it.
func (q *Questionnaire) Asked(a Answers) *Asked {
	s := &Asked{q: q, a: a, rows: map[*Item]int{}, known: map[Key]bool{}}
	for k, v := range a {
		if i := q.Of(k.LinkID); i != nil && i.rows != nil && len(v) > 0 {
			s.rows[i.rows] = max(s.rows[i.rows], k.Row+1)
		}
	}
	return s
}

// Rows is how many rows of a repeating group hold an answer, or stand before one that does.
func (s *Asked) Rows(group *Item) int { return s.rows[group] }

// Enabled tells whether an item is asked; row counts where it stands in a
// repeating group. An answer to what is not asked itself is no reason to ask.
func (s *Asked) Enabled(i *Item, row int) bool {
	if i.rows == nil {
		row = 0
	}
	k := Key{i.LinkID, row}
	if yes, ok := s.known[k]; ok {
		return yes
	}
	yes := (i.parent == nil || s.Enabled(i.parent, row)) && s.holds(i, row)
	s.known[k] = yes
	return yes
}

func (s *Asked) holds(i *Item, row int) bool {
	for _, c := range i.EnableWhen {
		if s.meets(i, row, c) == i.Any {
			return i.Any
		}
	}
	return len(i.EnableWhen) == 0 || !i.Any
}

// meets tells whether a condition is met: by the same row of the same group, or
// by all rows of another taken together.
func (s *Asked) meets(i *Item, row int, c Condition) bool {
	on := s.q.Of(c.Question)
	if on.rows != nil && on.rows == i.rows {
		return c.met(s.standing(on, row))
	}
	var all []Answer
	for n := range max(1, s.rows[on.rows]) {
		all = append(all, s.standing(on, n)...)
	}
	return c.met(all)
}

func (s *Asked) standing(i *Item, row int) []Answer {
	if !s.Enabled(i, row) {
		return nil
	}
	return s.a[Key{i.LinkID, row}]
}

// met compares as FHIR does: one of several answers is enough, and what was not
// answered meets nothing but "exists: false".
func (c Condition) met(all []Answer) bool {
	if c.Operator == "exists" {
		return c.Exists == (len(all) > 0)
	}
	for _, a := range all {
		if c.compares(a) {
			return true
		}
	}
	return false
}

func (c Condition) compares(a Answer) bool {
	switch c.Operator {
	case "=":
		return a.Same(c.Answer)
	case "!=":
		return !a.Same(c.Answer)
	}
	by, ok := a.compare(c.Answer)
	switch {
	case !ok:
		return false
	case c.Operator == ">":
		return by > 0
	case c.Operator == "<":
		return by < 0
	case c.Operator == ">=":
		return by >= 0
	}
	return by <= 0
}

// compare orders two answers; false where they have no order.
func (a Answer) compare(b Answer) (int, bool) {
	x, ok := a.Number()
	y, also := b.Number()
	switch {
	case ok && also:
		return cmp(x, y), true
	case a.Date != "" && b.Date != "":
		return cmp(a.Date, b.Date), true
	case a.Time != "" && b.Time != "":
		return cmp(a.Time, b.Time), true
	}
	return 0, false
}

func cmp[T float64 | string](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// each goes through what is asked, row by row, with the rows that are answered;
// spare more of each repeating group are shown too.
func (s *Asked) each(spare int, f func(i *Item, k Key)) {
	var in func(all []*Item, row int)
	in = func(all []*Item, row int) {
		for _, i := range all {
			if !s.Enabled(i, row) {
				continue
			}
			if i.Type == Group && i.Repeats {
				for n := range min(s.rows[i]+spare, MaxRows) {
					in(i.Item, n)
				}
				continue
			}
			if i.Asks() {
				f(i, Key{i.LinkID, row})
			}
			in(i.Item, row)
		}
	}
	in(s.q.Item, 0)
}

// Pruned are the answers to what is asked, and no others. Empty rows are closed up.
func (s *Asked) Pruned() Answers {
	out := Answers{}
	s.each(0, func(_ *Item, k Key) {
		if v := s.a[k]; len(v) > 0 {
			out[k] = v
		}
	})
	return s.q.closed(out)
}

// closed closes up the rows of which nothing is left.
func (q *Questionnaire) closed(a Answers) Answers {
	used := map[*Item]map[int]bool{}
	for k := range a {
		if g := q.Of(k.LinkID).rows; g != nil {
			if used[g] == nil {
				used[g] = map[int]bool{}
			}
			used[g][k.Row] = true
		}
	}
	out := make(Answers, len(a))
	for k, v := range a {
		if g := q.Of(k.LinkID).rows; g != nil {
			to := 0
			for n := range k.Row {
				if used[g][n] {
					to++
				}
			}
			k.Row = to
		}
		out[k] = v
	}
	return out
}

// Problem is a question that keeps a form from being sent.
type Problem struct {
	Key  Key
	Text string
}

// Problems are what is missing and what cannot be, in reading order.
func (s *Asked) Problems() (out []Problem) {
	s.each(0, func(i *Item, k Key) {
		v := s.a[k]
		switch {
		case !i.Fills():
		case len(v) == 0 && i.Required:
			out = append(out, Problem{k, "Please answer this."})
		case len(v) > 0:
			if why := i.Check(v); why != "" {
				out = append(out, Problem{k, why})
			}
		}
	})
	return out
}

// Alarms are the questions with an answer that may mean danger, among those
// that are asked.
func (s *Asked) Alarms() (out []Key) {
	s.each(0, func(i *Item, k Key) {
		for _, v := range s.a[k] {
			if i.Safety(v) {
				out = append(out, k)
				return
			}
		}
	})
	return out
}

// Check says what keeps answers from being ones to this question; "" where
// nothing does.
func (i *Item) Check(all []Answer) string {
	switch {
	case len(all) > 1 && !i.Repeats:
		return "Please give one answer."
	case len(all) > MaxAnswers:
		return "Please give at most 50 answers."
	}
	for _, a := range all {
		if why := i.check(a); why != "" {
			return why
		}
		if o, ok := i.Option(a); ok && o.Exclusive() && len(all) > 1 {
			return "“" + o.Value.Words() + "” stands alone: please take either it or the others."
		}
	}
	return ""
}

func (i *Item) check(a Answer) string {
	if !fits(i, a) {
		return "This answer is not of the kind that is asked for."
	}
	if _, ok := i.Option(a); !ok && len(i.Options) > 0 && i.Type != OpenChoice {
		return "Please choose one of these."
	}
	if i.Type == OpenChoice && a.Coding != nil {
		if _, ok := i.Option(a); !ok {
			return "Please choose one of these, or write your own words."
		}
	}
	if n := utf8.RuneCountInString(a.String); i.MaxLength > 0 && n > i.MaxLength {
		return fmt.Sprintf("Please shorten this to at most %d characters; it has %d.", i.MaxLength, n)
	}
	return i.within(a)
}

func (i *Item) within(a Answer) string {
	least, most := i.Bounds()
	if least != "" && below(a, least) {
		return "Please give at least " + least + "."
	}
	if most != "" && above(a, most) {
		return "Please give at most " + most + "."
	}
	return ""
}

func below(a Answer, bound string) bool { by, ok := against(a, bound); return ok && by < 0 }
func above(a Answer, bound string) bool { by, ok := against(a, bound); return ok && by > 0 }

func against(a Answer, bound string) (int, bool) {
	if a.Date != "" {
		return cmp(a.Date, bound), true
	}
	n, ok := a.Number()
	b, err := strconv.ParseFloat(bound, 64)
	return cmp(n, b), ok && err == nil
}
