package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"held/assets"
	"held/cmd/held/demo"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/mailbox"
	"held/internal/web"
	"held/practice/access"
	"held/practice/identity"
	"held/practice/people"
)

// demoClock walks with the machine's clock from wherever it was set; while the
// past is being written it stands where it is put.
type demoClock struct {
	mu     sync.Mutex
	offset time.Duration
	stands time.Time
}

func (c *demoClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stands.IsZero() {
		return c.stands
	}
	return wall().Add(c.offset)
}

// Stand puts the clock at t; the zero time lets it walk on.
func (c *demoClock) Stand(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stands = t.Truncate(time.Microsecond)
}

// demonstrate starts the invented practice.
func demonstrate(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "demo", "")
	seed := fs.Uint64("seed", 1, "another number, another month of appointments")
	at := fs.String("now", "", "stand at this instant instead of today (RFC 3339)")
	receiver := fs.String("push-receiver", "", "for tests: a certificate (PEM) of a push service on this machine, which is then called too")
	loud := fs.Bool("log", false, "write the log that serve writes, of each request")
	cfg, err := readConfig(e, fs, args, 0)
	if err != nil {
		return err
	}
	cfg.pushReceiver = *receiver
	clock := &demoClock{}
	if *at != "" {
		t, err := time.Parse(time.RFC3339, *at)
		if err != nil {
			return misuse{"--now wants an instant like 2026-12-03T09:00:00Z"}
		}
		clock.offset = t.Sub(wall()).Truncate(time.Microsecond)
	}
	if !assets.Built() {
		return errNoAssets
	}
	given := false
	fs.Visit(func(f *flag.Flag) { given = given || f.Name == "data" })
	log := slog.New(slog.NewJSONHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if *loud {
		log = logger(e.err)
	}
	return runDemo(ctx, e, cfg, log, clock, *seed, given || e.getenv("HELD_DATA") != "")
}

func runDemo(ctx context.Context, e *env, cfg config, log *slog.Logger, clock *demoClock, seed uint64, keepData bool) error {
	scratch, err := os.MkdirTemp("", "held-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	cfg.ACME, cfg.TLSCert, cfg.HTTPListen = "", "", "" // nothing invented is given a certificate
	cfg.KeyFile = filepath.Join(scratch, "held.key")   // outside the data folder, as in a real practice
	if !keepData {
		cfg.Data = filepath.Join(scratch, "data")
	}
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Keep: 1000, Now: clock.Now})
	if err != nil {
		return err
	}
	defer box.Close()
	cfg.SMTP = box.URL()
	cfg.BackupTo, cfg.BackupRecipients = "", "" // nothing of it is worth keeping among what is

	l, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	h, err := openBare(ctx, cfg, log, clock.Now)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer h.close() // everything acknowledged is committed
	if err := h.build(ctx, clock, seed, cfg.base(l.Addr().String())); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := h.equip(h.system(ctx)); err != nil {
		return errors.Join(err, l.Close())
	}
	h.app.Mount((&demoPages{house: h, box: box}).routes())
	return h.answer(ctx, l, func() { h.tour(e, l.Addr()) })
}

// build founds the invented practice and writes its past.
func (h *house) build(ctx context.Context, clock *demoClock, seed uint64, base string) error {
	w, err := demo.Read()
	if err != nil {
		return err
	}
	now := clock.Now()
	st, owner := w.Practice(now)
	clock.Stand(demo.Opened(now))
	if err := h.found(ctx, st, owner); err != nil {
		return err
	}
	if err := h.furnish(base, true); err != nil {
		return err
	}
	err = w.Write(h.as(ctx, access.System), demo.House{
		DB: h.db, People: h.people, Calendar: h.calendar, Inquiry: h.inquiry, Invitation: h.invitation, Letters: h.letters, Settings: h.settings, Circle: h.circle,
		Trail: h.trail, Space: h.space, Forms: h.forms, Ripple: h.ripple, Measures: h.measures, Consent: h.consent, Protocol: h.protocol, Preparation: h.preparation, Medicine: h.medicine, Notes: h.notes, Alerts: h.alerts, Screening: h.screening, Stock: h.stock, Orders: h.orders, Emergency: h.emergency, Adverse: h.adverse, Stand: clock.Stand,
	}, now, seed)
	clock.Stand(time.Time{})
	return err
}

// equip gives each persona who works here an authenticator app, whose codes
// the demo's page shows.
func (h *house) equip(ctx context.Context) error {
	h.apps = map[string]string{}
	for _, who := range demo.Personas {
		p, err := h.persona(ctx, who.As)
		if err != nil {
			return err
		}
		if !p.Staff() {
			continue
		}
		h.apps[who.As] = identity.NewSecret()
		if err := h.db.Write(ctx, func(tx *db.Tx) error { return h.identity.KeepApp(ctx, tx, p.ID, h.apps[who.As]) }); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) persona(ctx context.Context, as string) (people.Person, error) {
	email, ok := demo.Email(as)
	if !ok {
		return people.Person{}, fault.Field("as", "There is nobody by that role in the demo.")
	}
	return h.people.ByEmail(ctx, email)
}

// tour says where to look and how to come in.
func (h *house) tour(e *env, addr net.Addr) {
	fmt.Fprintf(e.out, "ready %s\n\n", h.cfg.base(addr.String()))
	fmt.Fprintf(e.out, `The demo practice is open. Everything in it is invented, and it forgets all when you stop it.

  The practice's site        %[1]s/
  Ask a question             %[1]s/questions
  Book a consultation        %[1]s/book
  Come in as somebody        %[1]s/demo      (one button each: owner, prescriber, coordinator, attendant, client)
  The desk, once you are in  %[1]s/desk
  The client's space         %[1]s/space
  Mail that it has sent      %[1]s/demo/mail

Stop it with Ctrl-C.
`, h.base)
}

// demoPages exist only while the demo runs.
type demoPages struct {
	house *house
	box   *mailbox.Box
}

func (d *demoPages) routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /demo", Access: access.Anyone, Handle: d.home},
		{Pattern: "POST /demo/sign-in", Access: access.Anyone, Handle: d.signIn},
		{Pattern: "GET /demo/mail", Access: access.Anyone, Handle: d.mail},
		{Pattern: "GET /demo/mail.json", Access: access.Anyone, Handle: d.mailJSON},
	}
}

func (d *demoPages) home(w http.ResponseWriter, r *http.Request) error {
	p, err := d.house.settings.Page(r, "The demo practice")
	if err != nil {
		return err
	}
	p.NoIndex = true
	codes := map[string]string{}
	for as, secret := range d.house.apps {
		if codes[as], err = identity.CodeAt(secret, d.house.now()); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, demoHome(p, demo.Personas, codes))
}

func (d *demoPages) signIn(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	p, err := d.house.persona(d.house.system(r.Context()), f.Raw("as"))
	if err != nil {
		return err
	}
	return d.house.identity.In(w, r, p, web.Local(f.Raw("next"), ""))
}

func (d *demoPages) mail(w http.ResponseWriter, r *http.Request) error {
	p, err := d.house.settings.Page(r, "Mail")
	if err != nil {
		return err
	}
	p.NoIndex = true
	st, err := d.house.settings.Get(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, demoMail(p, d.box.Messages(), st.Location()))
}

func (d *demoPages) mailJSON(w http.ResponseWriter, r *http.Request) error {
	all := d.box.Messages()
	if all == nil {
		all = []mailbox.Message{}
	}
	return web.JSON(w, r, http.StatusOK, all)
}
