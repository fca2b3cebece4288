package questionnaire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of a form.
const (
	MaxBytes      = 1 << 20
	MaxItems      = 1000
	MaxDepth      = 8
	MaxOptions    = 200 // of one question
	MaxConditions = 20  // of one item
	MaxText       = 4000
	MaxTitle      = 200
	MaxLink       = 255
	MaxRows       = 50 // of a repeating group
	MaxAnswers    = 50 // to one question
	MaxFaults     = 50 // that are told at once
)

// Fault is something that keeps a form, or an answer to it, from being taken.
type Fault struct {
	Path string // as in "item[2].enableWhen[0].question"
	Text string
}

func (f Fault) String() string { return f.Path + ": " + f.Text }

// reader walks through JSON and notes what is wrong with it.
type reader struct {
	faults []Fault
	items  int
}

func (r *reader) fault(path, text string) {
	if len(r.faults) < MaxFaults {
		r.faults = append(r.faults, Fault{path, text})
	}
}

// document reads one JSON object and nothing behind it.
func (r *reader) document(b []byte, kind string) map[string]any {
	if len(b) > MaxBytes {
		r.fault("", "The file is larger than 1 MB.")
		return nil
	}
	if !utf8.Valid(b) {
		r.fault("", "The file is not written in UTF-8.")
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		r.fault("", "This is not JSON: "+where(err)+".")
		return nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		r.fault("", "Something stands behind the end of the "+kind+".")
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		r.fault("", "This is JSON, but not a "+kind+".")
		return nil
	}
	if t, _ := m["resourceType"].(string); t != kind {
		r.fault("resourceType", "This is not a "+kind+".")
		return nil
	}
	return m
}

func where(err error) string {
	var s *json.SyntaxError
	if errors.As(err, &s) {
		return fmt.Sprintf("%s, at byte %d", s.Error(), s.Offset)
	}
	return err.Error()
}

// object is one JSON object on the way: what was read of it is taken out.
type object struct {
	*reader
	path string
	m    map[string]any
}

func (o object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

func (o object) take(key string) (any, bool) {
	v, ok := o.m[key]
	delete(o.m, key)
	return v, ok
}

func (o object) text(key string, most int) string {
	v, ok := o.take(key)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	switch {
	case !ok:
		o.fault(o.at(key), "This must be a text.")
	case strings.TrimSpace(s) == "":
		o.fault(o.at(key), "This is empty; leave it out instead.")
	case utf8.RuneCountInString(s) > most:
		o.fault(o.at(key), fmt.Sprintf("This is longer than %d characters.", most))
	case strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' }):
		o.fault(o.at(key), "There are control characters in this.")
	default:
		return s
	}
	return ""
}

func (o object) yes(key string) bool {
	v, ok := o.take(key)
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		o.fault(o.at(key), "This must be true or false.")
	}
	return b
}

// list gives each object of a list.
func (o object) list(key string, most int, f func(object)) {
	v, ok := o.take(key)
	if !ok {
		return
	}
	all, ok := v.([]any)
	if !ok || len(all) == 0 {
		o.fault(o.at(key), "This must be a list with something in it.")
		return
	}
	if len(all) > most {
		o.fault(o.at(key), fmt.Sprintf("There are more than %d here.", most))
		return
	}
	for i, v := range all {
		path := fmt.Sprintf("%s[%d]", o.at(key), i)
		m, ok := v.(map[string]any)
		if !ok {
			o.fault(path, "This must be an object.")
			continue
		}
		f(object{o.reader, path, m})
	}
}

// refused are elements of FHIR that would change what is asked, and that Held
// does not ask: to leave them out in silence would be another form.
var refused = map[string]string{
	"answerValueSet":    "Held needs the choices in the form itself, as answerOption.",
	"contained":         "Held does not read contained resources: put choices into answerOption.",
	"implicitRules":     "Held follows no rules that stand elsewhere.",
	"modifierExtension": "Held does not know what this changes.",
	"initial":           "Held answers nothing in advance: what nobody answered stays “not answered”.",
	"initialSelected":   "Held answers nothing in advance: what nobody answered stays “not answered”.",
	"derivedFrom":       "Held does not build forms out of other forms.",
}

// rest keeps what means nothing here and refuses what would.
func (o object) rest(kept ...string) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	for _, key := range sorted(o.m) {
		why, bad := refused[key]
		switch {
		case bad:
			o.fault(o.at(key), why)
		case slices.Contains(kept, key), strings.HasPrefix(key, "_"):
			raw, err := json.Marshal(o.m[key])
			if err != nil {
				o.fault(o.at(key), "This cannot be kept.")
				continue
			}
			if out == nil {
				out = map[string]json.RawMessage{}
			}
			out[key] = raw
		default:
			o.fault(o.at(key), "Held does not know this element.")
		}
	}
	return out
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Parse reads a Questionnaire. With faults, there is none.
func Parse(b []byte) (*Questionnaire, []Fault) {
	r := &reader{}
	m := r.document(b, "Questionnaire")
	if m == nil {
		return nil, r.faults
	}
	delete(m, "resourceType")
	o := object{r, "", m}
	q := &Questionnaire{
		ResourceID: o.text("id", 64), URL: o.text("url", MaxLink), Version: o.text("version", 100), Name: o.text("name", MaxTitle),
		Title: o.text("title", MaxTitle), Status: o.text("status", 20), Description: o.text("description", MaxText), Language: o.text("language", 20),
	}
	q.SubjectType = o.texts("subjectType")
	q.Extension = o.extensions()
	o.list("item", MaxItems, func(o object) { q.Item = append(q.Item, o.item(1)) })
	q.more = o.rest("meta", "text", "identifier", "experimental", "date", "publisher", "contact", "useContext", "jurisdiction", "purpose",
		"copyright", "approvalDate", "lastReviewDate", "effectivePeriod", "code")
	if !slices.Contains([]string{"draft", "active", "retired", "unknown"}, q.Status) {
		r.fault("status", "This must be draft, active, retired or unknown.")
	}
	if q.Title == "" {
		r.fault("title", "A form needs a title.")
	}
	if len(q.Item) == 0 {
		r.fault("item", "There is nothing in this form yet.")
	}
	q.link()
	r.check(q)
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return q, nil
}

