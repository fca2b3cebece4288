package forms

import (
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"held/internal/ui"
	"held/rules/questionnaire"
)

// part is one page of a form: a group at the top, or the questions between two.
type part struct {
	Title string
	Seen  questionnaire.Seen
	Items []*questionnaire.Item
	whole *questionnaire.Item // the group
}

// partsOf divides a form into its pages.
func partsOf(q *questionnaire.Questionnaire) (out []part) {
	loose := false
	for _, i := range q.Item {
		switch {
		case i.Hidden():
			continue
		case i.Type == questionnaire.Group && !i.Repeats:
			out, loose = append(out, part{Title: i.Text, Seen: i.Seen(), Items: i.Item, whole: i}), false
		case loose && i.Seen() == out[len(out)-1].Seen:
			last := &out[len(out)-1]
			last.Items = append(last.Items, i)
		default:
			out, loose = append(out, part{Title: i.Text, Seen: i.Seen(), Items: []*questionnaire.Item{i}}), true
			if i.Asks() {
				out[len(out)-1].Title = q.Title
			}
		}
	}
	return out
}

// shown tells whether a page of a form is asked at all.
func (p part) shown(a *questionnaire.Asked) bool { return p.whole == nil || a.Enabled(p.whole, 0) }

// node is something on a page: a question, words, or a group of them.
type node struct {
	ID, Key string
	Hidden  bool // not asked now; it may be, once another answer is given
	Was     string
	Words   string          // of a display item
	Title   string          // of a group
	Seen    string          // said where it differs from what stands around it
	Field   templ.Component // of a question
	Beside  Beside          // what they wrote there before
	Names   []string        // what may be somebody's name, and is asked about
	Inner   []node
	More    string // the key of a group of which another row can be had
}

// drawer makes the nodes of a page.
type drawer struct {
	q      *questionnaire.Questionnaire
	a      questionnaire.Answers
	asked  *questionnaire.Asked
	typed  url.Values        // as it was typed, where it was refused
	faults map[string]string // by key
	order  map[*questionnaire.Item]int
	files  string // where attached files are opened
	beside map[string]Beside
	names  namesSeen // by key
	all    bool      // whatever is asked or not: a preview
}

func newDrawer(q *questionnaire.Questionnaire, a questionnaire.Answers) *drawer {
	d := &drawer{q: q, a: a, asked: q.Asked(a), order: map[*questionnaire.Item]int{}}
	q.All(func(i *questionnaire.Item) bool { d.order[i] = len(d.order); return true })
	return d
}

func (d *drawer) nodes(items []*questionnaire.Item, row int, seen questionnaire.Seen) (out []node) {
	for _, i := range items {
		if i.Hidden() || i.IsHelp() {
			continue
		}
		n := node{ID: d.id(i, row), Hidden: !d.all && !d.asked.Enabled(i, row), Key: questionnaire.Key{LinkID: i.LinkID, Row: row}.String()}
		if i.Seen() != seen {
			n.Seen = seenWords(i.Seen())
		}
		switch {
		case i.Type == questionnaire.Display:
			n.Words = i.Text
		case i.Type == questionnaire.Group && i.Repeats:
			n.Title = i.Text
			rows := d.asked.Rows(i)
			for r := range min(rows+1, questionnaire.MaxRows) {
				n.Inner = append(n.Inner, node{Title: rowWords(r), Inner: d.nodes(i.Item, r, i.Seen())})
			}
			if rows+1 < questionnaire.MaxRows {
				n.More = i.LinkID
			}
		case i.Type == questionnaire.Group:
			n.Title, n.Inner = i.Text, d.nodes(i.Item, row, i.Seen())
		default:
			n.Was, n.Field, n.Inner = d.was(i, row), d.field(i, row), d.nodes(i.Item, row, i.Seen())
			n.Beside, n.Names = d.beside[i.LinkID], d.names[n.Key]
		}
		out = append(out, n)
	}
	return out
}

func rowWords(n int) string { return "Number " + itoa(n+1) }

