package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"held/care"
	"held/internal/web"
	"held/internal/work"
	"held/practice/emergency"
)

// exposure is what weakens a set-up although every setting is right.
type exposure struct {
	root  bool     // runs as the machine's administrator
	flags []string // passwords that stood on the command line
	files []string // files that hold a password
}

// renewBy is how long before its end a certificate should have been renewed.
const renewBy = 14 * 24 * time.Hour

// examine looks at the set-up around the program. What is not set is not
// spoken of.
func (h *house) examine(ctx context.Context) ([]care.Finding, error) {
	var out []care.Finding
	say := func(fine bool, about, sentence string) {
		out = append(out, care.Finding{Fine: fine, About: about, Sentence: sentence})
	}
	h.examineSecrets(say)
	h.examineDoors(say)
	h.examineCertificate(say)
	if err := h.examineAlerts(ctx, say); err != nil {
		return nil, err
	}
	if err := h.examineConsent(ctx, say); err != nil {
		return nil, err
	}
	if err := h.examineCard(ctx, say); err != nil {
		return nil, err
	}
	if err := h.examineCalls(ctx, say); err != nil {
		return nil, err
	}
	return out, h.examineClock(ctx, say)
}

// examineCalls says how calling devices goes, in figures: never what called.
func (h *house) examineCalls(ctx context.Context, say func(bool, string, string)) error {
	const about = "Calls to devices"
	st, err := h.devices.Status(ctx)
	if err != nil {
		return err
	}
	letter := " No letter goes when nobody has heard one."
	if st.Letter > 0 {
		letter = fmt.Sprintf(" A letter goes after %d minutes in which nobody has heard one.", st.Letter)
	}
	if !st.Pushing {
		if !st.Set {
			return nil
		}
		say(true, about, "Push is off: nobody is called outside Held."+letter)
		return nil
	}
	last := "None was ever taken by a push service."
	if !st.Last.IsZero() {
		last = "The last one was taken " + st.Last.UTC().Format("2 January 2006, 15:04") + " UTC."
	}
	say(st.Failed == 0 || st.Sent > 0, about, fmt.Sprintf("Push is on for %d devices of %d people. %s In the last two days %d were taken and %d were not.%s", st.Devices, st.People, last, st.Sent, st.Failed, letter))
	return nil
}

// examineConsent asks once something is published to be signed.
func (h *house) examineConsent(ctx context.Context, say func(bool, string, string)) error {
	published, undecided, err := h.consent.Decided(ctx, h.db.Reader())
	switch {
	case err != nil || published == 0:
		return err
	case undecided > 0:
		say(false, "Consent", fmt.Sprintf("The practice has not decided about %d of its %d published documents of whom they are asked. Until it has, no consent is complete: /desk/consent.", undecided, published))
	default:
		say(true, "Consent", fmt.Sprintf("%d documents are published, and the practice has decided of whom each is asked.", published))
	}
	return nil
}

// examineCard asks whether there is an emergency card, before it is needed.
func (h *house) examineCard(ctx context.Context, say func(bool, string, string)) error {
	there, err := h.emergency.Written(ctx, h.db.Reader())
	if err != nil {
		return err
	}
	if !there {
		say(false, "Emergency card", emergency.None+" It is written at "+emergency.Place+".")
		return nil
	}
	say(true, "Emergency card", "There is one. Does the one on the wall say the same?")
	return nil
}

func (h *house) examineSecrets(say func(bool, string, string)) {
	bare := h.cfg.bare
	if bare.root {
		say(false, "Account", "The program runs as the machine's administrator. Give it an account of its own; docs/guides/held.service does.")
	}
	if len(bare.flags) > 0 {
		say(false, "Passwords", "A password stands on the command line ("+strings.Join(bare.flags, ", ")+"), where others on this machine can read it. Put it into the environment, or into a file named by HELD_DATABASE_FILE, HELD_SMTP_FILE or HELD_OIDC_CLIENT_SECRET_FILE.")
	}
	for _, file := range bare.files {
		info, err := os.Stat(file)
		switch {
		case err != nil:
			say(false, "Passwords", file+" held a password at the start and cannot be looked at any more.")
		case info.Mode().Perm()&0o077 != 0:
			say(false, "Passwords", file+" holds a password and can be read by other accounts of this machine. Change its mode to 0600.")
		}
	}
}

