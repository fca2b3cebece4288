package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"held/internal/archive"
	"held/internal/db"
	"held/internal/depot"
	"held/internal/vault"
	"held/migrations"
	"held/practice/access"
	"held/practice/backup"
	"held/practice/settings"
	"held/practice/trail"
)

// shortestEvery keeps a typing mistake from filling the disk.
const shortestEvery = 10 * time.Minute

// checkBackup says what is wrong with the settings of backups.
func (c *config) checkBackup(bad func(env, sentence string)) {
	if c.BackupTo != "" {
		if _, err := depot.Open(c.BackupTo); err != nil {
			bad("HELD_BACKUP_TO", err.Error())
		} else if !strings.Contains(c.BackupTo, "://") && within(c.Data, c.BackupTo) {
			bad("HELD_BACKUP_TO", "lies inside the data folder; what takes the one would take the other. Keep them apart")
		}
	}
	if _, err := c.recipients(); err != nil {
		bad("HELD_BACKUP_RECIPIENTS", "are not all age recipients; each begins with age1")
	}
	if (c.BackupTo == "") != (c.BackupRecipients == "") {
		bad("HELD_BACKUP_TO", "and HELD_BACKUP_RECIPIENTS belong together: where to, and for whom")
	}
	if d, err := time.ParseDuration(c.BackupEvery); err != nil || d < shortestEvery {
		bad("HELD_BACKUP_EVERY", "is no span of time of ten minutes or more; it looks like 24h")
	}
	if _, err := backup.ParseKeep(c.BackupKeep); err != nil {
		bad("HELD_BACKUP_KEEP", err.Error())
	}
	if c.BackupIdentity != "" && within(c.Data, c.BackupIdentity) {
		bad("HELD_BACKUP_IDENTITY", "lies inside the data folder; keep it elsewhere")
	}
}

func (c *config) recipients() ([]age.Recipient, error) {
	list := strings.Fields(strings.ReplaceAll(c.BackupRecipients, ",", " "))
	if len(list) == 0 {
		return nil, nil
	}
	return age.ParseRecipients(strings.NewReader(strings.Join(list, "\n")))
}

// identities reads an identity file when it is needed, so that it may be
// brought after the program has started.
func identities(path string) func() ([]age.Identity, error) {
	if path == "" {
		return nil
	}
	return func() ([]age.Identity, error) {
		f, err := os.Open(path) // #nosec -- the operator's own setting
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no identity file at %s", path)
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		ids, err := age.ParseIdentities(f)
		if err != nil {
			return nil, fmt.Errorf("the identity file at %s could not be read; its lines begin with AGE-SECRET-KEY", path)
		}
		return ids, nil
	}
}

// keepBackups makes the service of backups; the settings were checked.
func (h *house) keepBackups() error {
	b := &backup.Service{
		DB: h.db, Vault: h.vault, Keeper: h.keeper, Sealed: sealed, Migrations: migrations.Files,
		Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Now: h.now, Version: version,
		Identities: identities(h.cfg.BackupIdentity), Scratch: h.cfg.Data,
	}
	b.VerifyTrail = h.verifyRestored
	h.backup = b
	h.doctor.Backup = b
	b.RegisterLetters()
	var err error
	if h.cfg.BackupTo != "" {
		if b.Depot, err = depot.Open(h.cfg.BackupTo); err != nil {
			return err
		}
	}
	if b.Recipients, err = h.cfg.recipients(); err != nil {
		return err
	}
	if b.Every, err = time.ParseDuration(h.cfg.BackupEvery); err != nil {
		return err
	}
	b.Keep, err = backup.ParseKeep(h.cfg.BackupKeep)
	return err
}

