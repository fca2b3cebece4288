package notes

import (
	"context"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
)

// Lane is where a note belongs, from its first word on. No operation moves a
// text from one lane into another.
type Lane string

// The lanes. Process notes lie in a store of their own, under their own keys;
// the others are the record.
const (
	LaneProcess  Lane = "process"  // the guide's own: opens to who wrote it, to nobody else
	LaneProgress Lane = "progress" // the guide's part of the record
	LaneChart    Lane = "chart"    // the prescriber's part of the record
	LaneBridge   Lane = "bridge"   // crosses once guide and prescriber have signed the same text
)

// Lanes lists them in the order in which they are shown.
var Lanes = []Lane{LaneProcess, LaneProgress, LaneChart, LaneBridge}

// State is how far a note has come.
type State string

// The states. Only a bridge note is ever proposed: open between two, until both
// have signed the same text.
const (
	Draft    State = "draft"
	Proposed State = "proposed"
	Signed   State = "signed"
)

// MaxNote is how long a note may be, in characters.
const MaxNote = 20_000

// maxUnsigned bounds the drafts of one person in each store.
const maxUnsigned = 200

// Note is one note, or an addendum to one.
type Note struct {
	ID          db.ID
	Of          db.ID // the note to which this is an addendum; zero: none
	Client      db.ID
	Author      db.ID
	Other       db.ID // with whom a bridge note is; zero until they have taken part
	Appointment db.ID // the held time that it is about; zero: none
	Lane        Lane
	Side        access.Role // in which role its author wrote it
	Text        string
	Revision    int64
	State       State
	Made        time.Time
	Changed     time.Time
	Signed      time.Time
	Signatures  []Signature
	Hold        Hold
	Addenda     []Note // that the reader may read
}

// Hold says that the client is not shown a note of the record, and why: the
// zero Hold is none.
type Hold struct {
	Code  string
	Words string
	By    db.ID
	At    time.Time
}

// Is tells whether the note is held back.
func (h Hold) Is() bool { return h.Code != "" }

// class is what the policy calls the lane.
func (l Lane) class() access.Class {
	switch l {
	case LaneProcess:
		return access.Process
	case LaneProgress:
		return access.Progress
	case LaneChart:
		return access.Chart
	case LaneBridge:
		return access.Bridge
	}
	return ""
}

// kind is what the trail calls a note of the lane.
func (l Lane) kind() string {
	if l == LaneChart {
		return "chart note"
	}
	return string(l) + " note"
}

// writers are the roles in which a note of the lane is written.
func (l Lane) writers() []access.Role {
	switch l {
	case LaneProcess, LaneProgress:
		return []access.Role{access.Guide}
	case LaneChart:
		return []access.Role{access.Prescriber}
	case LaneBridge:
		return []access.Role{access.Guide, access.Prescriber}
	}
	return nil
}

// table is where notes of the lane lie.
func (l Lane) table() string {
	if l == LaneProcess {
		return "notes_process"
	}
	return "notes_record"
}

func (l Lane) vault() vault.Class {
	if l == LaneProcess {
		return vault.Process
	}
	return vault.Clinical
}

func (n Note) field(practice db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: n.Client, Class: n.Lane.vault(), Row: n.ID, Column: n.Lane.table() + "." + column}
}

func (n Note) resource() access.Resource {
	return access.Resource{Class: n.Lane.class(), Subject: n.Client}
}

// errNone is said of what is not there and of what is not the reader's: whether
// somebody wrote a note is nothing to learn by trying addresses.
var errNone = fault.New(fault.NotFound, "There is no such note, or it is not yours to read.")

// cares are the roles in which the actor cares for a client.
func cares(ctx context.Context, client db.ID) []access.Role {
	a := access.From(ctx)
	if a.Cares == nil || a.Person == client {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Cares(client).As), func(r access.Role) bool { return !a.Is(r) })
}

// across is the other side of the bridge.
func across(side access.Role) access.Role {
	if side == access.Guide {
		return access.Prescriber
	}
	return access.Guide
}

// invited tells whether a proposal is put to the actor: to everybody who cares
// for the client on the other side, until one of them has taken part.
func (n Note) invited(ctx context.Context) bool {
	a := access.From(ctx)
	if n.Lane != LaneBridge || n.State != Proposed || a.Person == n.Author {
		return false
	}
	if !n.Other.IsZero() && a.Person != n.Other {
		return false
	}
	return slices.Contains(cares(ctx, n.Client), across(n.Side))
}