// id is a word that can stand in an address; linkIds cannot.
func (d *drawer) id(i *questionnaire.Item, row int) string {
	return "q" + itoa(d.order[i]) + "-" + itoa(row)
}

// hash tells whether what comes back is what was shown.
func hash(all []questionnaire.Answer) string {
	h := fnv.New64a()
	for _, a := range all {
		_, _ = h.Write([]byte(a.Words() + "\x00"))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// was names a question that a page shows, with what stood there.
func (d *drawer) was(i *questionnaire.Item, row int) string {
	if !i.Fills() || i.Type == questionnaire.Attachment {
		return ""
	}
	k := questionnaire.Key{LinkID: i.LinkID, Row: row}
	return hash(d.a[k]) + " " + k.String()
}

// own and other are the names of a question's fields.
func ownName(k questionnaire.Key) string   { return "a:" + k.String() }
func otherName(k questionnaire.Key) string { return "o:" + k.String() }

func label(i *questionnaire.Item) string {
	text := strings.TrimSpace(i.Prefix + " " + i.Text)
	if u := unit(i); u != "" {
		text += " (" + u + ")"
	}
	return text
}

func unit(i *questionnaire.Item) string { return or(i.Unit().Display, i.Unit().Code) }

func hint(i *questionnaire.Item) string {
	out := i.Help()
	if i.Required && i.Fills() {
		out = strings.TrimSpace(out + " Needed to send.")
	}
	if i.Repeats && !i.Chooses() && i.Type != questionnaire.Attachment {
		out = strings.TrimSpace(out + " One on each line.")
	}
	return out
}

// value is what a field shows: what was typed, or what was answered.
func (d *drawer) value(name, answered string) string {
	if all, ok := d.typed[name]; ok && len(all) > 0 {
		return all[0]
	}
	return answered
}

// field is a question as a part of a page.
func (d *drawer) field(i *questionnaire.Item, row int) templ.Component {
	k := questionnaire.Key{LinkID: i.LinkID, Row: row}
	all, id, problem := d.a[k], d.id(i, row), d.faults[k.String()]
	switch {
	case !i.Fills():
		return reckoned(label(i), Said(i, all))
	case i.Type == questionnaire.Attachment:
		return attach(id, k.String(), label(i), hint(i), problem, d.attached(all), len(all) == 0 || i.Repeats)
	case i.Chooses() || len(i.Options) > 0:
		return d.choice(i, k, id, problem)
	case i.Type == questionnaire.Boolean:
		value := ""
		if len(all) > 0 && all[0].Boolean != nil {
			value = "no"
			if *all[0].Boolean {
				value = "yes"
			}
		}
		c := ui.Choice{Legend: label(i), Name: ownName(k), ID: id, Value: d.value(ownName(k), value), Hint: hint(i), Error: problem,
			Options: []ui.Option{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No"}}}
		return withOut(c, i)
	case i.Type == questionnaire.Text || i.Repeats:
		rows := 5
		if i.Repeats {
			rows = 3
		}
		return ui.Area{Label: label(i), Name: ownName(k), ID: id, Value: d.value(ownName(k), lines(all)), Hint: hint(i), Error: problem, Rows: rows, MaxLength: i.MaxLength}
	}
	return d.line(i, k, id, problem)
}

func lines(all []questionnaire.Answer) string {
	out := make([]string, len(all))
	for n, a := range all {
		out[n] = plainWords(a)
	}
	return strings.Join(out, "\n")
}

// plainWords is an answer as it is typed.
func plainWords(a questionnaire.Answer) string {
	switch {
	case a.Quantity != nil:
		return a.Quantity.Value.String()
	case a.Time != "":
		return a.Time[:min(5, len(a.Time))]
	}
	return a.Words()
}

// withOut lets whoever has answered take the answer out again.
func withOut(c ui.Choice, i *questionnaire.Item) ui.Choice {
	if !i.Required {
		c.Options = append(c.Options, ui.Option{Value: "", Label: "I leave this open"})
	}
	return c
}

func (d *drawer) line(i *questionnaire.Item, k questionnaire.Key, id, problem string) templ.Component {
	f := ui.Field{Label: label(i), Name: ownName(k), ID: id, Value: d.value(ownName(k), lines(d.a[k])), Hint: hint(i), Error: problem, MaxLength: i.MaxLength}
	switch i.Type {
	case questionnaire.Integer:
		f.InputMode, f.Short = "numeric", true
	case questionnaire.Decimal, questionnaire.Quantity:
		f.InputMode, f.Short = "decimal", true
	case questionnaire.Date:
		f.Type, f.Short = "date", true
		f.Min, f.Max = i.Bounds()
	case questionnaire.Time:
		f.Type, f.Short = "time", true
	case questionnaire.URL:
		f.Type = "url"
	}
	return f
}

// manyChoices is from how many on choices are folded away, where one is taken.
const manyChoices = 12

func (d *drawer) choice(i *questionnaire.Item, k questionnaire.Key, id, problem string) templ.Component {
	var options []ui.Option
	var taken []string
	other := ""
	for n, o := range i.Options {
		options = append(options, ui.Option{Value: itoa(n), Label: o.Value.Words()})
	}
	for _, a := range d.a[k] {
		if n := slices.IndexFunc(i.Options, func(o questionnaire.Option) bool { return o.Value.Same(a) }); n >= 0 {
			taken = append(taken, itoa(n))
		} else {
			other = strings.TrimPrefix(other+"\n"+a.Words(), "\n")
		}
	}
	if all, ok := d.typed[ownName(k)]; ok {
		taken = all
	}
	var c templ.Component
	switch first := append(taken, "")[0]; {
	case i.Repeats:
		c = ui.Checks{Legend: label(i), Name: ownName(k), ID: id, Values: taken, Options: options, Hint: "As many as are true. " + hintOf(i), Error: problem}
	case len(options) > manyChoices || i.Control() == "drop-down":
		c = ui.Select{Label: label(i), Name: ownName(k), ID: id, Value: first, Options: append([]ui.Option{{Label: "Not answered"}}, options...), Hint: hintOf(i), Error: problem}
	default:
		c = withOut(ui.Choice{Legend: label(i), Name: ownName(k), ID: id, Value: first, Options: options, Hint: hintOf(i), Error: problem}, i)
	}
	if i.Type != questionnaire.OpenChoice {
		return c
	}
	return both(c, ui.Area{Label: "Or in your own words: " + label(i), Name: otherName(k), ID: id + "-other", Value: d.value(otherName(k), other), Rows: 2})
}

// hintOf is the hint of a choice, of which several may be taken by ticking.
func hintOf(i *questionnaire.Item) string {
	out := i.Help()
	if i.Required {
		out = strings.TrimSpace(out + " Needed to send.")
	}
	return out
}

// attachedFile is a file beside its question.
type attachedFile struct{ Name, Href string }

func (d *drawer) attached(all []questionnaire.Answer) (out []attachedFile) {
	for _, a := range all {
		if a.File != nil && d.files != "" {
			out = append(out, attachedFile{a.File.Title, d.files + strings.TrimPrefix(a.File.URL, "#")})
		}
	}
	return out
}

// readers in the words of whoever fills a form in.
func seenWords(s questionnaire.Seen) string {
	switch s {
	case questionnaire.Guide:
		return "Your guide, once you have sent the form. Not your prescriber, and nobody else here."
	case questionnaire.Prescriber:
		return "Your prescriber, once you have sent the form. Not your guide, and nobody else here."
	}
	return "Your guide and your prescriber, once you have sent the form. Nobody else here."
}

// deskSeen says the same to colleagues.
func deskSeen(s questionnaire.Seen) string {
	switch s {
	case questionnaire.Guide:
		return "Guide of the care team only"
	case questionnaire.Prescriber:
		return "Prescriber of the care team only"
	}
	return "Guide and prescriber of the care team"
}
