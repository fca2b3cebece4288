package space

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"time"

	"filippo.io/age"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
)

// The sealed journal, as far as the practice knows it: age files that it cannot
// open, in the order of their changes. What is done here is kept off the trail,
// whose lines tell instants; of a file only the day and the padded length are known.

// Limits of the journal.
const (
	PartSize   = 192 << 10 // of one part of a file; a request carries one
	maxParts   = 128       // so that a file has at most 24 MB
	Quota      = 256 << 20 // of everything that one person keeps
	maxKeyring = 64 << 10
	inline     = 128 << 10 // files up to this size travel with the list of changes
	changesMax = 4 << 20   // bytes of files in one list of changes
)

// Keyring is what somebody's keys are kept in: the public halves in the clear,
// the rest in age files: Own is opened by words of their own, if they chose any.
type Keyring struct {
	Revision  int64  `json:"revision"` // 0: there is none yet
	Recipient string `json:"recipient"`
	Verifier  string `json:"verifier"`
	Keyring   []byte `json:"keyring"`
	Recovery  []byte `json:"recovery"`
	Own       []byte `json:"own,omitempty"`
	Head      int64  `json:"head"`
	Used      int64  `json:"used"`
}

// File is one sealed file.
type File struct {
	ID       db.ID  `json:"id"`
	Revision int64  `json:"revision"`
	Seq      int64  `json:"seq"`
	Size     int64  `json:"size"`
	Day      string `json:"day"`
	Gone     bool   `json:"gone,omitempty"`
	Body     []byte `json:"body,omitempty"` // of small files in a list of changes

	upload db.ID
}

// Part is one part of a file that is being sent.
type Part struct {
	File, Upload db.ID
	Revision     int64 // that the file will have
	N, Of        int64
	Body         []byte
}

// magic begins every age file. What is not one was never sealed, and is not taken.
var magic = []byte("age-encryption.org/v1\n")

// day is all that is kept of when something changed.
func (s *Service) day() int64 { return s.Now().Unix() / int64((24 * time.Hour).Seconds()) }

func dayOf(n int64) string {
	return time.Unix(n*int64((24*time.Hour).Seconds()), 0).UTC().Format(time.DateOnly)
}

func keyringField(practice, person db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Contact, Row: person, Column: "space_journals." + column}
}

var (
	errMoved   = fault.New(fault.Taken, "Another device was first. Nothing was overwritten.")
	errNoRing  = fault.New(fault.NotFound, "There are no keys here yet. Nothing was kept; make the keys first.")
	errFull    = fault.New(fault.TooLarge, "Your journal here is full: it holds 256 MB. What you made is kept on this device; take something out to make room.")
	errUnknown = fault.New(fault.NotFound, "This is not here any more.")
	errNotAge  = fault.New(fault.Invalid, "This is not sealed, so it was not taken.")
)

// OwnKeyring gives the signed-in person's keyring; revision 0 when there is none.
func (s *Service) OwnKeyring(ctx context.Context) (Keyring, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Keyring, Subject: a.Person}); err != nil {
		return Keyring{}, err
	}
	r, err := db.One(ctx, s.DB.Reader(), scanJournal, sqlJournal, a.Practice, a.Person)
	if errors.Is(err, db.ErrNone) {
		return Keyring{}, nil
	}
	if err != nil {
		return Keyring{}, err
	}
	for column, part := range map[string]struct {
		sealed []byte
		into   *[]byte
	}{"keyring": {r.sealedKeyring, &r.Keyring.Keyring}, "recovery": {r.sealedRecovery, &r.Recovery}, "own": {r.sealedOwn, &r.Own}} {
		if part.sealed == nil {
			continue
		}
		text, err := s.Vault.Open(ctx, s.DB.Reader(), keyringField(a.Practice, a.Person, column), part.sealed)
		if err != nil {
			return Keyring{}, err
		}
		*part.into = []byte(text)
	}
	return r.Keyring, nil
}

