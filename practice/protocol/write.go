package protocol

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	rule "held/rules/protocol"
)

// errUnknown refuses a medicine that no protocol can be written for.
var errUnknown = fault.Field("medicine", "Please choose a medicine and its route.")

// writes asks the policy, and that somebody stands behind it: no worker and no
// command writes a protocol.
func writes(ctx context.Context, c access.Class) error {
	if err := may(ctx, access.Write, c); err != nil {
		return err
	}
	if !access.From(ctx).Is(access.Prescriber) {
		return fault.New(fault.Forbidden, "Only a prescriber writes and signs a protocol.")
	}
	return nil
}

// Begin begins a draft from the last signed version, or from nothing. Where
// there is a draft already, it is that one.
func (s *Service) Begin(ctx context.Context, m rule.Medicine) (id db.ID, err error) {
	if err := writes(ctx, access.Protocol); err != nil {
		return id, err
	}
	if !m.Known() {
		return id, errUnknown
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		practice := access.From(ctx).Practice
		if r, err := one(ctx, tx, scanDraft, sqlDraftFor, practice, string(m)); err == nil || !errors.Is(err, ErrNone) {
			id = r.ID
			return err
		}
		doc, based := &rule.Document{Format: rule.Format, Medicine: m}, db.ID{}
		switch last, err := one(ctx, tx, scanVersion, sqlLastVersion, practice, string(m)); {
		case err == nil:
			v, err := s.openVersion(ctx, tx, last)
			if err != nil {
				return err
			}
			doc, based = v.Doc, v.ID
		case !errors.Is(err, ErrNone):
			return err
		}
		id, err = s.add(ctx, tx, doc, based, "began")
		return err
	})
	if db.Taken(err) { // somebody else began at the same moment
		r, err := one(ctx, s.DB.Reader(), scanDraft, sqlDraftFor, access.From(ctx).Practice, string(m))
		return r.ID, err
	}
	return id, err
}

func (s *Service) add(ctx context.Context, tx *db.Tx, doc *rule.Document, based db.ID, verb string) (db.ID, error) {
	a, id := access.From(ctx), db.NewID()
	body, err := s.seal(ctx, tx, id, "protocol_drafts.body", doc)
	if err != nil {
		return id, err
	}
	if _, err := tx.Exec(ctx, sqlAddDraft, a.Practice, id, string(doc.Medicine), body, based, a.Person, db.Micros(s.Now())); err != nil {
		return id, err
	}
	return id, s.Trail.Record(ctx, tx, line(verb, id))
}

func (s *Service) seal(ctx context.Context, tx *db.Tx, id db.ID, column string, doc *rule.Document) ([]byte, error) {
	plain, err := doc.Canonical()
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, field(access.From(ctx).Practice, id, column), string(plain))
}

// Import makes a draft of a document that was exported, here or elsewhere. A
// signature in it is not taken over. What is wrong is named by its path.
func (s *Service) Import(ctx context.Context, text []byte) (id db.ID, err error) {
	if err := writes(ctx, access.Protocol); err != nil {
		return id, err
	}
	doc, err := rule.Decode(text)
	if err != nil {
		var bad rule.Faults
		if !errors.As(err, &bad) {
			return id, err
		}
		return id, fault.New(fault.Invalid, "This is no protocol that can be read. Nothing was imported.").AddField("file", faultWords(bad))
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		id, err = s.add(ctx, tx, doc, db.ID{}, "imported")
		return err
	})
	if db.Taken(err) {
		err = errThere
	}
	return id, err
}

// faultsShown is how many faults of a document are said at once.
const faultsShown = 20

func faultWords(bad rule.Faults) string {
	var out []string
	for i, f := range bad {
		if i == faultsShown {
			out = append(out, fmt.Sprintf("and %d more", len(bad)-i))
			break
		}
		out = append(out, f.String())
	}
	return strings.Join(out, "; ")
}

// Save puts what was typed into fields of a draft. With one that cannot be
// read, none is changed; each is named by its path.
func (s *Service) Save(ctx context.Context, id db.ID, revision int64, typed map[string][]string) error {
	if err := writes(ctx, access.Protocol); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.draft(ctx, tx, id)
		if err != nil {
			return err
		}
		was, err := d.Doc.Canonical()
		if err != nil {
			return err
		}
		if err := fill(d.Doc, typed); err != nil {
			return err
		}
		now, err := d.Doc.Canonical()
		if err != nil || string(was) == string(now) {
			return err
		}
		return s.keep(ctx, tx, d, revision)
	})
}

func (s *Service) keep(ctx context.Context, tx *db.Tx, d Draft, revision int64) error {
	a := access.From(ctx)
	body, err := s.seal(ctx, tx, d.ID, "protocol_drafts.body", d.Doc)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlKeepDraft, body, a.Person, db.Micros(s.Now()), a.Practice, d.ID, revision)
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrChanged
	}
	return s.Trail.Record(ctx, tx, line("changed", d.ID))
}

