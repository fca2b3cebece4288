package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"held/assets"
	"held/care"
	"held/care/adverse"
	"held/care/consent"
	"held/care/inquiry"
	"held/care/invitation"
	"held/care/medicine"
	"held/care/orders"
	"held/care/preparation"
	"held/care/ripple"
	"held/care/screening"
	"held/care/space"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/ui"
	"held/internal/vault"
	"held/internal/web"
	"held/internal/work"
	"held/migrations"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/backup"
	"held/practice/calendar"
	"held/practice/carry"
	"held/practice/circle"
	"held/practice/devices"
	"held/practice/emergency"
	"held/practice/forms"
	"held/practice/identity"
	"held/practice/keeping"
	"held/practice/letters"
	"held/practice/measures"
	"held/practice/notes"
	sentonce "held/practice/once"
	"held/practice/people"
	"held/practice/protocol"
	"held/practice/settings"
	"held/practice/stock"
	"held/practice/trail"
	"held/practice/welcome"
	rule "held/rules/protocol"
)

// house is the whole program, wired.
type house struct {
	cfg      config
	base     string
	log      *slog.Logger
	now      func() time.Time
	practice db.ID

	db          *db.DB
	keeper      vault.Keeper
	vault       *vault.Vault
	trail       *trail.Service
	people      *people.Service
	sessions    *people.Sessions
	identity    *identity.Service
	letters     *letters.Service
	settings    *settings.Service
	circle      *circle.Service
	notes       *notes.Service
	forms       *forms.Service
	alerts      *alerts.Service
	screening   *screening.Service
	emergency   *emergency.Service
	devices     *devices.Service
	calendar    *calendar.Service
	protocol    *protocol.Service
	invitation  *invitation.Service
	inquiry     *inquiry.Service
	consent     *consent.Service
	preparation *preparation.Service
	adverse     *adverse.Service
	stock       *stock.Service
	orders      *orders.Service
	medicine    *medicine.Service
	space       *space.Service
	ripple      *ripple.Service
	measures    *measures.Service
	welcome     *welcome.Service
	keeping     *keeping.Service
	desk        *care.Desk
	doctor      *care.Doctor
	apps        map[string]string // the demo's: whose authenticator app has which secret
	anchors     *care.Anchors
	backup      *backup.Service
	carry       *carry.Service
	metrics     *web.Metrics
	app         *web.App
	runner      *work.Runner
	workers     []*work.Worker
	fetch       func() // gets the site's certificate, where a certificate authority gives it
}

// wall is the clock of every practice but the demo's, at the precision that
// the database keeps.
func wall() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

var errNoPractice = errors.New("there is no practice here yet; `held init` founds one, `held demo` shows one")

