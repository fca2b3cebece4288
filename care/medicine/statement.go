package medicine

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
)

// statementTitle is a statement's first line.
const statementTitle = "held medicine signature 1"

// What a statement is of.
const (
	actSigned = "signed" // a part of the session
	actAdded  = "added"  // an addendum
)

// Signature is one act of signing: a part of the session, or an addendum. They
// make a chain for each session, and none is ever changed.
type Signature struct {
	ID        db.ID // the beginning of its hash, so that its line on the trail names what it says
	Session   db.ID
	N         int64
	Hash      []byte
	Sign      []byte // the practice's signature over the statement
	Statement string
	Key       []byte

	Act     string
	Part    Part
	By      db.ID
	Name    string // as printed
	At      time.Time
	Proved  time.Time // when they had shown who they are, with a passkey or a code
	Digest  string    // of the paper, or of an addendum's words with their salt
	Meaning string
	Waits   string // why it was signed though a device had not sent everything
	Entry   string // of an addendum: the entry on the timeline
	Words   string // of an addendum
	Salt    string
	Stale   bool // it is of a paper that is no longer the session's
}

// oneLine keeps a value within its line of the statement.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// state writes the statement.
func (g Signature) state(practice, client db.ID, before []byte, way string) string {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%s %s\n", name, oneLine(value)) }
	b.WriteString(statementTitle + "\n")
	line("practice", practice.String())
	line("session", g.Session.String())
	line("client", client.String())
	line("place", strconv.FormatInt(g.N, 10))
	line("before", hex.EncodeToString(before))
	line("act", g.Act)
	line("part", string(g.Part))
	line("by", g.By.String())
	line("name", g.Name)
	line("at", g.At.UTC().Format(time.RFC3339Nano))
	line("proved", g.Proved.UTC().Format(time.RFC3339Nano))
	line("way", way)
	line("digest", g.Digest)
	line("meaning", g.Meaning)
	line("waiting", g.Waits)
	line("entry", g.Entry)
	return b.String()
}

// field reads one line of a statement.
func lineOf(statement, name string) string {
	for line := range strings.Lines(statement) {
		if v, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), name+" "); ok {
			return v
		}
	}
	return ""
}

// read fills a signature from its statement, which alone is signed.
func (g *Signature) read() {
	of := func(name string) string { return lineOf(g.Statement, name) }
	id := func(name string) (out db.ID) { out, _ = db.ParseID(of(name)); return out } // what is no id is nobody's
	at := func(name string) (t time.Time) { t, _ = time.Parse(time.RFC3339Nano, of(name)); return t }
	sum := sha256.Sum256([]byte(g.Statement))
	g.Hash = sum[:]
	copy(g.ID[:], g.Hash)
	g.Session, g.By = id("session"), id("by")
	g.N, _ = strconv.ParseInt(of("place"), 10, 64)
	g.Act, g.Part, g.Name, g.Digest, g.Meaning, g.Waits, g.Entry = of("act"), Part(of("part")), of("name"), of("digest"), of("meaning"), of("waiting"), of("entry")
	g.At, g.Proved = at("at"), at("proved")
}

// alone holds a signature against nothing but itself; "" when it holds.
func (g Signature) alone() string {
	switch {
	case !strings.HasPrefix(g.Statement, statementTitle+"\n"):
		return "its statement is of another form"
	case len(g.Key) != ed25519.PublicKeySize || !ed25519.Verify(g.Key, []byte(g.Statement), g.Sign):
		return "its signature does not hold"
	case g.Act == actAdded && Sum(g.Salt+"\n"+g.Words) != g.Digest:
		return "what was added was altered"
	case g.Act != actAdded && g.Act != actSigned:
		return "it is of an act that nobody knows"
	}
	return ""
}

// signed are the parts that are signed under a digest, the latest of each.
func signed(all []Signature, digest string) map[Part]Signature {
	out := map[Part]Signature{}
	for _, g := range all {
		if g.Act == actSigned && g.Digest == digest {
			out[g.Part] = g
		}
	}
	return out
}

// allSigned tells whether every part that is asked is signed under the digest.
func allSigned(p Paper, all []Signature, digest string) bool {
	have := signed(all, digest)
	return !slices.ContainsFunc(p.Asked(), func(part Part) bool { _, is := have[part]; return !is })
}

// addenda are what was added, in its order.
func addenda(all []Signature) (out []Signature) {
	for _, g := range all {
		if g.Act == actAdded {
			out = append(out, g)
		}
	}
	return out
}
