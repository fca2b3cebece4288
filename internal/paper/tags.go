package paper

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

func init() {
	api.DisableConfigDir() // it would write into the home folder of whoever runs the program
}

// config is a plain way to read and write, the same wherever the program runs.
func config() *model.Configuration {
	c := model.NewDefaultConfiguration()
	c.Offline = true
	c.WriteObjectStream, c.WriteXRefStream = false, false // older readers open it too
	return c
}

// tagged gives set pages their structure: which piece of which page is what.
func tagged(raw []byte, d Document, parts []*part, marks []int) ([]byte, error) {
	ctx, err := api.ReadContext(bytes.NewReader(raw), config())
	if err == nil {
		err = ctx.EnsurePageCount()
	}
	if err != nil {
		return nil, fmt.Errorf("paper: the pages could not be read: %w", err)
	}
	t := &tagger{ctx: ctx, doc: d, parents: make([]types.Array, len(marks))}
	for page, n := range marks {
		t.parents[page] = make(types.Array, n)
	}
	if err := t.structure(parts); err != nil {
		return nil, fmt.Errorf("paper: the pages could not be tagged: %w", err)
	}
	var out bytes.Buffer
	if err := api.WriteContext(ctx, &out); err != nil {
		return nil, fmt.Errorf("paper: the pages could not be written: %w", err)
	}
	return out.Bytes(), nil
}

type tagger struct {
	ctx     *model.Context
	doc     Document
	parents []types.Array // by page: the element of each piece
	pages   []types.IndirectRef
}

func (t *tagger) add(o types.Object) (types.IndirectRef, error) {
	ref, err := t.ctx.IndRefForNewObject(o)
	if err != nil {
		return types.IndirectRef{}, err
	}
	return *ref, nil
}

func (t *tagger) structure(parts []*part) error {
	root := types.Dict{"Type": types.Name("StructTreeRoot")}
	rootRef, err := t.add(root)
	if err != nil {
		return err
	}
	whole := types.Dict{"Type": types.Name("StructElem"), "S": types.Name("Document"), "P": rootRef}
	wholeRef, err := t.add(whole)
	if err != nil {
		return err
	}
	if err := t.number(); err != nil {
		return err
	}
	kids, err := t.elements(parts, wholeRef)
	if err != nil {
		return err
	}
	whole["K"], root["K"] = kids, wholeRef
	return t.finish(root, rootRef)
}

// number numbers the pages for the tree of parents.
func (t *tagger) number() error {
	for n := range t.parents {
		page, ref, _, err := t.ctx.PageDict(n+1, false)
		if err != nil {
			return err
		}
		page["StructParents"], page["Tabs"] = types.Integer(n), types.Name("S")
		t.pages = append(t.pages, *ref)
	}
	return nil
}

// elements writes parts and what they are made of; one that stands nowhere is
// left out.
func (t *tagger) elements(parts []*part, parent types.IndirectRef) (out types.Array, err error) {
	for _, p := range parts {
		if len(p.pieces) == 0 && len(p.parts) == 0 {
			continue
		}
		d := types.Dict{"Type": types.Name("StructElem"), "S": types.Name(p.kind), "P": parent}
		ref, err := t.add(d)
		if err != nil {
			return nil, err
		}
		if p.alt != "" {
			d["Alt"] = types.HexLiteral(hexText(p.alt))
		}
		if p.scope != "" {
			d["A"] = types.Dict{"O": types.Name("Table"), "Scope": types.Name(p.scope)}
		}
		var kids types.Array
		for _, x := range p.pieces {
			kids = append(kids, types.Dict{"Type": types.Name("MCR"), "Pg": t.pages[x.page], "MCID": types.Integer(x.mcid)})
			t.parents[x.page][x.mcid] = ref
		}
		inner, err := t.elements(p.parts, ref)
		if err != nil {
			return nil, err
		}
		d["K"] = append(kids, inner...)
		out = append(out, ref)
	}
	return out, nil
}

// hexText is a text as PDF keeps one in any script: UTF-16 with its mark.
func hexText(s string) string {
	var b strings.Builder
	b.WriteString("feff")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04x", u)
	}
	return b.String()
}

func (t *tagger) finish(root types.Dict, rootRef types.IndirectRef) error {
	var nums types.Array
	for n, all := range t.parents {
		ref, err := t.add(all)
		if err != nil {
			return err
		}
		nums = append(nums, types.Integer(n), ref)
	}
	tree, err := t.add(types.Dict{"Nums": nums})
	if err != nil {
		return err
	}
	root["ParentTree"], root["ParentTreeNextKey"] = tree, types.Integer(len(t.parents))
	catalog, err := t.ctx.Catalog()
	if err != nil {
		return err
	}
	catalog["StructTreeRoot"] = rootRef
	catalog["MarkInfo"] = types.Dict{"Marked": types.Boolean(true)}
	catalog["ViewerPreferences"] = types.Dict{"DisplayDocTitle": types.Boolean(true)}
	delete(catalog, "Names") // empty, and said all the same
	return t.keeps(catalog)
}

// keeps puts in what lets the document be read in a later time: what it is, and
// what its colours mean. The library that sets the pages could do so as well,
// and would then name the wrong object as the document's information.
func (t *tagger) keeps(catalog types.Dict) error {
	said, err := t.stream(metadata(t.doc), types.Dict{"Type": types.Name("Metadata"), "Subtype": types.Name("XML")})
	if err != nil {
		return err
	}
	profile, err := t.stream(srgb, types.Dict{"N": types.Integer(3)})
	if err != nil {
		return err
	}
	catalog["Metadata"] = said
	catalog["OutputIntents"] = types.Array{types.Dict{
		"Type": types.Name("OutputIntent"), "S": types.Name("GTS_PDFA1"), "OutputConditionIdentifier": types.StringLiteral("sRGB IEC61966-2.1"),
		"Info": types.StringLiteral("sRGB IEC61966-2.1"), "DestOutputProfile": profile,
	}}
	return nil
}

// stream adds bytes as they are.
func (t *tagger) stream(content []byte, d types.Dict) (types.IndirectRef, error) {
	n := int64(len(content))
	d["Length"] = types.Integer(n)
	return t.add(types.StreamDict{Dict: d, Content: content, Raw: content, StreamLength: &n})
}