// open opens the database and the keys of an existing practice.
func open(ctx context.Context, cfg config, log *slog.Logger, now func() time.Time) (*house, error) {
	if cfg.Database == "" { // a mistyped folder must not become an empty database
		if _, err := os.Stat(cfg.databasePath()); errors.Is(err, os.ErrNotExist) {
			return nil, errNoPractice
		}
	}
	h, err := openBare(ctx, cfg, log, now)
	if err != nil {
		return nil, err
	}
	if err := h.enter(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// openBare opens the database without asking what is in it.
func openBare(ctx context.Context, cfg config, log *slog.Logger, now func() time.Time) (*house, error) {
	d, err := db.Open(ctx, cfg.Database, cfg.databasePath())
	if err != nil {
		return nil, err
	}
	return &house{cfg: cfg, log: log, now: now, db: d}, nil
}

// enter checks the schema, finds the practice and opens its keys.
func (h *house) enter(ctx context.Context) error {
	have, want, err := h.db.Schema(ctx, migrations.Files)
	switch {
	case err != nil:
		return err
	case have > want:
		return db.ErrNewer
	case have == 0:
		return errNoPractice
	case have < want:
		return fmt.Errorf("the database is at version %d and this program needs %d. Make a backup, then run `held migrate`", have, want)
	}
	if h.keeper, err = vault.ReadKeyFile(h.cfg.KeyFile); err != nil {
		return err
	}
	h.vault = vault.New(h.keeper, h.now)
	if h.practice, err = settings.Only(ctx, h.db.Reader()); err != nil {
		return err
	}
	if h.practice.IsZero() {
		return errors.New("there is no practice in this database yet; `held init` founds one")
	}
	if err := h.vault.Load(ctx, h.db.Reader(), h.practice); err != nil {
		return err
	}
	return h.keep()
}

// keep makes the services that every command uses.
func (h *house) keep() error {
	h.trail = &trail.Service{DB: h.db, Vault: h.vault, Now: h.now}
	h.people = &people.Service{DB: h.db, Vault: h.vault, Trail: h.trail, Now: h.now}
	h.circle = &circle.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Now: h.now}
	h.settings = &settings.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Now: h.now}
	h.letters = &letters.Service{DB: h.db, Vault: h.vault, Now: h.now, Log: h.log}
	h.notes = &notes.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Now: h.now}
	h.notes.Times = h.timesOf
	h.consent = &consent.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Now: h.now}
	h.forms = &forms.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Now: h.now}
	h.calendar = &calendar.Service{DB: h.db, Vault: h.vault, Trail: h.trail, Settings: h.settings, Now: h.now}
	h.calendar.Attendants = func(ctx context.Context) ([]db.ID, error) { return h.people.With(ctx, access.Attendant) }
	h.calendar.Apart = h.circle.Apart
	h.protocol = &protocol.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Now: h.now, Opened: h.calendar.Reopened}
	h.calendar.Closed = h.protocol.Closed
	h.emergency = &emergency.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Now: h.now}
	h.devices = &devices.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Now: h.now, Log: h.log, Client: h.cfg.pushes()}
	h.screen()
	h.identity = &identity.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Base: h.cfg.base(h.cfg.Listen), From: h.sender,
	}
	h.identity.RegisterLetters()
	h.identity.Beside = devices.Links
	h.identity.Called = identity.Called{Names: h.devices.Names, End: h.devices.End}
	h.people.Revoked = h.devices.Revoked
	h.doctor = &care.Doctor{
		DB: h.db, Unproved: h.identity.Unproved, Letters: h.letters, Calendar: h.calendar, Trail: h.trail, Migrations: migrations.Files,
		KeyFile: h.cfg.KeyFile, Data: h.cfg.Data, DatabaseHost: h.cfg.databaseHost(), Base: h.cfg.base(h.cfg.Listen), Mail: h.cfg.SMTP != "", Now: h.now, Also: h.examine,
	}
	h.carryAlong()
	return h.keepBackups()
}

// screen makes what looks after safety: alerts, and the screening, which listens
// to forms and reckons with the protocol in force.
func (h *house) screen() {
	h.alerts = &alerts.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Now: h.now}
	h.screening = &screening.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Forms: h.forms, Alerts: h.alerts, Now: h.now,
		Protocol: h.inForce,
	}
	h.screening.Listen()
	h.forms.Next = h.alerts.Next
}

// inForce is the protocol in force for a medicine, by the number of its version.
func (h *house) inForce(ctx context.Context, q db.Q, m rule.Medicine) (*rule.Document, string, error) {
	v, there, err := h.protocol.InForce(ctx, q, m)
	if err != nil || !there {
		return nil, "", err
	}
	return v.Doc, strconv.Itoa(v.Number), nil
}

// as is the context of somebody without a browser: a worker or a command.
func (h *house) as(ctx context.Context, via access.Via) context.Context {
	return access.With(ctx, access.Actor{Practice: h.practice, Via: via})
}

func (h *house) system(ctx context.Context) context.Context { return h.as(ctx, access.System) }

func (h *house) close() error { return h.db.Close() }

