package medicine

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/once"
	"held/practice/people"
	"held/practice/trail"
	"held/rules/timeline"
)

// The sealed columns of signing.
const (
	paperBody     = "medicine_papers.body"
	signatureBody = "medicine_signatures.body"
)

// MaxAddendum is how long an addendum may be, in characters; MaxWhy a reason.
const (
	MaxAddendum = 4000
	MaxWhy      = 500
)

var (
	errGoesOn  = fault.New(fault.Taken, "This session has not ended, so there is nothing to sign yet. Nothing was changed.")
	errMoved   = fault.New(fault.Taken, "Something came to this session since you opened the page, so it was not signed. Please read it as it is now.")
	errNotPart = fault.New(fault.Forbidden, "This part is signed by somebody who is on the care team in its role. Nothing was signed.")
	errOpenYet = fault.New(fault.Taken, "This session is not sealed yet. Until it is, what is missing is entered in the room itself; what you wrote was not kept.")
	errChain   = fault.New(fault.Taken, "Somebody signed at the same moment. Please look at it once more; your signature was not kept.")
)

// sealing asks the policy about signing somebody's session.
func sealing(ctx context.Context, v access.Verb, client db.ID) error {
	return access.Check(ctx, v, access.Resource{Class: access.Sealing, Subject: client})
}

// Record puts together everything of a session, for who may see its room. It
// stands on no trail; whoever shows it writes that down.
func (s *Service) Record(ctx context.Context, q db.Q, session db.ID) (*Record, error) {
	seat, err := s.Seat(ctx, q, session)
	if err != nil {
		return nil, err
	}
	return s.recordFor(ctx, q, seat)
}

func (s *Service) recordFor(ctx context.Context, q db.Q, seat Seat) (*Record, error) {
	all, err := s.signaturesOf(ctx, q, seat.Client, seat.Session)
	if err != nil {
		return nil, err
	}
	words, err := s.wordsOf(ctx, q, seat.Session)
	if err != nil {
		return nil, err
	}
	t, err := s.timeline(ctx, q, seat)
	if err != nil {
		return nil, err
	}
	text, err := s.keptPaper(ctx, q, seat, all)
	if err != nil {
		return nil, err
	}
	if text == "" {
		p, err := s.paper(ctx, q, seat, t)
		if err != nil {
			return nil, err
		}
		if text, err = p.Canonical(); err != nil {
			return nil, err
		}
	}
	r, err := recordOf(text, words, all)
	if err != nil {
		return nil, err
	}
	r.Session, r.Client, r.Sealed = seat.Session, seat.Client, seat.Sealed
	r.loose(t)
	return r, nil
}

// loose finds the addenda that a device sent and that nobody signed.
func (r *Record) loose(t timeline.Timeline) {
	for _, l := range t.Of(timeline.Addendum) {
		if !slices.ContainsFunc(r.All, func(g Signature) bool { return g.Entry == l.ID }) {
			r.Loose = append(r.Loose, l)
		}
	}
}

// keptPaper is the text that was sealed, once it is: from then on it is what is
// shown, whatever else changes. "" before.
func (s *Service) keptPaper(ctx context.Context, q db.Q, seat Seat, all []Signature) (string, error) {
	if seat.Sealed.IsZero() {
		return "", nil
	}
	i := slices.IndexFunc(all, func(g Signature) bool { return g.Act == actSigned && g.At.Equal(seat.Sealed) })
	if i < 0 {
		return "", errors.New("medicine: a sealed session has no signature of its moment")
	}
	return s.paperText(ctx, q, seat, all[i].Digest)
}

// paperID is the first half of a digest: the paper's own name.
func paperID(digest string) (id db.ID) {
	for i := range id {
		if n, err := strconv.ParseUint(digest[2*i:2*i+2], 16, 8); err == nil {
			id[i] = byte(n)
		}
	}
	return id
}

func (s *Service) paperText(ctx context.Context, q db.Q, seat Seat, digest string) (text string, err error) {
	sealed, err := db.One(ctx, q, db.Value[[]byte], sqlPaper, access.From(ctx).Practice, seat.Session, paperID(digest))
	if err != nil {
		return "", err
	}
	return text, s.open(ctx, q, seat.Client, paperID(digest), paperBody, sealed, &text)
}

