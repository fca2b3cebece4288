package inquiry

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/people"
)

// Routes is everything that can be opened of this step.
func (s *Service) Routes() []web.Route {
	return slices.Concat(s.questionRoutes(), s.boardRoutes(), s.bookingRoutes())
}

var errNoPage = fault.New(fault.NotFound, "There is no page at this address. The link may be old or incomplete.")

// formID reads an id out of a form; an empty field is the zero id.
func formID(f *web.Form, name string) db.ID {
	var id db.ID
	if err := id.UnmarshalText([]byte(f.Raw(name))); err != nil {
		f.Fail(name, "Please choose one of the list.")
	}
	return id
}

// shown tells whether a refusal belongs above the form that was sent, and gives
// its sentences by field.
func shown(err error) (fields map[string]string, status int, ok bool) {
	if err == nil {
		return nil, 0, false
	}
	e := fault.Of(err)
	switch e.Kind {
	case fault.Invalid, fault.Taken, fault.TooMany:
	default:
		return nil, 0, false
	}
	if fields = e.Fields; len(fields) == 0 {
		fields = map[string]string{"": e.Sentence}
	}
	return fields, e.Kind.Status(), true
}

// String writes a mark for an address.
func (m mark) String() string {
	return strconv.FormatInt(m.at.UnixMicro(), 10) + "." + m.id.String()
}

// parseMark reads what String wrote; anything else is the given beginning.
func parseMark(s string, beginning mark) mark {
	at, id, _ := strings.Cut(s, ".")
	us, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return beginning
	}
	m := mark{at: time.UnixMicro(us)}
	if m.id, err = db.ParseID(id); err != nil {
		return beginning
	}
	return m
}

// chargeOptions is who can be put in charge.
func chargeOptions(all []people.Card) []ui.Option {
	out := []ui.Option{{Value: "", Label: "Nobody yet"}}
	for _, c := range all {
		out = append(out, ui.Option{Value: c.ID.String(), Label: c.Name})
	}
	return out
}

// paragraphs splits a text where its writer left a line empty, and each
// paragraph into its lines.
func paragraphs(text string) [][]string {
	var out [][]string
	for _, p := range strings.Split(text, "\n\n") {
		if p = strings.Trim(p, "\n"); p != "" {
			out = append(out, strings.Split(p, "\n"))
		}
	}
	return out
}