// furnish makes everything that answers pages, for the public address base.
func (h *house) furnish(base string, demo bool) error {
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	h.base = base
	h.settings.Base, h.settings.Demo, h.carry.URL = base, demo, base
	h.letters.Host = u.Hostname()
	if h.cfg.SMTP != "" {
		if h.letters.Sender, err = mail.Open(h.cfg.SMTP, mail.WithClock(h.now)); err != nil {
			return err
		}
	}
	h.metrics = web.NewMetrics()
	h.sessions = people.NewSessions(h.people, h.practice, u.Scheme == "https")
	h.identity.Sessions, h.identity.Base, h.identity.Page = h.sessions, base, h.settings.Page
	if h.cfg.OIDCIssuer != "" {
		h.identity.Provider = &identity.Provider{Issuer: h.cfg.OIDCIssuer, Client: h.cfg.OIDCClient, Secret: h.cfg.OIDCSecret}
	}
	h.app = &web.App{Log: h.log, Base: u, Now: h.now, Metrics: h.metrics, Callers: &web.Callers{}, Person: h.sessions.Middleware, Fault: h.fault, Names: h.cfg.names(), Proxies: h.cfg.proxies}
	if err := h.steps(); err != nil {
		return err
	}
	h.app.Mount(h.identity.Routes(), h.securityRoutes())
	h.mountPlain()
	h.employ()
	return nil
}

