package people

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/trail"
)

// Member is somebody on a client's care team.
type Member struct {
	Person db.ID
	Role   access.Role
	Since  time.Time
}

// Opening is a record that somebody opened without being on its team.
type Opening struct {
	ID     db.ID
	Person db.ID
	Reason access.Reason
	Words  string
	At     time.Time
	Ends   time.Time
}

// TeamRoles are the roles in which somebody can care for a client.
var TeamRoles = []access.Role{access.Guide, access.Prescriber, access.Attendant}

// GlassFor is how long a record stays open to whoever opened it for a stated reason.
const GlassFor = 4 * time.Hour

// MaxWhy is how much is written about why a record was opened, in characters.
const MaxWhy = 500

// caresOf is what somebody is to each client, as the directory knows it. Where
// it cannot be read they are nothing to anybody.
func (s *Service) caresOf(practice, person db.ID) func(db.ID) access.Care {
	ctx := access.With(context.Background(), access.Actor{Practice: practice, Via: access.System})
	return func(client db.ID) (c access.Care) {
		d := &s.dir
		d.mu.Lock()
		defer d.mu.Unlock()
		if err := s.refresh(ctx, d); err != nil {
			return c
		}
		card := d.card(client)
		for _, m := range card.Team {
			if m.Person == person {
				c.As = append(c.As, m.Role)
			}
		}
		now := s.Now()
		c.Glass = slices.ContainsFunc(card.openings, func(o Opening) bool { return o.Person == person && o.Ends.After(now) })
		return c
	}
}

// Join puts colleagues on a client's care team in each of the roles that they
// hold and can care in, within the transaction that makes it so: they have
// been given an appointment, or taken charge of an inquiry. Whoever gives it to
// themselves does not join a team that others are on: that would be a way
// around saying why.
func (s *Service) Join(ctx context.Context, tx *db.Tx, client db.ID, colleagues ...db.ID) error {
	there, err := s.known(ctx, client)
	if err != nil {
		return err
	}
	for _, colleague := range colleagues {
		if len(there.Team) > 0 && byThemselves(ctx, colleague) {
			continue
		}
		c, err := s.known(ctx, colleague)
		if err != nil {
			return err
		}
		for _, r := range c.Roles {
			if client == colleague || r != access.Guide && r != access.Prescriber || there.cares(colleague, r) {
				continue
			}
			if err := s.join(ctx, tx, client, colleague, r, "appointment"); err != nil {
				return err
			}
		}
	}
	return nil
}

// byThemselves tells whether somebody does this for themselves.
func byThemselves(ctx context.Context, colleague db.ID) bool {
	a := access.From(ctx)
	return a.Via == access.Session && a.Staff() && a.Person == colleague
}

// known is somebody's card as it was last read: a booking must not wait for
// the whole directory. Who is not in it is on nobody's mind yet.
func (s *Service) known(ctx context.Context, id db.ID) (Card, error) {
	d := &s.dir
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.practice != access.From(ctx).Practice || d.checked.IsZero() {
		if err := s.refresh(ctx, d); err != nil {
			return Card{}, err
		}
	}
	return d.card(id), nil
}

func (c Card) cares(colleague db.ID, r access.Role) bool {
	return slices.ContainsFunc(c.Team, func(m Member) bool { return m.Person == colleague && m.Role == r })
}

// newcomer is what a transaction keeps of whom it has added: nobody is on their
// team but whom it puts there, and their row says by itself that it is new.
type newcomer db.ID

// seat is a place on a team that a transaction has given.
type seat struct {
	client, colleague db.ID
	role              access.Role
}

func (s *Service) join(ctx context.Context, tx *db.Tx, client, colleague db.ID, r access.Role, why string) error {
	there, err := s.give(ctx, tx, seat{client, colleague, r})
	if err != nil || there {
		return err
	}
	return s.Trail.Record(access.Following(ctx), tx, trail.Entry{Verb: "joined", Subject: client, Kind: "team", Object: colleague, Why: why})
}