// verifyRestored proves the trail that a drill has brought back. Lines that
// waited for their place when the backup was made are given it first.
func (h *house) verifyRestored(ctx context.Context, d *db.DB, v *vault.Vault, practice db.ID) error {
	t := &trail.Service{DB: d, Vault: v, Now: h.now}
	ctx = access.With(ctx, access.Actor{Practice: practice, Via: access.System})
	if err := t.Link(ctx); err != nil {
		return err
	}
	proof, err := t.Verify(ctx)
	if err == nil && proof.Break != nil {
		err = fmt.Errorf("the trail that came back does not hold: %s", proof.Break)
	}
	return err
}

// threeThings is said wherever a backup was made or is wanted.
const threeThings = "To open it, three things are needed: the backup, the age identity of one of its recipients, and the key file. None of them is in another."

func makeBackup(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "backup", "")
	to := fs.String("to", "", "where to this time, instead of HELD_BACKUP_TO")
	cfg, err := readConfigBut(e, fs, args, 0, func(c *config) {
		if *to != "" {
			c.BackupTo = *to
		}
	})
	if err != nil {
		return err
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	made, err := h.backup.Make(h.as(ctx, access.Operator))
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s is kept at %s: %d rows of %d tables.\n%s\n", made.Name, made.Where, made.Manifest.Rows(), len(made.Manifest.Parts), threeThings)
	return nil
}

// backupIdentity makes an age identity for backups, for whoever has no age at hand.
func backupIdentity(_ context.Context, e *env, args []string) error {
	fs := flags(e, "backup identity", "FILE")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(fs.Arg(0), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec -- the operator's own choice
	if err != nil {
		return fmt.Errorf("the identity could not be written: %w", err)
	}
	_, err = fmt.Fprintf(f, "# Opens the backups that are made for %s.\n# Keep it apart from the backups and from the key file.\n%s\n", id.Recipient(), id)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(fs.Arg(0)))
	}
	fmt.Fprintf(e.out, "%s\n", id.Recipient())
	return nil
}

// wordFirst lets a command's word stand before its flags, and tells whether it does.
func wordFirst(args []string) ([]string, int) {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return args, 0
	}
	return append(slices.Clone(args[1:]), args[0]), 1
}

func drill(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "drill", "[NAME]")
	identity := fs.String("identity", "", "file with the age identity, instead of HELD_BACKUP_IDENTITY")
	args, words := wordFirst(args)
	cfg, err := readConfig(e, fs, args, words)
	if err != nil {
		return err
	}
	if *identity != "" {
		cfg.BackupIdentity = *identity
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	tried, err := h.backup.Drill(h.as(ctx, access.Operator), fs.Arg(0))
	if err != nil {
		return err
	}
	var texts int64
	for _, n := range tried.Opened.Texts {
		texts += n
	}
	fmt.Fprintf(e.out, "%s opens: %d rows of %d tables, as its manifest says; %d sealed texts of all classes were opened with the key file, and its trail was verified.\n", tried.Name, tried.Manifest.Rows(), len(tried.Manifest.Parts), texts)
	return nil
}

// source opens what is to be restored: a file, the name of a backup at
// HELD_BACKUP_TO, or the newest one there.
func source(ctx context.Context, cfg config, what string) (name string, r io.ReadCloser, err error) {
	if f, err := os.Open(what); err == nil { // #nosec -- the operator's own choice
		return filepath.Base(what), f, nil
	}
	if cfg.BackupTo == "" {
		return "", nil, fmt.Errorf("there is no file %s, and HELD_BACKUP_TO names no place to look for it", what)
	}
	d, err := depot.Open(cfg.BackupTo)
	if err != nil {
		return "", nil, err
	}
	if what == "newest" {
		if what, err = backup.Newest(ctx, d); err != nil {
			return "", nil, err
		}
	}
	r, err = d.Get(ctx, what)
	return what, r, err
}

func restore(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "restore", "FILE|NAME|newest")
	identity := fs.String("identity", "", "file with the age identity, instead of HELD_BACKUP_IDENTITY")
	replace := fs.Bool("replace", false, "put it in the place of the practice that is there; that one is kept under another name")
	args, _ = wordFirst(args)
	cfg, err := readConfig(e, fs, args, 1)
	if err != nil {
		return err
	}
	if *identity != "" {
		cfg.BackupIdentity = *identity
	}
	r := &restoring{e: e, cfg: cfg, begun: wall()}
	if err := r.prepare(ctx, fs.Arg(0), *replace); err != nil {
		return err
	}
	defer r.file.Close()
	return r.run(ctx)
}

