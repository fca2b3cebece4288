package consent

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
)

// Proof is what a verification found.
type Proof struct {
	Records  int
	Signed   int      // by clients
	Second   int      // second signatures
	Erased   int      // whose words were erased on purpose: their hashes and signatures are there, nothing else to hold them against
	Earlier  int      // signed with an earlier key: the practice has moved since
	Versions int      // published texts whose hash holds
	Broken   []string // what does not hold, one sentence each
	Keys     []string // in a file: the keys that it was signed with
}

func (p *Proof) broken(format string, args ...any) {
	p.Broken = append(p.Broken, fmt.Sprintf(format, args...))
}

// verifiedAtOnce is how many records are read together.
const verifiedAtOnce = 200

// Verify proves every record, or those of one document or person, against
// itself, its chain, its published text and the trail. It shows no words.
func (s *Service) Verify(ctx context.Context, only db.ID) (p Proof, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Ledger}); err != nil {
		return p, err
	}
	v := &verifier{s: s, only: only, p: &p, lines: map[db.ID]string{}}
	if v.texts, err = s.library(ctx, s.DB.Reader()); err != nil {
		return p, err
	}
	v.published()
	if err := v.readTrail(ctx); err != nil {
		return p, err
	}
	if err := v.walk(ctx); err != nil {
		return p, err
	}
	v.missing()
	if !only.IsZero() && p.Records == 0 {
		return p, fmt.Errorf("there is no record, document or person %s with anything signed", only)
	}
	return p, s.Trail.Did(ctx, trail.Entry{Verb: "verified", Kind: "consent"})
}

type verifier struct {
	s     *Service
	only  db.ID
	p     *Proof
	texts []Document
	lines map[db.ID]string // what the trail says was recorded, by the record's id
	gone  map[db.ID]bool   // clients whose records were erased
	whose map[db.ID]db.ID

	client db.ID // whose chain is being walked
	before []byte
	seq    int64
	hashes map[string]*Record // of the same client
}

// published proves that the texts are as they were published.
func (v *verifier) published() {
	for _, d := range v.texts {
		for _, x := range d.Versions {
			sum := sha256.Sum256([]byte(x.Canonical("")))
			if !same(sum[:], x.Hash) {
				v.p.broken("version %d of document %s is not the text that was published", x.N, d.ID)
				continue
			}
			v.p.Versions++
		}
	}
}

// recorded are the acts that stand on the trail with the record's own id.
var recorded = []string{string(Agreed), string(Ended), string(Answered), string(Talked), string(Signed), string(Countersigned), string(Withdrew)}

func (v *verifier) readTrail(ctx context.Context) error {
	const page = 500
	v.gone, v.whose = map[db.ID]bool{}, map[db.ID]db.ID{}
	for _, kind := range []string{"consent", "clinical"} {
		for before := (db.ID{}); ; {
			lines, err := v.s.Trail.All(ctx, trail.Filter{Kind: kind, Until: v.s.Now().AddDate(1, 0, 0)}, before, page)
			if err != nil {
				return err
			}
			for _, l := range lines {
				switch {
				case kind == "clinical" && l.Verb == "erased":
					v.gone[l.Subject] = true
				case kind == "consent" && slices.Contains(recorded, l.Verb):
					v.lines[l.Object], v.whose[l.Object] = l.Verb, l.Subject
				}
			}
			if len(lines) < page {
				break
			}
			before = lines[len(lines)-1].ID
		}
	}
	return nil
}

// walk goes through every chain.
func (v *verifier) walk(ctx context.Context) error {
	practice := access.From(ctx).Practice
	var after recordRow
	for {
		rows, err := db.All(ctx, v.s.DB.Reader(), scanRecord, sqlRecordsAfter, practice, after.Client[:], after.Seq, int64(verifiedAtOnce))
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := v.record(ctx, practice, row); err != nil {
				return err
			}
		}
		if len(rows) < verifiedAtOnce {
			return nil
		}
		after = rows[len(rows)-1]
	}
}

