package invitation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sort"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
)

// site is everything the site says, opened. It is replaced and never changed,
// so whoever holds it reads it without a lock.
type site struct {
	version  int64
	pages    map[string]Page
	articles map[db.ID]Article
	profiles map[db.ID]Profile

	public []Article // published or to be, the newest first
	bySlug map[string]db.ID
	shown  []Profile // in their order
}

// seenFor is how long another process's change may go unseen.
const seenFor = 2 * time.Second

// site is the site as it stands, at most seenFor behind another process and
// never behind this one.
func (s *Service) site(ctx context.Context) (*site, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	if s.kept != nil && !s.checked.IsZero() && now.Sub(s.checked) < seenFor && !now.Before(s.checked) {
		return s.kept, nil
	}
	practice := access.From(ctx).Practice
	version, err := db.One(ctx, s.DB.Reader(), db.Value[int64], sqlVersion, practice)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return nil, err
	}
	if s.kept == nil {
		s.kept = &site{}
	}
	if version != s.kept.version || s.kept.pages == nil {
		next, err := s.grow(ctx, practice, s.kept)
		if err != nil {
			return nil, err
		}
		// Rows newer than the count are read again next time; none is missed.
		next.version = version
		s.kept = next
	}
	s.checked = now
	return s.kept, nil
}

// forget makes the next reader look at once.
func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checked = time.Time{}
}

// grow opens the rows that are newer than what was known.
func (s *Service) grow(ctx context.Context, practice db.ID, was *site) (*site, error) {
	n := &site{pages: copied(was.pages), articles: copied(was.articles), profiles: copied(was.profiles)}
	if err := s.growPages(ctx, practice, was.version, n); err != nil {
		return nil, err
	}
	articles, err := db.All(ctx, s.DB.Reader(), scanID, sqlArticles, practice, was.version)
	if err != nil {
		return nil, err
	}
	for _, r := range articles {
		if r.body == nil {
			delete(n.articles, r.id)
			continue
		}
		a := Article{ID: r.id, Mark: r.Mark}
		if err := s.open(ctx, practice, r, articleColumn, &a); err != nil {
			return nil, err
		}
		n.articles[r.id] = a
	}
	profiles, err := db.All(ctx, s.DB.Reader(), scanID, sqlProfiles, practice, was.version)
	if err != nil {
		return nil, err
	}
	for _, r := range profiles {
		p := Profile{Person: r.id, Mark: r.Mark}
		if err := s.open(ctx, practice, r, profileColumn, &p); err != nil {
			return nil, err
		}
		n.profiles[r.id] = p
	}
	n.order()
	return n, nil
}

func (s *Service) growPages(ctx context.Context, practice db.ID, from int64, n *site) error {
	pages, err := db.All(ctx, s.DB.Reader(), scanPage, sqlPages, practice, from)
	if err != nil {
		return err
	}
	for _, r := range pages {
		text, err := s.Vault.Open(ctx, s.DB.Reader(), s.field(practice, practice, pageColumn+"."+r.key), r.body)
		if err != nil {
			return err
		}
		n.pages[r.key] = Page{Key: r.key, Text: text, Mark: r.Mark}
	}
	return nil
}

func copied[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

// order sorts what visitors see.
func (n *site) order() {
	n.bySlug = map[string]db.ID{}
	for _, a := range n.articles {
		if a.Public != nil {
			n.public = append(n.public, a)
			n.bySlug[a.Public.Slug] = a.ID
		}
	}
	slices.SortFunc(n.public, func(a, b Article) int {
		return cmp.Or(b.Public.At.Compare(a.Public.At), slices.Compare(b.ID[:], a.ID[:]))
	})
	for _, p := range n.profiles {
		if p.Shown {
			n.shown = append(n.shown, p)
		}
	}
	slices.SortFunc(n.shown, func(a, b Profile) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), slices.Compare(a.Person[:], b.Person[:]))
	})
}

// published are the articles that are out at an instant, the newest first.
func (n *site) published(at time.Time) []Article {
	i := sort.Search(len(n.public), func(i int) bool { return !n.public[i].Public.At.After(at) })
	return n.public[i:]
}

// The columns, as the vault knows them.
const (
	pageColumn    = "invitation_pages.body"
	articleColumn = "invitation_articles.body"
	profileColumn = "invitation_profiles.body"
)

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "invitation_pages", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "practice_id", Part: "page"},
	{Table: "invitation_articles", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "id"},
	{Table: "invitation_profiles", Column: "body", Class: vault.Contact, Subject: "practice_id", Row: "person_id"},
}

// Lookups are the columns of this package that are hashes.
var Lookups = []vault.Lookup{{Table: "invitation_articles", Column: "slug_hash", Purpose: slugPurpose, Of: func(row map[string]any) string {
	var a Article
	body, _ := row["body"].(string)
	if json.Unmarshal([]byte(body), &a) != nil || a.Public == nil && a.Draft == nil {
		return ""
	}
	return a.slug()
}}}

const slugPurpose = "invitation.slug"

// field is where a text of the site is sealed: it is the practice's own.
func (s *Service) field(practice, row db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Contact, Row: row, Column: column}
}

func (s *Service) seal(ctx context.Context, tx *db.Tx, practice, row db.ID, column string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.Vault.Seal(ctx, tx, s.field(practice, row, column), string(plain))
}

func (s *Service) open(ctx context.Context, practice db.ID, r idRow, column string, v any) error {
	plain, err := s.Vault.Open(ctx, s.DB.Reader(), s.field(practice, r.id, column), r.body)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(plain), v)
}