// SaveKeyring keeps the next revision of the signed-in person's keyring; k.Revision
// is the one that it was made from, so that no device overwrites another's.
func (s *Service) SaveKeyring(ctx context.Context, k Keyring) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Keyring, Subject: a.Person}); err != nil {
		return err
	}
	if err := k.check(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		keyring, err := s.Vault.Seal(ctx, tx, keyringField(a.Practice, a.Person, "keyring"), string(k.Keyring))
		if err != nil {
			return err
		}
		recovery, err := s.Vault.Seal(ctx, tx, keyringField(a.Practice, a.Person, "recovery"), string(k.Recovery))
		if err != nil {
			return err
		}
		var own []byte
		if len(k.Own) > 0 {
			if own, err = s.Vault.Seal(ctx, tx, keyringField(a.Practice, a.Person, "own"), string(k.Own)); err != nil {
				return err
			}
		}
		if k.Revision == 0 {
			_, err = tx.Exec(ctx, sqlFoundJournal, a.Practice, a.Person, k.Recipient, k.Verifier, keyring, recovery, own)
			if db.Taken(err) {
				err = errMoved
			}
			return err
		}
		n, err := tx.Exec(ctx, sqlSaveKeyring, k.Recipient, k.Verifier, keyring, recovery, own, a.Practice, a.Person, k.Revision)
		if err == nil && n == 0 {
			err = errMoved
		}
		return err
	})
}

func (k Keyring) check() error {
	if r, err := age.ParseX25519Recipient(k.Recipient); err != nil || r.String() != k.Recipient {
		return fault.New(fault.Invalid, "The public key is not one. Nothing was kept.")
	}
	key, err := base64.StdEncoding.DecodeString(k.Verifier) // which leaves line ends out
	if err != nil || len(key) != 32 || base64.StdEncoding.EncodeToString(key) != k.Verifier {
		return fault.New(fault.Invalid, "The verifying key is not one. Nothing was kept.")
	}
	files := [][]byte{k.Keyring, k.Recovery}
	if len(k.Own) > 0 {
		files = append(files, k.Own)
	}
	for _, f := range files {
		if !bytes.HasPrefix(f, magic) || len(f) > maxKeyring {
			return errNotAge
		}
	}
	return nil
}

// Put takes a part of a file of the signed-in client's journal; with its last
// part the file stands, in place of the revision before.
func (s *Service) Put(ctx context.Context, p Part) (File, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return File{}, err
	}
	return s.put(ctx, p)
}

func (p Part) check() error {
	switch {
	case p.File[6]>>4 != 4 || p.Upload[6]>>4 != 4: // an id that tells no time
		return fault.New(fault.BadRequest, "A sealed file is named by a random id.")
	case p.Revision < 1 || p.N < 0 || p.Of < 1 || p.N >= p.Of || p.Of > maxParts:
		return fault.New(fault.BadRequest, "This part of a file cannot be.")
	case len(p.Body) > PartSize:
		return fault.New(fault.TooLarge, "This part of a file is too large.")
	case len(p.Body) == 0 && p.N > 0:
		return fault.New(fault.BadRequest, "This part of a file is empty.")
	case p.N == 0 && !bytes.HasPrefix(p.Body, magic):
		return errNotAge
	}
	return nil
}

// put keeps a part among the files of whoever acts.
func (s *Service) put(ctx context.Context, p Part) (f File, err error) {
	if err := p.check(); err != nil {
		return f, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		f, err = s.putPart(ctx, tx, p)
		return err
	})
	return f, err
}

