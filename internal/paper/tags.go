package paper

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// tagged gives set pages their structure: which piece of which page is what.
func tagged(raw []byte, d Document, parts []*part, marks []int) ([]byte, error) {
	f, err := read(raw)
	if err != nil {
		return nil, fmt.Errorf("paper: the pages could not be read: %w", err)
	}
	t := &tagger{file: f, parents: make([][]int, len(marks))}
	for page, n := range marks {
		t.parents[page] = make([]int, n)
	}
	if err := t.number(); err != nil {
		return nil, fmt.Errorf("paper: the pages could not be tagged: %w", err)
	}
	f.objects[f.root] = t.catalog(d, t.structure(parts))
	return f.bytes(), nil
}

type tagger struct {
	*file
	parents [][]int // by page: the element of each piece
	pages   []int   // by page: its object
}

var (
	kids = regexp.MustCompile(`(?s)/Type /Pages\n/Kids \[(.*?)\]`)
	kid  = regexp.MustCompile(`(\d+) 0 R`)
)

// leaves is the object of the library under which all pages lie.
const leaves = 1

// number numbers the pages for the tree of parents.
func (t *tagger) number() error {
	list := kids.FindSubmatch(t.objects[leaves])
	if list == nil {
		return fmt.Errorf("there is no list of pages")
	}
	for n, m := range kid.FindAllSubmatch(list[1], -1) {
		page, err := strconv.Atoi(string(m[1]))
		if err != nil || page >= len(t.objects) {
			return fmt.Errorf("page %d is no object", n+1)
		}
		rest, is := bytes.CutPrefix(t.objects[page], []byte("<</Type /Page\n"))
		if !is {
			return fmt.Errorf("object %d is no page", page)
		}
		t.objects[page] = fmt.Appendf(nil, "<</Type /Page\n/StructParents %d\n/Tabs /S\n%s", n, rest)
		t.pages = append(t.pages, page)
	}
	if len(t.pages) != len(t.parents) {
		return fmt.Errorf("%d pages were set and %d found", len(t.parents), len(t.pages))
	}
	return nil
}

// structure writes the tree of what is what, and gives its root.
func (t *tagger) structure(parts []*part) int {
	root, whole := t.add(nil), t.add(nil)
	kids := t.elements(parts, whole)
	t.objects[whole] = fmt.Appendf(nil, "<</Type /StructElem /S /Document /P %d 0 R /K [%s]>>", root, kids)
	var nums []byte
	for page, elements := range t.parents {
		nums = fmt.Appendf(nums, "%d %d 0 R ", page, t.add(refs(elements)))
	}
	tree := t.add(fmt.Appendf(nil, "<</Nums [%s]>>", nums))
	t.objects[root] = fmt.Appendf(nil, "<</Type /StructTreeRoot /K [%d 0 R] /ParentTree %d 0 R /ParentTreeNextKey %d>>", whole, tree, len(t.parents))
	return root
}

// elements writes parts and what they are made of; one that stands nowhere is
// left out.
func (t *tagger) elements(parts []*part, parent int) (out []byte) {
	for _, p := range parts {
		if len(p.pieces) == 0 && len(p.parts) == 0 {
			continue
		}
		e := t.add(nil)
		d := fmt.Appendf(nil, "<</Type /StructElem /S /%s /P %d 0 R", p.kind, parent)
		if p.alt != "" {
			d = fmt.Appendf(d, " /Alt %s", text(p.alt))
		}
		if p.scope != "" {
			d = fmt.Appendf(d, " /A <</O /Table /Scope /%s>>", p.scope)
		}
		d = append(d, " /K ["...)
		for _, x := range p.pieces {
			d = fmt.Appendf(d, "<</Type /MCR /Pg %d 0 R /MCID %d>> ", t.pages[x.page], x.mcid)
			t.parents[x.page][x.mcid] = e
		}
		t.objects[e] = fmt.Appendf(d, "%s]>>", t.elements(p.parts, e))
		out = fmt.Appendf(out, "%d 0 R ", e)
	}
	return out
}

func refs(objects []int) []byte {
	b := []byte("[")
	for _, o := range objects {
		b = fmt.Appendf(b, "%d 0 R ", o)
	}
	return append(b, ']')
}

// catalog says what the document is, and what lets it be read in a later time:
// its metadata, and what its colours mean.
func (t *tagger) catalog(d Document, structure int) []byte {
	said := t.stream("/Type /Metadata /Subtype /XML", metadata(d))
	profile := t.stream("/N 3", srgb)
	return fmt.Appendf(nil, `<</Type /Catalog /Pages %d 0 R /Lang %s /StructTreeRoot %d 0 R /MarkInfo <</Marked true>> /ViewerPreferences <</DisplayDocTitle true>>
/Metadata %d 0 R /OutputIntents [<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1) /DestOutputProfile %d 0 R>>]>>`,
		leaves, text(d.Lang), structure, said, profile)
}