// steps makes the path's steps and the desk, and mounts their pages.
func (h *house) steps() error {
	h.invitation = &invitation.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Now: h.now, Offerings: h.fees,
	}
	h.inquiry = &inquiry.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Calendar: h.calendar, Circle: h.circle,
		Now: h.now, Base: h.base, Log: h.log, Intro: h.intro,
	}
	h.preparation = &preparation.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Calendar: h.calendar, Circle: h.circle, Base: h.base, Now: h.now,
	}
	h.preparation.ByProtocols(h.protocol)
	h.preparation.Sources = []preparation.Source{preparation.ByConsent(h.consent), preparation.ByClearance(h.decision)}
	h.preparation.Ages = h.ages
	h.preparation.Alarm = h.alarm
	h.preparation.Prefer = h.askPreferences
	h.stock = &stock.Service{DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Now: h.now}
	h.orders = &orders.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Preparation: h.preparation, Screening: h.screening, Stock: h.stock, Protocol: h.inForce, Now: h.now,
	}
	h.calendar.Ready = h.preparation.Standing
	h.adverse = &adverse.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings, Calendar: h.calendar, Now: h.now,
	}
	h.openRooms()
	h.hookRooms()
	h.space = &space.Service{
		DB: h.db, Vault: h.vault, People: h.people, Calendar: h.calendar, Inquiry: h.inquiry, Settings: h.settings, Trail: h.trail, Circle: h.circle, Letters: h.letters, Notes: h.notes, Forms: h.forms, Alerts: h.alerts, Preparation: h.preparation, Medicine: h.medicine, Now: h.now,
		Path: care.Line, Consent: h.consent, Ripple: ripple.Questions(),
	}
	h.measures = &measures.Service{DB: h.db, Vault: h.vault, Trail: h.trail, Now: h.now, Alarm: h.alarmRating}
	h.ripple = &ripple.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Forms: h.forms, Measures: h.measures, Now: h.now, Sessions: h.medicineSessions, Begun: h.begunSessions,
	}
	if err := h.ripple.Begin(); err != nil {
		return err
	}
	h.welcome = &welcome.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Sessions: h.sessions, Letters: h.letters, Settings: h.settings, Base: h.base, Now: h.now,
	}
	h.keepThings()
	h.doctor.Base = h.base
	h.desk = &care.Desk{
		DB: h.db, People: h.people, Calendar: h.calendar, Inquiry: h.inquiry, Settings: h.settings, Trail: h.trail,
		Circle: h.circle, Letters: h.letters, Space: h.space, Notes: h.notes, Forms: h.forms, Consent: h.consent, Welcome: h.welcome, Doctor: h.doctor, Alerts: h.alerts, Screening: h.screening, Adverse: h.adverse, Preparation: h.preparation, Now: h.now,
	}
	week := &calendar.Pages{DB: h.db, Calendar: h.calendar, People: h.people, Settings: h.settings, Trail: h.trail, Circle: h.circle, Now: h.now, Also: h.beside, AlsoGroup: h.besideAll}
	h.settings.Places = []settings.Place{
		{Title: "Alerts", About: "Who is told when somebody may be in danger, and what happens when nobody has looked.", Href: "/desk/settings/alerts", Verb: access.Read, Class: access.Settings},
		{Title: "Emergency card", About: "What stands on the wall and in the medicine room: the address, what to say, who is on call.", Href: emergency.Place, Verb: access.Read, Class: access.Help},
		{Title: "Calls to devices", About: "Whether what calls in a room leaves Held: by push, whom that talks to, and by a letter.", Href: devices.Place, Verb: access.Read, Class: access.Settings},
		{Title: "Devices of yours that are called", About: "Which of your telephones and computers are called while Held is closed.", Href: devices.Own, Verb: access.Read, Class: access.Room},
		{Title: "Protocols", About: "What holds for each medicine and route, written and signed by the prescriber.", Href: protocol.Place, Verb: access.Read, Class: access.Protocol},
		{Title: "Controlled substances", About: "The ledger: lots, what came in, was drawn up, given, wasted and counted.", Href: stock.Place, Verb: access.Read, Class: access.Stock},
		{Title: "Doses to look at", About: "What was given and was not as ordered.", Href: "/desk/orders", Verb: access.Read, Class: access.Orders},
		{Title: "Waiting for a witness", About: "A waste or a count that a second person confirms.", Href: stock.Place + "/witness", Verb: access.Read, Class: access.Witness},
		{Title: "After-care", About: "What people take home from a medicine session, for each version of a protocol.", Href: medicine.AfterCarePlace, Verb: access.Read, Class: access.Papers},
		{Title: "Consent", About: "What clients read and sign: documents, their versions, and whom they are asked of.", Href: "/desk/consent", Verb: access.Read, Class: access.Papers},
		{Title: "Saved answers", About: "Text for answers that are often needed.", Href: "/desk/questions/saved", Verb: access.Read, Class: access.Questions},
		{Title: "Courses", About: "Templates of linked sessions, laid over the calendar from a client's page.", Href: "/desk/courses", Verb: access.Read, Class: access.Courses},
		{Title: "Headings for notes", About: "What a note can begin from.", Href: "/desk/notes/templates", Verb: access.Read, Class: access.Templates},
		{Title: "Open invitations", About: "What a client's space offers to begin writing from.", Href: "/desk/settings/open-invitations", Verb: access.Read, Class: access.Articles},
		{Title: "Check-ins", About: "What clients are asked over the months, and when.", Href: "/desk/settings/check-ins", Verb: access.Read, Class: access.Forms},
		{Title: "What counts as a change", About: "The practice's own values, where nothing certain was published; set by the prescriber.", Href: "/desk/measures/changes", Verb: access.Read, Class: access.Forms},
		{Title: "Outcomes", About: "What everybody's answers say together.", Href: "/desk/outcomes", Verb: access.Read, Class: access.Outcomes},
		{Title: "How long things are kept", About: "What is erased by itself, and when.", Href: "/desk/settings/keeping", Verb: access.Read, Class: access.Settings},
		{Title: "Trail", About: "Who did and read what, in the whole practice.", Href: "/desk/trail", Verb: access.Read, Class: access.Ledger},
		{Title: "Asked about the trail", About: "What clients ask about a line of theirs.", Href: "/desk/looks", Verb: access.Read, Class: access.Ledger},
		{Title: "Take the whole practice along", About: "One file with everything, encrypted, to read elsewhere or to move to another Held.", Href: "/desk/export", Verb: access.Read, Class: access.Ledger},
		{Title: "How the program is doing", About: "Database, mail, background work: what needs a look.", Href: "/desk/doctor", Verb: access.Read, Class: access.Letters},
	}
	h.anchors = &care.Anchors{DB: h.db, Trail: h.trail, People: h.people, Letters: h.letters, Settings: h.settings}
	h.inquiry.RegisterLetters()
	h.anchors.RegisterLetters()
	h.consent.RegisterLetters()
	h.space.RegisterLetters()
	h.notes.RegisterLetters()
	h.forms.RegisterLetters()
	h.alerts.RegisterLetters()
	h.screening.RegisterLetters()
	h.welcome.RegisterLetters()
	h.preparation.RegisterLetters()
	h.adverse.RegisterLetters()
	h.devices.RegisterLetters()
	h.app.Mount(h.invitation.Routes(), h.settings.Routes(), h.welcome.Routes(), h.forms.Routes(), h.notes.Routes(), week.Routes(), h.protocol.Routes(), h.alerts.Routes(), h.emergency.Routes(), h.devices.Routes(), h.screening.Routes(), h.inquiry.Routes(), h.consent.Routes(), h.preparation.Routes(), h.medicine.Routes(), h.stock.Routes(), h.orders.Routes(), h.adverse.Routes(), h.space.Routes(), h.ripple.Routes(), h.desk.Routes(), h.keeping.Routes(), h.carry.Routes())
	return nil
}