func (v *verifier) wanted(r Record) bool {
	return v.only.IsZero() || r.ID == v.only || r.Client == v.only || r.Document == v.only || r.Party == v.only
}

func (v *verifier) record(ctx context.Context, practice db.ID, row recordRow) error {
	if row.Client != v.client {
		v.client, v.before, v.seq, v.hashes = row.Client, make([]byte, sha256.Size), 0, map[string]*Record{}
	}
	p, keep := v.p, len(v.p.Broken)
	key, err := v.s.opened(ctx, v.s.DB.Reader(), &row)
	name := "record " + row.ID.String()
	switch {
	case err != nil:
		p.broken("%s cannot be opened: it was altered where it lies", name)
	case row.Erased:
		p.Erased++
	default:
		v.proved(practice, row, key, name)
	}
	if row.Seq != v.seq+1 {
		p.broken("%s stands at place %d of its chain, after place %d: one was taken out or put in", name, row.Seq, v.seq)
	}
	var id db.ID
	copy(id[:], row.Hash)
	if id != row.ID {
		p.broken("%s has another id than its hash gives", name)
	}
	if said, there := v.lines[row.ID]; !there {
		p.broken("%s has no line on the trail", name)
	} else if said != string(row.Act) {
		p.broken("%s is said to be %q, and the trail says %q", name, row.Act, said)
	}
	delete(v.lines, row.ID)
	r := row.Record
	v.hashes[hex.EncodeToString(row.Hash)], v.before, v.seq = &r, row.Hash, row.Seq
	if !v.wanted(r) {
		p.Broken = p.Broken[:keep]
		return nil
	}
	v.count(r)
	return nil
}

func (v *verifier) count(r Record) {
	v.p.Records++
	switch r.Act {
	case Signed:
		v.p.Signed++
	case Countersigned:
		v.p.Second++
	}
}

// proved holds one record against its own statement, its signature, its row,
// the record before it and the text that was published.
func (v *verifier) proved(practice db.ID, row recordRow, key ed25519.PublicKey, name string) {
	p := v.p
	sum := sha256.Sum256([]byte(row.Statement))
	if !same(sum[:], row.Hash) {
		p.broken("%s: its statement is not the one that was hashed", name)
	}
	if !same(key, v.s.Trail.PublicKey(practice)) {
		p.Earlier++
	}
	if why := provedAlone(row.Record, key); why != "" {
		p.broken("%s: %s", name, why)
	}
	for field, want := range map[string]string{
		"client": row.Client.String(), "act": string(row.Act), "place": strconv.FormatInt(row.Seq, 10), "before": hex.EncodeToString(v.before),
		"document": orNone(row.Document), "party": orNone(row.Party), "by": row.By.String(), "practice": practice.String(),
	} {
		if row.field(field) != want {
			p.broken("%s: its statement gives another %s than its row", name, field)
		}
	}
	if row.Version > 0 && row.field("version") != strconv.FormatInt(row.Version, 10) {
		p.broken("%s: its statement gives another version than its row", name)
	}
	switch row.Act {
	case Signed:
		v.samePublished(row.Record, name)
	case Countersigned:
		first := v.hashes[row.field("under")]
		if first == nil || first.Act != Signed || first.TextSum() != row.TextSum() {
			p.broken("%s: it is not the second signature under any text that was signed before it", name)
		}
	}
}

