package medicine

import (
	"context"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/timeline"
)

// SaidWords are somebody's own words: theirs to keep or to take away.
type SaidWords struct {
	Words, Salt string
	Gone        bool // taken away by the person
}

// SaidDigest is what stands in a paper in place of somebody's words.
func SaidDigest(salt, said string) string { return Sum(salt + "\n" + said) }

// OwnSaid is what somebody said in a session, as they see it themselves.
type OwnSaid struct {
	ID      db.ID
	Session db.ID
	At      time.Time
	Words   string
	Kept    bool // they chose to keep it
	Gone    bool // they took it away
	Counts  bool // false: who wrote it down corrected it, or took it back
}

// OwnSession is one session of somebody's in which words were written down.
type OwnSession struct {
	ID     db.ID
	Title  string
	Start  time.Time
	Sealed bool
	Said   []OwnSaid
}

// wordsOf are the words that are still there, by entry. It asks no policy.
func (s *Service) wordsOf(ctx context.Context, q db.Q, session db.ID) (map[string]SaidWords, error) {
	rows, err := db.All(ctx, q, scanSaid, sqlSaidIn, access.From(ctx).Practice, session)
	if err != nil {
		return nil, err
	}
	out := map[string]SaidWords{}
	for _, x := range rows {
		var w words
		if err := s.open(ctx, q, x.id, x.id, saidBody, x.body, &w); err != nil {
			return nil, err
		}
		out[x.id.String()] = SaidWords{Words: w.Words, Salt: w.Salt, Gone: !x.gone.IsZero() || w.Salt == ""}
	}
	return out, nil
}

// own asks the policy about what is a client's own.
func ownWords(ctx context.Context, v access.Verb) (db.ID, error) {
	client := access.From(ctx).Person
	return client, access.Check(ctx, v, access.Resource{Class: access.Own, Subject: client})
}

// Mine is what the signed-in client said in sessions that have ended, the latest
// session first.
func (s *Service) Mine(ctx context.Context) (out []OwnSession, err error) {
	client, err := ownWords(ctx, access.Read)
	if err != nil {
		return nil, err
	}
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	rows, err := db.All(ctx, q, scanSaid, sqlSaidOf, practice, client)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	chosen, err := db.All(ctx, q, db.Value[db.ID], sqlKeptSaid, practice, client)
	if err != nil {
		return nil, err
	}
	kept := map[db.ID]bool{}
	for _, id := range chosen {
		kept[id] = true
	}
	of := map[db.ID][]saidRow{}
	for _, x := range rows {
		of[x.session] = append(of[x.session], x)
	}
	seats, err := db.All(ctx, q, scanSeat, sqlSeatsOf, practice, client)
	if err != nil {
		return nil, err
	}
	for i := len(seats) - 1; i >= 0; i-- {
		if len(of[seats[i].Session]) == 0 || seats[i].Ended.IsZero() {
			continue
		}
		x, err := s.ownSession(ctx, q, seats[i], kept)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Spoke tells whether anything that the signed-in client said was written down.
func (s *Service) Spoke(ctx context.Context) (bool, error) {
	client, err := ownWords(ctx, access.Read)
	if err != nil {
		return false, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanSaid, sqlSaidOf, access.From(ctx).Practice, client)
	return len(rows) > 0, err
}

// ownSession reads as the program: that it is theirs was asked before.
func (s *Service) ownSession(ctx context.Context, q db.Q, row seatRow, kept map[db.ID]bool) (out OwnSession, err error) {
	ctx = reckoning(ctx)
	seat, err := s.seat(ctx, q, row)
	if err != nil {
		return out, err
	}
	t, err := s.timeline(ctx, q, seat)
	if err != nil {
		return out, err
	}
	out = OwnSession{ID: seat.Session, Title: seat.Title, Start: seat.Start, Sealed: !seat.Sealed.IsZero()}
	for _, l := range t.Entries {
		var b timeline.SaidBody
		id, err := db.ParseID(l.ID)
		if l.Kind != timeline.Said || err != nil || !l.Read(&b) {
			continue
		}
		out.Said = append(out.Said, OwnSaid{ID: id, Session: seat.Session, At: l.At, Words: b.Words, Kept: kept[id], Gone: b.Gone, Counts: l.Stands()})
	}
	return out, nil
}

// KeepSaid notes that the signed-in client keeps some words of theirs.
func (s *Service) KeepSaid(ctx context.Context, id db.ID) error {
	client, err := ownWords(ctx, access.Write)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		practice := access.From(ctx).Practice
		if err := s.mySaid(ctx, tx, client, id); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlKeepWords, db.Micros(s.Now()), practice, id, client)
		if err != nil {
			return err
		}
		if n == 0 {
			return errWordsGone
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "kept", Subject: client, Kind: "words said", Object: id})
	})
}

var (
	errNoWords   = fault.New(fault.NotFound, "These words are not here, or not yours.")
	errWordsGone = fault.New(fault.Gone, "You have taken these words away already. Nothing of them is left.")
)

// TakeSaid takes some words of the signed-in client's away for good: the sealed
// row is emptied and its key destroyed. The entry and its digest stay, so that
// what was signed still holds.
func (s *Service) TakeSaid(ctx context.Context, id db.ID) error {
	client, err := ownWords(ctx, access.Write)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		practice := access.From(ctx).Practice
		if err := s.mySaid(ctx, tx, client, id); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlTakeWords, []byte{}, db.Micros(s.Now()), practice, id, client)
		if err != nil || n == 0 { // taken away before
			return err
		}
		if err := s.Vault.Erase(ctx, tx, practice, id, vault.Clinical); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Subject: client, Kind: "words said", Object: id})
	})
}

// mySaid tells whether some words are a client's own, of a session that has ended.
func (s *Service) mySaid(ctx context.Context, q db.Q, client, id db.ID) error {
	practice := access.From(ctx).Practice
	all, err := db.All(ctx, q, scanSaid, sqlSaid, practice, id)
	if err != nil {
		return err
	}
	if len(all) == 0 || all[0].client != client {
		return errNoWords
	}
	seat, err := db.One(ctx, q, scanSeat, sqlSeat, practice, all[0].session)
	if err == nil && seat.Ended.IsZero() {
		err = fault.New(fault.Taken, "This session has not ended yet. You can choose what happens with your words as soon as it has.")
	}
	return err
}

// eraseSaid destroys the keys of all words of a client's, and their rows.
func (s *Service) eraseSaid(ctx context.Context, tx *db.Tx, client db.ID) error {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, tx, scanSaid, sqlSaidOf, practice, client)
	if err != nil {
		return err
	}
	for _, x := range rows {
		if err := s.Vault.Erase(ctx, tx, practice, x.id, vault.Clinical); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, sqlDropSaid, practice, client)
	return err
}
