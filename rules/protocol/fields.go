package protocol

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is how a field is filled in.
type Kind string

// The kinds.
const (
	Number  Kind = "number"  // a whole number
	Figure  Kind = "figure"  // with a fraction
	Bound   Kind = "bound"   // a limit with its sign
	Choice  Kind = "choice"  // one of a list
	Several Kind = "several" // any of a list
	Minutes Kind = "minutes" // a row of minutes
	Words   Kind = "words"
)

// Field is one leaf of the document: how it is found, and how it is asked for.
type Field struct {
	Path     string
	Part     string // which part of the document it is asked for in
	Group    string // "Systolic, mmHg"; "" where it stands by itself
	Label    string
	Kind     Kind
	Options  []Option
	Optional bool
	boosters bool // needed where boosters are
	most     int  // of a scale; 0: none
	index    []int
	rule     string // a key of Screening
}

// Part is a part of the document that is filled in at once.
type Part struct{ Key, Title string }

var (
	fields   []Field
	parts    []Part
	byPath   = map[string]int{}
	prefixes = map[string]bool{"": true}
)

func init() {
	t := reflect.TypeFor[Document]()
	for i := range t.NumField() {
		f := t.Field(i)
		if say := f.Tag.Get("say"); say != "" {
			key := nameOf(f)
			if f.Type.Kind() == reflect.Map {
				rulesOf(key, say)
				continue
			}
			walk(f.Type, key, "", f.Index)
			name(key, say, f.Type)
		}
	}
	for i, f := range fields {
		byPath[f.Path] = i
		for p := f.Path; p != ""; {
			p = parent(p)
			prefixes[p] = true
		}
	}
}

func parent(path string) string {
	return path[:max(strings.LastIndexByte(path, '.'), 0)]
}

func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func rulesOf(part, title string) {
	parts = append(parts, Part{part, title})
	for _, r := range Rules {
		fields = append(fields, Field{Path: part + "." + r.Value, Part: part, Label: r.Label, Kind: Choice, Options: lists["levels"], rule: r.Value})
	}
}

// name lists a part. The bands are one for each sign: all of them at once would
// be a hundred fields.
func name(key, say string, t reflect.Type) {
	if key != bands {
		parts = append(parts, Part{key, say})
		return
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Type.Kind() == reflect.Struct {
			parts = append(parts, Part{key + "." + nameOf(f), f.Tag.Get("say")})
		}
	}
}

const bands = "bands"

// partOf is the part in which a path is asked for.
func partOf(path string) string {
	words := strings.Split(path, ".")
	if words[0] != bands {
		return words[0]
	}
	if words[1] == "older_from" {
		words[1] = "older"
	}
	return words[0] + "." + words[1]
}

// walk lists the leaves below a struct in the order in which they are written.
func walk(t reflect.Type, path, group string, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		p, at := path+"."+nameOf(f), append(slices.Clone(index), i)
		if f.Type.Kind() == reflect.Struct {
			name := f.Tag.Get("say")
			if group != "" {
				name = group + ": " + name
			}
			walk(f.Type, p, name, at)
			continue
		}
		x := Field{
			Path: p, Part: partOf(p), Group: group, Label: f.Tag.Get("say"), Kind: kindOf(f), Options: lists[f.Tag.Get("of")],
			Optional: f.Tag.Get("opt") != "", boosters: f.Tag.Get("opt") == "boosters", index: at,
		}
		if _, most, ok := strings.Cut(f.Tag.Get("scale"), "-"); ok {
			x.most, _ = strconv.Atoi(most)
		}
		fields = append(fields, x)
	}
}

func kindOf(f reflect.StructField) Kind {
	switch f.Type {
	case reflect.TypeFor[*int]():
		return Number
	case reflect.TypeFor[*Decimal]():
		return Figure
	case reflect.TypeFor[*Limit]():
		return Bound
	case reflect.TypeFor[[]int]():
		return Minutes
	case reflect.TypeFor[[]string]():
		return Several
	case reflect.TypeFor[Text]():
		return Words
	}
	return Choice
}

// Fields lists every field in the order of the document.
func Fields() []Field { return slices.Clone(fields) }

// Parts lists the parts of the document.
func Parts() []Part { return slices.Clone(parts) }

// PartAt finds one by its key.
func PartAt(key string) (Part, bool) {
	i := slices.IndexFunc(parts, func(p Part) bool { return p.Key == key })
	if i < 0 {
		return Part{}, false
	}
	return parts[i], true
}

// FieldAt finds one by its path.
func FieldAt(path string) (Field, bool) {
	i, ok := byPath[path]
	if !ok {
		return Field{}, false
	}
	return fields[i], true
}