func (o object) texts(key string) (out []string) {
	v, ok := o.take(key)
	if !ok {
		return nil
	}
	all, ok := v.([]any)
	if !ok || len(all) > 20 {
		o.fault(o.at(key), "This must be a short list of texts.")
		return nil
	}
	for i, v := range all {
		s, ok := v.(string)
		if !ok || s == "" || len(s) > MaxLink {
			o.fault(fmt.Sprintf("%s[%d]", o.at(key), i), "This must be a text.")
			continue
		}
		out = append(out, s)
	}
	return out
}

func (o object) extensions() (out []Extension) {
	o.list("extension", 50, func(e object) {
		url, ok := e.m["url"].(string)
		if !ok || url == "" || len(url) > MaxLink {
			o.fault(e.at("url"), "An extension needs the address that says what it is.")
			return
		}
		raw, err := json.Marshal(e.m)
		if err != nil || len(raw) > 16<<10 {
			o.fault(e.path, "This extension is too large.")
			return
		}
		ext := Extension{URL: url, Raw: raw}
		e.understood(ext)
		out = append(out, ext)
	})
	return out
}

// understood refuses an extension that Held acts upon and cannot read.
func (o object) understood(e Extension) {
	bad := func(ok bool, text string) {
		if !ok {
			o.fault(o.path, text)
		}
	}
	v, ok := find([]Extension{e}, e.URL)
	switch e.URL {
	case ExtSeen:
		bad(ok && slices.Contains(SeenBy, Seen(v.Code)), "Who sees it must be a valueCode: team, guide or prescriber.")
	case ExtSafety:
		_, n := v.number()
		bad(ok && (v.Boolean != nil || n), "A safety mark needs valueBoolean or valueInteger.")
	case ExtCalculated:
		bad(ok && v.Expression != nil && v.Expression.Language == "text/fhirpath" && v.Expression.Expression != "" && len(v.Expression.Expression) <= MaxText,
			"A calculated expression needs a valueExpression in text/fhirpath.")
	case ExtHidden, ExtExclusive:
		bad(ok && v.Boolean != nil, "This needs a valueBoolean.")
	case ExtUnit:
		bad(ok && v.Coding != nil, "A unit needs a valueCoding.")
	case ExtOrdinal, ExtWeight:
		_, n := v.number()
		bad(ok && n, "A score needs a valueDecimal.")
	case ExtMin, ExtMax:
		_, n := v.number()
		bad(ok && (n || isDay(v.Date)), "A bound needs a number or a day.")
	}
}

func (o object) item(depth int) *Item {
	o.items++
	i := &Item{
		LinkID: o.text("linkId", MaxLink), Prefix: o.text("prefix", 40), Text: o.text("text", MaxText), Type: Type(o.text("type", 20)),
		Required: o.yes("required"), Repeats: o.yes("repeats"), ReadOnly: o.yes("readOnly"),
	}
	if v, ok := o.take("maxLength"); ok {
		n, err := intOf(v)
		if err != nil || n < 1 || n > 100_000 {
			o.fault(o.at("maxLength"), "This must be a whole number from 1 to 100000.")
		}
		i.MaxLength = int(n)
	}
	switch b := o.text("enableBehavior", 10); b {
	case "", "all":
	case "any":
		i.Any = true
	default:
		o.fault(o.at("enableBehavior"), "This must be all or any.")
	}
	i.Extension = o.extensions()
	o.list("enableWhen", MaxConditions, func(o object) { i.EnableWhen = append(i.EnableWhen, o.condition()) })
	o.list("answerOption", MaxOptions, func(o object) {
		opt := Option{Value: o.value(), Extension: o.extensions()}
		o.rest("id")
		i.Options = append(i.Options, opt)
	})
	switch {
	case o.items > MaxItems:
		o.fault(o.path, "A form has at most 1000 items.")
		return i
	case depth >= MaxDepth && o.m["item"] != nil:
		o.fault(o.at("item"), "Groups stand at most 8 deep.")
		delete(o.m, "item")
	}
	o.list("item", MaxItems, func(o object) { i.Item = append(i.Item, o.item(depth+1)) })
	i.more = o.rest("id", "definition", "code")
	return i
}

func (o object) condition() (c Condition) {
	c.Question, c.Operator = o.text("question", MaxLink), o.text("operator", 10)
	if c.Operator == "exists" {
		c.Exists = o.yes("answerBoolean")
	} else {
		for _, key := range sorted(o.m) {
			if rest, ok := strings.CutPrefix(key, "answer"); ok {
				o.m["value"+rest] = o.m[key]
				delete(o.m, key)
			}
		}
		c.Answer = o.value()
	}
	o.rest("id")
	return c
}

// value reads the one value[x] of an object.
func (o object) value() (a Answer) {
	found := 0
	for _, key := range sorted(o.m) {
		if !strings.HasPrefix(key, "value") {
			continue
		}
		found++
		v, _ := o.take(key)
		if why := a.read(key, v); why != "" {
			o.fault(o.at(key), why)
		}
	}
	if found != 1 {
		o.fault(o.path, "This needs exactly one value.")
	}
	return a
}

func intOf(v any) (int64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, errors.New("this must be a whole number")
	}
	return n.Int64()
}
