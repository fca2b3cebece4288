package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"held/care"
	"held/care/inquiry"
	"held/care/invitation"
	"held/internal/db"
	"held/internal/vault"
	"held/migrations"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/carry"
	"held/practice/circle"
	"held/practice/people"
	"held/practice/trail"
)

// travels are the tables that go along in an export. A test holds that every
// table is here or in stays.
var travels = []string{
	"adverse_events", "adverse_versions",
	"alerts_plans", "alerts_raised", "alerts_told",
	"calendar_appointments", "calendar_away", "calendar_claims", "calendar_groups", "calendar_holds", "calendar_hours", "calendar_offerings", "calendar_overrides", "calendar_places", "calendar_plans", "calendar_rooms",
	"circle_decisions", "circle_entries", "circle_shown",
	"consent_documents", "consent_parties", "consent_records", "consent_versions",
	"emergency_cards", "emergency_duty",
	"forms_files", "forms_given", "forms_responses", "forms_versions",
	"identity_passkeys",
	"inquiry_cards", "inquiry_invitations", "inquiry_messages", "inquiry_offers", "inquiry_openings", "inquiry_saved", "inquiry_threads", "inquiry_waiting",
	"invitation_articles", "invitation_pages", "invitation_profiles", "invitation_sites",
	"keeping_due", "keeping_periods",
	"letters_outbox",
	"measures_changes", "measures_ratings",
	"medicine_aftercare", "medicine_entries", "medicine_leavings", "medicine_papers", "medicine_rooms", "medicine_said", "medicine_seats", "medicine_sheets", "medicine_signatures",
	"notes_after", "notes_process", "notes_record", "notes_signatures", "notes_templates",
	"orders_checks", "orders_given", "orders_orders",
	"people_glass", "people_identity", "people_persons", "people_roles", "people_team",
	"preparation_changes", "preparation_checkins", "preparation_courses", "preparation_escorts", "preparation_holds", "preparation_keys", "preparation_lapses", "preparation_overrides", "preparation_plans", "preparation_sessions", "preparation_steps", "preparation_vitals",
	"protocol_drafts", "protocol_versions",
	"ripple_asked", "ripple_begun", "ripple_events", "ripple_instruments", "ripple_plan", "ripple_scores",
	"screening_decisions", "screening_facts", "screening_requests",
	"settings_practices",
	"space_agenda", "space_deposit_parts", "space_deposits", "space_files", "space_journals", "space_parts", "space_prompts", "space_questions", "space_shares", "space_uploads",
	"stock_entries", "stock_heads", "stock_items", "stock_open",
	"trail_entries",
	"welcome_invitations",
}

// stays are the tables that do not, each with its reason.
var stays = map[string]string{
	"backup_runs":         "tells of the backups of one machine",
	"backup_turns":        "which program of one machine makes the next backup",
	"consent_copies":      "made again of the records, which travel",
	"devices_calls":       "which calls reached which browser in the last two days",
	"devices_known":       "browsers that were given the key of one address; each is switched on anew in a minute",
	"devices_settings":    "whether one address calls browsers, and the key by which they know it",
	"identity_apps":       "a secret that signs somebody in; a new one is set up in a minute",
	"identity_ceremonies": "waits ten minutes for a passkey",
	"identity_devices":    "hashes of cookies of one address",
	"identity_mailed":     "a code that ends within minutes",
	"identity_recovery":   "hashes under the old key of codes that are kept nowhere",
	"identity_subjects":   "hashes under the old key; an account is linked again when it is used",
	"identity_tries":      "counts wrong codes for a while",
	"once_forms":          "knows a form again for some weeks that was sent at one address",
	"people_links":        "sign-in links, used once and within minutes",
	"people_logins":       "hashes under the old key; made anew of the contacts",
	"people_sessions":     "who is signed in at one address",
	"ripple_outcomes":     "is reckoned anew, of what travels",
	"space_captures":      "an address of one site, which opens for hours",
	"trail_anchors":       "signed with a key made of the old one; the letters hold them",
	"trail_heads":         "sealed with the old key; where the chain ended stands in the manifest",
	"vault_class_keys":    "keys; the new Held makes its own",
	"vault_data_keys":     "keys; the new Held makes its own. Whose were destroyed stands in erased.jsonl",
	"vault_epochs":        "what programs on one database tell each other of its keys",
	"vault_rotations":     "how far a rotation of the old keys has come",
	"work_runs":           "when one machine's background work ran last",
}

// bound are the tables that are of use under the same host name only.
var bound = []string{"identity_passkeys"}

var carried = carry.Plan{
	Travels: travels, Sealed: sealed, Faces: care.Faces,
	Lookups: slices.Concat(people.Lookups, calendar.Lookups, circle.Lookups, inquiry.Lookups, invitation.Lookups, trail.Lookups),
}

// carryAlong makes the service that takes the whole practice along.
func (h *house) carryAlong() {
	h.carry = &carry.Service{
		DB: h.db, Keeper: h.keeper, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings,
		Now: h.now, Version: version, URL: h.cfg.base(h.cfg.Listen), Plan: carried,
	}
	h.carry.RegisterLetters()
}