// Name is the field as it is spoken of: "Systolic, mmHg, before: hold, high".
func (f Field) Name() string {
	if f.Group == "" {
		return f.Label
	}
	return f.Group + ", " + f.Label
}

func (f Field) in(d *Document) reflect.Value { return reflect.ValueOf(d).Elem().FieldByIndex(f.index) }

// Get is what stands in a field, as it is typed; several are several. Nothing
// is set: nothing.
func (d *Document) Get(f Field) []string {
	if f.rule != "" {
		if level := d.Screening[f.rule]; level != "" {
			return []string{level}
		}
		return nil
	}
	v := f.in(d)
	if v.IsZero() {
		return nil
	}
	switch x := v.Interface().(type) {
	case *int:
		return []string{strconv.Itoa(*x)}
	case *Decimal:
		return []string{x.String()}
	case *Limit:
		return []string{x.String()}
	case []int:
		var out []string
		for _, n := range x {
			out = append(out, strconv.Itoa(n))
		}
		return []string{strings.Join(out, ", ")}
	case []string:
		return x
	}
	return []string{v.String()}
}

// Set puts what was typed into a field; nothing empties it.
func (d *Document) Set(f Field, typed ...string) error {
	var all []string
	for _, t := range typed {
		if t = strings.TrimSpace(t); t != "" {
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		d.clear(f)
		return nil
	}
	if f.Kind != Several && len(all) > 1 {
		return errors.New("only one value stands here")
	}
	return d.set(f, all)
}

func (d *Document) clear(f Field) {
	if f.rule != "" {
		delete(d.Screening, f.rule)
		return
	}
	f.in(d).SetZero()
}

func (d *Document) set(f Field, all []string) error {
	switch f.Kind {
	case Number:
		n, err := f.whole(all[0])
		return put(d, f, &n, err)
	case Figure:
		n, err := ParseDecimal(all[0])
		return put(d, f, &n, err)
	case Bound:
		l, err := ParseLimit(all[0])
		return put(d, f, &l, err)
	case Minutes:
		var row []int
		for _, w := range strings.FieldsFunc(all[0], func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
			n, err := f.whole(w)
			if err != nil {
				return errors.New("write minutes with commas between them, as 0, 20, 40")
			}
			row = append(row, n)
		}
		return put(d, f, row, nil)
	case Words:
		if utf8.RuneCountInString(all[0]) > MaxText {
			return errors.New("keep this under 500 characters")
		}
		return put(d, f, Text(all[0]), nil)
	}
	for i, v := range all {
		if label(f.Options, v) == "" || slices.Contains(all[:i], v) {
			return errors.New("“" + v + "” is none of the list, or stands twice: " + values(f.Options))
		}
	}
	switch {
	case f.rule != "":
		if d.Screening == nil {
			d.Screening = map[string]string{}
		}
		d.Screening[f.rule] = all[0]
		return nil
	case f.Kind == Choice:
		return put(d, f, all[0], nil)
	}
	return put(d, f, slices.Clone(all), nil)
}

func values(all []Option) string {
	var out []string
	for _, o := range all {
		out = append(out, o.Value)
	}
	return strings.Join(out, ", ")
}

func put(d *Document, f Field, v any, err error) error {
	if err == nil {
		f.in(d).Set(reflect.ValueOf(v))
	}
	return err
}

// mostDigits bounds what is typed, not what is meant.
const mostDigits = 5

func (f Field) whole(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || len(s) > mostDigits || !figures(s) {
		return 0, errors.New("write a whole number")
	}
	if f.most > 0 && n > f.most {
		return 0, errors.New("the scale ends at " + strconv.Itoa(f.most))
	}
	return n, nil
}

// typed reads a value of a JSON document as it would be typed.
func (f Field) typed(raw json.RawMessage) ([]string, error) {
	switch f.Kind {
	case Number:
		if n, err := strconv.Atoi(string(raw)); err == nil {
			return []string{strconv.Itoa(n)}, nil
		}
		return nil, errors.New("a whole number is wanted")
	case Figure:
		if _, err := ParseDecimal(string(raw)); err != nil {
			return nil, errors.New("a number with three places at most is wanted")
		}
		return []string{string(raw)}, nil
	case Minutes:
		var row []int
		if json.Unmarshal(raw, &row) != nil {
			return nil, errors.New("a list of whole numbers is wanted")
		}
		var out []string
		for _, n := range row {
			out = append(out, strconv.Itoa(n))
		}
		return []string{strings.Join(out, ", ")}, nil
	case Several:
		var all []string
		if json.Unmarshal(raw, &all) != nil {
			return nil, errors.New("a list of texts is wanted")
		}
		return all, nil
	}
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return nil, errors.New("a text is wanted")
	}
	return []string{s}, nil
}
