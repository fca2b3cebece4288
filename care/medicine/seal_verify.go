package medicine

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"held/rules/timeline"
)

// fileFormat is the name of the form in which a record is taken along.
const fileFormat = "held medicine session record 1"

// File is a record as it is taken along: what proves it is in it.
type File struct {
	Schema     string              `json:"$schema,omitempty"`
	Format     string              `json:"format"`
	Paper      json.RawMessage     `json:"paper"`  // what is signed; its one form is JSON without spaces, keys in order
	SHA256     string              `json:"sha256"` // of that form
	Words      map[string]FileSaid `json:"words"`  // of entries, by id; none for those that the person took away
	Signatures []FileSignature     `json:"signatures"`
	Wordings   map[string]string   `json:"wordings,omitempty"` // what each entry says, in words: for reading, and not signed
}

// FileSaid are somebody's own words; their digest in the paper is of the salt, a
// new line, and the words.
type FileSaid struct {
	Words string `json:"words"`
	Salt  string `json:"salt"`
}

// FileSignature is one signature: its statement is signed by the key. Of an
// addendum, the digest in the statement is of the salt, a new line, and the words.
type FileSignature struct {
	Statement string `json:"statement"`
	Key       string `json:"key"`
	Signature string `json:"signature"`
	Words     string `json:"words,omitempty"`
	Salt      string `json:"salt,omitempty"`
}

// Proof is what a verification found.
type Proof struct {
	Sessions int
	Sealed   int      // of which every part that is asked is signed
	Signed   int      // signatures of parts that stand
	Stale    int      // signatures of an earlier state of the timeline
	Added    int      // addenda
	Entries  int      // on the timeline
	Words    int      // of the person's own words, those that are there and hold
	Gone     int      // those that the person took away
	Erased   int      // sessions whose content was erased on purpose
	Earlier  int      // signed with an earlier key: the practice has moved since
	Broken   []string // what does not hold, one sentence each
	Keys     []string // in a file: the keys that it was signed with
}

func (p *Proof) broken(format string, args ...any) {
	p.Broken = append(p.Broken, fmt.Sprintf(format, args...))
}

// VerifyFile proves a record that was taken along, without any database. keys
// are what it may be signed with; none: the file's own, which Proof names.
func VerifyFile(b []byte, keys ...ed25519.PublicKey) (p Proof, err error) {
	var f File
	if err := json.Unmarshal(b, &f); err != nil || f.Format != fileFormat {
		return p, errors.New("this is no record of a medicine session; one has the format “" + fileFormat + "”")
	}
	text, err := canonical(f.Paper)
	if err != nil {
		return p, errors.New("the paper in this file could not be read")
	}
	paper, err := readPaper(text)
	if err != nil || paper.Format != paperFormat {
		return p, errors.New("the paper in this file is of another form than this program knows")
	}
	if len(f.Signatures) == 0 {
		return p, errors.New("nothing in this file is signed")
	}
	p.Sessions = 1
	words := map[string]SaidWords{}
	for id, w := range f.Words {
		words[id] = SaidWords{Words: w.Words, Salt: w.Salt}
	}
	p.paper("the paper", paper, words)
	if f.SHA256 != Sum(text) {
		p.broken("the paper is not the one whose SHA-256 the file gives")
	}
	p.chain("", f.signatures(&p, keys), paper, Sum(text))
	return p, nil
}

// signatures reads those of a file.
func (f File) signatures(p *Proof, keys []ed25519.PublicKey) (out []Signature) {
	for i, x := range f.Signatures {
		key, err1 := base64.StdEncoding.Strict().DecodeString(x.Key)
		sign, err2 := base64.StdEncoding.Strict().DecodeString(x.Signature)
		if errors.Join(err1, err2) != nil {
			p.broken("signature %d of the file cannot be read", i+1)
			continue
		}
		g := Signature{Statement: x.Statement, Key: key, Sign: sign, Words: x.Words, Salt: x.Salt}
		g.read()
		if len(keys) > 0 && !slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool { return bytes.Equal(k, key) }) {
			p.broken("signature %d was made with another key than the practice's", g.N)
		}
		if !slices.Contains(p.Keys, x.Key) {
			p.Keys = append(p.Keys, x.Key)
		}
		out = append(out, g)
	}
	return out
}

// paper holds what is signed against itself: the order of its entries follows
// from them, and words are those that were digested.
func (p *Proof) paper(name string, paper Paper, words map[string]SaidWords) {
	p.Entries += len(paper.Entries)
	merged := timeline.Merge(paper.Entries)
	if len(merged.Entries) != len(paper.Entries) {
		p.broken("%s has an entry twice", name)
		return
	}
	for i, l := range merged.Entries {
		if l.ID != paper.Entries[i].ID {
			p.broken("%s: entry %d is not in the place that follows from its time", name, i+1)
			break
		}
	}
	for _, e := range paper.Entries {
		var b timeline.SaidBody
		if e.Kind != timeline.Said || !e.Read(&b) {
			continue
		}
		w, there := words[e.ID]
		switch {
		case !there || w.Gone:
			p.Gone++
		case SaidDigest(w.Salt, w.Words) != b.Digest:
			p.broken("%s: the words of entry %s are not those that were digested", name, e.ID)
		default:
			p.Words++
		}
	}
	for id := range words {
		if !slices.ContainsFunc(paper.Entries, func(e timeline.Entry) bool { return e.ID == id && e.Kind == timeline.Said }) {
			p.broken("%s has no entry to which the words of %s belong", name, id)
		}
	}
}

// chain holds a session's signatures against themselves, one another and the
// paper.
func (p *Proof) chain(name string, all []Signature, paper Paper, digest string) {
	var before []byte
	for i, g := range all {
		said := fmt.Sprintf("%ssignature %d", name, g.N)
		if why := g.alone(); why != "" {
			p.broken("%s: %s", said, why)
		}
		if g.N != int64(i+1) || lineOf(g.Statement, "before") != hex.EncodeToString(before) {
			p.broken("%s does not follow the one before it", said)
		}
		if g.Session.String() != paper.Session || lineOf(g.Statement, "client") != paper.Client || lineOf(g.Statement, "practice") != paper.Practice.ID {
			p.broken("%s is of another session", said)
		}
		switch {
		case g.Act == actAdded:
			p.Added++
		case g.Digest == digest:
			p.Signed++
		default:
			p.Stale++
		}
		before = g.Hash
	}
	if allSigned(paper, all, digest) {
		p.Sealed++
	}
}
