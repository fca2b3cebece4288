package invitation

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
)

// Words is an article as it was written.
type Words struct {
	Title   string    `json:"title"`
	Slug    string    `json:"slug"`
	Summary string    `json:"summary"`
	Text    string    `json:"text"` // Markdown
	Author  db.ID     `json:"author"`
	At      time.Time `json:"at"` // publication; zero in a draft means "when it is published"
}

// Article is a piece of writing: what is public of it, and what is being
// written. Either may be missing, never both.
type Article struct {
	ID      db.ID     `json:"-"`
	Public  *Words    `json:"public,omitempty"`
	Draft   *Words    `json:"draft,omitempty"`
	Revised time.Time `json:"revised"` // when public words were last replaced
	Mark    `json:"-"`
}

// State is where an article stands.
type State string

// The states.
const (
	Draft     State = "draft"
	Scheduled State = "scheduled"
	Published State = "published"
)

// State is where the article stands at an instant.
func (a Article) State(at time.Time) State {
	switch {
	case a.Public == nil:
		return Draft
	case a.Public.At.After(at):
		return Scheduled
	}
	return Published
}

// Newest is what its editor goes on writing.
func (a Article) Newest() Words {
	if a.Draft != nil {
		return *a.Draft
	}
	if a.Public != nil {
		return *a.Public
	}
	return Words{}
}

// updated is when a reader of the feed should look again.
func (a Article) updated() time.Time {
	if a.Revised.After(a.Public.At) {
		return a.Revised
	}
	return a.Public.At
}

// slug is the address that nobody else may take.
func (a Article) slug() string {
	if a.Public != nil {
		return a.Public.Slug
	}
	return a.Draft.Slug
}

// Articles lists every article for the desk.
func (s *Service) Articles(ctx context.Context) ([]Article, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Articles}); err != nil {
		return nil, err
	}
	here, err := s.site(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Article, 0, len(here.articles))
	for _, a := range here.articles {
		out = append(out, a)
	}
	return out, nil
}

// Article finds one article for the desk.
func (s *Service) Article(ctx context.Context, id db.ID) (Article, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Articles}); err != nil {
		return Article{}, err
	}
	here, err := s.site(ctx)
	if err != nil {
		return Article{}, err
	}
	a, there := here.articles[id]
	if !there {
		return a, errNoArticle
	}
	return a, nil
}

var errNoArticle = fault.New(fault.NotFound, "This article is not here. It may have been deleted.")

// SaveDraft keeps words without showing them to anybody outside. What is
// public already stays as it is.
func (s *Service) SaveDraft(ctx context.Context, id db.ID, version int64, w Words) error {
	return s.alter(ctx, id, version, "wrote", &w, func(a *Article) error {
		a.Draft = &w
		return nil
	})
}

// Publish makes words public: at once, or from the time they carry.
func (s *Service) Publish(ctx context.Context, id db.ID, version int64, w Words) error {
	return s.alter(ctx, id, version, "published", &w, func(a *Article) error {
		if strings.TrimSpace(w.Text) == "" {
			return fault.Field("text", "There is nothing to read here yet.")
		}
		now := s.Now()
		switch {
		case a.Public != nil && w.At.IsZero():
			w.At = a.Public.At
		case w.At.IsZero():
			w.At = now
		}
		if a.Public != nil && !a.Public.At.After(now) {
			a.Revised = now
		}
		a.Public, a.Draft = &w, nil
		return nil
	})
}

// TakeDown makes an article a draft again.
func (s *Service) TakeDown(ctx context.Context, id db.ID, version int64) error {
	return s.alter(ctx, id, version, "took down", nil, func(a *Article) error {
		w := a.Newest()
		w.At = time.Time{}
		a.Draft, a.Public, a.Revised = &w, nil, time.Time{}
		return nil
	})
}

// Delete takes an article away for good.
func (s *Service) Delete(ctx context.Context, id db.ID, version int64) error {
	return s.alter(ctx, id, version, "deleted", nil, func(a *Article) error {
		a.Public, a.Draft = nil, nil
		return nil
	})
}

// alter changes one article, if it is still as it was opened.
func (s *Service) alter(ctx context.Context, id db.ID, version int64, verb string, w *Words, do func(*Article) error) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Articles}); err != nil {
		return err
	}
	s.forget() // decide by what is there, not by what was
	here, err := s.site(ctx)
	if err != nil {
		return err
	}
	a, there := here.articles[id]
	switch {
	case a.Version != version:
		return errMoved
	case !there && w == nil:
		return errNoArticle
	}
	if w != nil {
		if err := here.complete(id, w); err != nil {
			return err
		}
	}
	if err := do(&a); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	err = s.change(ctx, trail.Entry{Verb: verb, Kind: "article", Object: id}, func(tx *db.Tx, m Mark) (int64, error) {
		var hash, body []byte
		if a.Public != nil || a.Draft != nil {
			hash = s.Vault.Index(practice, slugPurpose, a.slug())
			if body, err = s.seal(ctx, tx, practice, id, articleColumn, a); err != nil {
				return 0, err
			}
		}
		return tx.Exec(ctx, sqlSaveArticle, practice, id, hash, body, m.Version, m.By, db.Micros(m.At), version)
	})
	if db.Taken(err) {
		return errSlug
	}
	return err
}

var errSlug = fault.Field("slug", "Another article has this address. Please choose another one.")

// complete checks words and gives them an address of their own when they have none.
func (n *site) complete(id db.ID, w *Words) error {
	w.Title, w.Slug = strings.TrimSpace(w.Title), strings.TrimSpace(w.Slug)
	if w.Title == "" {
		return fault.Field("title", "Please give the article a title, if only for now.")
	}
	if w.Slug != "" {
		if w.Slug != slugOf(w.Slug) {
			return fault.Field("slug", "An address is made of small letters, figures and hyphens, as in "+orWords(slugOf(w.Slug), "on-being-tired")+".")
		}
		if n.slugTaken(w.Slug, id) {
			return errSlug
		}
		return nil
	}
	base := orWords(slugOf(w.Title), "article")
	w.Slug = base
	for i := 2; n.slugTaken(w.Slug, id); i++ {
		w.Slug = base + "-" + strconv.Itoa(i)
	}
	return nil
}

func (n *site) slugTaken(slug string, but db.ID) bool {
	for _, a := range n.articles {
		if a.ID != but && a.slug() == slug {
			return true
		}
	}
	return false
}

// slugOf makes an address of a title: "Über das Müdesein" becomes "uber-das-mudesein".
func slugOf(title string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxSlug {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

func orWords(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