func (h *house) examineDoors(say func(bool, string, string)) {
	if m := h.cfg.MetricsListen; m != "" && public(m) {
		say(false, "Figures", "They are answered on "+m+", which others may reach. They hold no names, but tell how busy the practice is; answer on 127.0.0.1, or let a firewall stand before it.")
	}
	if own := h.cfg.TLSCert != "" || h.cfg.ACME != ""; !own && public(h.cfg.Listen) && len(h.cfg.proxies) == 0 {
		say(false, "Way in", "It answers without encryption on "+h.cfg.Listen+", which others may reach. Answer on 127.0.0.1, name the proxy in front of it (HELD_PROXIES), or let the program have a certificate of its own (HELD_ACME, or HELD_TLS_CERT and HELD_TLS_KEY).")
	}
}

func (h *house) examineCertificate(say func(bool, string, string)) {
	file := h.cfg.TLSCert
	if h.cfg.ACME != "" {
		file = web.CertificateFile(h.cfg.ACMEFolder, h.cfg.names()[0])
		if info, err := os.Stat(h.cfg.ACMEFolder); err == nil && info.Mode().Perm()&0o077 != 0 {
			say(false, "Certificate", "Other accounts of this machine can look into "+h.cfg.ACMEFolder+", where its key is kept. Change its mode to 0700.")
		}
	}
	if file == "" {
		return
	}
	end, err := web.CertificateEnd(file)
	switch left := end.Sub(h.now()); {
	case errors.Is(err, fs.ErrNotExist) && h.cfg.ACME != "":
		say(false, "Certificate", "The certificate authority has not given one yet. It is asked when `held serve` starts; the log says why it refused.")
	case err != nil:
		say(false, "Certificate", "It cannot be read ("+err.Error()+").")
	case left < 0:
		say(false, "Certificate", "It ended on "+dated(end)+". Browsers refuse the site until it is renewed.")
	default:
		say(left > renewBy, "Certificate", fmt.Sprintf("It counts until %s, for %d more days.", dated(end), int(left.Hours()/24)))
	}
}

// examineAlerts says whether anybody is told of danger, and whether they look.
func (h *house) examineAlerts(ctx context.Context, say func(bool, string, string)) error {
	named, err := h.alerts.Named(ctx)
	if err != nil {
		return err
	}
	if named {
		say(true, "Alerts", "A clinician is named for alerts.")
	} else {
		say(false, "Alerts", "Nobody is named who is told when somebody may be in danger. Until the owner names a clinician (Settings, Alerts), every guide and prescriber of the person is told.")
	}
	n, err := h.alerts.Overdue(ctx)
	if n > 0 {
		say(false, "Alerts", fmt.Sprintf("%d alerts were told to everybody and nobody has acknowledged them. They stand on the page of the day of guides and prescribers.", n))
	}
	return err
}

func dated(t time.Time) string { return t.UTC().Format("2 January 2006") }

// clockLeeway is how far clocks may disagree before it matters.
const clockLeeway = 2 * time.Minute

// examineClock: work that is done already cannot lie ahead.
func (h *house) examineClock(ctx context.Context, say func(bool, string, string)) error {
	runs, err := work.Runs(ctx, h.db.Reader(), h.practice)
	if err != nil {
		return err
	}
	var last time.Time
	for _, r := range runs {
		if r.Last.After(last) {
			last = r.Last
		}
	}
	if ahead := last.Sub(h.now()); ahead > clockLeeway {
		say(false, "Clock", fmt.Sprintf("This machine's clock stands %s before work that is done already. Links, locks and reminders go by it; let it be set from the network.", ahead.Round(time.Minute)))
	}
	return nil
}
