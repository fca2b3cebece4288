package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/ui"
	"held/internal/vault"
	"held/migrations"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// initialise founds a practice. What exists is never replaced: an existing key
// file is used, an existing practice is refused.
func initialise(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "init", "")
	name := fs.String("name", "", "the practice's name")
	country := fs.String("country", "", "its country, two letters (for crisis numbers)")
	zone := fs.String("zone", "", "its time zone, as in Europe/Lisbon")
	email := fs.String("email", "", "the owner's e-mail address; the first sign-in goes by it")
	owner := fs.String("owner", "", "what the owner is called here")
	cfg, err := readConfig(e, fs, args, 0)
	if err != nil {
		return err
	}
	st := settings.New(*name, strings.ToUpper(*country), *zone, *email)
	if wrong := foundingMistakes(st, *owner); wrong != "" {
		return misuse{wrong}
	}
	h, err := found(ctx, e, cfg, st, people.Person{Name: *owner, Contact: *email, Zone: *zone, Roles: []access.Role{access.Owner, access.Guide}})
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	h.linkLast(ctx)
	fmt.Fprintf(e.out, "The practice %q is founded.\n", *name)
	fmt.Fprintf(e.out, "Its key lies at %s. Keep a copy apart from this machine: without it nothing in the database can be read.\n", cfg.KeyFile)
	fmt.Fprintf(e.out, "Next, with the same settings: `held serve`, then `held sign-in-link %s`.\n", *email)
	return nil
}

// foundingMistakes are all mistakes in what a practice is founded with, each
// behind its flag; nothing when there are none.
func foundingMistakes(st settings.Practice, owner string) string {
	var out []string
	if err := st.Check(); err != nil {
		for _, p := range ui.Problems(fault.Of(err).Fields) {
			out = append(out, "--"+p.Name+": "+p.Sentence)
		}
	}
	if len(st.Country) == 2 && !isCountry(st.Country) {
		out = append(out, fmt.Sprintf("--country: There is no country %q. It wants the two letters of ISO 3166, as in PT.", st.Country))
	}
	if strings.TrimSpace(owner) == "" {
		out = append(out, "--owner: Please say what the owner is called here.")
	}
	return strings.Join(out, " ")
}

// isCountry tells whether there is a country of these two letters.
func isCountry(code string) bool {
	r, err := language.ParseRegion(code)
	return err == nil && r.IsCountry() && r.String() == code
}

// found makes key, schema, practice and owner.
func found(ctx context.Context, e *env, cfg config, st settings.Practice, owner people.Person) (*house, error) {
	h, err := openBare(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return nil, err
	}
	if err := h.found(ctx, st, owner); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) found(ctx context.Context, st settings.Practice, owner people.Person) error {
	if _, _, err := h.db.Migrate(ctx, migrations.Files); err != nil {
		return err
	}
	if id, err := settings.Only(ctx, h.db.Reader()); err != nil || !id.IsZero() {
		return errors.Join(err, errors.New("there is a practice here already; nothing was changed"))
	}
	if _, err := os.Stat(h.cfg.KeyFile); errors.Is(err, os.ErrNotExist) {
		if err := vault.NewKeyFile(h.cfg.KeyFile); err != nil {
			return err
		}
	}
	var err error
	if h.keeper, err = vault.ReadKeyFile(h.cfg.KeyFile); err != nil {
		return err
	}
	h.vault, h.practice = vault.New(h.keeper, h.now), db.NewID()
	if err := h.keep(); err != nil {
		return err
	}
	ctx = h.as(ctx, access.Operator)
	return h.db.Write(ctx, func(tx *db.Tx) error {
		if err := h.vault.Found(ctx, tx, h.practice); err != nil {
			return err
		}
		if err := h.settings.Found(ctx, tx, h.practice, st); err != nil {
			return err
		}
		if _, err := h.people.Add(ctx, tx, owner); err != nil {
			return err
		}
		return h.trail.Record(ctx, tx, trail.Entry{Verb: "founded", Kind: "practice", Object: h.practice})
	})
}

