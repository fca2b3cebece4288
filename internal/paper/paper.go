// Package paper sets text, tables and drawings as a tagged PDF that keeps: its fonts and its
// colours are inside, and every part says what it is and in which language. It
// is a copy for reading and keeping; what it is a copy of is proved elsewhere.
package paper

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"strings"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// srgb is the colour profile of the International Color Consortium, which may
// be embedded without restriction.
//
//go:embed sRGB2014.icc
var srgb []byte

// Kind is what a part of a document is, by the names of PDF's structure.
type Kind string

// The kinds.
const (
	Title   Kind = "H1"
	Heading Kind = "H2"
	Under   Kind = "H3"
	Para    Kind = "P"
	Quote   Kind = "BlockQuote"
	Table   Kind = "Table"
	Drawing Kind = "Figure"
)

// Block is one part of a document.
type Block struct {
	Kind Kind
	Text string
	Mark string // what stands before it in the margin: "•", "1."
	Keep bool   // it stands on the page on which the next block begins

	Rows   [][]string // of a Table: the first row names the columns, the first cell of each other row names it
	Shares []float64  // of a Table: how wide the columns are, one beside the other; nil: all alike
	Figure *Figure    // of a Drawing; Text is what it is called for those who do not see it
}

// Document is what is set.
type Document struct {
	Title, Author string
	Lang          string // BCP 47
	Made          time.Time
	Foot          string // at the end of every page, before its number
	Counted       bool   // the number of a page is said with how many there are
	Blocks        []Block

	pages int // how many there are, once they were counted
}

// The measures of a page, in millimetres: A4.
const (
	width, height      = 210.0, 297.0
	left, right        = 25.0, 25.0
	top, bottom        = 22.0, 24.0
	indent             = 7.0
	millimetresInPoint = 0.3527778
)

type style struct {
	size, before float64
	bold         bool
}

var styles = map[Kind]style{
	Table: {8.5, 2, false}, Drawing: {8, 2, false},

	Title: {18, 0, true}, Heading: {13, 4, true}, Under: {11.5, 2.5, true}, Para: {10.5, 1.8, false}, Quote: {10.5, 1.8, false},
}

// piece is the part of a block that stands on one page.
type piece struct{ page, mcid int }

// part is one element of the document's structure: what it is, what it is made
// of, and where it stands.
type part struct {
	kind, alt string
	scope     string // of a table's heading: Column or Row
	pieces    []piece
	parts     []*part
}

type setter struct {
	*fpdf.Fpdf
	doc   Document
	parts []*part // by block
	marks []int   // by page, from 0: how many pieces there are
	y     float64
}

// Write sets a document.
func Write(d Document) ([]byte, error) {
	if d.Counted {
		d.pages = len(set(d).marks)
	}
	s := set(d)
	var raw bytes.Buffer
	if err := s.Output(&raw); err != nil {
		return nil, fmt.Errorf("paper: the pages could not be set: %w", err)
	}
	return tagged(raw.Bytes(), d, s.parts, s.marks)
}

// set sets the pages, without their structure.
func set(d Document) *setter {
	s := &setter{Fpdf: fpdf.New("P", "mm", "A4", ""), doc: d}
	s.SetMargins(left, top, right)
	s.SetAutoPageBreak(false, bottom)
	s.SetCompression(true)
	s.SetCatalogSort(true)
	s.SetCreationDate(d.Made.UTC())
	s.SetModificationDate(d.Made.UTC())
	s.SetLang(d.Lang)
	s.SetTitle(d.Title, true)
	s.SetAuthor(d.Author, true)
	s.AddUTF8FontFromBytes("held", "", goregular.TTF)
	s.AddUTF8FontFromBytes("held", "B", gobold.TTF)
	s.page()
	for i, b := range d.Blocks {
		if b.Keep && s.y > top && s.y+s.reach(d.Blocks[i:]) > height-bottom {
			s.page()
		}
		p := &part{kind: string(b.Kind)}
		s.parts = append(s.parts, p)
		switch b.Kind {
		case Table:
			s.table(p, b)
		case Drawing:
			s.drawing(p, b)
		default:
			s.block(p, b)
		}
	}
	s.foot()
	return s
}

// reach is how much room a block needs with those that it is kept with: whole
// drawings, and the beginning of everything else.
func (s *setter) reach(blocks []Block) (need float64) {
	for _, b := range blocks {
		st := styles[b.Kind]
		lead := st.size * millimetresInPoint * 1.42
		switch {
		case b.Kind == Drawing && b.Figure != nil && b.Figure.Wide > 0:
			need += st.before + b.Figure.High*b.Figure.scale()
		case b.Kind == Table:
			need += 4 * lead
		default:
			s.SetFont("held", map[bool]string{true: "B"}[st.bold], st.size)
			need += st.before + lead*float64(len(s.lines(Shown(b.Text), width-right-left)))
		}
		if !b.Keep {
			return need
		}
	}
	return need
}

