package invitation

import (
	"bufio"
	"bytes"
	"context"
	stdhtml "html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"held/practice/settings"
)

// Text is Markdown made ready for a page. Lede and Body are HTML that was
// cleaned; the rest is plain.
type Text struct {
	Title       string // the heading that the words began with
	Description string // the beginning, for search engines
	Lede, Body  string
}

// reader reads Markdown without HTML: what looks like HTML is shown as it was typed.
var reader = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100), util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300), util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500), util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700), util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000)),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100), util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300), util.Prioritized(parser.NewEmphasisParser(), 500)),
	parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
)

var writer = renderer.NewRenderer(renderer.WithNodeRenderers(util.Prioritized(html.NewRenderer(), 1000)))

// clean lets through what an article is made of and nothing else: no pictures
// (a picture from elsewhere would tell them who reads), no scripts, no styles.
var clean = cleaner()

func cleaner() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h2", "h3", "h4", "h5", "h6", "em", "strong", "blockquote", "ul", "ol", "li", "hr", "br", "code", "pre")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^\d{1,6}$`)).OnElements("ol")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(lede|actions)$`)).OnElements("p")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^button$`)).OnElements("a")
	p.AllowAttrs("href").OnElements("a")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	return p
}

// read makes Markdown ready. With heading, a first "# …" is the page's own
// heading and its first paragraph the lede; without, all of it is body.
func read(markdown string, heading bool) (Text, error) {
	source := []byte(markdown)
	doc := reader.Parse(text.NewReader(source))
	var t Text
	if h, ok := doc.FirstChild().(*ast.Heading); ok && heading && h.Level == 1 {
		t.Title = plain(h, source)
		doc.RemoveChild(doc, h)
	}
	outline(doc)
	if err := tidy(doc, source); err != nil {
		return t, err
	}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindParagraph && !isAction(n) {
			t.Description = cut(plain(n, source), 155)
			break
		}
	}
	if p := doc.FirstChild(); heading && p != nil && p.Kind() == ast.KindParagraph && !isAction(p) {
		p.SetAttributeString("class", []byte("lede"))
		doc.RemoveChild(doc, p)
		var err error
		if t.Lede, err = written(p, source); err != nil {
			return t, err
		}
	}
	var err error
	t.Body, err = written(doc, source)
	return t, err
}

func written(n ast.Node, source []byte) (string, error) {
	var b bytes.Buffer
	if err := writer.Render(&b, source, n); err != nil {
		return "", err
	}
	return clean.Sanitize(b.String()), nil
}

// outline sets the headings in order below the page's own: whatever the
// writer's first is, it becomes h2, and none is left out on the way down.
func outline(doc ast.Node) {
	var above []int
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok {
			continue
		}
		for len(above) > 0 && above[len(above)-1] >= h.Level {
			above = above[:len(above)-1]
		}
		above = append(above, h.Level)
		h.Level = min(len(above)+1, 6)
	}
}

// tidy puts a picture's words in its place, sets headings inside quotes and
// lists as strong text, and makes a link that stands alone an action.
func tidy(doc ast.Node, source []byte) error {
	var pictures []*ast.Image
	var inner []*ast.Heading
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Image:
			if entering {
				pictures = append(pictures, n)
			}
		case *ast.Heading:
			if entering && n.Parent() != doc {
				inner = append(inner, n)
			}
		case *ast.Paragraph:
			if entering && n.Parent() == doc {
				markAction(n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, p := range pictures {
		p.Parent().ReplaceChild(p.Parent(), p, ast.NewString([]byte(plain(p, source))))
	}
	for _, h := range inner {
		para, strong := ast.NewParagraph(), ast.NewEmphasis(2)
		para.AppendChild(para, strong)
		for c := h.FirstChild(); c != nil; c = h.FirstChild() {
			strong.AppendChild(strong, c)
		}
		h.Parent().ReplaceChild(h.Parent(), h, para)
	}
	return err
}

func markAction(p *ast.Paragraph) {
	l, ok := p.FirstChild().(*ast.Link)
	if !ok || l.NextSibling() != nil || !bytes.HasPrefix(l.Destination, []byte("/")) {
		return
	}
	p.SetAttributeString("class", []byte("actions"))
	l.SetAttributeString("class", []byte("button"))
}

func isAction(n ast.Node) bool { _, is := n.AttributeString("class"); return is }

// plain is what a node says, without its marks.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.WriteString(spoken(n.Segment.Value(source)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// spoken undoes Markdown's escapes and entities by the same rules as the page.
func spoken(source []byte) string {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	html.DefaultWriter.Write(w, source)
	_ = w.Flush() // into memory
	return stdhtml.UnescapeString(b.String())
}

// cut shortens at a word.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	s = string([]rune(s)[:n])
	if i := strings.LastIndexByte(s, ' '); i > n/2 {
		s = s[:i]
	}
	return strings.TrimRight(s, " ,;:.–") + "…"
}

// Text gives a page's words, ready to be shown, with the practice's values in them.
func (s *Service) Text(ctx context.Context, key string) (Text, error) {
	p, err := s.Page(ctx, key)
	if err != nil {
		return Text{}, err
	}
	return s.textOf(ctx, key, p.Markdown())
}

func (s *Service) textOf(ctx context.Context, key, markdown string) (Text, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return Text{}, err
	}
	t, err := read(st.Fill(markdown), true)
	if t.Title == "" {
		w, _ := settings.WordPage(key)
		t.Title = w.Title
	}
	return t, err
}