// inRole tells whether the actor is on a client's care team in a part's role.
func inRole(ctx context.Context, client db.ID, part Part) bool {
	a := access.From(ctx)
	return a.Is(part) && a.Cares != nil && slices.Contains(a.Cares(client).As, part)
}

// Sign signs a part of a session, over the digest of what its signer was shown.
// Why is asked where a device has not sent everything. When every part that is
// asked is signed over the same paper, the session is sealed.
func (s *Service) Sign(ctx context.Context, session db.ID, part Part, digest, why string) error {
	seat, err := s.Seat(ctx, s.DB.Reader(), session)
	if err != nil {
		return err
	}
	switch err := sealing(ctx, access.Write, seat.Client); {
	case err != nil:
		return err
	case !slices.Contains(Parts, part), !inRole(ctx, seat.Client, part):
		return errNotPart
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := s.lock(ctx, tx, seat)
		if err != nil {
			return err
		}
		r, err := s.recordFor(ctx, tx, *now)
		if err != nil {
			return err
		}
		if done, err := signable(*now, r, part, digest, why); done || err != nil {
			return err
		}
		return s.sign(ctx, tx, *now, r, part, why)
	})
}

// signable tells why a part is not signed now, or that it is signed already.
func signable(seat Seat, r *Record, part Part, digest, why string) (done bool, err error) {
	_, have := signed(r.All, r.Digest)[part]
	switch {
	case seat.Ended.IsZero():
		return false, errGoesOn
	case r.Digest != digest:
		return false, errMoved
	case have:
		return true, nil
	case !seat.Sealed.IsZero():
		return false, errSealed
	case !slices.Contains(r.Paper.Asked(), part):
		return false, errNotPart
	case len(r.Paper.Waiting) > 0 && why == "":
		return false, fault.Field("why", "A device has not sent everything. Please bring it into the network and wait for it, or say why you sign all the same.")
	}
	return false, nil
}

func (s *Service) sign(ctx context.Context, tx *db.Tx, seat Seat, r *Record, part Part, why string) error {
	a := access.From(ctx)
	there := slices.ContainsFunc(r.Paper.tookPart(part), func(p paperPerson) bool { return p.ID == a.Person.String() })
	g := Signature{Act: actSigned, Part: part, Digest: r.Digest, Meaning: r.Paper.meaning(part, there)}
	if len(r.Paper.Waiting) > 0 {
		g.Waits = why
	}
	g, err := s.append(ctx, tx, seat, r.All, g)
	if err != nil {
		return err
	}
	if err := s.keepPaper(ctx, tx, seat, r); err != nil {
		return err
	}
	if _, err := s.Note(ctx, tx, seat.Session, string(timeline.Signed), timeline.SignedBody{Part: string(part), Digest: r.Digest}); err != nil {
		return err
	}
	if !allSigned(r.Paper, append(r.All, g), r.Digest) {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlSealSeat, db.Micros(g.At), a.Practice, seat.Session); err != nil {
		return err
	}
	tx.After(func() { s.wake(seat.Room) })
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "sealed", Subject: seat.Client, Kind: "session record", Object: seat.Session})
}

// append writes one more signature under a session.
func (s *Service) append(ctx context.Context, tx *db.Tx, seat Seat, all []Signature, g Signature) (Signature, error) {
	a := access.From(ctx)
	me, err := s.People.Get(ctx, tx, a.Person)
	if err != nil {
		return g, err
	}
	var before []byte
	if len(all) > 0 {
		before = all[len(all)-1].Hash
	}
	g.Session, g.N, g.By, g.Name, g.At, g.Proved = seat.Session, int64(len(all)+1), me.ID, me.Name, s.Now(), s.Now()
	if in, ok := people.SessionOf(ctx); ok && in.Person == a.Person && !in.Proved.IsZero() {
		g.Proved = in.Proved
	}
	g.Statement = g.state(a.Practice, seat.Client, before, "a passkey or a code")
	sum := sha256.Sum256([]byte(g.Statement))
	g.Hash, g.Sign, g.Key = sum[:], s.Trail.Sign(a.Practice, []byte(g.Statement)), s.Trail.PublicKey(a.Practice)
	copy(g.ID[:], g.Hash)
	sealed, err := s.seal(ctx, tx, seat.Client, g.ID, signatureBody, keptSignature{g.Statement, g.Key, g.Words, g.Salt})
	if err != nil {
		return g, err
	}
	_, err = tx.Exec(ctx, sqlAddSignature, a.Practice, seat.Session, g.N, g.ID, seat.Client, g.Act, string(g.Part), g.By, db.Micros(g.At), sealed, g.Hash, g.Sign)
	if db.Taken(err) {
		return g, errChain
	}
	if err != nil {
		return g, err
	}
	return g, s.Trail.Record(ctx, tx, trail.Entry{Verb: g.Act, Subject: seat.Client, Kind: "session record", Object: g.ID})
}