// decision is the prescriber's in force, as the gate before a session reads it.
func (h *house) decision(ctx context.Context, q db.Q, client db.ID, m rule.Medicine) (preparation.Decision, bool, error) {
	c, there, err := h.screening.Clearance(ctx, q, client, m)
	return preparation.Decision{ID: c.ID, Cleared: c.Verdict == screening.Cleared, At: c.At, Ends: c.Ends, Stale: c.Stale, Conditions: c.Conditions}, there, err
}

// ages are a client's values on record whose age the protocol of a session bounds.
func (h *house) ages(ctx context.Context, q db.Q, x preparation.Session) (out []preparation.Age, err error) {
	all, err := h.screening.Ages(ctx, q, x.Client, x.Terms.Product)
	for _, a := range all {
		out = append(out, preparation.Age{Basis: a.ID.String(), Name: a.Name, Ends: a.Ends})
	}
	return out, err
}

// alarm raises an alert about an answer before a session.
func (h *house) alarm(ctx context.Context, tx *db.Tx, client, session db.ID, words string) error {
	_, err := h.alerts.Raise(ctx, tx, alerts.Alert{Client: client, Kind: "before a session", Ref: session, Words: words})
	return err
}

// alarmRating raises an alert about what a clinician rated.
func (h *house) alarmRating(ctx context.Context, tx *db.Tx, client, ref db.ID, words string) error {
	_, err := h.alerts.Raise(ctx, tx, alerts.Alert{Client: client, Kind: "rating", Ref: ref, Words: words})
	return err
}

// askPreferences gives a client the form about touch, voice and music, when
// their first medicine session is booked.
func (h *house) askPreferences(ctx context.Context, tx *db.Tx, client db.ID) error {
	const form = "preferences"
	sent, err := h.forms.Latest(ctx, tx, client, form)
	if err != nil || sent != nil {
		return err
	}
	_, err = h.forms.Give(ctx, tx, forms.Gift{Person: client, Form: form, Occasion: people.StepPreparation})
	return err
}

// keepThings says what is kept about people, in the order in which they take it along.
func (h *house) keepThings() {
	all := &care.Holdings{People: h.people, Identity: h.identity, Welcome: h.welcome, Calendar: h.calendar, Circle: h.circle, Notes: h.notes, Forms: h.forms, Settings: h.settings, Trail: h.trail}
	h.keeping = &keeping.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Now: h.now, Seen: all.Seen,
	}
	h.keeping.Hold(all.Kept(slices.Concat(h.screening.Kept(), h.consent.Kept(), h.preparation.Kept(), h.medicine.Kept(), h.orders.Kept(), h.adverse.Kept(), h.calledDevices(), h.space.Kept(), h.ripple.Kept(), []keeping.Holding{h.inquiry.Kept()})...)...)
}

// timesOf is a client's times, as far as notes may be about them.
func (h *house) timesOf(ctx context.Context, client db.ID) (out []notes.Time, err error) {
	all, err := h.calendar.OfClient(ctx, client)
	for _, a := range all {
		if a.State != calendar.Cancelled {
			out = append(out, notes.Time{Appointment: a.ID, Client: client, End: a.End, Name: a.Name})
		}
	}
	return out, err
}

// intro is the practice's own words above the question box.
func (h *house) intro(ctx context.Context) (templ.Component, error) {
	t, err := h.invitation.Text(ctx, "questions")
	return templ.Raw(t.Lede + t.Body), err
}

// fees is what the page of fees shows of the offerings.
func (h *house) fees(ctx context.Context) ([]invitation.Fee, error) {
	all, err := h.calendar.Offerings(ctx)
	if err != nil {
		return nil, err
	}
	var out []invitation.Fee
	for _, o := range all {
		if !o.Open {
			continue
		}
		fee := invitation.Fee{Name: o.Name, Summary: o.Words, Minutes: int(o.Length / time.Minute), Price: o.Price, Group: o.InGroup()}
		if o.Who == calendar.Anyone { // the others are arranged together: a link would only refuse
			fee.Href = "/book/" + o.Slug
		}
		out = append(out, fee)
	}
	return out, nil
}

