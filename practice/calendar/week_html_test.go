package calendar_test

import (
	"iter"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// node is a piece of a page, asked by what it is rather than how it is written.
type node struct{ *html.Node }

func (n *node) walk() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && !yield(&node{d}) {
				return
			}
		}
	}
}

func (n *node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (n *node) set(name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// all finds the elements of a kind; pairs of names and values narrow it down.
func (n *node) all(kind string, pairs ...string) []*node {
	var out []*node
	for d := range n.walk() {
		ok := kind == "" || d.Data == kind
		for i := 0; ok && i+1 < len(pairs); i += 2 {
			if pairs[i] == "class" {
				ok = slices.Contains(strings.Fields(d.attr("class")), pairs[i+1])
			} else {
				ok = d.attr(pairs[i]) == pairs[i+1]
			}
		}
		if ok {
			out = append(out, d)
		}
	}
	return out
}

// text is what can be read, on one line.
func (n *node) text() string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (n *node) has(t *testing.T, words ...string) {
	t.Helper()
	text := n.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("“%s” is not on the page: %s", w, text)
		}
	}
}

func (n *node) lacks(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(n.text(), w) {
			t.Errorf("“%s” is on the page", w)
		}
	}
}

// link finds the address behind some words.
func (n *node) link(t *testing.T, words string) string {
	t.Helper()
	for _, a := range n.all("a") {
		if a.text() == words {
			return a.attr("href")
		}
	}
	t.Fatalf("there is no link “%s”", words)
	return ""
}

// form reads a form as a browser would send it.
func (n *node) form(t *testing.T, action string) url.Values {
	t.Helper()
	forms := n.all("form", "action", action)
	if len(forms) == 0 {
		t.Fatalf("there is no form to %s", action)
	}
	v := url.Values{}
	for d := range forms[0].walk() {
		name := d.attr("name")
		switch {
		case name == "" || d.Data == "button":
		case d.Data == "textarea":
			if d.FirstChild != nil {
				v.Add(name, strings.TrimPrefix(d.FirstChild.Data, "\n"))
			} else {
				v.Add(name, "")
			}
		case d.Data == "select":
			for _, o := range d.all("option") {
				if o.set("selected") {
					v.Set(name, o.attr("value"))
				}
			}
		case d.attr("type") == "radio" || d.attr("type") == "checkbox":
			if d.set("checked") {
				v.Add(name, d.attr("value"))
			}
		default:
			v.Add(name, d.attr("value"))
		}
	}
	return v
}

// option gives what a choice with this label sends.
func (n *node) option(t *testing.T, name, label string) string {
	t.Helper()
	for _, i := range n.all("input", "name", name) {
		for _, l := range n.all("label", "for", i.attr("id")) {
			if l.text() == label {
				return i.attr("value")
			}
		}
	}
	for _, s := range n.all("select", "name", name) {
		for _, o := range s.all("option") {
			if o.text() == label {
				return o.attr("value")
			}
		}
	}
	t.Fatalf("%s cannot be chosen as %s", label, name)
	return ""
}

// problems are the sentences of a refused form, by field id.
func (n *node) problems() string {
	for _, d := range n.all("div", "id", "problems") {
		return d.text()
	}
	return n.text()
}

// wrong is the sentence that stands at a field.
func (n *node) wrong(field string) string {
	for _, d := range n.all("p", "id", "f-"+field+"-error") {
		return d.text()
	}
	return ""
}

// day is one column of a week.
func (n *node) day(t *testing.T, date string) *node {
	t.Helper()
	for _, s := range n.all("section", "aria-labelledby", "day-"+date) {
		return s
	}
	t.Fatalf("there is no %s in this week", date)
	return nil
}
