package invitation

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// HTML makes Markdown ready for a page by the rules of articles, its headings
// from h2 on.
func HTML(markdown string) (string, error) {
	t, err := read(markdown, false)
	return t.Body, err
}

// Block is a part of a text as it is read: for what is not a page.
type Block struct {
	Level int    // of a heading, from 1; 0: not one
	Item  string // what stands before an item of a list: "•", "2."
	Quote bool
	Text  string
}

// Blocks takes Markdown apart by the same rules as a page shows it.
func Blocks(markdown string) []Block {
	source := []byte(markdown)
	doc := reader.Parse(text.NewReader(source))
	var out []Block
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // it has no way to fail
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			out = append(out, Block{Level: n.Level, Text: plain(n, source)})
		case *ast.Paragraph, *ast.TextBlock:
			out = append(out, Block{Item: bullet(n), Quote: within(n), Text: worded(n, source)})
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				out = append(out, Block{Text: strings.TrimRight(string(line.Value(source)), "\n")})
			}
		default:
			return ast.WalkContinue, nil
		}
		return ast.WalkSkipChildren, nil
	})
	return out
}

// worded is a paragraph with the addresses of its links beside their words.
func worded(n ast.Node, source []byte) string {
	said := plain(n, source)
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			said = strings.Replace(said, plain(l, source), plain(l, source)+" ("+string(l.Destination)+")", 1)
		}
		return ast.WalkContinue, nil
	})
	return said
}

// bullet is what stands before the first paragraph of an item.
func bullet(n ast.Node) string {
	item, ok := n.Parent().(*ast.ListItem)
	if !ok || item.FirstChild() != n {
		return ""
	}
	list := item.Parent().(*ast.List)
	if !list.IsOrdered() {
		return "•"
	}
	at := list.Start
	for before := item.PreviousSibling(); before != nil; before = before.PreviousSibling() {
		at++
	}
	return strconv.Itoa(at) + "."
}

func within(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindBlockquote {
			return true
		}
	}
	return false
}
