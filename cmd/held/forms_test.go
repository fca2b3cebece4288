package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// elements finds the elements of a page with one of the names, in order.
func elements(t testing.TB, page string, names ...string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return descend(root, names...)
}

func descend(root *html.Node, names ...string) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(names, n.Data) {
			out = append(out, n)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// typed is what a browser would send of a form that nobody has touched.
func typed(form *html.Node) url.Values {
	v := url.Values{}
	for _, n := range descend(form, "input", "textarea", "select") {
		name := attr(n, "name")
		if name == "" || has(n, "disabled") {
			continue
		}
		switch {
		case n.Data == "textarea":
			v.Add(name, strings.TrimPrefix(text(n), "\n"))
		case n.Data == "select":
			options := descend(n, "option")
			chosen := slices.IndexFunc(options, func(o *html.Node) bool { return has(o, "selected") })
			if len(options) > 0 {
				v.Add(name, attr(options[max(chosen, 0)], "value"))
			}
		case attr(n, "type") == "radio", attr(n, "type") == "checkbox":
			if has(n, "checked") {
				v.Add(name, attr(n, "value"))
			}
		case attr(n, "type") != "submit":
			v.Add(name, attr(n, "value"))
		}
	}
	return v
}

// fill opens a page, fills in its form that goes to action, and sends it.
func (b *browser) fill(path, action string, pairs ...string) answer {
	b.t.Helper()
	return b.fillIn(b.page(path), action, pairs...)
}

// fillIn is fill on a page that is open.
func (b *browser) fillIn(page, action string, pairs ...string) answer {
	b.t.Helper()
	for _, f := range elements(b.t, page, "form") {
		if attr(f, "action") != action || attr(f, "method") != "post" {
			continue
		}
		v := typed(f)
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return b.must(b.send(b.t.Context(), "POST", action, v, ""))
	}
	b.t.Fatalf("no form that goes to %s on\n%s", action, words(page))
	return answer{}
}

// filled is fill that must be taken; it tells where it leads.
func (b *browser) filled(path, action string, pairs ...string) string {
	b.t.Helper()
	return b.taken(b.fill(path, action, pairs...), action)
}

func (b *browser) taken(a answer, action string) string {
	b.t.Helper()
	if a.status != http.StatusSeeOther {
		b.t.Fatalf("the form that goes to %s: %d\n%s", action, a.status, words(a.body))
	}
	return a.location()
}

// links are the addresses on this site that a page leads to.
func links(t testing.TB, page string) []string {
	t.Helper()
	var out []string
	for _, a := range elements(t, page, "a") {
		u, err := url.Parse(attr(a, "href"))
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/") {
			continue
		}
		u.Fragment = ""
		if s := u.String(); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
