package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"held/internal/fault"
)

// Form is what a person sent, read whole and checked for its encoding. Each
// reading method checks one field; Err collects what is to be changed.
type Form struct {
	values url.Values
	fault  *fault.Error
}

// ReadForm reads a form (or a query, for GET). It refuses bodies that are too
// long, of another kind, or not UTF-8.
func ReadForm(r *http.Request) (*Form, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return checked(r.URL.Query())
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		if kind == "multipart/form-data" {
			err = r.ParseMultipartForm(MaxBody) // #nosec G120 -- the guard has bounded the body
			if err == nil && len(r.MultipartForm.File) > 0 {
				return nil, fault.New(fault.Unsupported, "This form takes no files. Nothing was changed; please send it without one.")
			}
		} else {
			return nil, fault.New(fault.Unsupported, "This address takes an ordinary form. Nothing was changed.")
		}
	} else {
		err = r.ParseForm()
	}
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, fault.New(fault.TooLarge, "That was more than this form can take. Nothing was changed; please shorten it and send it again.")
	case err != nil:
		return nil, fault.New(fault.BadRequest, "The form arrived damaged, so nothing was changed. Please send it again.")
	}
	return checked(r.PostForm)
}

func checked(v url.Values) (*Form, error) {
	for k, all := range v {
		for _, s := range append(all, k) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				return nil, fault.New(fault.BadRequest, "Some characters arrived in an unknown encoding, so nothing was changed. Please send the form as UTF-8.")
			}
		}
	}
	return &Form{values: v}, nil
}

// FormOf makes a form out of values, for tests and for showing a form again.
func FormOf(v url.Values) *Form { return &Form{values: v} }

// Encode is everything that was sent, in one order.
func (f *Form) Encode() string { return f.values.Encode() }

// Raw is a field as it was typed, for showing it again.
func (f *Form) Raw(name string) string { return f.values.Get(name) }

// Has tells whether the field was sent at all.
func (f *Form) Has(name string) bool { return f.values.Has(name) }

// All gives every value of a repeated field.
func (f *Form) All(name string) []string { return f.values[name] }

// Line reads one line: trimmed, at most max characters, without control
// characters and without those that turn what stands beside it around.
func (f *Form) Line(name string, max int) string {
	s := strings.TrimSpace(f.values.Get(name))
	if strings.ContainsFunc(s, breaks) {
		f.Fail(name, "Please write this on one line, without special control characters.")
		return ""
	}
	return f.short(name, s, max)
}

// breaks tells of a character that ends a line or overrides its direction: a
// name that holds one would rewrite the list in which it is shown.
func breaks(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// Text reads several lines: line ends unified, at most max characters, no
// control characters but tabs.
func (f *Form) Text(name string, max int) string {
	s := strings.TrimSpace(strings.ReplaceAll(f.values.Get(name), "\r\n", "\n"))
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		f.Fail(name, "There are control characters in this text. Please remove them.")
		return ""
	}
	return f.short(name, s, max)
}

func (f *Form) short(name, s string, max int) string {
	if n := utf8.RuneCountInString(s); n > max {
		f.Fail(name, "Please shorten this to at most "+strconv.Itoa(max)+" characters; it has "+strconv.Itoa(n)+".")
		return ""
	}
	return s
}

// Required fails when the field is empty.
func (f *Form) Required(name, sentence string) {
	if strings.TrimSpace(f.values.Get(name)) == "" {
		f.Fail(name, sentence)
	}
}

// Choice reads one of the given values; an empty field is the first of them.
func (f *Form) Choice(name string, of ...string) string {
	v := f.values.Get(name)
	if v == "" {
		return of[0]
	}
	if !slices.Contains(of, v) {
		f.Fail(name, "Please choose one of the options.")
		return of[0]
	}
	return v
}

// Int reads a whole number between lo and hi.
func (f *Form) Int(name string, lo, hi int) int {
	n, err := strconv.Atoi(strings.TrimSpace(f.values.Get(name)))
	if err != nil || n < lo || n > hi {
		f.Fail(name, "Please give a whole number from "+strconv.Itoa(lo)+" to "+strconv.Itoa(hi)+".")
		return lo
	}
	return n
}

// Checked tells whether a box was ticked.
func (f *Form) Checked(name string) bool { return f.values.Get(name) != "" }

// Fail adds what is to be changed in a field.
func (f *Form) Fail(name, sentence string) {
	if f.fault == nil {
		f.fault = fault.Field(name, sentence)
		return
	}
	f.fault.AddField(name, sentence)
}

// Err is nil, or everything that is to be changed.
func (f *Form) Err() error {
	if f.fault == nil {
		return nil
	}
	return f.fault
}
