package care

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"held/internal/db"
	"held/internal/web"
	"held/internal/work"
	"held/practice/access"
	"held/practice/backup"
	"held/practice/calendar"
	"held/practice/letters"
	"held/practice/trail"
)

// Doctor says in plain words how the program itself is doing. The page and
// the command `held doctor` say the same.
type Doctor struct {
	DB         *db.DB
	Letters    *letters.Service
	Calendar   *calendar.Service
	Trail      *trail.Service
	Backup     *backup.Service
	Migrations fs.FS
	KeyFile    string
	// Unproved counts who works here and signs in by a link alone.
	Unproved func(ctx context.Context) (int, error)
	Also     func(ctx context.Context) ([]Finding, error) // what the program knows of its own set-up
	Data     string                                       // the data folder
	// DatabaseHost is where PostgreSQL is; "" on this machine.
	DatabaseHost string
	Base         string
	Mail         bool // a mail server is set
	Now          func() time.Time
}

// Finding is one thing that the doctor looked at.
type Finding struct {
	Fine     bool
	About    string
	Sentence string
}

// quietFor is how long a worker may be silent before the doctor says so.
const quietFor = 2 * time.Hour

// Examine looks at everything. An error means that it could not be looked at.
func (d *Doctor) Examine(ctx context.Context) ([]Finding, error) {
	var out []Finding
	say := func(fine bool, about, sentence string) { out = append(out, Finding{fine, about, sentence}) }
	have, want, err := d.DB.Schema(ctx, d.Migrations)
	if err != nil {
		return nil, err
	}
	say(have == want, "Database", fmt.Sprintf("It answers (%s), at version %d of %d.", d.DB.Engine(), have, want))
	if err := d.server(ctx, say); err != nil {
		return nil, err
	}
	say(d.key())
	if fine, about, sentence, there := d.folder(); there {
		say(fine, about, sentence)
	}
	say(d.address())
	if err := d.mail(ctx, say); err != nil {
		return nil, err
	}
	if err := d.backups(ctx, say); err != nil {
		return nil, err
	}
	if err := d.workers(ctx, say); err != nil {
		return nil, err
	}
	if err := d.trail(ctx, say); err != nil {
		return nil, err
	}
	if err := d.signIns(ctx, say); err != nil {
		return nil, err
	}
	if d.Also != nil {
		more, err := d.Also(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	err = d.booking(ctx, say)
	return out, err
}

func (d *Doctor) signIns(ctx context.Context, say func(bool, string, string)) error {
	n, err := d.Unproved(ctx)
	if err != nil {
		return err
	}
	sentence := "Everybody who works here has a passkey or an authenticator app."
	switch {
	case n == 1:
		sentence = "1 of those who work here has neither a passkey nor an authenticator app. They set one up under “Your sign-in”."
	case n > 1:
		sentence = fmt.Sprintf("%d of those who work here have neither a passkey nor an authenticator app. They set one up under “Your sign-in”.", n)
	}
	say(n == 0, "Signing in", sentence)
	return nil
}

func (d *Doctor) trail(ctx context.Context, say func(bool, string, string)) error {
	const about = "Trail"
	when := func(t time.Time) string { return t.Format("2 January 2006, 15:04") + " UTC" }
	st, err := d.Trail.Stands(ctx)
	switch {
	case errors.Is(err, trail.ErrBroken):
		say(false, about, "Its chain is broken at its end. `held trail verify` says where; the playbook says what to do then.")
	case err != nil:
		return err
	case !st.Waiting.IsZero() && d.Now().Sub(st.Waiting) > trail.LateAfter:
		say(false, about, "A line has waited for its place in the chain since "+when(st.Waiting)+". Either nothing has linked since, or Held did not write it: `held trail verify` tells.")
	case st.Anchor.IsZero():
		say(true, about, fmt.Sprintf("%d lines are in its chain. The first anchor goes to the owners a week after it began.", st.Lines))
	default:
		say(true, about, fmt.Sprintf("%d lines are in its chain. The newest anchor is of %s.", st.Lines, when(st.Anchor)))
	}
	return nil
}

func (d *Doctor) key() (bool, string, string) {
	info, err := os.Stat(d.KeyFile)
	switch {
	case err != nil:
		return false, "Key file", "It is not where the settings say. The program runs with the key it read at its start, but would not start again."
	case info.Mode().Perm()&0o077 != 0:
		return false, "Key file", "Other accounts of this machine can read it. Change its mode to 0600."
	}
	return true, "Key file", "Only this account can read it. Is there a copy apart from this machine?"
}

func (d *Doctor) mail(ctx context.Context, say func(bool, string, string)) error {
	st, err := d.Letters.Status(ctx)
	if err != nil {
		return err
	}
	last := "No letter has been sent yet."
	if !st.LastSent.IsZero() {
		last = "Last sent " + st.LastSent.Format(moment) + " UTC."
	}
	say(d.Mail, "Mail server", map[bool]string{true: "One is set. " + last, false: "None is set (HELD_SMTP): letters wait and nobody hears from you. " + last}[d.Mail])
	late := st.Waiting > 0 && d.Now().Sub(st.OldestWaiting) > 15*time.Minute
	say(!late, "Outbox", fmt.Sprintf("%d due and not yet sent.", st.Waiting))
	say(st.Failed == 0, "Refused letters", fmt.Sprintf("%d in the last 30 days could not be delivered.", st.Failed))
	return nil
}

const moment = "2 January 2006, 15:04"

func (d *Doctor) backups(ctx context.Context, say func(bool, string, string)) error {
	st, err := d.Backup.Status(ctx)
	if err != nil {
		return err
	}
	switch {
	case !st.Set:
		say(false, "Backups", "None are made. HELD_BACKUP_TO says where to, HELD_BACKUP_RECIPIENTS for whom.")
	case st.Trouble != "":
		say(false, "Backups", "The last one did not succeed: "+st.Trouble+". "+since(st.Made, "One was last made on", "None was made yet."))
	default:
		say(!st.Late, "Backups", since(st.Made, "The last one was made on", "None was made yet.")+" They go to "+st.Where+".")
	}
	if st.Set {
		d.drills(st, say)
	}
	if st.Rotated {
		said := fmt.Sprintf("The last rotation began on %s UTC; %d texts were sealed anew.", st.Rotation.Started.Format(moment), st.Rotation.Resealed)
		if st.Rotation.Done.IsZero() {
			said += " It goes on: the older keys are destroyed once nothing lies under them, an hour after its beginning at the soonest."
			if st.Rotation.Place != "" {
				said += " It is at " + st.Rotation.Place + "."
			}
		}
		say(!st.Rotation.Done.IsZero() || d.Now().Sub(st.Rotation.Started) < 24*time.Hour, "Keys", said)
	}
	return nil
}

func (d *Doctor) drills(st backup.Status, say func(bool, string, string)) {
	how := " `held drill` tries the newest."
	if st.Drills {
		how = " One is tried each week."
	}
	if st.Untried != "" {
		say(false, "Drill", "The last one did not succeed: "+st.Untried+"."+how)
		return
	}
	say(!st.LongAgo, "Drill", since(st.Tried, "A backup was last opened and looked through on", "No backup was opened yet; one that nobody has opened is a hope.")+how)
}

func since(at time.Time, said, never string) string {
	if at.IsZero() {
		return never
	}
	return said + " " + at.Format(moment) + " UTC."
}

func (d *Doctor) workers(ctx context.Context, say func(bool, string, string)) error {
	runs, err := work.Runs(ctx, d.DB.Reader(), access.From(ctx).Practice)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		say(false, "Background work", "Nothing has run yet. It runs while `held serve` does.")
	}
	for _, r := range runs {
		if r.Worker == watching {
			say(d.callers(r))
			continue
		}
		sentence := "Last run " + r.Last.Format(moment) + " UTC."
		if r.Fault != "" {
			sentence += " It did not succeed; the log says why."
		}
		say(r.Fault == "" && d.Now().Sub(r.Last) < quietFor, "Background work: "+r.Worker, sentence)
	}
	return nil
}

func (d *Doctor) booking(ctx context.Context, say func(bool, string, string)) error {
	all, err := d.Calendar.Offerings(ctx)
	if err != nil {
		return err
	}
	open := 0
	for _, o := range all {
		if o.Open && o.Who == calendar.Anyone {
			open++
		}
	}
	say(open > 0, "Booking", fmt.Sprintf("%d kinds of appointment are open to visitors.", open))
	return nil
}

func (d *Desk) doctor(w http.ResponseWriter, r *http.Request) error {
	findings, err := d.Doctor.Examine(r.Context())
	if err != nil {
		return err
	}
	p, nav, err := d.page(r, "How the program is doing")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, doctorPage(p, nav, findings))
}
