package people

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
)

// Card is what lists show of a person.
type Card struct {
	ID         db.ID
	Name       string
	Step       string
	Zone       string
	Discretion Discretion
	Roles      []access.Role
	Changed    time.Time
	Team       []Member // who cares for them, by role

	openings []Opening // without their words
	folded   string
	sealed   []byte // the name as it lies in the database: the same bytes, the same name
}

// Staff tells whether the person works here.
func (c Card) Staff() bool {
	return slices.ContainsFunc(c.Roles, func(r access.Role) bool { return r != access.Client })
}

// directory keeps everybody's card opened in memory: names are sealed in the
// database, so they can neither be sorted nor searched there. It is brought
// up to date from the rows changed since it last looked, and read anew from
// the start only when the clock has gone back.
type directory struct {
	mu       sync.Mutex
	practice db.ID
	cards    map[db.ID]*Card // a card is never changed: another one takes its place
	sorted   []*Card         // nil when it is to be sorted anew
	checked  time.Time       // when it was last brought up to date
	slow     time.Time       // when commits that were slower than their clock were last looked for
	since    time.Time       // the oldest change of this process that is not in it yet; zero: none
}

const (
	// freshFor is how long another process's change may go unseen.
	freshFor = 2 * time.Second
	// slowFor is the same for a change whose commit came long after its clock,
	// overlap how long. Reading that again each time would be most of the work of
	// a busy minute.
	slowFor = 10 * time.Second
	overlap = time.Minute
)

// stale says, once tx is committed, that something changed at an instant.
func (d *directory) stale(tx *db.Tx, at time.Time) {
	tx.After(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.since.IsZero() || at.Before(d.since) {
			d.since = at
		}
	})
}

// from is the instant from which on rows are to be read: the beginning when
// nothing is known yet, or the clock has gone back. slow tells that this finds
// slow commits too.
func (d *directory) from(now time.Time) (from time.Time, slow bool) {
	if d.checked.IsZero() || now.Before(d.checked) {
		return time.Time{}, true
	}
	from, slow = d.checked.Add(-freshFor), now.Sub(d.slow) >= slowFor
	if slow {
		from = d.slow.Add(-overlap)
	}
	if !d.since.IsZero() && d.since.Before(from) {
		from = d.since
	}
	return from, slow
}

// Cards lists everybody, sorted by working name. The slice and the cards are shared: read only.
func (s *Service) Cards(ctx context.Context) ([]*Card, error) {
	d := &s.dir
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := s.refresh(ctx, d); err != nil {
		return nil, err
	}
	return d.inOrder(), nil
}

// With lists those who have a role now.
func (s *Service) With(ctx context.Context, r access.Role) ([]db.ID, error) {
	all, err := s.Cards(ctx)
	var out []db.ID
	for _, c := range all {
		if slices.Contains(c.Roles, r) {
			out = append(out, c.ID)
		}
	}
	return out, err
}

// Card finds one person's card; the zero card when there is none.
func (s *Service) Card(ctx context.Context, id db.ID) (Card, error) {
	d := &s.dir
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := s.refresh(ctx, d); err != nil {
		return Card{}, err
	}
	return d.card(id), nil
}

func (d *directory) card(id db.ID) Card {
	if c := d.cards[id]; c != nil {
		return *c
	}
	return Card{}
}

// Names gives the working names of some people.
func (s *Service) Names(ctx context.Context, ids ...db.ID) (map[db.ID]string, error) {
	d := &s.dir
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := s.refresh(ctx, d); err != nil {
		return nil, err
	}
	out := make(map[db.ID]string, len(ids))
	for _, id := range ids {
		out[id] = d.card(id).Name
	}
	return out, nil
}

// Find lists up to n people whose working name has a part that begins with
// each word of the query, whatever its case and accents.
func (s *Service) Find(ctx context.Context, query string, n int) ([]Card, error) {
	all, err := s.Cards(ctx)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(foldName(query))
	var out []Card
	for _, c := range all {
		if len(out) == n {
			break
		}
		if matches(c.folded, words) {
			out = append(out, *c)
		}
	}
	return out, nil
}

func matches(folded string, words []string) bool {
	for _, w := range words {
		if !strings.HasPrefix(folded, w) && !strings.Contains(folded, " "+w) {
			return false
		}
	}
	return true
}

// alike are letters that Unicode does not take apart and people do, and the
// hyphen, behind which another part of a name begins.
var alike = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "-", " ", "‐", " ")