func (s *Service) putPart(ctx context.Context, tx *db.Tx, p Part) (File, error) {
	a, size := access.From(ctx), int64(len(p.Body))
	n, err := tx.Exec(ctx, sqlCharge, size, a.Practice, a.Person, size, int64(Quota))
	if err != nil {
		return File{}, err
	}
	if n == 0 {
		if _, err := db.One(ctx, tx, db.Value[int64], sqlHead, a.Practice, a.Person); errors.Is(err, db.ErrNone) {
			return File{}, errNoRing
		}
		return File{}, errFull
	}
	f, err := db.One(ctx, tx, scanFile, sqlFile, a.Practice, a.Person, p.File)
	there := err == nil
	if err != nil && !errors.Is(err, db.ErrNone) {
		return File{}, err
	}
	switch {
	case there && f.Revision == p.Revision && f.upload == p.Upload: // its answer was lost on the way
		return f, s.refund(ctx, tx, size)
	case f.Revision != p.Revision-1:
		return File{}, errMoved
	}
	n, err = tx.Exec(ctx, sqlAddPart, a.Practice, a.Person, p.File, p.Upload, p.N, size, p.Body)
	if err != nil {
		return File{}, err
	}
	if n == 0 { // it came before
		if err := s.refund(ctx, tx, size); err != nil {
			return File{}, err
		}
	}
	if p.N < p.Of-1 {
		_, err = tx.Exec(ctx, sqlBeginUpload, a.Practice, a.Person, p.File, p.Upload, s.day())
		return f, err
	}
	return s.stand(ctx, tx, p, there)
}

// stand makes the parts that have come the file.
func (s *Service) stand(ctx context.Context, tx *db.Tx, p Part, there bool) (File, error) {
	a := access.From(ctx)
	all, err := db.All(ctx, tx, scanUploaded, sqlPartSizes, a.Practice, a.Person, p.File)
	if err != nil {
		return File{}, err
	}
	f := File{ID: p.File, Revision: p.Revision, Day: dayOf(s.day()), upload: p.Upload}
	for _, u := range all {
		if u.id != p.Upload {
			if err := s.dropUpload(ctx, tx, p.File, u); err != nil {
				return File{}, err
			}
			continue
		}
		if f.Size = u.size; u.parts != p.Of {
			return File{}, fault.New(fault.Taken, "Parts of this file have not come. Please send it again.")
		}
	}
	if _, err := tx.Exec(ctx, sqlEndUpload, a.Practice, a.Person, p.File, p.Upload); err != nil {
		return File{}, err
	}
	if f.Seq, err = s.next(ctx, tx); err != nil {
		return File{}, err
	}
	return f, s.setFile(ctx, tx, f, there)
}

func (s *Service) setFile(ctx context.Context, tx *db.Tx, f File, there bool) (err error) {
	a := access.From(ctx)
	if there {
		_, err = tx.Exec(ctx, sqlSetFile, f.Revision, f.Seq, f.upload, f.Size, s.day(), db.Bit(f.Gone), a.Practice, a.Person, f.ID)
	} else {
		_, err = tx.Exec(ctx, sqlAddFile, a.Practice, a.Person, f.ID, f.Revision, f.Seq, f.upload, f.Size, s.day(), db.Bit(f.Gone))
	}
	return err
}

func (s *Service) refund(ctx context.Context, tx *db.Tx, size int64) error {
	a := access.From(ctx)
	_, err := tx.Exec(ctx, sqlRefund, size, a.Practice, a.Person)
	return err
}

func (s *Service) dropUpload(ctx context.Context, tx *db.Tx, file db.ID, u uploaded) error {
	a := access.From(ctx)
	for _, drop := range []string{sqlDropParts, sqlEndUpload} {
		if _, err := tx.Exec(ctx, drop, a.Practice, a.Person, file, u.id); err != nil {
			return err
		}
	}
	return s.refund(ctx, tx, u.size)
}

func (s *Service) next(ctx context.Context, tx *db.Tx) (int64, error) {
	a := access.From(ctx)
	n, err := tx.Exec(ctx, sqlNextSeq, a.Practice, a.Person)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, errNoRing
	}
	return db.One(ctx, tx, db.Value[int64], sqlHead, a.Practice, a.Person)
}

// Remove takes a file's body away; that it was there is kept, so that other
// devices learn of it.
func (s *Service) Remove(ctx context.Context, id db.ID) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.remove(ctx, tx, id) })
}

