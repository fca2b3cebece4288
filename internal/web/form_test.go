package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"held/internal/fault"
	"held/internal/web"
)

func form(field string) *web.Form { return web.FormOf(url.Values{"f": {field}}) }

func TestLines(t *testing.T) {
	for typed, want := range map[string]string{"  Wren ": "Wren", "": "", "Żółć 👣": "Żółć 👣", strings.Repeat("é", 20): strings.Repeat("é", 20), "שלום": "שלום"} {
		f := form(typed)
		if got := f.Line("f", 20); got != want || f.Err() != nil {
			t.Errorf("%q was read as %q, %v", typed, got, f.Err())
		}
	}
	for _, typed := range []string{"a\nb", "a\rBcc: x", "a\tb", "a\x7fb", "a\u0085b", "a\u2028b", "\u202egnik", "a\u2066b", strings.Repeat("é", 21)} {
		f := form(typed)
		if got := f.Line("f", 20); got != "" || !fault.Is(f.Err(), fault.Invalid) || fault.Of(f.Err()).Fields["f"] == "" {
			t.Errorf("%q was read as %q, %v", typed, got, f.Err())
		}
		if f.Raw("f") != typed {
			t.Error("what was typed is lost")
		}
	}
}

func TestTexts(t *testing.T) {
	for typed, want := range map[string]string{" a\r\nb\n\tc ": "a\nb\n\tc", "": ""} {
		f := form(typed)
		if got := f.Text("f", 20); got != want || f.Err() != nil {
			t.Errorf("%q was read as %q, %v", typed, got, f.Err())
		}
	}
	for _, typed := range []string{"a\x00b", "a\x1b[31m", strings.Repeat("x", 21)} {
		f := form(typed)
		if got := f.Text("f", 20); got != "" || f.Err() == nil {
			t.Errorf("%q was read as %q", typed, got)
		}
	}
}

func TestChoicesNumbersAndTicks(t *testing.T) {
	f := web.FormOf(url.Values{"kind": {"room"}, "odd": {"moon"}, "n": {" 7 "}, "big": {"1000"}, "word": {"x"}, "tick": {"on"}, "many": {"a", "b"}, "blank": {"  "}})
	if f.Choice("kind", "room", "phone") != "room" || f.Choice("none", "room", "phone") != "room" || f.Int("n", 1, 9) != 7 || !f.Checked("tick") || f.Checked("none") || len(f.All("many")) != 2 || !f.Has("n") || f.Has("none") {
		t.Error("read otherwise than it was sent")
	}
	if f.Err() != nil {
		t.Error(f.Err())
	}
	f.Choice("odd", "room", "phone")
	f.Int("big", 1, 9)
	f.Int("word", 1, 9)
	f.Required("blank", "first")
	f.Fail("blank", "second")
	e := fault.Of(f.Err())
	if len(e.Fields) != 4 || e.Fields["blank"] != "first" {
		t.Errorf("%v", e.Fields)
	}
}

func TestAQueryIsAForm(t *testing.T) {
	f, err := web.ReadForm(httptest.NewRequest("GET", "/x?f=one&f=two", nil))
	if err != nil || f.Line("f", 9) != "one" {
		t.Error(err)
	}
	if _, err := web.ReadForm(httptest.NewRequest("GET", "/x?f=%ff", nil)); !fault.Is(err, fault.BadRequest) {
		t.Error(err)
	}
	// The query of a POST is not the form.
	r := httptest.NewRequest("POST", "/x?f=query", strings.NewReader("g=body"))
	r.Header.Set("Content-Type", formType)
	if f, err = web.ReadForm(r); err != nil || f.Has("f") || f.Raw("g") != "body" {
		t.Errorf("%v, %v", f, err)
	}
}

func FuzzReadForm(f *testing.F) {
	f.Add(formType, "name=Wren&name=x&%e2%82%ac=1")
	f.Add("multipart/form-data; boundary=x", parts("Wren"))
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n\xff\r\n--x--\r\n")
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		got, err := web.ReadForm(r)
		if err != nil {
			if fault.Of(err).Kind == fault.Internal {
				t.Errorf("not foreseen: %v", err)
			}
			return
		}
		if s := got.Line("name", 40); strings.ContainsAny(s, "\r\n\x00") || !utf8.ValidString(s) || utf8.RuneCountInString(s) > 40 {
			t.Errorf("a line of %q", s)
		}
		if s := got.Text("name", 40); strings.ContainsAny(s, "\r\x00") || !utf8.ValidString(s) {
			t.Errorf("a text of %q", s)
		}
	})
}

func TestLocalAddressesOnly(t *testing.T) {
	for _, next := range []string{"/", "/desk", "/book/x?from=2026-03-03&zone=Asia%2FKolkata#free", "/a//b", "/é"} {
		if got := web.Local(next, "/home"); got != next {
			t.Errorf("%q became %q", next, got)
		}
	}
	for _, next := range []string{"", "desk", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "https://evil.example", "javascript:alert(1)", " /desk", "/\x00", "/\x0b/evil", "/%zz", "/" + strings.Repeat("x", 2048), "?x", "@evil.example", ".//evil"} {
		if got := web.Local(next, "/home"); got != "/home" {
			t.Errorf("%q was taken", next)
		}
	}
}

// FuzzLocal asks as a browser would: whatever is let through stays on this host.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/desk", "//evil.example", "/\\evil", "/./\\/evil", "/.//evil", "/..//evil", "/%2f/evil"} {
		f.Add(seed)
	}
	here, _ := url.Parse("https://held.example/sign-in")
	f.Fuzz(func(t *testing.T, next string) {
		to := web.Local(next, "/home")
		w := httptest.NewRecorder()
		if err := web.See(w, httptest.NewRequest("GET", "https://held.example/sign-in", nil), to); err != nil {
			t.Fatal(err)
		}
		sent := w.Header().Get("Location")
		// Browsers drop tabs and line ends and take a backslash for a slash.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(sent)
		u, err := here.Parse(seen)
		if err != nil || u.Host != "held.example" || u.Scheme != "https" || strings.HasPrefix(seen, "//") {
			t.Errorf("%q leads to %q", next, sent)
		}
	})
}