// foldName takes case and accents away.
func foldName(s string) string {
	strip := func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}
	return alike.Replace(strings.Map(strip, norm.NFD.String(s)))
}

func (s *Service) refresh(ctx context.Context, d *directory) error {
	practice, now := access.From(ctx).Practice, s.Now()
	if d.practice != practice {
		d.practice, d.cards, d.sorted, d.checked = practice, map[db.ID]*Card{}, nil, time.Time{}
	}
	if d.since.IsZero() && !d.checked.IsZero() && now.Sub(d.checked) < freshFor && !now.Before(d.checked) {
		return nil
	}
	from, slow := d.from(now)
	rows, err := db.All(ctx, s.DB.Reader(), scanCard, sqlChangedSince, practice, db.Micros(from))
	if err != nil {
		return err
	}
	roles, err := db.All(ctx, s.DB.Reader(), scanRole, sqlRolesChangedSince, practice, db.Micros(from))
	if err != nil {
		return err
	}
	team, err := db.All(ctx, s.DB.Reader(), scanTeam, sqlTeamsChangedSince, practice, db.Micros(from))
	if err != nil {
		return err
	}
	open, err := db.All(ctx, s.DB.Reader(), scanOpening, sqlOpenNow, practice, db.Micros(now))
	if err != nil {
		return err
	}
	if err := s.take(ctx, d, practice, rows, about(roles, team, open)); err != nil {
		return err
	}
	d.checked, d.since = now, time.Time{}
	if slow {
		d.slow = now
	}
	return nil
}

// around is what else a card says of somebody: rows that hang on theirs.
type around struct {
	roles []access.Role
	team  []Member
	open  []Opening
}

func about(roles []roleRow, team []teamRow, open []openingRow) map[db.ID]around {
	out := map[db.ID]around{}
	add := func(id db.ID, change func(*around)) { a := out[id]; change(&a); out[id] = a }
	for _, r := range roles {
		add(r.person, func(a *around) { a.roles = append(a.roles, r.role) })
	}
	for _, t := range team {
		add(t.client, func(a *around) { a.team = append(a.team, t.Member) })
	}
	for _, o := range open {
		add(o.client, func(a *around) { a.open = append(a.open, o.Opening) })
	}
	return out
}

// as tells whether the card says what the rows say.
func (c *Card) as(r cardRow, a around) bool {
	return c.Changed.Equal(r.changed) && c.Step == r.step && c.Zone == r.zone && c.Discretion == r.discretion &&
		slices.Equal(c.Roles, a.roles) && slices.Equal(c.Team, a.team) && slices.Equal(c.openings, a.open) && bytes.Equal(c.sealed, r.name)
}

// take opens the changed rows into the cards.
func (s *Service) take(ctx context.Context, d *directory, practice db.ID, rows []cardRow, more map[db.ID]around) error {
	var changed []*Card
	var unread []vault.Text // the names that are new, and whose card is theirs
	var whose []int
	for _, r := range rows {
		was, there := d.cards[r.id]
		a := more[r.id]
		if there && was.as(r, a) {
			continue
		}
		if !there {
			was = &Card{}
		}
		if !there || !bytes.Equal(was.sealed, r.name) {
			unread, whose = append(unread, vault.Text{Subject: r.id, Row: r.id, Sealed: r.name}), append(whose, len(changed))
		}
		changed = append(changed, &Card{ID: r.id, Name: was.Name, Step: r.step, Zone: r.zone, Discretion: r.discretion, Roles: a.roles, Changed: r.changed,
			Team: a.team, openings: a.open, folded: was.folded, sealed: r.name})
	}
	err := s.Vault.OpenMany(ctx, s.DB.Reader(), s.field(practice, practice, "name"), unread, func(i int, name string, err error) {
		if name == "" || err != nil {
			name = erasedName
		}
		c := changed[whose[i]]
		c.Name, c.folded = name, foldName(name)
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	for _, c := range changed {
		d.cards[c.ID] = c
	}
	d.sorted = nil
	return nil
}

// inOrder sorts the cards when somebody asks for them in order: most pages
// want a few names only.
func (d *directory) inOrder() []*Card {
	if d.sorted == nil {
		d.sorted = slices.SortedFunc(maps.Values(d.cards), func(a, b *Card) int {
			return cmp.Or(cmp.Compare(a.folded, b.folded), slices.Compare(a.ID[:], b.ID[:]))
		})
	}
	return d.sorted
}