func orNone(id db.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func (v *verifier) samePublished(r Record, name string) {
	d, err := find(v.texts, r.Document)
	if err != nil || d.Version(r.Version) == nil {
		v.p.broken("%s: the version that it signs is not here any more", name)
		return
	}
	if Sum(d.Version(r.Version).Canonical(r.Said.Party)) != r.TextSum() {
		v.p.broken("%s: the text that it signs is not the one that was published", name)
	}
}

// provedAlone holds a record against nothing but itself; "" when it holds.
func provedAlone(r Record, key ed25519.PublicKey) string {
	switch {
	case !strings.HasPrefix(r.Statement, recordTitle+"\n"):
		return "its statement is of another form"
	case len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, []byte(r.Statement), r.Signature):
		return "its signature does not hold"
	case r.field("said") != Sum(r.raw):
		return "what it says was altered"
	case r.Said.Text != "" && r.field("text") != Sum(r.Said.Text):
		return "the text that was signed was altered"
	case r.Said.Text == "" && r.field("text") != "":
		return "the text that was signed is missing"
	}
	return ""
}

// missing names what the trail tells of and nobody finds.
func (v *verifier) missing() {
	for id, act := range v.lines {
		client := v.whose[id]
		if v.gone[client] || !v.only.IsZero() && v.only != id && v.only != client {
			continue
		}
		v.p.broken("record %s (%s) stands on the trail and is not here", id, act)
	}
	slices.Sort(v.p.Broken)
}

// VerifyFile proves the records of a file that was taken along, without any
// database. keys are what they may be signed with; none: the file's own, which
// Proof names.
func VerifyFile(b []byte, keys ...ed25519.PublicKey) (p Proof, err error) {
	var f File
	if err := json.Unmarshal(b, &f); err != nil || f.Format != fileFormat {
		return p, errors.New("this is no file of consent records; one begins with its format, “" + fileFormat + "”")
	}
	if len(f.Records) == 0 {
		return p, errors.New("there is no record in this file")
	}
	v := &verifier{p: &p, hashes: map[string]*Record{}}
	for i, x := range f.Records {
		v.fileRecord(fmt.Sprintf("record %d of the file", i+1), x, keys)
	}
	return p, nil
}

func (v *verifier) fileRecord(name string, x FileRecord, keys []ed25519.PublicKey) {
	p := v.p
	r := Record{Statement: x.Statement, raw: x.Said}
	key, err1 := base64.StdEncoding.DecodeString(x.Key)
	signature, err2 := base64.StdEncoding.DecodeString(x.Signature)
	if err := errors.Join(err1, err2, json.Unmarshal([]byte(x.Said), &r.Said)); err != nil {
		p.broken("%s cannot be read", name)
		return
	}
	r.Signature, r.Act = signature, Act(r.field("act"))
	sum := sha256.Sum256([]byte(x.Statement))
	r.Hash = sum[:]
	if why := provedAlone(r, key); why != "" {
		p.broken("%s: %s", name, why)
	}
	if len(keys) > 0 && !slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool { return same(k, key) }) {
		p.broken("%s: it was signed with another key than the practice's", name)
	}
	if !slices.Contains(p.Keys, x.Key) {
		p.Keys = append(p.Keys, x.Key)
	}
	if x.Legal != "" && r.field("legal") != Sum(r.Said.Salt+"\n"+x.Legal) {
		p.broken("%s: the legal name was altered", name)
	}
	v.inOrder(name, r)
	if r.Act == Countersigned {
		first := v.hashes[r.field("under")]
		if first == nil || first.Act != Signed || first.TextSum() != r.TextSum() {
			p.broken("%s: the signature that it stands under is not in the file", name)
		}
	}
	v.hashes[hex.EncodeToString(r.Hash)] = &r
	v.count(r)
}

// inOrder holds that neighbours of one chain are neighbours in the file.
func (v *verifier) inOrder(name string, r Record) {
	at, err := strconv.ParseInt(r.field("place"), 10, 64)
	switch {
	case err != nil || at <= v.seq:
		v.p.broken("%s is not in its place", name)
	case at == v.seq+1 && v.before != nil && r.field("before") != hex.EncodeToString(v.before):
		v.p.broken("%s does not follow the record before it", name)
	}
	v.seq, v.before = at, r.Hash
}