// restoring is one restore on its way.
type restoring struct {
	e      *env
	cfg    config
	begun  time.Time
	name   string
	file   io.ReadCloser
	in     *archive.Reader
	keeper vault.Keeper
}

// prepare asks everything that can be asked before anything is written.
func (r *restoring) prepare(ctx context.Context, what string, replace bool) (err error) {
	read := identities(r.cfg.BackupIdentity)
	if read == nil {
		return backup.ErrNoIdentity
	}
	ids, err := read()
	if err != nil {
		return err
	}
	if r.keeper, err = vault.ReadKeyFile(r.cfg.KeyFile); err != nil {
		return err
	}
	if !replace {
		if there, err := occupied(ctx, r.cfg); err != nil {
			return err
		} else if there {
			return errors.New("there is a practice here already, and it was left as it is. --replace puts the backup in its place and keeps it under another name; --data or --database names another place")
		}
	}
	if r.name, r.file, err = source(ctx, r.cfg, what); err != nil {
		return err
	}
	if r.in, err = archive.NewReader(r.file, ids...); err != nil {
		return errors.Join(err, r.file.Close())
	}
	return nil
}

// occupied tells whether there is a practice where the settings point.
func occupied(ctx context.Context, cfg config) (bool, error) {
	if cfg.Database == "" {
		if _, err := os.Stat(cfg.databasePath()); errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
	}
	d, err := db.Open(ctx, cfg.Database, cfg.databasePath())
	if err != nil {
		return false, err
	}
	there, err := d.Tables(ctx, d.Reader())
	id := db.ID{}
	if err == nil && len(there) > 0 {
		id, err = settings.Only(ctx, d.Reader())
	}
	return !id.IsZero(), errors.Join(err, d.Close())
}

// run lets the backup grow beside what is there, opens it, and only then puts
// it in its place.
func (r *restoring) run(ctx context.Context) (err error) {
	g, err := db.Grow(ctx, r.cfg.Database, r.cfg.databasePath())
	if err != nil {
		return err
	}
	settled := false
	defer func() {
		if !settled {
			err = errors.Join(err, g.Discard())
		}
	}()
	u, err := backup.Unpack(ctx, r.in, g.DB, migrations.Files)
	if err != nil {
		return err
	}
	opened, err := u.Open(ctx, g.DB, r.keeper, wall, sealed)
	if err != nil {
		return err
	}
	h := &house{cfg: r.cfg, log: logger(r.e.err), now: wall, db: g.DB, keeper: r.keeper, vault: opened.Vault, practice: u.Practice}
	if err := h.keep(); err != nil {
		return err
	}
	unproved := h.verifyRestored(ctx, g.DB, opened.Vault, u.Practice)
	if err := h.backup.Restored(h.as(ctx, access.Operator), r.name, u.Rows(), r.begun); err != nil {
		return err
	}
	kept, err := g.Settle(ctx, wall())
	if err != nil {
		return err
	}
	settled = true
	fmt.Fprintf(r.e.out, "%s of %s is restored: %d rows, opened with this key file. Everybody signs in again.\n", r.name, u.Made.Format("2 January 2006, 15:04 MST"), u.Rows())
	if unproved != nil { // people need their practice back all the same
		fmt.Fprintf(r.e.out, "Its trail could not be proved: %s. `held trail verify` says more.\n", unproved)
	}
	if kept != "" {
		fmt.Fprintf(r.e.out, "What was here before is kept as %s; remove it when you need it no more.\n", kept)
	}
	fmt.Fprint(r.e.out, "Letters that waited when the backup was made will be sent when it serves. Next: `held doctor`, then `held serve`.\n")
	return nil
}