// fill puts what was typed into a document.
func fill(doc *rule.Document, typed map[string][]string) error {
	e := fault.New(fault.Invalid, "Something needs another look. Nothing was changed.")
	for path, values := range typed {
		f, ok := rule.FieldAt(path)
		if !ok {
			return fault.New(fault.BadRequest, "This form has a field that no protocol has. Nothing was changed; please open the page again.")
		}
		if err := doc.Set(f, values...); err != nil {
			e.AddField(path, f.Label+": "+err.Error()+".")
		}
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Discard throws a draft away.
func (s *Service) Discard(ctx context.Context, id db.ID, revision int64) error {
	if err := writes(ctx, access.Protocol); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.drop(ctx, tx, id, revision, line("removed", id))
	})
}

func (s *Service) drop(ctx context.Context, tx *db.Tx, id db.ID, revision int64, told ...trail.Entry) error {
	n, err := tx.Exec(ctx, sqlDropDraft, access.From(ctx).Practice, id, revision)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errMoved
	}
	return s.Trail.Record(ctx, tx, told...)
}

// Sign makes a draft the protocol in use. What was in use before ends with it.
// It is signed as it was read: a change since then is told instead.
func (s *Service) Sign(ctx context.Context, id db.ID, revision int64) (v Signed, err error) {
	if err := writes(ctx, access.Seal); err != nil {
		return v, err
	}
	a := access.From(ctx)
	names, err := s.People.Names(ctx, a.Person)
	if err != nil {
		return v, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := s.draft(ctx, tx, id)
		if err != nil {
			return err
		}
		if d.Revision != revision {
			return errMoved
		}
		if err := whole(d.Doc); err != nil {
			return err
		}
		v = Signed{ID: id, Medicine: d.Medicine, Number: 1, Doc: d.Doc, By: a.Person, Name: names[a.Person], At: s.Now()}
		told := []trail.Entry{line("signed", id)}
		switch last, err := one(ctx, tx, scanVersion, sqlLastVersion, a.Practice, string(d.Medicine)); {
		case err == nil:
			v.Number = last.Number + 1
			if n, err := s.end(ctx, tx, last.ID, Superseded); err != nil {
				return err
			} else if n > 0 {
				told = append(told, line(Superseded, last.ID))
			}
		case !errors.Is(err, ErrNone):
			return err
		}
		if err := s.addVersion(ctx, tx, v); err != nil {
			return err
		}
		s.opened(tx)
		return s.drop(ctx, tx, id, revision, told...)
	})
	if db.Taken(err) {
		err = errMoved
	}
	return v, err
}

// whole refuses what is not finished, or contradicts itself.
func whole(doc *rule.Document) error {
	e := fault.New(fault.Invalid, "This protocol is not whole yet. Nothing was signed.")
	if n := len(doc.Missing()); n > 0 {
		e.AddField("", fmt.Sprintf("%s still to be set.", counted(n, "field is", "fields are")))
	}
	for _, f := range doc.Check() {
		e.AddField(f.Path, f.String()+".")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (s *Service) addVersion(ctx context.Context, tx *db.Tx, v Signed) error {
	practice := access.From(ctx).Practice
	plain, err := v.Doc.Canonical()
	if err != nil {
		return err
	}
	body, err := s.Vault.Seal(ctx, tx, field(practice, v.ID, "protocol_versions.body"), string(plain))
	if err != nil {
		return err
	}
	name, err := s.Vault.Seal(ctx, tx, field(practice, v.ID, "protocol_versions.signed_name"), v.Name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(plain)
	_, err = tx.Exec(ctx, sqlSign, practice, v.ID, string(v.Medicine), v.Number, body, slices.Clone(sum[:]), name, v.By, db.Micros(v.At))
	return err
}

func (s *Service) end(ctx context.Context, tx *db.Tx, id db.ID, as string) (int64, error) {
	a := access.From(ctx)
	return tx.Exec(ctx, sqlEnd, as, a.Person, db.Micros(s.Now()), a.Practice, id)
}

func (s *Service) opened(tx *db.Tx) {
	if s.Opened != nil {
		tx.After(s.Opened)
	}
}

// Withdraw takes the version in use out of use, from now on. One that has ended
// already stays as it ended.
func (s *Service) Withdraw(ctx context.Context, id db.ID) error {
	if err := writes(ctx, access.Seal); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := one(ctx, tx, scanVersion, sqlVersion, access.From(ctx).Practice, id); err != nil {
			return err
		}
		n, err := s.end(ctx, tx, id, Withdrawn)
		if err != nil || n == 0 {
			return err
		}
		s.opened(tx)
		return s.Trail.Record(ctx, tx, line("withdrew", id))
	})
}