// several collects a flag that may be given more than once.
type several []string

func (s *several) String() string     { return strings.Join(*s, " ") }
func (s *several) Set(v string) error { *s = append(*s, v); return nil }

func export(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "export", "")
	to := fs.String("to", "", "the file to write, or the folder to write it into")
	var recipients several
	fs.Var(&recipients, "recipient", "for whom it is encrypted: an age recipient, age1…; may be given several times. Without one: HELD_BACKUP_RECIPIENTS")
	everybody := fs.Bool("clear", false, "do not encrypt it: whoever has the file can read everything")
	process := fs.Bool("with-process-notes", false, "put the guides' process notes in too: only where the practice moves")
	cfg, err := readConfig(e, fs, args, 0)
	if err != nil {
		return err
	}
	if *to == "" {
		return misuse{"needs --to: a file or a folder"}
	}
	audience, err := audienceOf(recipients, *everybody, cfg)
	if err != nil {
		return err
	}
	if *process {
		audience = audience.WithProcess()
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	path := *to
	if info, err := os.Stat(path); err == nil && info.IsDir() || strings.HasSuffix(path, string(filepath.Separator)) {
		path = filepath.Join(path, carry.FileName(h.practice, wall(), audience))
	}
	var m carry.Made
	err = intoFile(path, func(w io.Writer) (err error) {
		m, err = h.carry.Export(h.as(ctx, access.Operator), w, audience)
		return err
	})
	h.linkLast(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s holds the whole practice: %d rows of %d tables.\nSHA-256 %s\n", path, m.Rows(), m.Tables(), m.SHA256)
	if len(m.Without) > 0 {
		fmt.Fprintln(e.out, "The guides' process notes are not in it; where the practice moves, --with-process-notes puts them in.")
	}
	if !audience.Encrypted() {
		fmt.Fprintln(e.out, "It is not encrypted and nothing in it is sealed: whoever has the file can read everything.")
		return nil
	}
	if strings.HasSuffix(strings.ToLower(path), ".zip") {
		fmt.Fprintln(e.out, "Its name ends in .zip, but it is an encrypted file: it must be decrypted with age before it opens as a zip. --clear writes a zip.")
	}
	fmt.Fprintln(e.out, "Whoever has the identity of one of its recipients can read everything in it; the key file is not needed for that.")
	return nil
}

func audienceOf(recipients several, everybody bool, cfg config) (carry.Audience, error) {
	list := recipients.String()
	switch {
	case everybody && list != "":
		return carry.Audience{}, misuse{"takes --clear or --recipient, not both"}
	case everybody:
		return carry.Clear, nil
	case list == "":
		list = cfg.BackupRecipients
	}
	if list == "" {
		return carry.Audience{}, misuse{"needs --recipient age1…, for whom the file is encrypted; --clear leaves it open to everybody"}
	}
	a, err := carry.ForRecipients(list)
	if err != nil {
		return a, misuse{"--recipient: " + err.Error()}
	}
	return a, nil
}

// intoFile writes a new file (0600) that is there whole or not at all.
func intoFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the folder of the file could not be made: %w", err)
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("there is a file at %s already; it was left as it is", path)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // #nosec -- the operator's own choice
	if err != nil {
		return fmt.Errorf("the file could not be written: %w", err)
	}
	out := bufio.NewWriterSize(f, 64<<10)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

func importPractice(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "import", "FILE")
	identity := fs.String("identity", "", "file with the age identity of a recipient, instead of HELD_BACKUP_IDENTITY")
	pass := fs.String("passphrase-file", "", "file with the passphrase, where it was encrypted with one")
	args, _ = wordFirst(args)
	cfg, err := readConfig(e, fs, args, 1)
	if err != nil {
		return err
	}
	if *identity != "" {
		cfg.BackupIdentity = *identity
	}
	ids, err := openers(cfg.BackupIdentity, *pass)
	if err != nil {
		return err
	}
	f, err := os.Open(fs.Arg(0)) // #nosec -- the operator's own choice
	if err != nil {
		return fmt.Errorf("the export could not be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	c, err := carry.Open(f, info.Size(), ids...)
	if err != nil {
		return err
	}
	a := &arriving{e, cfg, c}
	if there, err := occupied(ctx, cfg); err != nil {
		return err
	} else if there {
		if err := a.unlived(ctx); err != nil {
			return err
		}
	}
	return a.run(ctx)
}

// openers are the identities of a file, or the passphrase of one.
func openers(identity, pass string) ([]age.Identity, error) {
	if pass == "" {
		if read := identities(identity); read != nil {
			return read()
		}
		return nil, nil
	}
	b, err := os.ReadFile(pass) // #nosec -- the operator's own choice
	if err != nil {
		return nil, fmt.Errorf("the passphrase could not be read: %w", err)
	}
	id, err := age.NewScryptIdentity(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, fmt.Errorf("there is no passphrase in %s", pass)
	}
	return []age.Identity{id}, nil
}

// arriving is one import on its way.
type arriving struct {
	e   *env
	cfg config
	c   *carry.Carried
}

// begins are the tables in which `held init`, and an owner who looks around
// afterwards, leave rows.
var begins = []string{
	"calendar_plans", "identity_passkeys", "invitation_sites", "letters_outbox", "people_persons", "people_roles", "settings_practices", "trail_entries",
}

var errLived = errors.New("the practice that is here has people or appointments of its own, and it was left as it is. An export goes into a Held that `held init` has just founded, or into an empty place: --data or --database names one")

// unlived holds that nobody has lived in the practice that is here.
func (a *arriving) unlived(ctx context.Context) error {
	d, err := db.Open(ctx, a.cfg.Database, a.cfg.databasePath())
	if err != nil {
		return err
	}
	return errors.Join(unlived(ctx, d), d.Close())
}

func unlived(ctx context.Context, d *db.DB) error {
	tables, err := d.Tables(ctx, d.Reader())
	if err != nil {
		return err
	}
	for _, t := range tables {
		if !slices.Contains(travels, t.Name) {
			continue
		}
		n, err := d.Count(ctx, d.Reader(), t)
		if err != nil {
			return err
		}
		if n > 0 && !slices.Contains(begins, t.Name) || n > 1 && t.Name == "people_persons" {
			return errLived
		}
	}
	return nil
}

// key reads the key file, and makes one where there is none.
func (a *arriving) key() (k vault.Keeper, made bool, err error) {
	if _, err := os.Stat(a.cfg.KeyFile); errors.Is(err, os.ErrNotExist) {
		if err := vault.NewKeyFile(a.cfg.KeyFile); err != nil {
			return nil, false, err
		}
		made = true
	}
	k, err = vault.ReadKeyFile(a.cfg.KeyFile)
	return k, made, err
}

// run lets the practice grow beside what is there, and only then puts it in
// its place: cut short anywhere, what was there is as it was.
func (a *arriving) run(ctx context.Context) (err error) {
	g, err := db.Grow(ctx, a.cfg.Database, a.cfg.databasePath())
	if err != nil {
		return err
	}
	settled, needed, made := false, false, false
	defer func() {
		if settled {
			return
		}
		err = errors.Join(err, g.Discard())
		if made && !needed {
			err = errors.Join(err, os.Remove(a.cfg.KeyFile))
		}
	}()
	if err := a.c.Known(ctx, g.DB, migrations.Files); err != nil {
		return err
	}
	k, made, err := a.key()
	if err != nil {
		return err
	}
	var without []string
	if !a.c.SameHost(a.cfg.base(a.cfg.Listen)) {
		without = bound
	}
	h := &house{cfg: a.cfg, log: logger(a.e.err), now: wall, db: g.DB, keeper: k, vault: vault.New(k, wall), practice: a.c.Practice}
	if err := carried.Fill(ctx, a.c, g.DB, h.vault, migrations.Files, without); err != nil {
		return err
	}
	if err := h.keep(); err != nil {
		return err
	}
	arrived, err := h.carry.Arrive(h.as(ctx, access.Operator), a.c)
	if err != nil {
		return err
	}
	needed = true // from here on, nobody knows by an error alone what lies there
	kept, err := g.Settle(ctx, wall())
	if err != nil {
		return err
	}
	settled = true
	a.say(arrived, kept, made, len(without) > 0)
	return nil
}

func (a *arriving) say(t trail.Adopted, kept string, made, away bool) {
	out := a.e.out
	fmt.Fprintf(out, "%q is here, as it stood on %s: %d rows of %d tables, sealed under this key file.\n",
		a.c.Name, a.c.Made.Format("2 January 2006, 15:04 MST"), a.c.Rows(), a.c.Tables())
	if t.Torn == 0 {
		fmt.Fprintf(out, "The trail goes on after line %d, hash %x, which is where it ended there.\n", t.Lines, t.Hash)
	} else {
		fmt.Fprintf(out, "The trail was broken at line %d before it was exported. It goes on after line %d as it was found; the trail says so.\n", t.Torn, t.Lines)
	}
	if made {
		fmt.Fprintf(out, "Its new key lies at %s. Keep a copy apart from this machine: without it nothing in the database can be read.\n", a.cfg.KeyFile)
	}
	if kept != "" {
		fmt.Fprintf(out, "What `held init` had made here is kept as %s; remove it when you need it no more.\n", kept)
	}
	if len(a.c.Without) > 0 {
		fmt.Fprint(out, "The guides' process notes were not in it and are not here.\n")
	}
	if away {
		fmt.Fprint(out, "The address is another one, and passkeys are bound to it: everybody signs in by a link and adds a new one.\n")
	} else {
		fmt.Fprint(out, "Everybody signs in by a link, or by the passkey that they have.\n")
	}
	fmt.Fprint(out, "Authenticator apps and recovery codes are set up anew. Links in older letters and reply codes do not open here. Letters that wait are sent when it serves, so let the old Held serve no more.\nNext: `held doctor`, then `held serve`.\n")
}