// mayRead asks the policy, and then the note itself: what is not signed opens
// to its author, and a proposal to whom it is put.
func (n Note) mayRead(ctx context.Context) error {
	if err := access.Check(ctx, access.Read, n.resource()); err != nil {
		return closed(err)
	}
	mine := access.From(ctx).Person == n.Author
	if mine || n.Lane != LaneProcess && n.State == Signed || n.invited(ctx) {
		return nil
	}
	return errNone
}

// mayWrite tells whether the actor may change the text as it stands.
func (n Note) mayWrite(ctx context.Context) error {
	if err := n.mayRead(ctx); err != nil {
		return err
	}
	if err := access.Check(ctx, access.Write, n.resource()); err != nil {
		return err
	}
	switch {
	case n.State == Signed:
		return fault.New(fault.Taken, "This note was signed, so it stays as it is. What is to be added goes into an addendum.")
	case !slices.Contains(cares(ctx, n.Client), n.role(ctx)):
		return fault.New(fault.Forbidden, "You are not on this client's care team in the role in which this is written. Nothing was changed.")
	}
	return nil
}

// role is the one in which the actor takes part in a note.
func (n Note) role(ctx context.Context) access.Role {
	if access.From(ctx).Person == n.Author {
		return n.Side
	}
	return across(n.Side)
}

// closed leaves of a refusal what somebody can settle by proving more, and says
// of every other that there is nothing.
func closed(err error) error {
	if fault.Is(err, fault.Forbidden) {
		return errNone
	}
	return err
}

// Mine tells whether the actor wrote the note.
func (n Note) Mine(ctx context.Context) bool { return access.From(ctx).Person == n.Author }

// CanWrite tells whether the actor may change the text.
func (n Note) CanWrite(ctx context.Context) bool { return n.mayWrite(ctx) == nil }

// CanAdd tells whether the actor may write an addendum.
func (n Note) CanAdd(ctx context.Context) bool {
	return n.State == Signed && n.Of.IsZero() && n.mayRead(ctx) == nil && mayBegin(ctx, n.Client, n.Lane) == nil
}

// CanHold tells whether the actor may say whether the client is shown it.
func (n Note) CanHold(ctx context.Context) bool {
	return n.Lane != LaneProcess && n.mayRead(ctx) == nil && mayBegin(ctx, n.Client, n.Lane) == nil
}

// SignedBy tells whether somebody has signed the text as it stands.
func (n Note) SignedBy(person db.ID) bool {
	return slices.ContainsFunc(n.Signatures, func(g Signature) bool { return g.Person == person })
}

// mayBegin tells whether the actor may begin a note of a lane.
func mayBegin(ctx context.Context, client db.ID, l Lane) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: l.class(), Subject: client}); err != nil {
		return err
	}
	if _, ok := sideOf(ctx, client, l); !ok {
		return fault.New(fault.Forbidden, "This is written by those who are on the client's care team. Nothing was changed.")
	}
	return nil
}

// sideOf is the role in which the actor writes into a lane.
func sideOf(ctx context.Context, client db.ID, l Lane) (access.Role, bool) {
	as := cares(ctx, client)
	for _, r := range l.writers() {
		if slices.Contains(as, r) {
			return r, true
		}
	}
	return "", false
}

// Writable are the lanes into which the actor may write about a client.
func Writable(ctx context.Context, client db.ID) (out []Lane) {
	for _, l := range Lanes {
		if mayBegin(ctx, client, l) == nil {
			out = append(out, l)
		}
	}
	return out
}

// part is a piece of a note as a page shows it: a heading or a paragraph.
type part struct {
	heading bool
	lines   []string
}

// headingMark begins a line that is a heading.
const headingMark = "## "

// parts cuts a text at its headings and empty lines.
func parts(text string) (out []part) {
	var p part
	flush := func() {
		if len(p.lines) > 0 {
			out, p = append(out, p), part{}
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, headingMark):
			flush()
			out = append(out, part{heading: true, lines: []string{strings.TrimPrefix(line, headingMark)}})
		case strings.TrimSpace(line) == "":
			flush()
		default:
			p.lines = append(p.lines, line)
		}
	}
	flush()
	return out
}
