package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"held/internal/archive"
	"held/internal/db"
	"held/practice/access"
)

// Tried is what a drill found.
type Tried struct {
	Name     string
	Manifest archive.Manifest
	Opened   Opened
	Trail    bool // it was verified, not only counted
}

// ErrNoIdentity says that nothing is there to open a backup with.
var ErrNoIdentity = errors.New("no identity is set to open a backup with; --identity or HELD_BACKUP_IDENTITY names the file")

// Drill restores a backup ("": the newest) into a scratch place, opens it with
// the practice's keys, holds it against its manifest, and keeps how it went.
func (s *Service) Drill(ctx context.Context, name string) (Tried, error) {
	if s.Depot == nil {
		return Tried{}, ErrNowhere
	}
	if s.Identities == nil {
		return Tried{}, ErrNoIdentity
	}
	begun := s.Now()
	t := Tried{Name: name}
	err := s.drill(ctx, &t)
	r := run{kind: kindDrill, name: t.Name, rows: t.Manifest.Rows(), begun: begun}
	return t, errors.Join(err, s.settle(ctx, r, err))
}

func (s *Service) drill(ctx context.Context, t *Tried) error {
	ids, err := s.Identities()
	if err != nil {
		return err
	}
	if t.Name == "" {
		all, err := s.mine(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("there is no backup of this practice at %s", s.Depot)
		}
		t.Name = all[0].name
	}
	place, err := s.scratch()
	if err != nil {
		return err
	}
	defer os.RemoveAll(place) // only a copy lies there
	d, err := db.Open(ctx, "", filepath.Join(place, "held.db"))
	if err != nil {
		return err
	}
	return errors.Join(s.try(ctx, d, t, ids), d.Close())
}

func (s *Service) try(ctx context.Context, d *db.DB, t *Tried, ids []age.Identity) error {
	file, err := s.Depot.Get(ctx, t.Name)
	if err != nil {
		return err
	}
	defer file.Close()
	r, err := archive.NewReader(file, ids...)
	if err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	if r.Head.Practice != practice {
		return errors.New("this is the backup of another practice")
	}
	u, err := Unpack(ctx, r, d, s.Migrations)
	if err != nil {
		return err
	}
	t.Manifest = u.Manifest
	if t.Opened, err = u.Open(ctx, d, s.Keeper, s.Now, s.Sealed); err != nil || s.VerifyTrail == nil {
		return err
	}
	t.Trail = true
	return s.VerifyTrail(ctx, d, t.Opened.Vault, practice)
}

// scratch makes a folder for one drill, and removes those that killed ones left.
func (s *Service) scratch() (string, error) {
	if err := os.MkdirAll(s.Scratch, 0o700); err != nil {
		return "", err
	}
	left, _ := filepath.Glob(filepath.Join(s.Scratch, "held-drill-*"))
	for _, old := range left {
		if info, err := os.Stat(old); err == nil && s.Now().Sub(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(old) // it only takes room
		}
	}
	return os.MkdirTemp(s.Scratch, "held-drill-*")
}