func (s *Service) remove(ctx context.Context, tx *db.Tx, id db.ID) error {
	a := access.From(ctx)
	seq, err := s.next(ctx, tx) // first: the lock
	if err != nil {
		return err
	}
	f, err := db.One(ctx, tx, scanFile, sqlFile, a.Practice, a.Person, id)
	if errors.Is(err, db.ErrNone) || err == nil && f.Gone {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := db.All(ctx, tx, scanUploaded, sqlPartSizes, a.Practice, a.Person, id)
	if err != nil {
		return err
	}
	for _, u := range all {
		if err := s.dropUpload(ctx, tx, id, u); err != nil {
			return err
		}
	}
	return s.setFile(ctx, tx, File{ID: id, Revision: f.Revision + 1, Seq: seq, Gone: true}, true)
}

// Changes lists what has changed after a place in the order of changes, with the
// bodies of small files where bodies are asked for. head is the last place there is.
func (s *Service) Changes(ctx context.Context, after int64, n int, bodies bool) (files []File, head int64, err error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return nil, 0, err
	}
	q := s.DB.Reader()
	head, err = db.One(ctx, q, db.Value[int64], sqlHead, a.Practice, a.Person)
	if errors.Is(err, db.ErrNone) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	if files, err = db.All(ctx, q, scanFile, sqlChanges, a.Practice, a.Person, after, n); err != nil || !bodies {
		return files, head, err
	}
	var sum int64
	for i, f := range files {
		if f.Gone || f.Size > inline {
			continue
		}
		if sum += f.Size; sum > changesMax {
			return files[:i], head, nil
		}
		var b bytes.Buffer
		if err := s.body(ctx, a.Person, f, &b); err != nil {
			return nil, 0, err
		}
		files[i].Body = b.Bytes()
	}
	return files, head, nil
}

// ownRecipient is the public key of the signed-in client's journal, by which a
// device of theirs learns that another one has made new keys; "" without one.
func (s *Service) ownRecipient(ctx context.Context) (string, error) {
	a := access.From(ctx)
	recipient, err := db.One(ctx, s.DB.Reader(), db.Value[string], sqlRecipient, a.Practice, a.Person)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return recipient, err
}

// Own finds one file of the signed-in client's.
func (s *Service) Own(ctx context.Context, id db.ID) (File, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return File{}, err
	}
	return s.file(ctx, a.Person, id)
}

func (s *Service) file(ctx context.Context, owner, id db.ID) (File, error) {
	f, err := db.One(ctx, s.DB.Reader(), scanFile, sqlFile, access.From(ctx).Practice, owner, id)
	if errors.Is(err, db.ErrNone) || err == nil && f.Gone {
		err = errUnknown
	}
	return f, err
}

// body writes a file, part by part.
func (s *Service) body(ctx context.Context, owner db.ID, f File, w io.Writer) error {
	practice := access.From(ctx).Practice
	var sent int64
	for n := int64(0); sent < f.Size; n++ {
		b, err := db.One(ctx, s.DB.Reader(), db.Value[[]byte], sqlPart, practice, owner, f.ID, f.upload, n)
		if errors.Is(err, db.ErrNone) {
			return errMoved // another revision took its place meanwhile
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		sent += int64(len(b))
	}
	return nil
}

// Destroy takes the signed-in client's journal away at once: the keys, every
// file, everything that was shared. Like leaving, it asks for a fresh proof.
func (s *Service) Destroy(ctx context.Context) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Leaving, Subject: a.Person}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.erase(ctx, tx, a.Person) })
}

// erase removes one person's journal, and what others wrote to them about it.
func (s *Service) erase(ctx context.Context, tx *db.Tx, person db.ID) error {
	practice := access.From(ctx).Practice
	answers, err := db.All(ctx, tx, scanShare, sqlSharesWith, practice, person)
	if err != nil {
		return err
	}
	for _, a := range answers {
		if err := s.takeBack(ctx, tx, a); err != nil {
			return err
		}
	}
	mine, err := db.All(ctx, tx, scanShare, sqlSharesOf, practice, person)
	if err != nil {
		return err
	}
	for _, sh := range mine {
		if err := s.dropLetters(ctx, tx, sh); err != nil {
			return err
		}
	}
	for _, statement := range []string{sqlDropJournal, sqlDropFiles, sqlDropAllParts, sqlDropUploads, sqlDropShares, sqlDropAgenda} {
		if _, err := tx.Exec(ctx, statement, practice, person); err != nil {
			return err
		}
	}
	return s.eraseLeft(ctx, tx, person)
}
