// Package backup keeps a practice from being lost: backups while serving, on a
// schedule and with retention, the way back from them, and the drill that
// proves that they open. To open one, three things are needed: the backup, the
// age identity of one of its recipients, and the practice's key file.
package backup

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"held/internal/archive"
	"held/internal/db"
	"held/internal/depot"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service makes backups and tries them.
type Service struct {
	DB         *db.DB
	Vault      *vault.Vault
	Keeper     vault.Keeper
	Sealed     []vault.Column // every sealed column of the program
	Migrations fs.FS
	Trail      *trail.Service
	People     *people.Service
	Letters    *letters.Service
	Settings   *settings.Service
	Now        func() time.Time
	Version    string // the program's

	Depot      depot.Depot // nil: none is set
	Recipients []age.Recipient
	Identities func() ([]age.Identity, error) // nil: drills are run by hand
	Every      time.Duration
	Keep       Keep
	Scratch    string // a folder in which a drill may take room

	// VerifyTrail proves a restored trail; nil: entries are counted only.
	VerifyTrail func(ctx context.Context, d *db.DB, v *vault.Vault, practice db.ID) error
}

// The kinds of what is kept in backup_runs.
const (
	kindBackup  = "backup"
	kindDrill   = "drill"
	kindRestore = "restore"
)

// sealPurpose is what a manifest's seal is signed for.
const sealPurpose = "backup.manifest"

// ErrNowhere says that the settings name no place or nobody for backups.
var ErrNowhere = errors.New("no backups are set up; HELD_BACKUP_TO says where to and HELD_BACKUP_RECIPIENTS for whom")

// Made is a backup that was made.
type Made struct {
	Name     string
	Where    string
	Manifest archive.Manifest
}

// Set tells whether backups are set up.
func (s *Service) Set() bool { return s.Depot != nil && len(s.Recipients) > 0 }

// Make makes a backup while others work, and keeps on the trail that it did.
// Then it lets go of those that the retention does not want any more.
func (s *Service) Make(ctx context.Context) (Made, error) {
	if !s.Set() {
		return Made{}, ErrNowhere
	}
	begun := s.Now()
	practice := access.From(ctx).Practice
	made := Made{Name: newName(practice, begun), Where: s.Depot.String()}
	err := s.Depot.Put(ctx, made.Name, func(w io.Writer) (err error) {
		made.Manifest, err = s.write(ctx, w, begun)
		return err
	})
	r := run{kind: kindBackup, name: made.Name, rows: made.Manifest.Rows(), begun: begun}
	if err = errors.Join(err, s.settle(ctx, r, err)); err != nil {
		return Made{}, err
	}
	return made, s.letGo(ctx)
}

// write streams every table, as they stand at one instant, into an archive.
func (s *Service) write(ctx context.Context, w io.Writer, now time.Time) (m archive.Manifest, err error) {
	practice := access.From(ctx).Practice
	err = s.DB.Still(ctx, func(still *db.Still) error {
		schema, err := still.Version(ctx)
		if err != nil {
			return err
		}
		tables, err := still.Tables(ctx, still)
		if err != nil {
			return err
		}
		head := archive.Head{Held: s.Version, Schema: schema, Engine: s.DB.Engine(), Practice: practice, Made: now}
		a, err := archive.NewWriter(w, head, s.Recipients...)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := a.Part(t); err != nil {
				return err
			}
			if err := still.Each(ctx, t, a.Row); err != nil {
				return err
			}
		}
		m, err = a.Close(func(sum []byte) string { return s.Vault.Token(practice, sealPurpose, sum) })
		return err
	})
	return m, err
}

// letGo removes what the retention does not want any more: never the newest,
// and never the newest that a drill has opened.
func (s *Service) letGo(ctx context.Context) error {
	all, err := s.mine(ctx)
	if err != nil {
		return fmt.Errorf("the backup was made; the older ones could not be looked through: %w", err)
	}
	opened, err := s.newest(ctx, kindDrill, stateOK)
	if err != nil {
		return err
	}
	for _, name := range s.Keep.surplus(all, opened.name) {
		if err := s.Depot.Remove(ctx, name); err != nil {
			return fmt.Errorf("the backup was made; %s could not be removed: %w", name, err)
		}
	}
	return nil
}

// item is a backup as its name tells of it.
type item struct {
	name, practice string
	at             time.Time
}

var nameForm = regexp.MustCompile(`^held-([0-9a-f]{8})-(\d{8}T\d{6}Z)-[0-9a-f]{4}\.age$`)

const nameTime = "20060102T150405Z"

// newName carries which practice, when, and some chance: two of one second are two.
func newName(practice db.ID, at time.Time) string {
	var b [2]byte
	rand.Read(b[:]) // crypto/rand never fails
	return fmt.Sprintf("held-%s-%s-%s.age", short(practice), at.UTC().Format(nameTime), hex.EncodeToString(b[:]))
}

func short(practice db.ID) string { return hex.EncodeToString(practice[12:]) }

func parseName(name string) (item, bool) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil {
		return item{}, false
	}
	at, err := time.Parse(nameTime, m[2])
	return item{name, m[1], at}, err == nil
}

// list lists what a depot holds, the newest first.
func list(ctx context.Context, d depot.Depot) ([]item, error) {
	kept, err := d.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []item
	for _, k := range kept {
		if x, ok := parseName(k.Name); ok {
			all = append(all, x)
		}
	}
	slices.SortFunc(all, newestFirst)
	return all, nil
}

func newestFirst(a, b item) int {
	if c := b.at.Compare(a.at); c != 0 {
		return c
	}
	return strings.Compare(b.name, a.name)
}

// mine lists this practice's own: others may keep theirs in the same place.
func (s *Service) mine(ctx context.Context) ([]item, error) {
	all, err := list(ctx, s.Depot)
	if err != nil {
		return nil, err
	}
	tag := short(access.From(ctx).Practice)
	return slices.DeleteFunc(all, func(x item) bool { return x.practice != tag }), nil
}

// Newest names the newest backup of a place that holds one practice's.
func Newest(ctx context.Context, d depot.Depot) (string, error) {
	all, err := list(ctx, d)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", fmt.Errorf("there is no backup at %s", d)
	}
	for _, x := range all {
		if x.practice != all[0].practice {
			return "", fmt.Errorf("there are backups of several practices at %s; name the one that you mean", d)
		}
	}
	return all[0].name, nil
}