// give gives a place on a team, and tells whether it was theirs already.
func (s *Service) give(ctx context.Context, tx *db.Tx, p seat) (there bool, err error) {
	practice := access.From(ctx).Practice
	args := []any{practice, p.client, p.colleague, string(p.role), db.Micros(s.Now())}
	if tx.Kept(newcomer(p.client)) == nil {
		n, err := tx.Exec(ctx, sqlJoin, args...)
		if err != nil || n == 0 {
			return true, err
		}
		return false, s.touch(ctx, tx, practice, p.client)
	}
	if tx.Kept(p) != nil {
		return true, nil
	}
	tx.Keep(p, true)
	return false, tx.Later(ctx, nil, sqlJoin, args...)
}

// Assign puts a colleague on a client's care team by hand. Where somebody puts
// themselves on a team that others are on, the client and the owners are told.
func (s *Service) Assign(ctx context.Context, client, colleague db.ID, r access.Role) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Team, Subject: client}); err != nil {
		return err
	}
	c, err := s.Card(ctx, colleague)
	if err != nil {
		return err
	}
	if client == colleague || !slices.Contains(TeamRoles, r) || !slices.Contains(c.Roles, r) {
		return fault.Field("member", "Please choose a colleague who works here in that role. Nothing was changed.")
	}
	there, err := s.Card(ctx, client)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.join(ctx, tx, client, colleague, r, "by hand"); err != nil {
			return err
		}
		if len(there.Team) == 0 || there.cares(colleague, r) || !byThemselves(ctx, colleague) || s.Joined == nil {
			return nil
		}
		return s.Joined(ctx, tx, client)
	})
}

// Unassign takes a colleague off a client's care team.
func (s *Service) Unassign(ctx context.Context, client, colleague db.ID, r access.Role) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Team, Subject: client}); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlLeave, practice, client, colleague, string(r))
		if err != nil || n == 0 {
			return err
		}
		if err := s.touch(ctx, tx, practice, client); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "left", Subject: client, Kind: "team", Object: colleague, Why: string(r)})
	})
}

// Break opens a client's record to the actor, who is not on its team, for a
// stated reason and for GlassFor. The owner and the client are told.
func (s *Service) Break(ctx context.Context, client db.ID, reason access.Reason, words string) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Glass, Subject: client, Reason: reason}); err != nil {
		return err
	}
	words = strings.TrimSpace(words)
	switch {
	case words == "":
		return fault.Field("words", "Please write in a sentence why. The owner and the client will see it.")
	case utf8.RuneCountInString(words) > MaxWhy:
		return fault.Field("words", "Please keep this under 500 characters.")
	}
	a, now := access.From(ctx), s.Now()
	id := db.NewID()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		open, err := db.One(ctx, tx, db.Value[int], sqlStillOpen, a.Practice, client, a.Person, db.Micros(now))
		if err != nil || open > 0 { // it was sent twice
			return err
		}
		sealed, err := s.Vault.Seal(ctx, tx, glassField(a.Practice, client, id), words)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlBreak, a.Practice, client, id, a.Person, string(reason), sealed, db.Micros(now), db.Micros(now.Add(GlassFor))); err != nil {
			return err
		}
		if err := s.touch(ctx, tx, a.Practice, client); err != nil {
			return err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "opened", Subject: client, Kind: "record", Object: id, Why: string(reason)}); err != nil {
			return err
		}
		if s.Opened != nil {
			return s.Opened(ctx, tx, client, id)
		}
		return nil
	})
}

func glassField(practice, client, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Contact, Row: id, Column: "people_glass.words"}
}

// Openings lists the times that a client's record was opened from outside its
// team, the newest first.
func (s *Service) Openings(ctx context.Context, client db.ID) ([]Opening, error) {
	a := access.From(ctx)
	cares := a.Cares != nil && (len(a.Cares(client).As) > 0 || a.Cares(client).Glass)
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Glass, Subject: client}); err != nil && !cares {
		return nil, err
	}
	practice, q := access.From(ctx).Practice, s.DB.Reader()
	rows, err := db.All(ctx, q, scanOpening, sqlOpenings, practice, client)
	if err != nil {
		return nil, err
	}
	out := make([]Opening, len(rows))
	for i, r := range rows {
		out[i] = r.Opening
		if out[i].Words, err = s.Vault.Open(ctx, q, glassField(practice, client, r.ID), r.words); err != nil {
			return nil, err
		}
	}
	return out, nil
}
