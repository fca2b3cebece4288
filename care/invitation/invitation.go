// Package invitation is the practice's site: its pages in its own words, its
// people as they present themselves, its articles. What is written here is
// meant for everybody, and still sealed in the database like all else.
package invitation

import (
	"context"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service keeps the site and answers its pages.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Settings *settings.Service
	Now      func() time.Time
	// Offerings lists what can be booked, for the page of fees; nil lists nothing.
	Offerings func(ctx context.Context) ([]Fee, error)

	mu      sync.Mutex
	kept    *site // never changed, only replaced
	checked time.Time

	once  sync.Once
	cache *web.Cache
}

// Fee is an offering as the page of fees shows it.
type Fee struct {
	Name, Summary string
	Minutes       int
	Price         string // as it is to be read; "" is free
	Href          string // where it is booked
	Group         string // that several people come at one time; "" when one has it to oneself
}

// Mark says which change made something what it is, and whose it was.
type Mark struct {
	Version int64
	By      db.ID
	At      time.Time
}

// Page is what the practice has made of one page's words.
type Page struct {
	Key  string
	Text string // Markdown; "" is the words that came with Held
	Mark
}

// Profile is how somebody who works here stands on the site.
type Profile struct {
	Person db.ID  `json:"-"`
	Shown  bool   `json:"shown"`
	Place  int    `json:"place"` // smaller stands earlier
	Line   string `json:"line"`
	Words  string `json:"words"` // Markdown
	Mark   `json:"-"`
}

// Limits of what is typed, in characters.
const (
	maxText    = 60_000
	maxWords   = 6_000
	maxLine    = 120
	maxTitle   = 140
	maxSummary = 300
	maxSlug    = 80
)

// errMoved: somebody else has changed it since it was opened.
var errMoved = fault.New(fault.Taken, "Somebody else changed this while you were writing. Nothing of yours or theirs is lost: both stand below. Saving again keeps yours.")

// Page gives one page as it stands; its default when nobody has changed it.
func (s *Service) Page(ctx context.Context, key string) (Page, error) {
	if _, known := settings.WordPage(key); !known {
		return Page{}, fault.New(fault.NotFound, "There is no such page.")
	}
	here, err := s.site(ctx)
	if err != nil {
		return Page{}, err
	}
	p := here.pages[key]
	p.Key = key
	return p, nil
}

// Markdown is what a page says, before the practice's values are filled in.
func (p Page) Markdown() string {
	if p.Text != "" {
		return p.Text
	}
	w, _ := settings.WordPage(p.Key)
	return w.Default()
}

// SavePage changes the words of a page, if it is still as it was opened. No
// words bring back those that came with Held.
func (s *Service) SavePage(ctx context.Context, key string, version int64, text string) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Settings}); err != nil {
		return err
	}
	if _, known := settings.WordPage(key); !known {
		return fault.New(fault.NotFound, "There is no such page.")
	}
	practice := access.From(ctx).Practice
	return s.change(ctx, trail.Entry{Verb: "changed", Kind: "words", Object: practice, Why: key}, func(tx *db.Tx, m Mark) (int64, error) {
		body, err := s.Vault.Seal(ctx, tx, s.field(practice, practice, pageColumn+"."+key), strings.TrimSpace(text))
		if err != nil {
			return 0, err
		}
		return tx.Exec(ctx, sqlSavePage, practice, key, body, m.Version, m.By, db.Micros(m.At), version)
	})
}

// Profile gives how a person stands on the site.
func (s *Service) Profile(ctx context.Context, person db.ID) (Profile, error) {
	if err := mayPresent(ctx, person); err != nil {
		return Profile{}, err
	}
	here, err := s.site(ctx)
	if err != nil {
		return Profile{}, err
	}
	p := here.profiles[person]
	p.Person = person
	return p, nil
}

// SaveProfile changes how a person stands on the site. Each writes about
// themselves; the owner about everybody.
func (s *Service) SaveProfile(ctx context.Context, version int64, p Profile) error {
	if err := mayPresent(ctx, p.Person); err != nil {
		return err
	}
	if c, err := s.People.Card(ctx, p.Person); err != nil || !c.Staff() {
		if err == nil {
			err = errNobody
		}
		return err
	}
	practice := access.From(ctx).Practice
	return s.change(ctx, trail.Entry{Verb: "changed", Subject: p.Person, Kind: "profile", Object: p.Person}, func(tx *db.Tx, m Mark) (int64, error) {
		body, err := s.seal(ctx, tx, practice, p.Person, profileColumn, p)
		if err != nil {
			return 0, err
		}
		return tx.Exec(ctx, sqlSaveProfile, practice, p.Person, body, m.Version, m.By, db.Micros(m.At), version)
	})
}

var errNobody = fault.New(fault.NotFound, "Nobody of this practice is at this address.")

// mayPresent: somebody who works here about themselves, else who sets what the practice says.
func mayPresent(ctx context.Context, person db.ID) error {
	if a := access.From(ctx); a.Staff() && a.Person == person {
		return nil
	}
	return access.Check(ctx, access.Write, access.Resource{Class: access.Settings})
}

// change runs one change of the site: it counts it, does it, and writes it
// down. Doing it touches one row, or none when the row has moved on.
func (s *Service) change(ctx context.Context, e trail.Entry, do func(tx *db.Tx, m Mark) (int64, error)) error {
	a := access.From(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		// Whoever counts first is first: the next waits here for the commit.
		if _, err := tx.Exec(ctx, sqlCount, a.Practice); err != nil {
			return err
		}
		version, err := db.One(ctx, tx, db.Value[int64], sqlVersion, a.Practice)
		if err != nil {
			return err
		}
		n, err := do(tx, Mark{Version: version, By: a.Person, At: s.Now()})
		if err != nil {
			return err
		}
		if n == 0 {
			return errMoved
		}
		tx.After(s.forget)
		return s.Trail.Record(ctx, tx, e)
	})
}
