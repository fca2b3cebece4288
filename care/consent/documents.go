package consent

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/care/invitation"
	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/trail"
)

// Kind is what a document is about.
type Kind string

// The kinds: each is signed by itself.
const (
	Treatment  Kind = "treatment"
	Telehealth Kind = "telehealth"
	Touch      Kind = "touch"
	Recording  Kind = "recording"
	Research   Kind = "research"
	Part2      Kind = "part2"
	Financial  Kind = "financial"
	Release    Kind = "release" // of information: one signature for each party
)

// Kinds lists them in the order in which they are shown.
var Kinds = []Kind{Treatment, Telehealth, Touch, Recording, Research, Part2, Financial, Release}

var kindWords = map[Kind]string{
	Treatment: "Treatment", Telehealth: "Telehealth", Touch: "Touch", Recording: "Recording", Research: "Research",
	Part2: "Substance use records (42 CFR Part 2)", Financial: "Costs and payment", Release: "Release of information, for each party",
}

// Words is a kind as it is called.
func (k Kind) Words() string { return kindWords[k] }

// Need is of whom a document is asked.
type Need int64

// The needs. There is no default: a published document stands as undecided
// until the practice has said.
const (
	Undecided Need = iota
	Required       // before a medicine session
	Optional       // asked, and may be left open
	NotAsked
)

// Question is something to think about beside a document. There is no right answer.
type Question struct {
	Ask     string   `json:"ask" toml:"ask"`
	Answers []string `json:"answers" toml:"answers"`
	About   string   `json:"about" toml:"about"` // shown to whoever has answered, whatever they chose
}

// Text is a document as it was written.
type Text struct {
	Title     string            `json:"title" toml:"title"`
	Summary   string            `json:"summary" toml:"summary"` // Markdown, in plain language
	Full      string            `json:"full" toml:"full"`       // Markdown
	Covers    map[string]string `json:"covers,omitempty" toml:"covers"`
	Questions []Question        `json:"questions,omitempty" toml:"questions"`
	Legal     bool              `json:"legal,omitempty" toml:"legal"` // it needs the legal name of who signs
}

// Version is what was published, as it was.
type Version struct {
	Document db.ID     `json:"-"`
	N        int64     `json:"-"`
	ID       db.ID     `json:"-"`
	Hash     []byte    `json:"-"`
	Again    bool      `json:"-"` // whoever signed an earlier one signs this one before the next session
	By       db.ID     `json:"-"`
	At       time.Time `json:"-"`
	Kind     Kind      `json:"kind"`
	Text     Text      `json:"text"`
	What     string    `json:"what"` // what changed
}

// Document is one document of the practice's, with its versions, the earliest first.
type Document struct {
	ID       db.ID
	Kind     Kind
	Need     Need
	Draft    *Text // what is being written; nil: nothing beside what is published
	Revision int64
	By       db.ID
	Changed  time.Time
	Versions []Version
}

// Current is the version that is asked for; nil while nothing is published.
func (d Document) Current() *Version {
	if len(d.Versions) == 0 {
		return nil
	}
	return &d.Versions[len(d.Versions)-1]
}

// Version finds a version by its number; nil when there is none.
func (d Document) Version(n int64) *Version {
	if n < 1 || n > int64(len(d.Versions)) {
		return nil
	}
	return &d.Versions[n-1]
}

// Newest is what its editor goes on writing.
func (d Document) Newest() Text {
	switch {
	case d.Draft != nil:
		return *d.Draft
	case d.Current() != nil:
		return d.Current().Text
	}
	return Text{}
}

// Asked tells whether a client is asked for it.
func (d Document) Asked() bool { return d.Current() != nil && d.Need != NotAsked }

// Canonical is the exact text that is signed: what the page shows, the PDF is
// made of, and the hash is taken from. One text, one way to write it.
func (v Version) Canonical(party string) string {
	var b strings.Builder
	b.WriteString(v.Text.Title + "\n")
	b.WriteString(v.Kind.Words() + ", version " + strconv.FormatInt(v.N, 10) + ", published " + v.At.UTC().Format("2 January 2006 15:04 UTC") + "\n")
	if party != "" {
		b.WriteString("For: " + party + "\n")
	}
	b.WriteString("\n=== In plain words ===\n\n" + v.Text.Summary + "\n\n=== The full text ===\n\n" + v.Text.Full + "\n")
	return b.String()
}

// Sum is the SHA-256 of a text, in hexadecimal.
func Sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// Limits of what is typed, in characters.
const (
	MaxTitle     = 120
	MaxSummary   = 8000
	MaxFull      = 60_000
	MaxWhat      = 1000
	MaxQuestions = 4
	MaxAsk       = 300
	MaxAbout     = 1000
	MaxParty     = 160
	maxParties   = 30
	maxDocuments = 40
)