// keptSignature is what of a signature is sealed.
type keptSignature struct {
	Statement string `json:"statement"`
	Key       []byte `json:"key"`
	Words     string `json:"words,omitempty"`
	Salt      string `json:"salt,omitempty"`
}

func (s *Service) keepPaper(ctx context.Context, tx *db.Tx, seat Seat, r *Record) error {
	practice, id := access.From(ctx).Practice, paperID(r.Digest)
	sealed, err := s.seal(ctx, tx, seat.Client, id, paperBody, r.Text)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlKeepPaper, practice, seat.Session, id, seat.Client, sealed, db.Micros(s.Now()))
	return err
}

// signaturesOf are a session's, in their order. It asks no policy.
func (s *Service) signaturesOf(ctx context.Context, q db.Q, client, session db.ID) ([]Signature, error) {
	rows, err := db.All(ctx, q, scanSignature, sqlSignatures, access.From(ctx).Practice, session)
	if err != nil {
		return nil, err
	}
	out := make([]Signature, 0, len(rows))
	for _, x := range rows {
		g, err := s.signature(ctx, q, client, x)
		if err != nil {
			return nil, err
		}
		if g.Statement != "" { // erased on purpose
			out = append(out, g)
		}
	}
	return out, nil
}

func (s *Service) signature(ctx context.Context, q db.Q, client db.ID, x signatureRow) (g Signature, err error) {
	var k keptSignature
	if err := s.open(ctx, q, client, x.id, signatureBody, x.body, &k); err != nil || k.Statement == "" {
		return g, err
	}
	g = Signature{Statement: k.Statement, Key: k.Key, Words: k.Words, Salt: k.Salt, Sign: x.sign}
	g.read()
	return g, nil
}

// Append adds to a sealed session: signed by whoever writes it, for good.
func (s *Service) Append(ctx context.Context, session db.ID, words string) error {
	seat, err := s.Seat(ctx, s.DB.Reader(), session)
	if err != nil {
		return err
	}
	if err := sealing(ctx, access.Write, seat.Client); err != nil {
		return err
	}
	if words == "" {
		return fault.Field("words", "Please write what is to be added.")
	}
	role := Part(roleFor(ctx, seat.Client))
	return once.Write(ctx, s.DB, s.Now(), func(tx *db.Tx) error {
		now, err := s.lock(ctx, tx, seat)
		if err != nil {
			return err
		}
		seat := *now
		if seat.Sealed.IsZero() {
			return errOpenYet
		}
		all, err := s.signaturesOf(ctx, tx, seat.Client, session)
		if err != nil {
			return err
		}
		entry, err := s.Note(ctx, tx, session, string(timeline.Addendum), timeline.WordsBody{Words: words})
		if err != nil {
			return err
		}
		g := Signature{Act: actAdded, Part: role, Words: words, Salt: db.RandomID().String() + db.RandomID().String(), Entry: entry.String()}
		g.Digest = Sum(g.Salt + "\n" + g.Words)
		g.Meaning = "I add this to the sealed record of this session. What was signed before stays as it is."
		_, err = s.append(ctx, tx, seat, all, g)
		return err
	})
}

// sawRecord puts on the trail that somebody looked at a session's record.
func (s *Service) sawRecord(ctx context.Context, r *Record, verb string) error {
	e := trail.Entry{Subject: r.Client, Kind: "session record", Object: r.Session}
	if verb == "" {
		return s.Trail.Saw(ctx, e)
	}
	e.Verb = verb
	return s.Trail.Did(ctx, e)
}