func (s *setter) page() {
	if len(s.marks) > 0 {
		s.foot()
	}
	s.AddPage()
	s.marks = append(s.marks, 0)
	s.y = top
}

// foot is no part of the text, and says so.
func (s *setter) foot() {
	s.SetFont("held", "", 8)
	s.RawWriteStr("/Artifact <</Type /Pagination /Subtype /Footer>> BDC\n")
	s.Text(left, height-bottom/2, strings.TrimSpace(fmt.Sprintf("%s  %d", Shown(s.doc.Foot), len(s.marks))+s.of()))
	s.RawWriteStr("EMC\n")
}

// of says how many pages there are, where they were counted.
func (s *setter) of() string {
	if s.doc.pages == 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", s.doc.pages)
}

// block sets one block, and begins another page where one is full.
func (s *setter) block(p *part, b Block) {
	st := styles[b.Kind]
	face := ""
	if st.bold {
		face = "B"
	}
	at := left
	if b.Mark != "" || b.Kind == Quote {
		at += indent
	}
	lead := st.size * millimetresInPoint * 1.42
	if s.y > top {
		s.y += st.before
	}
	s.SetFont("held", face, st.size)
	lines := s.lines(Shown(b.Text), width-right-at)
	need := lead
	if st.bold { // a heading does not stand alone at the end of a page
		need = lead*float64(len(lines)) + 12
	}
	open := false
	for n, line := range lines {
		if s.y+need > height-bottom {
			if open {
				s.RawWriteStr("EMC\n")
			}
			open = false
			s.page()
			s.SetFont("held", face, st.size)
		}
		need = lead
		if !open {
			s.open(p)
			open = true
		}
		s.y += lead
		if n == 0 && b.Mark != "" {
			s.Text(left, s.y, b.Mark+" ")
		}
		s.Text(at, s.y, line)
	}
	if open {
		s.RawWriteStr("EMC\n")
	}
}

// open begins a piece of a part on this page; EMC ends it.
func (s *setter) open(p *part) {
	page := len(s.marks) - 1
	s.RawWriteStr(fmt.Sprintf("/%s <</MCID %d>> BDC\n", p.kind, s.marks[page]))
	p.pieces = append(p.pieces, piece{page, s.marks[page]})
	s.marks[page]++
}

func (s *setter) shut() { s.RawWriteStr("EMC\n") }

// lines breaks a text where it fits, and where it breaks itself.
func (s *setter) lines(text string, w float64) (out []string) {
	for _, part := range strings.Split(text, "\n") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		for _, line := range s.SplitText(part, w) {
			out = append(out, strings.TrimRight(line, " ")+" ") // words of two lines are two words to a reader
		}
	}
	return out
}

var faces = sync.OnceValue(func() [2]*sfnt.Font {
	var out [2]*sfnt.Font
	for i, ttf := range [][]byte{goregular.TTF, gobold.TTF} {
		f, err := sfnt.Parse(ttf)
		if err != nil {
			panic(err) // they are part of the program
		}
		out[i] = f
	}
	return out
})

// instead stands for a character that the typeface does not have.
const instead = '?'

// Shown is a text as the typeface can set it.
func Shown(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < ' ', r == 0x7f:
			return -1
		case lacks(r):
			return instead
		}
		return r
	}, text)
}

// Lacking counts the characters of a text that the typeface does not have: a
// copy with some of them says so.
func Lacking(text string) (n int) {
	for _, r := range text {
		if r > ' ' && lacks(r) {
			n++
		}
	}
	return n
}

// known remembers what the faces said of a character: a text asks for the same
// few again and again.
var known sync.Map // rune → bool

func lacks(r rune) bool {
	if r > 0xffff { // the fonts' program counts no further
		return true
	}
	if is, ok := known.Load(r); ok {
		return is.(bool)
	}
	is := missing(r)
	known.Store(r, is)
	return is
}

func missing(r rune) bool {
	var b sfnt.Buffer
	for _, f := range faces() {
		if g, err := f.GlyphIndex(&b, r); err != nil || g == 0 {
			return true
		}
	}
	return false
}

// metadata says what the document is, in the form that archives read.
func metadata(d Document) []byte {
	at := d.Made.UTC().Format("2006-01-02T15:04:05Z")
	esc := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(s)) // into memory
		return b.String()
	}
	return []byte(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + esc(d.Title) + `</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>` + esc(d.Author) + `</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>` + esc(d.Lang) + `</rdf:li></rdf:Bag></dc:language>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreateDate>` + at + `</xmp:CreateDate><xmp:ModifyDate>` + at + `</xmp:ModifyDate><xmp:CreatorTool>Held</xmp:CreatorTool></rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>`)
}
