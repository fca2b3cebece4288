package space

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Share says that a file was made for somebody else to read as well: a copy of
// an entry, sealed to its writer and to one clinician, or an answer to one.
type Share struct {
	Owner db.ID  `json:"owner"`
	With  db.ID  `json:"with"`
	File  db.ID  `json:"file"`
	About db.ID  `json:"about"` // the shared entry that it belongs to
	Day   string `json:"day"`
}

// Clinician is somebody with whom a client can share, and their public keys;
// empty until they have made them.
type Clinician struct {
	ID        db.ID  `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	Recipient string `json:"recipient"`
	Verifier  string `json:"verifier"`
}

// Clinicians are the guides and prescribers on the signed-in client's care team.
func (s *Service) Clinicians(ctx context.Context) ([]Clinician, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return nil, err
	}
	card, err := s.People.Card(ctx, a.Person)
	if err != nil {
		return nil, err
	}
	var out []Clinician
	for _, m := range card.Team {
		if m.Role != access.Guide && m.Role != access.Prescriber || slices.ContainsFunc(out, func(c Clinician) bool { return c.ID == m.Person }) {
			continue
		}
		c, err := s.publicKeys(ctx, m.Person)
		if err != nil {
			return nil, err
		}
		c.Role = string(m.Role)
		out = append(out, c)
	}
	return out, nil
}

func (s *Service) publicKeys(ctx context.Context, person db.ID) (Clinician, error) {
	card, err := s.People.Card(ctx, person)
	if err != nil {
		return Clinician{}, err
	}
	c := Clinician{ID: person, Name: card.Name}
	r, err := db.One(ctx, s.DB.Reader(), scanJournal, sqlJournal, access.From(ctx).Practice, person)
	if errors.Is(err, db.ErrNone) {
		return c, nil
	}
	c.Recipient, c.Verifier = r.Recipient, r.Verifier
	return c, err
}

// Shared lists what the signed-in client has shared, and the answers to it.
func (s *Service) Shared(ctx context.Context) (mine, theirs []Share, err error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return nil, nil, err
	}
	if mine, err = db.All(ctx, s.DB.Reader(), scanShare, sqlSharesOf, a.Practice, a.Person); err != nil {
		return nil, nil, err
	}
	theirs, err = db.All(ctx, s.DB.Reader(), scanShare, sqlSharesWith, a.Practice, a.Person)
	return mine, theirs, err
}

// ShareFile lets a clinician of the client's care team read one entry of theirs,
// which the browser has sealed to both, and its pictures and recordings: all of it
// at once, when all of it is here.
func (s *Service) ShareFile(ctx context.Context, file, with db.ID, pieces []db.ID) error {
	all, err := s.Clinicians(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c Clinician) bool { return c.ID == with }) {
		return fault.New(fault.Forbidden, "This person is not on your care team any more. Nothing was shared.")
	}
	a := access.From(ctx)
	for _, id := range append([]db.ID{file}, pieces...) {
		if _, err := s.file(ctx, a.Person, id); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, id := range pieces {
			if err := s.share(ctx, tx, Share{Owner: a.Person, With: with, File: id, About: file}, a.Person); err != nil {
				return err
			}
		}
		return s.share(ctx, tx, Share{Owner: a.Person, With: with, File: file}, a.Person)
	})
}

// share notes it, on the trail of the client whose it is; what belongs to an
// entry travels with it and has no line of its own.
func (s *Service) share(ctx context.Context, tx *db.Tx, sh Share, client db.ID) error {
	n, err := tx.Exec(ctx, sqlShare, access.From(ctx).Practice, sh.Owner, sh.With, sh.File, sh.About, s.day())
	if err != nil || n == 0 { // it was sent twice
		return err
	}
	verb := "shared"
	if client != sh.Owner {
		verb = "answered"
	} else if !sh.About.IsZero() {
		return nil
	}
	if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: verb, Subject: client, Kind: "shared entry", Object: sh.File}); err != nil {
		return err
	}
	return s.tellShared(ctx, tx, sh, client)
}

// The letters of sharing. They say that something is there, and not what.
const (
	letterShared      = "space.shared"       // to the clinician
	letterShareAnswer = "space.share-answer" // to the client
)

func (s *Service) tellShared(ctx context.Context, tx *db.Tx, sh Share, client db.ID) error {
	p, err := s.People.Reach(ctx, tx, sh.With)
	if err != nil || p.Email() == "" || p.Discretion == people.Silent {
		return err
	}
	kind := letterShared
	if sh.With == client {
		kind = letterShareAnswer
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: kind, Subject: sh.With, Ref: sh.File, Body: client})
}

func (s *Service) sharedLetter(ctx context.Context, to db.ID, body []byte) (*mail.Message, error) {
	var client db.ID
	if err := json.Unmarshal(body, &client); err != nil {
		return nil, err
	}
	return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something is there for you to read", Full: "A client shares an entry of their journal with you", Path: "/desk/people/" + client.String() + "/shared"})
}

func (s *Service) shareAnswerLetter(ctx context.Context, to db.ID, _ []byte) (*mail.Message, error) {
	return s.Settings.Write(ctx, to, settings.Note{Neutral: "Something is there for you to read", Full: "There is an answer to an entry that you share", Path: "/space/journal#shared"})
}

// Withdraw ends a share of the signed-in client's: the copy goes, with all that
// belongs to it and the answers to it. What was read was read.
func (s *Service) Withdraw(ctx context.Context, file, with db.ID) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		there := false
		for _, way := range [][2]db.ID{{a.Person, with}, {with, a.Person}} {
			all, err := db.All(ctx, tx, scanShare, sqlSharesBetween, a.Practice, way[0], way[1])
			if err != nil {
				return err
			}
			for _, sh := range all {
				if sh.About != file && (sh.File != file || sh.Owner != a.Person) {
					continue
				}
				there = there || sh.File == file
				if err := s.takeBack(ctx, tx, sh); err != nil {
					return err
				}
			}
		}
		if !there { // withdrawn already
			return nil
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "withdrew", Subject: a.Person, Kind: "shared entry", Object: file})
	})
}

// takeBack removes a share, whoever made it, and the copy that was made for it.
func (s *Service) takeBack(ctx context.Context, tx *db.Tx, sh Share) error {
	if err := s.dropLetters(ctx, tx, sh); err != nil {
		return err
	}
	for _, forget := range []string{sqlUnshare, sqlTakeOff} {
		if _, err := tx.Exec(ctx, forget, access.From(ctx).Practice, sh.Owner, sh.With, sh.File); err != nil {
			return err
		}
	}
	return s.remove(access.With(ctx, access.Actor{Practice: access.From(ctx).Practice, Person: sh.Owner, Via: access.System}), tx, sh.File)
}

// dropLetters takes back what was not sent yet about a share.
func (s *Service) dropLetters(ctx context.Context, tx *db.Tx, sh Share) error {
	for _, kind := range []string{letterShared, letterShareAnswer} {
		if err := s.Letters.Drop(ctx, tx, kind, sh.File); err != nil {
			return err
		}
	}
	return nil
}

// AnswerFile finds an answer to the signed-in client.
func (s *Service) AnswerFile(ctx context.Context, owner, id db.ID) (File, error) {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return File{}, err
	}
	f, _, err := s.sharedFile(ctx, owner, a.Person, id)
	return f, err
}

func (s *Service) sharedFile(ctx context.Context, owner, with, id db.ID) (File, Share, error) {
	sh, err := db.One(ctx, s.DB.Reader(), scanShare, sqlSharedFile, access.From(ctx).Practice, owner, with, id)
	if errors.Is(err, db.ErrNone) {
		return File{}, sh, errUnknown
	}
	if err != nil {
		return File{}, sh, err
	}
	f, err := s.file(ctx, owner, id)
	return f, sh, err
}

// between is what a client and the signed-in clinician have shared.
func (s *Service) between(ctx context.Context, client db.ID) (theirs, mine []Share, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Shared, Subject: client}); err != nil {
		return nil, nil, err
	}
	a := access.From(ctx)
	if theirs, err = db.All(ctx, s.DB.Reader(), scanShare, sqlSharesBetween, a.Practice, client, a.Person); err != nil {
		return nil, nil, err
	}
	mine, err = db.All(ctx, s.DB.Reader(), scanShare, sqlSharesBetween, a.Practice, a.Person, client)
	return theirs, mine, err
}

// sharedByClient finds a file that a client shares with the signed-in clinician, or
// an answer of theirs. The reading of an entry is on the client's trail; its
// pictures and recordings come with it.
func (s *Service) sharedByClient(ctx context.Context, client, id db.ID) (File, db.ID, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Shared, Subject: client}); err != nil {
		return File{}, db.ID{}, err
	}
	a := access.From(ctx)
	if f, _, err := s.sharedFile(ctx, a.Person, client, id); err == nil {
		return f, a.Person, nil
	}
	f, sh, err := s.sharedFile(ctx, client, a.Person, id)
	if err != nil || !sh.About.IsZero() {
		return f, client, err
	}
	return f, client, s.Trail.Saw(ctx, trail.Entry{Subject: client, Kind: "shared entry", Object: id})
}

// answerSealed keeps a clinician's answer to a shared entry, and shares it when
// it is here as a whole.
func (s *Service) answerSealed(ctx context.Context, client, about db.ID, p Part) (File, error) {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Shared, Subject: client}); err != nil {
		return File{}, err
	}
	a := access.From(ctx)
	if _, _, err := s.sharedFile(ctx, client, a.Person, about); err != nil {
		return File{}, err
	}
	if err := p.check(); err != nil {
		return File{}, err
	}
	var f File
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if f, err = s.putPart(ctx, tx, p); err != nil || f.upload != p.Upload { // more of it is to come
			return err
		}
		return s.share(ctx, tx, Share{Owner: a.Person, With: client, File: p.File, About: about}, client)
	})
	return f, err
}
