package care

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"time"

	"held/internal/db"
	"held/internal/web"
	"held/internal/work"
	"held/practice/access"
	"held/practice/backup"
	"held/practice/calendar"
	"held/practice/letters"
)

// Doctor says in plain words how the program itself is doing. The page and
// the command `held doctor` say the same.
type Doctor struct {
	DB         *db.DB
	Letters    *letters.Service
	Calendar   *calendar.Service
	Backup     *backup.Service
	Migrations fs.FS
	KeyFile    string
	Base       string
	Mail       bool // a mail server is set
	Now        func() time.Time
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
	say(d.key())
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
	return out, d.booking(ctx, say)
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

func (d *Doctor) address() (bool, string, string) {
	u, err := url.Parse(d.Base)
	if err == nil && u.Scheme == "https" {
		return true, "Address", "The site is reached by https."
	}
	return false, "Address", "The site is not reached by https. That is right on your own machine only; a public site needs HELD_URL with https, behind a proxy that ends TLS."
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
