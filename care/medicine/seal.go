package medicine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"held/practice/access"
	"held/rules/protocol"
	"held/rules/timeline"
)

// paperFormat is the first thing in what is signed.
const paperFormat = "held medicine session 1"

// Paper is what is signed: a whole session as it was kept, with a digest in
// place of each of the person's own words. It is written in one way, and its
// SHA-256 stands under every signature. What is not in it is not signed.
type Paper struct {
	Format   string        `json:"format"`
	Practice paperHouse    `json:"practice"`
	Session  string        `json:"session"`
	Client   string        `json:"client"`
	Called   string        `json:"called"` // their working name
	Planned  paperTimes    `json:"planned"`
	Medicine paperMedicine `json:"medicine"`
	Opened   time.Time     `json:"opened"`
	Ended    time.Time     `json:"ended"`
	Outcome  string        `json:"outcome"`
	Order    *paperOrder   `json:"order"` // nil: none stands here
	Gate     paperGate     `json:"gate"`
	Left     *paperLeft    `json:"left"` // how it ended, as it was signed; nil: nobody signed it
	People   []paperPerson `json:"people"`

	Entries []timeline.Entry `json:"entries"` // in their merged order
	Waiting []timeline.Gap   `json:"waiting"` // what a device counted and did not send
}

type paperHouse struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Zone string `json:"zone"` // of the clock times on paper
}

type paperTimes struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// paperMedicine is what was planned to be given, and by which rules.
type paperMedicine struct {
	Code     string               `json:"code"`
	Name     string               `json:"name"`
	Protocol string               `json:"protocol"` // its version
	Limits   []protocol.Threshold `json:"limits"`   // of the protocol for during a session, as they held for this person
	Baseline *[2]int              `json:"baseline"` // systolic and diastolic of the day, before a dose
}

// paperOrder is the order in plain lines: what they are is its owner's.
type paperOrder struct {
	ID    string      `json:"id"`
	Lines []paperLine `json:"lines"`
}

type paperLine struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// paperGate is with what the room was opened.
type paperGate struct {
	Keys       []paperKey  `json:"keys"`
	Passed     []paperPass `json:"passed"`
	Conditions []paperLine `json:"conditions"` // as they stood when the keys were turned
}

type paperKey struct {
	Role string    `json:"role"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

type paperPass struct {
	Condition string    `json:"condition"`
	Why       string    `json:"why"`
	Name      string    `json:"name"`
	At        time.Time `json:"at"`
}

// paperLeft is how a session ended: what was signed when the person left.
type paperLeft struct {
	Outcome string      `json:"outcome"`
	Name    string      `json:"name"`
	Role    string      `json:"role"`
	At      time.Time   `json:"at"`
	Lines   []paperLine `json:"lines"` // each condition as it stood, and what was written
}

type paperPerson struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

// unsigned are the kinds that are about the signing itself, or come after it.
func unsigned(k timeline.Kind) bool { return k == timeline.Signed || k == timeline.Addendum }

// entriesOf are a timeline's entries as they are signed.
func entriesOf(t timeline.Timeline) []timeline.Entry {
	out := []timeline.Entry{}
	for _, l := range t.Entries {
		if unsigned(l.Kind) {
			continue
		}
		e := l.Entry
		if e.Kind == timeline.Said {
			e.Body = digestOnly(e)
		}
		out = append(out, e)
	}
	return out
}

// digestOnly leaves of somebody's words the digest that covers them.
func digestOnly(e timeline.Entry) json.RawMessage {
	var b timeline.SaidBody
	if !e.Read(&b) {
		return json.RawMessage(`{}`)
	}
	out, err := json.Marshal(timeline.SaidBody{Digest: b.Digest})
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return out
}

// Canonical is the one text of a paper: JSON without spaces, the keys of every
// object in order, numbers as they were written.
func (p Paper) Canonical() (string, error) {
	p.Format = paperFormat
	b, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return canonical(b)
}

func canonical(b []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// readPaper opens the canonical text again.
func readPaper(text string) (p Paper, err error) {
	return p, json.Unmarshal([]byte(text), &p)
}

// Sum is a SHA-256 as it is shown.
func Sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Part is what somebody answers for with their signature: each role has its own,
// over the whole of the same paper.
type Part = access.Role

// Parts are those that are signed, in the order in which a page shows them.
var Parts = []Part{access.Prescriber, access.Guide, access.Attendant}

// about says what a part is.
var about = map[Part]string{
	access.Prescriber: "the order, the doses, what was judged, and the discharge",
	access.Guide:      "what was said, touch, music and events",
	access.Attendant:  "the vitals and the scales",
}

// tookPart are those who entered something or were noted as present, by role.
func (p Paper) tookPart(part Part) (out []paperPerson) {
	for _, x := range p.People {
		if x.Role == string(part) {
			out = append(out, x)
		}
	}
	return out
}

// peopleOf gathers who took part from the entries themselves.
func peopleOf(entries []timeline.Entry) []paperPerson {
	out := []paperPerson{}
	add := func(x paperPerson) {
		if x.ID != "" && x.Role != "" && !slices.ContainsFunc(out, func(o paperPerson) bool { return o.ID == x.ID && o.Role == x.Role }) {
			out = append(out, x)
		}
	}
	for _, e := range entries {
		add(paperPerson{e.By, e.Name, e.Role})
		var b timeline.PresentBody
		if e.Kind == timeline.Present && e.Read(&b) && slices.Contains(Parts, Part(b.Role)) {
			add(paperPerson{b.Person, b.Who, b.Role})
		}
	}
	slices.SortStableFunc(out, func(a, b paperPerson) int {
		return slices.Index(Parts, Part(a.Role)) - slices.Index(Parts, Part(b.Role))
	})
	return out
}

// Asked are the parts that must be signed: the prescriber's always, the others
// where somebody took part in that role.
func (p Paper) Asked() (out []Part) {
	for _, part := range Parts {
		if part == access.Prescriber || len(p.tookPart(part)) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// Orphans are the parts in whose role nobody took part: the prescriber answers
// for them too, and the paper says so.
func (p Paper) Orphans() (out []Part) {
	for _, part := range Parts {
		if !slices.Contains(p.Asked(), part) {
			out = append(out, part)
		}
	}
	return out
}

// meaning is the sentence that is signed.
func (p Paper) meaning(part Part, there bool) string {
	s := "I have read the whole timeline of this session. As " + string(part) + " I answer for " + about[part] + "."
	if part == access.Prescriber {
		for _, o := range p.Orphans() {
			s += " Nobody took part as " + string(o) + ", so I answer for " + about[o] + " too."
		}
	}
	if !there {
		s += " I entered nothing in this session myself."
	}
	return s
}