// DraftMark begins every text that came with Held; nobody signs one that still
// has it.
const DraftMark = "A draft to be checked by your lawyer"

var errMoved = fault.New(fault.Taken, "Somebody else changed this document since you opened it. What you typed stands below and was not kept; look at both, and save again.")

// ErrNone says that there is no such document.
var ErrNone = fault.New(fault.NotFound, "There is no such document here.")

var errChain = fault.New(fault.Taken, "Something else was written at the same moment. Nothing was kept twice; please send it again.")

// library is every document of the practice, by kind. It asks no policy.
func (s *Service) library(ctx context.Context, q db.Q) ([]Document, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanDocument, sqlDocuments, practice)
	if err != nil {
		return nil, err
	}
	versions, err := db.All(ctx, q, scanVersion, sqlVersions, practice)
	if err != nil {
		return nil, err
	}
	out := make([]Document, len(rows))
	for i, r := range rows {
		plain, err := s.open(ctx, q, draftField(practice, r.ID), r.draft)
		if err == nil && plain != "" {
			r.Draft = new(Text)
			err = json.Unmarshal([]byte(plain), r.Draft)
		}
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			if v.Document != r.ID {
				continue
			}
			if err := s.openVersion(ctx, q, &v); err != nil {
				return nil, err
			}
			r.Versions = append(r.Versions, v.Version)
		}
		out[i] = r.Document
	}
	slices.SortStableFunc(out, func(a, b Document) int {
		return cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind))
	})
	return out, nil
}

func (s *Service) openVersion(ctx context.Context, q db.Q, v *versionRow) error {
	plain, err := s.Vault.Open(ctx, q, versionField(access.From(ctx).Practice, v.ID), v.body)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(plain), &v.Version)
}

func find(all []Document, id db.ID) (Document, error) {
	i := slices.IndexFunc(all, func(d Document) bool { return d.ID == id })
	if i < 0 {
		return Document{}, ErrNone
	}
	return all[i], nil
}

// Library lists every document for the desk.
func (s *Service) Library(ctx context.Context) ([]Document, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Papers}); err != nil {
		return nil, err
	}
	return s.library(ctx, s.DB.Reader())
}

// Document finds one document for the desk.
func (s *Service) Document(ctx context.Context, id db.ID) (Document, error) {
	all, err := s.Library(ctx)
	if err != nil {
		return Document{}, err
	}
	return find(all, id)
}

func (s *Service) mayWrite(ctx context.Context) error {
	return access.Check(ctx, access.Write, access.Resource{Class: access.Papers})
}

// Begin makes a document with its first draft.
func (s *Service) Begin(ctx context.Context, id db.ID, kind Kind, t Text) error {
	if err := s.mayWrite(ctx); err != nil {
		return err
	}
	if !slices.Contains(Kinds, kind) {
		return fault.Field("kind", "Please choose what the document is about.")
	}
	a := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := s.library(ctx, tx)
		if err != nil {
			return err
		}
		if len(all) >= maxDocuments {
			return fault.New(fault.TooMany, "There are forty documents here. Nothing was begun; please take up one of those.")
		}
		sealed, err := s.sealDraft(ctx, tx, id, &t)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddDocument, a.Practice, id, string(kind), int64(Undecided), sealed, int64(1), a.Person, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "began", Kind: "consent paper", Object: id})
	})
}

func (s *Service) sealDraft(ctx context.Context, tx *db.Tx, id db.ID, t *Text) ([]byte, error) {
	if t == nil {
		return []byte{}, nil
	}
	b, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, draftField(access.From(ctx).Practice, id), string(b))
}

// SaveDraft keeps words without asking anybody for them.
func (s *Service) SaveDraft(ctx context.Context, id db.ID, revision int64, t Text) error {
	if err := s.mayWrite(ctx); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.keepDraft(ctx, tx, id, revision, &t); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "wrote", Kind: "consent paper", Object: id})
	})
}

func (s *Service) keepDraft(ctx context.Context, tx *db.Tx, id db.ID, revision int64, t *Text) error {
	a := access.From(ctx)
	sealed, err := s.sealDraft(ctx, tx, id, t)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlSaveDraft, sealed, a.Person, db.Micros(s.Now()), a.Practice, id, revision)
	if err == nil && n == 0 {
		return errMoved
	}
	return err
}

