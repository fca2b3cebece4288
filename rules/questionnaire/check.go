package questionnaire

import (
	"fmt"
	"slices"
)

// check looks at what holds between the items of a form.
func (r *reader) check(q *Questionnaire) {
	seen := map[string]bool{}
	r.each(q.Item, "item", func(path string, i *Item) {
		switch {
		case i.LinkID == "":
			r.fault(path+".linkId", "Every item needs a linkId.")
		case seen[i.LinkID]:
			r.fault(path+".linkId", "The linkId “"+i.LinkID+"” stands in this form twice.")
		}
		seen[i.LinkID] = true
		r.checkItem(path, i)
		for n, c := range i.EnableWhen {
			r.checkCondition(q, i, c, fmt.Sprintf("%s.enableWhen[%d]", path, n))
		}
	})
	if len(r.faults) == 0 {
		r.circles(q)
	}
}

func (r *reader) each(all []*Item, path string, f func(string, *Item)) {
	for n, i := range all {
		at := fmt.Sprintf("%s[%d]", path, n)
		f(at, i)
		r.each(i.Item, at+".item", f)
	}
}

func (r *reader) checkItem(path string, i *Item) {
	if !slices.Contains(Types, i.Type) {
		r.fault(path+".type", fmt.Sprintf("Held does not ask for “%s”. It knows %v.", i.Type, Types))
		return
	}
	if i.Text == "" && i.Type != Group && !i.Hidden() {
		r.fault(path+".text", "A question needs its words.")
	}
	bad := func(is bool, key, text string) {
		if is {
			r.fault(path+"."+key, text)
		}
	}
	bad(i.Type == Display && len(i.Item) > 0, "item", "Nothing stands below a display item.")
	bad(i.Type == Display && (i.Required || i.Repeats), "type", "A display item is neither required nor repeated.")
	bad(i.Type == Group && len(i.Item) == 0, "item", "There is nothing in this group yet.")
	bad(i.Type == Group && i.Repeats && i.rows != nil, "repeats", "A group that repeats cannot stand in another one that does.")
	bad(i.Chooses() && len(i.Options) == 0, "answerOption", "A choice needs something to choose from.")
	bad(!i.Chooses() && len(i.Options) > 0 && i.Type != Integer && i.Type != Date && i.Type != String && i.Type != Time, "answerOption", "This type has no choices.")
	bad(!i.Asks() && i.Calculated() != "", "extension", "Only a question can be reckoned.")
	bad(i.Calculated() != "" && i.rows != nil, "extension", "A question in a group that repeats cannot be reckoned.")
	bad(i.Calculated() != "" && i.Watched(), "extension", "What is reckoned is told to nobody: put the safety mark on the questions.")
	bad(i.Watched() && !i.Asks(), "extension", "Only a question can have a safety mark.")
	bad(i.Type == Boolean && i.Repeats, "repeats", "Yes or no is answered once.")
	bad(i.Asks() && i.Repeats && len(i.Item) > 0 && slices.ContainsFunc(i.Item, func(c *Item) bool { return c.Type != Display }), "item",
		"Questions cannot stand below a question that repeats; put them into a group that does.")
	for n, o := range i.Options {
		at := fmt.Sprintf("%s.answerOption[%d]", path, n)
		if !fits(i, o.Value) && (o.Value.String == "" || !i.Chooses()) {
			r.fault(at, "This choice is not of the type of its question.")
		}
		for _, before := range i.Options[:n] {
			if before.Value.Same(o.Value) {
				r.fault(at, "This choice stands here twice.")
				break
			}
		}
	}
}

// fits tells whether an answer is of the type of a question.
func fits(i *Item, a Answer) bool {
	switch i.Type {
	case Boolean:
		return a.Boolean != nil
	case Decimal:
		return a.Decimal != ""
	case Integer:
		return a.Integer != nil
	case Date:
		return a.Date != ""
	case Time:
		return a.Time != ""
	case String, Text:
		return a.String != ""
	case URL:
		return a.URI != ""
	case Choice:
		return a.Coding != nil || optionText(i, a)
	case OpenChoice:
		return a.Coding != nil || a.String != ""
	case Attachment:
		return a.File != nil
	case Quantity:
		return a.Quantity != nil
	}
	return false
}

// optionText tells whether a text is one of the choices that are texts.
func optionText(i *Item, a Answer) bool {
	_, ok := i.Option(a)
	return ok && a.String != ""
}

func (r *reader) checkCondition(q *Questionnaire, i *Item, c Condition, path string) {
	on := q.Of(c.Question)
	switch {
	case on == nil:
		r.fault(path+".question", "There is no item “"+c.Question+"” in this form.")
		return
	case !on.Asks():
		r.fault(path+".question", "“"+c.Question+"” is no question, so nothing can depend on its answer.")
		return
	case on == i:
		r.fault(path+".question", "An item cannot depend on its own answer.")
		return
	}
	switch c.Operator {
	case "exists":
		return
	case "=", "!=":
	case ">", "<", ">=", "<=":
		if !slices.Contains([]Type{Integer, Decimal, Quantity, Date, Time}, on.Type) {
			r.fault(path+".operator", "Only numbers, days and times can be compared by size.")
		}
	default:
		r.fault(path+".operator", "This must be exists, =, !=, >, <, >= or <=.")
		return
	}
	switch {
	case !fits(on, c.Answer) && !(on.Type == Decimal && c.Answer.Integer != nil) && !(on.Type == Choice && c.Answer.String != ""):
		r.fault(path, "The answer is not of the type of “"+c.Question+"”.")
	case on.Type == Choice:
		if _, ok := on.Option(c.Answer); !ok {
			r.fault(path, "“"+c.Question+"” has no such choice.")
		}
	}
}

// circles refuses items that depend on one another in a circle.
func (r *reader) circles(q *Questionnaire) {
	state := map[*Item]int{} // 1: on the way, 2: done
	var visit func(i *Item) bool
	visit = func(i *Item) bool {
		switch state[i] {
		case 1:
			return false
		case 2:
			return true
		}
		state[i] = 1
		if i.parent != nil && !visit(i.parent) {
			return false
		}
		for _, c := range i.EnableWhen {
			if !visit(q.Of(c.Question)) {
				return false
			}
		}
		state[i] = 2
		return true
	}
	r.each(q.Item, "item", func(path string, i *Item) {
		if !visit(i) {
			r.fault(path+".enableWhen", "This depends, by way of others, on itself.")
			state[i] = 2
		}
	})
}
