package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// tree renders one page of the gallery and indexes what the rules below ask about.
type tree struct {
	t     *testing.T
	all   []*html.Node
	byID  map[string]*html.Node
	label map[string]bool // ids that a <label for> names
}

func TestEveryPageIsWellMade(t *testing.T) {
	for _, path := range paths() {
		t.Run(path, func(t *testing.T) {
			d := render(t, path)
			d.oneHeading()
			d.noInline()
			d.controlsAreNamed()
			d.referencesLead()
			d.partsAreNamed()
			d.crisisSupportIsThere()
		})
	}
}

func render(t *testing.T, path string) *tree {
	t.Helper()
	var out bytes.Buffer
	if err := pages()[path].Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	d := &tree{t: t, byID: map[string]*html.Node{}, label: map[string]bool{}}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		d.all = append(d.all, n)
		if id := attr(n, "id"); id != "" {
			if d.byID[id] != nil {
				t.Errorf("two elements have the id %q", id)
			}
			d.byID[id] = n
		}
		if n.Data == "label" {
			d.label[attr(n, "for")] = true
		}
	}
	return d
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// oneHeading: a page has one h1, and no level is left out on the way down.
func (d *tree) oneHeading() {
	first, level := 0, 0
	for _, n := range d.all {
		if len(n.Data) != 2 || n.Data[0] != 'h' || n.Data[1] < '1' || n.Data[1] > '6' {
			continue
		}
		now := int(n.Data[1] - '0')
		if now == 1 {
			first++
		}
		if now > level+1 {
			d.t.Errorf("%q is an h%d under an h%d", text(n), now, level)
		}
		level = now
	}
	if first != 1 {
		d.t.Errorf("the page has %d h1", first)
	}
}

// noInline: the content policy forbids styles and scripts inside a page.
func (d *tree) noInline() {
	for _, n := range d.all {
		if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" {
			d.t.Errorf("<%s> inside the page", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				d.t.Errorf("<%s> has %s=", n.Data, a.Key)
			}
		}
	}
}

func (d *tree) controlsAreNamed() {
	for _, n := range d.all {
		switch n.Data {
		case "input", "select", "textarea":
			if attr(n, "type") != "hidden" && !d.label[attr(n, "id")] && attr(n, "aria-label") == "" {
				d.t.Errorf("<%s name=%q> has no label", n.Data, attr(n, "name"))
			}
		case "button":
			if attr(n, "type") == "" || text(n) == "" {
				d.t.Errorf("button %q has no type or no words", text(n))
			}
		case "a":
			if text(n) == "" {
				d.t.Errorf("link to %q has no words", attr(n, "href"))
			}
		}
	}
}

// referencesLead: whatever names an id on the page finds it there.
func (d *tree) referencesLead() {
	for _, n := range d.all {
		ids := strings.Fields(attr(n, "aria-describedby") + " " + attr(n, "aria-labelledby") + " " + attr(n, "for"))
		if inside, ok := strings.CutPrefix(attr(n, "href"), "#"); ok {
			ids = append(ids, inside)
		}
		for _, id := range ids {
			if d.byID[id] == nil {
				d.t.Errorf("<%s> leads to %q, which is not there", n.Data, id)
			}
		}
	}
}

func (d *tree) partsAreNamed() {
	for _, n := range d.all {
		switch {
		case n.Data == "nav" || attr(n, "role") == "region":
			if attr(n, "aria-label") == "" {
				d.t.Errorf("a <%s> has no name", n.Data)
			}
		case n.Data == "img" && attr(n, "alt") == "":
			d.t.Errorf("picture %q says nothing", attr(n, "src"))
		case n.Data == "th" && attr(n, "scope") == "":
			d.t.Errorf("table heading %q has no scope", text(n))
		case n.Data == "fieldset" && (n.FirstChild == nil || n.FirstChild.Data != "legend"):
			d.t.Error("a fieldset does not begin with its legend")
		}
	}
}

// crisisSupportIsThere: the same link, in the header and in the foot of every page.
func (d *tree) crisisSupportIsThere() {
	header, foot := 0, 0
	for _, n := range d.all {
		if n.Data != "a" || text(n) != "Crisis support" || attr(n, "href") != "/support" {
			continue
		}
		for p := n.Parent; p != nil; p = p.Parent {
			switch p.Data {
			case "header":
				header++
			case "footer":
				foot++
			}
		}
	}
	if header != 1 || foot != 1 {
		d.t.Errorf("crisis support stands %d times in the header and %d times in the foot", header, foot)
	}
}
