package medicine

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"held/internal/db"
	"held/rules/timeline"
)

// Record is a session with everything that belongs to it: what is signed, the
// person's own words where they kept them, who signed, and what was added.
type Record struct {
	Session db.ID
	Client  db.ID
	Paper   Paper
	Text    string // the paper's canonical text
	Digest  string
	Lines   []timeline.Line
	Words   map[string]SaidWords
	All     []Signature
	Sealed  time.Time
	Loose   []timeline.Line // addenda that reached the timeline and that nobody signed
}

// recordOf puts one together from a paper as it is kept: everything that is shown
// is what is signed.
func recordOf(text string, words map[string]SaidWords, all []Signature) (*Record, error) {
	p, err := readPaper(text)
	if err != nil {
		return nil, err
	}
	r := &Record{Paper: p, Text: text, Digest: Sum(text), Words: words, All: all}
	r.Lines = timeline.Merge(p.Entries).Entries
	for i := range r.All {
		g := &r.All[i]
		g.Stale = g.Act == actSigned && g.Digest != r.Digest
	}
	return r, nil
}

// PartState is how one part stands.
type PartState struct {
	Part   Part
	About  string
	People []paperPerson // who took part in the role
	Asked  bool          // false: nobody took part, and the prescriber answers for it
	By     *Signature    // nil: not signed, or not as it stands now
	Stale  bool          // it was signed, and something came after
}

// PartStates are how all parts stand.
func (r *Record) PartStates() (out []PartState) {
	have := signed(r.All, r.Digest)
	asked := map[Part]bool{}
	for _, part := range r.Paper.Asked() {
		asked[part] = true
	}
	for _, part := range Parts {
		s := PartState{Part: part, About: about[part], People: r.Paper.tookPart(part), Asked: asked[part]}
		if g, is := have[part]; is {
			s.By = &g
		} else {
			for _, g := range r.All {
				s.Stale = s.Stale || g.Part == part && g.Stale
			}
		}
		out = append(out, s)
	}
	return out
}

// Whole tells whether every part that is asked is signed as it stands.
func (r *Record) Whole() bool { return allSigned(r.Paper, r.All, r.Digest) }

// Addenda are what was added and signed.
func (r *Record) Addenda() []Signature { return addenda(r.All) }

// Of are the lines of some kinds, in their order.
func (r *Record) Of(kinds ...timeline.Kind) (out []timeline.Line) {
	for _, l := range r.Lines {
		for _, k := range kinds {
			if l.Kind == k {
				out = append(out, l)
			}
		}
	}
	return out
}

// Says is what a line says.
func (r *Record) Says(l timeline.Line) string { return says(l, r.Words) }

// File is the record as it is taken along.
func (r *Record) File(schema string) ([]byte, error) {
	f := File{
		Schema: schema, Format: fileFormat, Paper: json.RawMessage(r.Text), SHA256: r.Digest, Words: map[string]FileSaid{}, Signatures: []FileSignature{}, Wordings: map[string]string{},
	}
	for id, w := range r.Words {
		if !w.Gone {
			f.Words[id] = FileSaid{w.Words, w.Salt}
		}
	}
	for _, g := range r.All {
		f.Signatures = append(f.Signatures, FileSignature{
			Statement: g.Statement, Key: base64.StdEncoding.EncodeToString(g.Key), Signature: base64.StdEncoding.EncodeToString(g.Sign), Words: g.Words, Salt: g.Salt,
		})
	}
	for _, l := range r.Lines {
		if l.Kind != timeline.Said { // the person's words stand in one place
			f.Wordings[l.ID] = r.Says(l)
		}
	}
	return json.MarshalIndent(f, "", "  ")
}
