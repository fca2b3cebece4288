package medicine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/timeline"
)

// Verify proves what was signed of every session, or of one session or person,
// against itself, its chain, what is kept of the session, and the trail. It
// shows no content.
func (s *Service) Verify(ctx context.Context, only db.ID) (p Proof, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Ledger}); err != nil {
		return p, err
	}
	v := &prover{s: s, p: &p, only: only, lines: map[db.ID]string{}, whose: map[db.ID]db.ID{}, of: map[db.ID]db.ID{}, gone: map[db.ID]bool{}}
	if err := v.readTrail(ctx); err != nil {
		return p, err
	}
	if err := v.walk(reckoning(ctx)); err != nil {
		return p, err
	}
	v.missing()
	if !only.IsZero() && p.Sessions == 0 {
		return p, fmt.Errorf("there is no session or person %s of whom anything is signed", only)
	}
	return p, s.Trail.Did(ctx, trail.Entry{Verb: "verified", Kind: "session record"})
}

type prover struct {
	s     *Service
	p     *Proof
	only  db.ID
	lines map[db.ID]string // what the trail says was signed, by the signature's id
	whose map[db.ID]db.ID
	of    map[db.ID]db.ID // signature to session, as they are found
	gone  map[db.ID]bool  // clients whose record was erased
}

func (v *prover) readTrail(ctx context.Context) error {
	const page = 500
	for _, kind := range []string{"session record", "clinical"} {
		for before := (db.ID{}); ; {
			lines, err := v.s.Trail.All(ctx, trail.Filter{Kind: kind, Until: v.s.Now().AddDate(1, 0, 0)}, before, page)
			if err != nil {
				return err
			}
			for _, l := range lines {
				switch {
				case kind == "clinical" && l.Verb == "erased":
					v.gone[l.Subject] = true
				case kind != "clinical" && (l.Verb == actSigned || l.Verb == actAdded):
					v.lines[l.Object], v.whose[l.Object] = l.Verb, l.Subject
				}
			}
			if len(lines) < page {
				break
			}
			before = lines[page-1].ID
		}
	}
	return nil
}

// walk goes through all sessions, whose rooms were ever opened.
func (v *prover) walk(ctx context.Context) error {
	const page = 100
	for after := (db.ID{}); ; {
		rows, err := db.All(ctx, v.s.DB.Reader(), scanSeat, sqlSeatsAfter, access.From(ctx).Practice, after[:], page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := v.session(ctx, r); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return nil
		}
		after = rows[page-1].Session
	}
}

func (v *prover) session(ctx context.Context, row seatRow) error {
	q := v.s.DB.Reader()
	signs, err := db.All(ctx, q, scanSignature, sqlSignatures, access.From(ctx).Practice, row.Session)
	if err != nil || len(signs) == 0 {
		return err
	}
	for _, x := range signs {
		v.of[x.id] = row.Session
	}
	if !v.only.IsZero() && v.only != row.Session && v.only != row.Client {
		for _, x := range signs {
			delete(v.lines, x.id)
		}
		return nil
	}
	v.p.Sessions++
	name := "session " + row.Session.String() + ", "
	var all []Signature
	for _, x := range signs {
		g, err := v.s.signature(ctx, q, row.Client, x)
		if err != nil {
			return err
		}
		v.row(name, x, g)
		all = append(all, g)
	}
	if slices.ContainsFunc(all, func(g Signature) bool { return g.Statement == "" }) {
		v.p.Erased++
		return nil
	}
	return v.signedPaper(ctx, q, name, row, all)
}

// row holds a signature against its own row and its line on the trail.
func (v *prover) row(name string, x signatureRow, g Signature) {
	said := fmt.Sprintf("%ssignature %d", name, x.n)
	if verb, there := v.lines[x.id]; !there {
		v.p.broken("%s has no line on the trail", said)
	} else if verb != x.act {
		v.p.broken("%s is said to be %q, and the trail says %q", said, x.act, verb)
	}
	delete(v.lines, x.id)
	if g.Statement == "" {
		return
	}
	if g.ID != x.id || !bytes.Equal(g.Hash, x.hash) || g.N != x.n || g.Act != x.act || string(g.Part) != x.part || g.By != x.by || g.Session != x.session || !g.At.Truncate(time.Microsecond).Equal(x.at) {
		v.p.broken("%s: its statement gives something else than its row", said)
	}
	if !bytes.Equal(g.Key, v.s.Trail.PublicKey(v.practice(g))) {
		v.p.Earlier++
	}
}

func (v *prover) practice(g Signature) db.ID {
	id, err := db.ParseID(lineOf(g.Statement, "practice"))
	if err != nil {
		return db.ID{} // whose key is nobody's
	}
	return id
}

// signedPaper holds the paper that was signed last against its digest, and
// against what is kept of the session today.
func (v *prover) signedPaper(ctx context.Context, q db.Q, name string, row seatRow, all []Signature) error {
	digest := ""
	for _, g := range all {
		if g.Act == actSigned {
			digest = g.Digest
		}
	}
	seat, err := v.s.seat(ctx, q, row)
	if err != nil {
		return err
	}
	text, err := v.s.paperText(ctx, q, seat, digest)
	if errors.Is(err, db.ErrNone) {
		v.p.broken("%swhat was signed is not here any more", name)
		return nil
	}
	if err != nil {
		return err
	}
	if Sum(text) != digest {
		v.p.broken("%swhat is kept is not what was signed", name)
	}
	paper, err := readPaper(text)
	if err != nil {
		v.p.broken("%swhat was signed cannot be read", name)
		return nil
	}
	words, err := v.s.wordsOf(ctx, q, row.Session)
	if err != nil {
		return err
	}
	v.p.paper(name+"the paper", paper, words)
	v.p.chain(name, all, paper, digest)
	if !row.Sealed.IsZero() {
		return v.entries(ctx, q, name, row.Session, paper)
	}
	return nil
}

// entries holds the entries that are kept against those that were signed. The
// name of who made one is as it was then.
func (v *prover) entries(ctx context.Context, q db.Q, name string, session db.ID, paper Paper) error {
	kept, err := v.s.entries(ctx, q, session, 0)
	if err != nil {
		return err
	}
	signed := map[string]timeline.Entry{}
	for _, e := range paper.Entries {
		signed[e.ID] = e
	}
	for _, e := range kept {
		if unsigned(e.Kind) {
			continue
		}
		if e.Kind == timeline.Said {
			e.Body = digestOnly(e)
		}
		was, there := signed[e.ID]
		if !there || !was.Same(e) || was.By != e.By || was.Role != e.Role || was.N != e.N || !was.Received.Equal(e.Received) {
			v.p.broken("%sentry %s is not as it was signed", name, e.ID)
		}
		delete(signed, e.ID)
	}
	for id := range signed {
		v.p.broken("%sentry %s was signed and is not here", name, id)
	}
	return nil
}

// missing names what the trail tells of and nobody finds.
func (v *prover) missing() {
	for id, verb := range v.lines {
		if v.gone[v.whose[id]] || !v.only.IsZero() && v.only != v.whose[id] {
			continue
		}
		v.p.broken("signature %s (%s) stands on the trail and is not here", id, verb)
	}
	slices.Sort(v.p.Broken)
}