// sender is who letters come from when they should say little.
func (h *house) sender(ctx context.Context) (address, name string, err error) {
	st, err := h.settings.Get(ctx)
	return st.Email, st.Sender, err
}

// linkEvery is how long a line of the trail waits for its place in the chain.
const linkEvery = 3 * time.Second

// employ makes the workers.
func (h *house) employ() {
	post := &work.Worker{Name: "letters", Every: 10 * time.Second, Do: h.letters.Send}
	h.letters.Wake = post.Wake
	offers := &work.Worker{Name: "waiting list", Every: 30 * time.Second, Do: h.inquiry.OfferNext}
	h.inquiry.OffersDue = offers.Wake
	calls := &work.Worker{Name: "calls", Every: 3 * time.Second, Do: h.devices.Reach}
	h.devices.Wake, h.medicine.Woken = calls.Wake, calls.Wake
	h.workers = []*work.Worker{
		post,
		calls,
		offers,
		{Name: "alerts", Every: 30 * time.Second, Do: h.alerts.Escalate},
		{Name: "adverse events", Every: 15 * time.Minute, Do: h.adverse.Remind},
		{Name: "what ends before a session", Every: 15 * time.Minute, Do: h.preparation.WatchLapses},
		{Name: "trail", Every: linkEvery, Do: h.trail.Link},
		{Name: "trail anchor", Every: time.Hour, Do: h.anchors.Weekly},
		{Name: "past claims", Every: 10 * time.Minute, Do: h.calendar.Fold},
		{Name: "check-ins", Every: 15 * time.Minute, Do: h.ripple.AskDue},
		{Name: "outcomes", Every: time.Hour, Do: h.ripple.Sum},
		{Name: "keeping", Every: 6 * time.Hour, Do: h.keeping.Run},
		{Name: "sign-in sweep", Every: time.Hour, Do: h.sweep},
		{Name: "backups", Every: 5 * time.Minute, Do: h.backup.MakeDue},
		{Name: "drills", Every: time.Hour, Do: h.backup.DrillDue},
		{Name: "sealing anew", Every: 5 * time.Minute, Do: func(ctx context.Context) error { return h.vault.Reseal(ctx, h.db, h.practice, sealed) }},
		h.doctor.Watch(h.app.Callers),
	}
	h.runner = &work.Runner{DB: h.db, Practice: h.practice, Now: h.now, Log: h.log, Context: h.system}
}

// sweep forgets what signing in has left behind, old invitations, files that
// somebody began to send and did not finish, and forms that nobody sends again.
func (h *house) sweep(ctx context.Context) error {
	return errors.Join(h.people.Sweep(ctx), h.identity.Sweep(ctx), h.welcome.Sweep(ctx), h.space.Sweep(ctx), h.devices.Sweep(ctx),
		(&sentonce.Service{DB: h.db, Now: h.now}).Sweep(ctx))
}

// mountPlain mounts what needs no person: assets and signs of life.
func (h *house) mountPlain() {
	h.app.Handle("GET /assets/", assets.Handler())
	h.app.Handle("GET /healthz", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	}))
	h.app.Handle("GET /readyz", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := h.db.Ping(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	}))
}

// fault is the page of a refusal; it must come out even when the settings do not.
func (h *house) fault(r *http.Request, e *fault.Error) templ.Component {
	p, err := h.settings.Page(r, faultTitle(e.Kind))
	if err != nil {
		p = ui.Page{Title: faultTitle(e.Kind)}
	}
	p.NoIndex = true
	if c := h.identity.Refused(p, r, e); c != nil {
		return c
	}
	return faultPage(p, e, web.RequestID(r.Context()))
}

func faultTitle(k fault.Kind) string {
	switch k {
	case fault.NotFound:
		return "Nothing is here"
	case fault.Gone:
		return "This has ended"
	case fault.SignIn:
		return "Please sign in"
	case fault.Forbidden:
		return "Not open to you"
	case fault.Taken:
		return "This was done already"
	case fault.TooMany:
		return "A little slower, please"
	case fault.Internal, fault.Unavailable:
		return "Something went wrong here"
	}
	return "This needs another look"
}
