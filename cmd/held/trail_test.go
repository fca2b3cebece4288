package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/mailbox"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
)

// byHand does something in the place's database as somebody with a password to
// it would.
func (p *place) byHand(statement string) {
	p.t.Helper()
	d := p.database()
	err := d.Write(p.t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(p.t.Context(), statement)
		if n == 0 && err == nil {
			p.t.Errorf("nothing was touched by %s", statement)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// onTheTrail lists what the operator's commands have left there, the oldest first.
func (p *place) onTheTrail() (all []string) {
	p.t.Helper()
	d := p.database()
	all, err := db.All(p.t.Context(), d.Reader(), func(r db.Row) (string, error) {
		var via, surface, verb, kind, why string
		err := r.Scan(&via, &surface, &verb, &kind, &why)
		return strings.TrimSpace(strings.Join([]string{via, surface, verb, kind, why}, " ")), err
	}, "SELECT via, surface, verb, kind, why FROM trail_entries WHERE seq > 0 ORDER BY seq")
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// TestEveryCommandThatTouchesSomebodyIsOnTheTrail: and has its place in the
// chain when it ends.
func TestEveryCommandThatTouchesSomebodyIsOnTheTrail(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		p.can("sign-in-link", ownerEmail)
		p.can("person", "add", "--name", "Ines", "--email", "ines@practice.example", "--role", "coordinator")
		p.held("doctor") // reads nothing of anybody's
		p.can("trail", "anchor")
		want := []string{
			"operator command granted role owner", "operator command granted role guide", "operator command founded practice",
			"operator command made sign-in link", "operator command granted role coordinator", "operator command made anchor",
		}
		if got := p.onTheTrail(); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

// olderPractice founds a practice as an older Held left it: with some lines on
// its trail, and no chain.
func (p *place) olderPractice() {
	p.t.Helper()
	files, names := allMigrations(p.t)
	for _, n := range names {
		if n >= "0008" {
			delete(files, n)
		}
	}
	p.schema(files)
	if err := vault.NewKeyFile(p.vars["HELD_KEY_FILE"]); err != nil {
		p.t.Fatal(err)
	}
	keeper, err := vault.ReadKeyFile(p.vars["HELD_KEY_FILE"])
	if err != nil {
		p.t.Fatal(err)
	}
	d, v, practice := p.database(), vault.New(keeper, wall), db.NewID()
	ctx := access.With(p.t.Context(), access.Actor{Practice: practice, Via: access.Operator})
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := v.Found(ctx, tx, practice); err != nil {
			return err
		}
		house := &settings.Service{DB: d, Vault: v, Now: wall}
		if err := house.Found(ctx, tx, practice, settings.New("House of Quiet", "PT", "Europe/Lisbon", ownerEmail)); err != nil {
			return err
		}
		for range 3 {
			if _, err := tx.Exec(ctx, "INSERT INTO trail_entries (practice_id, id, at, actor_role, via, verb, kind, why) VALUES ($1, $2, $3, 'guide', 'session', 'read', 'questions', '')",
				practice, db.NewID(), db.Micros(wall())); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, d.Close()); err != nil {
		p.t.Fatal(err)
	}
}

func TestAMigrationIsOnTheTrailOrDoesNotHappen(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p.olderPractice()
		before := p.version()
		p.but("HELD_KEY_FILE", filepath.Join(t.TempDir(), "gone.key")).cannot(1, []string{"migrate"}, "there is no key file")
		if p.version() != before {
			t.Error("it was migrated without its key")
		}
		p.can("migrate")
		want := fmt.Sprintf("operator command migrated database %d to %d", before, p.version())
		if got := p.onTheTrail(); len(got) != 4 || got[3] != want {
			t.Errorf("%q", got)
		}
		if said := p.can("trail", "verify"); !strings.Contains(said, "4 lines") || !strings.Contains(said, "3 of them were written before there was this chain") {
			t.Errorf("said %q", said)
		}
	})
}

func TestTheTrailIsProvenFromTheCommandLine(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		dir := t.TempDir()
		kept := filepath.Join(dir, "kept.txt")
		write(t, kept, "> a letter\n\n"+p.can("trail", "anchor"))
		if said := p.can("trail", "verify"); !strings.Contains(said, "The trail holds: 4 lines") || !strings.Contains(said, "No anchor was given") {
			t.Errorf("said %q", said)
		}
		if said := p.can("trail", "verify", "--anchor", kept); !strings.Contains(said, "It agrees with the anchor.") {
			t.Errorf("said %q", said)
		}
		p.cannot(1, []string{"trail", "verify", "--anchor", filepath.Join(dir, "gone.txt")}, "could not be read")
		write(t, filepath.Join(dir, "letter.txt"), "Dear owner")
		p.cannot(1, []string{"trail", "verify", "--anchor", filepath.Join(dir, "letter.txt")}, "letter.txt", "no anchor in this text")
		b, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "forged.txt"), strings.Replace(string(b), "lines 3", "lines 2", 1))
		p.cannot(1, []string{"trail", "verify", "--anchor", filepath.Join(dir, "forged.txt")}, "altered after it was signed")
		p.cannot(2, []string{"trail", "verify", "now"}, "nothing after")
		p.cannot(2, []string{"trail"}, `"trail"`)

		p.byHand("UPDATE trail_entries SET why = 'guide' WHERE seq = 1")
		for range 2 {
			p.cannot(1, []string{"trail", "verify"}, "line 1 was altered", "dated")
		}
		p.byHand("DELETE FROM trail_entries WHERE seq = 1")
		p.cannot(1, []string{"trail", "verify", "--anchor", kept}, "line 1 is missing")
		p.byHand("DELETE FROM trail_entries")
		p.cannot(1, []string{"trail", "verify"}, "lines 1 to 4 are missing")
		p.byHand("DELETE FROM trail_heads")
		p.byHand("DELETE FROM trail_anchors")
		if said := p.can("trail", "verify"); said != "Nothing is on the trail yet.\n" {
			t.Errorf("said %q", said)
		}
		p.cannot(1, []string{"trail", "verify", "--anchor", kept}, "put back to an earlier day")
		p.cannot(1, []string{"trail", "anchor"}, "nothing on the trail yet")
	})
}

