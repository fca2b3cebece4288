package paper

import (
	"bytes"
	"fmt"

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
func tagged(raw []byte, d Document, pieces [][]piece, marks []int) ([]byte, error) {
	ctx, err := api.ReadContext(bytes.NewReader(raw), config())
	if err == nil {
		err = ctx.EnsurePageCount()
	}
	if err != nil {
		return nil, fmt.Errorf("paper: the pages could not be read: %w", err)
	}
	t := &tagger{ctx: ctx, doc: d, parents: make([]types.Array, len(marks))}
	if err := t.structure(pieces); err != nil {
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
}

func (t *tagger) add(o types.Object) (types.IndirectRef, error) {
	ref, err := t.ctx.IndRefForNewObject(o)
	if err != nil {
		return types.IndirectRef{}, err
	}
	return *ref, nil
}

func (t *tagger) structure(pieces [][]piece) error {
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
	pages, err := t.pages()
	if err != nil {
		return err
	}
	var kids types.Array
	for i, all := range pieces {
		if len(all) == 0 {
			continue
		}
		ref, err := t.element(t.doc.Blocks[i], wholeRef, all, pages)
		if err != nil {
			return err
		}
		kids = append(kids, ref)
	}
	whole["K"], root["K"] = kids, wholeRef
	return t.finish(root, rootRef)
}

// pages numbers the pages for the tree of parents.
func (t *tagger) pages() (out []types.IndirectRef, err error) {
	for n := range t.parents {
		page, ref, _, err := t.ctx.PageDict(n+1, false)
		if err != nil {
			return nil, err
		}
		page["StructParents"], page["Tabs"] = types.Integer(n), types.Name("S")
		out = append(out, *ref)
	}
	return out, nil
}

func (t *tagger) element(b Block, parent types.IndirectRef, all []piece, pages []types.IndirectRef) (types.IndirectRef, error) {
	var kids types.Array
	for _, p := range all {
		kids = append(kids, types.Dict{"Type": types.Name("MCR"), "Pg": pages[p.page], "MCID": types.Integer(p.mcid)})
	}
	ref, err := t.add(types.Dict{"Type": types.Name("StructElem"), "S": types.Name(string(b.Kind)), "P": parent, "K": kids})
	for _, p := range all {
		t.parents[p.page] = append(t.parents[p.page], ref) // pieces come in the order of their numbers
	}
	return ref, err
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