// ready tells what a text lacks before it can be put before anybody.
func (t Text) ready() error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was published.")
	if t.Title == "" {
		e.AddField("title", "Please give the document a title.")
	}
	if strings.TrimSpace(t.Summary) == "" {
		e.AddField("summary", "Please say it in plain words: they stand beside the full text.")
	}
	switch {
	case strings.TrimSpace(t.Full) == "":
		e.AddField("full", "There is nothing to sign here yet.")
	case strings.Contains(t.Full, DraftMark) || strings.Contains(t.Summary, DraftMark):
		e.AddField("full", "The line that calls this a draft still stands in the text. Take it out once your lawyer has read it; until then nobody is asked to sign it.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Publish makes a version of a document. again says that whoever has signed an
// earlier one is asked to read and sign this one before their next session.
func (s *Service) Publish(ctx context.Context, id db.ID, revision int64, t Text, what string, again bool) error {
	if err := s.mayWrite(ctx); err != nil {
		return err
	}
	if err := t.ready(); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	t.Summary, t.Full = st.Fill(t.Summary), st.Fill(t.Full)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := s.library(ctx, tx)
		if err != nil {
			return err
		}
		d, err := find(all, id)
		if err != nil {
			return err
		}
		if len(d.Versions) > 0 && what == "" {
			return fault.Field("what", "Please say what changed: whoever signed an earlier version reads it.")
		}
		if err := s.keepDraft(ctx, tx, id, revision, nil); err != nil {
			return err
		}
		v := Version{Document: id, N: int64(len(d.Versions) + 1), ID: db.NewID(), Again: again && len(d.Versions) > 0, At: s.Now(), Kind: d.Kind, Text: t, What: what}
		if err := s.keepVersion(ctx, tx, v); err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "published", Kind: "consent paper", Object: id}); err != nil {
			return err
		}
		if !v.Again {
			return nil
		}
		return s.askAgain(ctx, tx, id)
	})
}

func (s *Service) keepVersion(ctx context.Context, tx *db.Tx, v Version) error {
	a := access.From(ctx)
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sealed, err := s.Vault.Seal(ctx, tx, versionField(a.Practice, v.ID), string(b))
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(v.Canonical("")))
	_, err = tx.Exec(ctx, sqlPublish, a.Practice, v.Document, v.N, v.ID, sealed, sum[:], db.Bit(v.Again), a.Person, db.Micros(v.At))
	if db.Taken(err) {
		return errMoved
	}
	return err
}

// askAgain closes the gate of everybody who signed an earlier version, and
// tells them that there is something to read.
func (s *Service) askAgain(ctx context.Context, tx *db.Tx, document db.ID) error {
	signers, err := s.signers(ctx, tx, document)
	if err != nil {
		return err
	}
	for _, client := range signers {
		if err := s.tell(ctx, tx, client, letters.Letter{Kind: letterClient, Ref: client, Body: tellAgain}); err != nil {
			return err
		}
		if err := s.changed(ctx, tx, client); err != nil {
			return err
		}
	}
	return nil
}

// signers are the clients who have signed a document and have not withdrawn it.
func (s *Service) signers(ctx context.Context, q db.Q, document db.ID) (out []db.ID, err error) {
	all, err := db.All(ctx, q, scanActed, sqlActs, access.From(ctx).Practice, document)
	if err != nil {
		return nil, err
	}
	latest := map[[2]db.ID]Act{}
	for _, a := range all {
		latest[[2]db.ID{a.client, a.party}] = a.act
	}
	for _, a := range all {
		if latest[[2]db.ID{a.client, a.party}] == Signed && !slices.Contains(out, a.client) {
			out = append(out, a.client)
		}
	}
	return out, nil
}

func (s *Service) changed(ctx context.Context, tx *db.Tx, client db.ID) error {
	if s.Changed == nil {
		return nil
	}
	return s.Changed(ctx, tx, client)
}

// SetNeeds says which documents are asked of clients.
func (s *Service) SetNeeds(ctx context.Context, needs map[db.ID]Need) error {
	if err := s.mayWrite(ctx); err != nil {
		return err
	}
	a := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for id, need := range needs {
			n, err := tx.Exec(ctx, sqlSetNeed, int64(need), a.Person, db.Micros(s.Now()), a.Practice, id, int64(need))
			if err != nil || n == 0 {
				if err != nil {
					return err
				}
				continue
			}
			if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "decided about", Kind: "consent paper", Object: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Headings are the headings of a text, for saying where something is covered.
func (t Text) Headings() (out []string) {
	for _, b := range invitation.Blocks(t.Full) {
		if b.Level > 0 && b.Text != "" && !slices.Contains(out, b.Text) {
			out = append(out, b.Text)
		}
	}
	return out
}

// Missing lists what of the checklist no heading of the text is named for.
func (t Text) Missing() (out []Content) {
	there := t.Headings()
	for _, c := range Contents {
		if !slices.Contains(there, t.Covers[c.Key]) {
			out = append(out, c)
		}
	}
	return out
}