func migrateSchema(ctx context.Context, e *env, args []string) error {
	cfg, err := readConfig(e, flags(e, "migrate", ""), args, 0)
	if err != nil {
		return err
	}
	h, err := openBare(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	if err := h.mayRecord(ctx); err != nil {
		return err
	}
	from, to, err := h.db.Migrate(ctx, migrations.Files)
	if err != nil {
		return err
	}
	if from == to {
		fmt.Fprintf(e.out, "The database is at version %d already. Nothing was changed.\n", to)
		return nil
	}
	if !h.practice.IsZero() {
		if err := h.enter(ctx); err != nil {
			return err
		}
		if err := h.trail.Did(h.as(ctx, access.Operator), trail.Entry{Verb: "migrated", Kind: "database", Object: h.practice, Why: fmt.Sprintf("%d to %d", from, to)}); err != nil {
			return err
		}
		h.linkLast(ctx)
	}
	fmt.Fprintf(e.out, "The database went from version %d to %d.\n", from, to)
	return nil
}

// mayRecord sees to it that a migration can be written on the trail: where there
// is a practice, its key is here. Nothing is changed.
func (h *house) mayRecord(ctx context.Context) error {
	have, want, err := h.db.Schema(ctx, migrations.Files)
	if err != nil || have < foundable || have > want {
		return err
	}
	if h.practice, err = settings.Only(ctx, h.db.Reader()); err != nil || h.practice.IsZero() {
		return err
	}
	keeper, err := vault.ReadKeyFile(h.cfg.KeyFile)
	if err != nil {
		return err
	}
	return vault.New(keeper, h.now).Unlock(ctx, h.db.Reader(), h.practice)
}

// foundable is the first version of the schema at which there can be a practice.
const foundable = 2

// withAddress opens the house for a command about the one person who has an
// e-mail address.
func withAddress(ctx context.Context, e *env, command string, args []string, do func(context.Context, *house, people.Person) error) error {
	fs := flags(e, command, "EMAIL")
	cfg, err := readConfig(e, fs, args, 1)
	if err != nil {
		return err
	}
	email, err := mail.Address(fs.Arg(0))
	if err != nil {
		return misuse{"wants an e-mail address"}
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	ctx = h.as(ctx, access.Operator)
	p, err := h.people.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	return do(ctx, h, p)
}

func signInLink(ctx context.Context, e *env, args []string) error {
	return withAddress(ctx, e, "sign-in-link", args, func(ctx context.Context, h *house, p people.Person) error {
		if err := h.trail.Did(ctx, trail.Entry{Verb: "made", Subject: p.ID, Kind: "sign-in link", Object: p.ID}); err != nil {
			return err
		}
		h.linkLast(ctx)
		link, err := h.identity.Link(ctx, p, "")
		if err != nil {
			return err
		}
		f, err := h.identity.Factors(ctx, h.db.Reader(), p.ID)
		if err != nil {
			return err
		}
		fmt.Fprintln(e.out, link)
		if f.App { // beside the link, so that a script reads the link alone
			fmt.Fprintln(e.err, "They have an authenticator app: the page behind the link asks for its code, or for a recovery code.")
		}
		return nil
	})
}

// personReset takes everything but the mail out of somebody's sign-in.
func personReset(ctx context.Context, e *env, args []string) error {
	return withAddress(ctx, e, "person reset-second", args, func(ctx context.Context, h *house, p people.Person) error {
		if err := h.db.Write(ctx, func(tx *db.Tx) error { return h.identity.Reset(ctx, tx, p) }); err != nil {
			return err
		}
		fmt.Fprintf(e.out, "Passkeys, app and recovery codes of %s are gone, every session has ended, no device of theirs is called any more, and a letter says so. `held sign-in-link %s` prints a link.\n", p.Name, p.Email())
		return nil
	})
}

func personAdd(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "person add", "")
	name := fs.String("name", "", "what they are called here")
	email := fs.String("email", "", "the address they sign in with")
	roles := fs.String("role", "", "owner, guide, prescriber, attendant, coordinator, client; several with commas")
	zone := fs.String("zone", "", "their time zone; empty: the practice's")
	cfg, err := readConfig(e, fs, args, 0)
	if err != nil {
		return err
	}
	if _, err := time.LoadLocation(*zone); err != nil || *zone == "Local" {
		return misuse{"--zone wants a time zone by its full name, as in Europe/Lisbon"}
	}
	address, err := mail.Address(*email)
	var wrong []string
	if strings.TrimSpace(*name) == "" {
		wrong = append(wrong, "--name is missing: what they are called here")
	}
	if err != nil {
		wrong = append(wrong, "--email wants an e-mail address")
	}
	held, unknown := rolesOf(*roles)
	if unknown != "" {
		wrong = append(wrong, unknown)
	}
	if len(wrong) > 0 {
		return misuse{strings.Join(wrong, "; ")}
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	ctx = h.as(ctx, access.Operator)
	st, err := h.settings.Get(ctx)
	if err != nil {
		return err
	}
	p := people.Person{Name: strings.TrimSpace(*name), Contact: address, Zone: *zone, Roles: held}
	if p.Zone == "" {
		p.Zone = st.Zone
	}
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		_, err := h.people.Add(ctx, tx, p)
		return err
	})
	if err != nil {
		return err
	}
	h.linkLast(ctx)
	fmt.Fprintf(e.out, "%s can sign in now; `held sign-in-link %s` prints a link.\n", p.Name, address)
	return nil
}

// rolesOf reads roles with commas between, or says what is wrong with them.
func rolesOf(list string) (out []access.Role, wrong string) {
	var all []string
	for _, r := range access.Roles {
		all = append(all, string(r))
	}
	for _, word := range strings.Split(list, ",") {
		r := access.Role(strings.TrimSpace(word))
		if !slices.Contains(access.Roles, r) {
			return nil, fmt.Sprintf("--role knows no %q; there are %s", string(r), strings.Join(all, ", "))
		}
		out = append(out, r)
	}
	return out, ""
}

// fieldSentences joins what is wrong, field by field, for a terminal.
func fieldSentences(err error) string {
	var out []string
	for _, p := range ui.Problems(fault.Of(err).Fields) {
		out = append(out, p.Name+": "+p.Sentence)
	}
	return strings.Join(out, " ")
}