func TestTheDoctorNamesABrokenTrail(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		p.founded()
		line := func() string {
			t.Helper()
			for l := range strings.Lines(p.held("doctor").out) {
				if strings.Contains(l, "  Trail: ") {
					return l
				}
			}
			t.Fatal("the doctor says nothing of the trail")
			return ""
		}
		if l := line(); !strings.HasPrefix(l, "fine") || !strings.Contains(l, "3 lines") {
			t.Error(l)
		}
		p.byHand("UPDATE trail_entries SET seq = 0, seal = NULL, at = at - 3600000000 WHERE seq = 3")
		if l := line(); !strings.HasPrefix(l, "needs a look") || !strings.Contains(l, "has waited for its place") {
			t.Error(l)
		}
		p.byHand("UPDATE trail_heads SET seq = 2")
		if l := line(); !strings.HasPrefix(l, "needs a look") || !strings.Contains(l, "held trail verify") {
			t.Error(l)
		}
	})
}

// TestTheOwnerIsSentAnAnchorEachWeek: by the workers, in a letter that says
// nothing of anybody, and that verify takes as it came.
func TestTheOwnerIsSentAnAnchorEachWeek(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = box.Close() })
		later := time.Duration(0)
		h := p.founded().but("HELD_SMTP", box.URL()).house(func() time.Time { return wall().Add(later) }, t.Output())
		ctx := h.system(t.Context())
		work := func() {
			t.Helper()
			for _, w := range h.workers {
				if err := w.Do(ctx); err != nil {
					t.Fatalf("%s: %v", w.Name, err)
				}
			}
			if err := h.letters.Send(ctx); err != nil {
				t.Fatal(err)
			}
		}
		work()
		if n := len(box.Messages()); n != 0 {
			t.Fatalf("%d letters on the first day", n)
		}
		later = 7 * 24 * time.Hour
		work()
		work()
		all := box.Messages()
		if len(all) != 1 || all[0].Subject != "A mark to keep" || all[0].To != ownerEmail {
			t.Fatalf("%+v", all)
		}
		a, err := trail.ParseAnchor(all[0].Text)
		if err != nil || !a.Signed() || a.Lines != 3 {
			t.Errorf("%+v, %v", a, err)
		}
		if strings.Contains(all[0].Text, "House of Quiet") {
			t.Error("it names the practice")
		}
		letter := filepath.Join(t.TempDir(), "letter.txt")
		write(t, letter, all[0].Text)
		if said := p.can("trail", "verify", "--anchor", letter); !strings.Contains(said, "It agrees with the anchor.") {
			t.Errorf("said %q", said)
		}
		later = 14 * 24 * time.Hour
		work()
		if n := len(box.Messages()); n != 2 {
			t.Errorf("%d letters after two weeks", n)
		}
	})
}

// TestStoppingLinksTheLastLines: what was read a moment before the end has its
// place when the program has ended.
func TestStoppingLinksTheLastLines(t *testing.T) {
	p := newPlace(t).founded()
	pr := p.start("serve")
	link := strings.TrimSpace(p.can("sign-in-link", ownerEmail))
	b := newBrowser(t, pr.url)
	b.done(link[strings.Index(link, "/sign-in/"):])
	d := p.database()
	owner, err := db.One(t.Context(), d.Reader(), db.Value[db.ID], "SELECT id FROM people_persons")
	if err != nil {
		t.Fatal(err)
	}
	b.page("/desk/people/" + owner.String())
	if code := pr.stop(t, 15*time.Second); code != 0 {
		t.Errorf("exit %d", code)
	}
	if all := p.onTheTrail(); len(all) < 2 || all[len(all)-1] != "session page read person" {
		t.Errorf("%q", all)
	}
	n, err := db.One(t.Context(), d.Reader(), db.Value[int64], "SELECT COUNT(*) FROM trail_entries WHERE seq = 0")
	if err != nil || n != 0 {
		t.Errorf("%d lines have no place, %v", n, err)
	}
}
