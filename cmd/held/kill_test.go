package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/mailbox"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
)

// TestKilledInMidLoad kills the real program, under a load of visitors who
// book, change and cancel, at moments that nobody chose. HELD_KILLS sets how
// often; HELD_SEED repeats a run's dice (not its timing).
func TestKilledInMidLoad(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, p *place) {
		kills := map[string]int{db.SQLite: 8, db.Postgres: 4}[p.engine]
		if n, err := strconv.Atoi(os.Getenv("HELD_KILLS")); err == nil {
			kills = n
		}
		seed, err := strconv.ParseUint(os.Getenv("HELD_SEED"), 10, 64)
		if err != nil {
			seed = rand.Uint64()
		}
		s := newSiege(t, p, seed)
		for range kills {
			s.round()
		}
		s.last(kills)
	})
}

const visitors = 8

// siege is a load and what it was promised.
type siege struct {
	t     *testing.T
	p     *place
	d     *db.DB
	post  *post
	first time.Time // the earliest start that is booked

	mu     sync.Mutex
	dice   *rand.Rand
	all    []*promise
	unsure []*promise // sent, and not answered
	lost   int        // answered that the time was taken
	since  int        // promises that were looked at after an earlier kill
}

// promise is a booking that a visitor sent, and what they were told.
type promise struct {
	form      url.Values
	token     string // "" until it was acknowledged
	start     string // as it was last acknowledged
	cancelled bool
	open      bool // a change was sent and not answered: either may hold
	changed   bool
}

// post counts what arrives, by Message-ID.
type post struct {
	mu     sync.Mutex
	copies map[string]int
	words  map[string]string
	differ int
}

// port is what differs from one start to the next.
var port = regexp.MustCompile(`localhost(:\d+)?`)

func (m *post) take(l mailbox.Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, said := strings.Trim(l.MessageID, "<>"), l.To+"\n"+l.Subject+"\n"+port.ReplaceAllString(l.Text, "")
	if was, there := m.words[id]; there && was != said {
		m.differ++
	}
	m.copies[id]++
	m.words[id] = said
}

func newSiege(t *testing.T, p *place, seed uint64) *siege {
	t.Helper()
	m := &post{copies: map[string]int{}, words: map[string]string{}}
	box, err := mailbox.Listen(":0", mailbox.Options{Keep: 1, OnDelivery: m.take})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	p.vars["HELD_SMTP"] = box.URL()
	p.founded()
	t.Logf("HELD_SEED=%d", seed)
	s := &siege{t: t, p: p, post: m, dice: rand.New(rand.NewPCG(seed, 1)), first: time.Now().Add(4 * 24 * time.Hour).Truncate(time.Hour).UTC()}
	s.furnish()
	s.d = p.database()
	return s
}

// furnish opens an offering of ten minutes with three hosts and two rooms, at
// any hour: much to take, and much to fight over.
func (s *siege) furnish() {
	h := s.p.house(wall, io.Discard)
	ctx := h.as(s.t.Context(), access.Operator)
	owner, err := h.people.ByEmail(ctx, ownerEmail)
	if err != nil {
		s.t.Fatal(err)
	}
	hosts := []db.ID{owner.ID}
	for _, name := range []string{"Ines", "Rui"} {
		err := h.db.Write(ctx, func(tx *db.Tx) error {
			who, err := h.people.Add(ctx, tx, people.Person{Name: name, Contact: name + "@practice.example", Zone: "Europe/Lisbon", Roles: []access.Role{access.Guide}})
			hosts = append(hosts, who.ID)
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	var rooms []db.ID
	for _, name := range []string{"The window room", "The lower room"} {
		r, err := h.calendar.SaveRoom(ctx, calendar.Room{Name: name})
		if err != nil {
			s.t.Fatal(err)
		}
		rooms = append(rooms, r.ID)
	}
	opened(s.t, h, calendar.Offering{
		Name: "A talk", Slug: "talk", Hosts: hosts, Rooms: rooms, Where: calendar.InRoom, Length: 10 * time.Minute, After: 5 * time.Minute,
	})
	if err := h.close(); err != nil {
		s.t.Fatal(err)
	}
}

// round starts the program, looks whether all that was promised is there, lets
// visitors in, and kills it.
func (s *siege) round() {
	s.t.Helper()
	if s.dice.IntN(4) == 0 { // killed while it starts, too
		pr := s.p.launch("serve")
		<-time.After(time.Duration(s.dice.IntN(200)) * time.Millisecond)
		pr.kill()
		s.quiet()
	}
	pr := s.p.start("serve")
	s.look(pr, s.since)
	s.since = len(s.all)
	late := time.AfterFunc(time.Duration(20+s.dice.IntN(800))*time.Millisecond, func() { _ = pr.cmd.Process.Kill() })
	defer late.Stop()
	s.load(pr)
	<-pr.ended
	s.calm(pr)
	s.quiet()
}

// calm holds that nothing in the log is a fault.
func (s *siege) calm(pr *process) {
	s.t.Helper()
	for line := range strings.SplitSeq(pr.err.String(), "\n") {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "panic") || strings.Contains(line, "DATA RACE") {
			s.t.Errorf("the log says: %s", line)
		}
	}
}

// quiet waits until PostgreSQL has noticed that its client is dead.
func (s *siege) quiet() {
	if s.p.engine != db.Postgres {
		return
	}
	d, err := sql.Open("pgx", s.p.vars["HELD_DATABASE"]+"&application_name=watcher")
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	eventually(s.t, time.Minute, "PostgreSQL has ended what the killed program had begun", func() bool {
		var n int
		err := d.QueryRow(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'held' AND state <> 'idle'`).Scan(&n)
		return err == nil && n == 0
	})
}

// look holds that every acknowledged promise from the nth on is kept.
func (s *siege) look(pr *process, from int) {
	s.t.Helper()
	whole(s.t, s.d)
	b := newBrowser(s.t, pr.url)
	for _, m := range s.all[from:] {
		if m.token == "" {
			continue
		}
		a := b.get("/appointments/" + m.token)
		if a.status != http.StatusOK {
			s.t.Errorf("an acknowledged booking of %s is gone: %d", m.form.Get("contact"), a.status)
			continue
		}
		cancelled := strings.Contains(a.body, "Your appointment is cancelled")
		if !m.open && cancelled != m.cancelled {
			s.t.Errorf("the booking of %s: cancelled %v, acknowledged was %v", m.form.Get("contact"), cancelled, m.cancelled)
		}
		m.cancelled = cancelled // what was not answered is settled now
		if !m.open && !m.cancelled && !says(a.body, m.start) {
			s.t.Errorf("the booking of %s is not at %s", m.form.Get("contact"), m.start)
		}
	}
}

var datetime = regexp.MustCompile(`datetime="([^"]+)"`)

// says tells whether a page names an instant, in whichever zone.
func says(page, instant string) bool {
	want, err := time.Parse(time.RFC3339, instant)
	for _, m := range datetime.FindAllStringSubmatch(page, -1) {
		if got, perr := time.Parse("2006-01-02T15:04Z07:00", html.UnescapeString(m[1])); perr == nil && err == nil && got.Equal(want) {
			return true
		}
	}
	return false
}

// load lets visitors in until the program is gone.
func (s *siege) load(pr *process) {
	var wg sync.WaitGroup
	for range visitors {
		wg.Go(func() {
			b := newBrowser(s.t, pr.url)
			for s.visit(b) {
			}
		})
	}
	wg.Wait()
}

// visit does one thing; false when the program does not answer any more.
func (s *siege) visit(b *browser) bool {
	s.mu.Lock()
	die := s.dice.IntN(10)
	var m *promise
	switch {
	case len(s.unsure) > 0: // again, with the same form
		m, s.unsure = s.unsure[0], s.unsure[1:]
	case die >= 8:
		m = s.changeable()
	}
	if m == nil {
		m, die = s.wish(), die%8
	}
	start := s.start()
	s.mu.Unlock()
	switch {
	case m.token == "" && die < 2 && m.form.Get("hold") == "":
		return s.hold(b, m) && s.book(b, m)
	case m.token == "":
		return s.book(b, m)
	case die == 8:
		return s.cancel(b, m)
	}
	return s.move(b, m, start)
}

// changeable picks somebody who has not changed anything yet.
func (s *siege) changeable() *promise {
	if len(s.all) == 0 {
		return nil
	}
	m := s.all[s.dice.IntN(len(s.all))]
	if m.token == "" || m.changed {
		return nil
	}
	m.changed = true
	return m
}

// start picks a time: often one of a few that many want.
func (s *siege) start() string {
	slot := s.dice.IntN(60 * 288)
	if s.dice.IntN(3) == 0 {
		slot = len(s.all)/50*12 + s.dice.IntN(12)
	}
	return s.first.Add(time.Duration(slot) * 5 * time.Minute).Format(time.RFC3339)
}

func (s *siege) wish() *promise {
	n := strconv.Itoa(len(s.all))
	m := &promise{form: form("start", s.start(), "zone", "Asia/Kolkata", "name", "Visitor "+n, "contact", "v"+n+"@client.example",
		"note", "What brings me is number "+n+".", "discretion", "neutral", "once", "form-"+n)}
	s.all = append(s.all, m)
	return m
}

// hold chooses the time first, as a page does.
func (s *siege) hold(b *browser, m *promise) bool {
	a, err := b.send(s.t.Context(), http.MethodPost, "/book/talk/hold", form("start", m.form.Get("start"), "zone", m.form.Get("zone")), "")
	switch {
	case err != nil:
		s.again(m)
		return false
	case a.status == http.StatusSeeOther:
		at, err := url.Parse(a.location())
		if err != nil {
			s.t.Error(err)
			return false
		}
		m.form.Set("hold", at.Query().Get("hold"))
	case a.status != http.StatusConflict:
		s.t.Errorf("holding a time: %d\n%s", a.status, words(a.body))
	}
	return true
}

func (s *siege) again(m *promise) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsure = append(s.unsure, m)
}

func (s *siege) book(b *browser, m *promise) bool {
	a, err := b.send(s.t.Context(), http.MethodPost, "/book/talk", m.form, "application/json")
	if err != nil {
		s.again(m)
		return false
	}
	var said struct {
		Token, Error string
		Nearest      []string
	}
	if err := json.Unmarshal([]byte(a.body), &said); err != nil {
		s.t.Errorf("booking answered %d %q", a.status, a.body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case a.status == http.StatusCreated && said.Token != "":
		m.token, m.start = said.Token, m.form.Get("start")
	case a.status == http.StatusConflict && said.Error != "" && len(said.Nearest) > 0:
		s.lost++
	default:
		s.t.Errorf("booking %v: %d %s", m.form, a.status, a.body)
	}
	return true
}

func (s *siege) cancel(b *browser, m *promise) bool {
	a, err := b.send(s.t.Context(), http.MethodPost, "/appointments/"+m.token+"/cancel", form(), "")
	return s.answered(m, a, err, func() { m.cancelled = true })
}

func (s *siege) move(b *browser, m *promise, start string) bool {
	a, err := b.send(s.t.Context(), http.MethodPost, "/appointments/"+m.token+"/move", form("start", start), "")
	if err == nil && a.status == http.StatusConflict {
		return true // stays where it is
	}
	return s.answered(m, a, err, func() { m.start = start })
}

func (s *siege) answered(m *promise, a answer, err error, done func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		m.open = true
		return false
	}
	if a.status != http.StatusSeeOther {
		s.t.Errorf("changing the booking of %s: %d\n%s", m.form.Get("contact"), a.status, words(a.body))
	}
	done()
	return true
}

// last lets the program finish its letters and holds everything once more.
func (s *siege) last(kills int) {
	s.t.Helper()
	pr := s.p.start("serve")
	s.look(pr, 0)
	eventually(s.t, 2*time.Minute, "every letter that is due and not leased has gone", func() bool {
		return waiting(s.t, s.d) == 0
	})
	if code := pr.stop(s.t, 10*time.Second); code != 0 {
		s.t.Errorf("asked to stop, it ended with %d\n%s", code, pr.err)
	}
	s.calm(pr)
	s.leased()
	s.delivered(kills)
	if said := s.p.can("trail", "verify"); !strings.Contains(said, "The trail holds") { // it was linked while it was killed
		s.t.Error(said)
	}
}

// leased sends what was under way when the program was killed: the lease that
// it left behind ends in two minutes, so the clock is put forward.
func (s *siege) leased() {
	s.t.Helper()
	h := s.p.house(func() time.Time { return wall().Add(3 * time.Minute) }, io.Discard)
	if err := h.letters.Send(h.system(s.t.Context())); err != nil {
		s.t.Error(err)
	}
	if err := h.close(); err != nil {
		s.t.Error(err)
	}
}

type letterRow struct {
	id, ref     db.ID
	kind, state string
}

func scanLetter(r db.Row) (l letterRow, err error) {
	err = r.Scan(&l.id, &l.ref, &l.kind, &l.state)
	return l, err
}

// delivered holds the outbox against what arrived.
func (s *siege) delivered(kills int) {
	s.t.Helper()
	rows, err := db.All(s.t.Context(), s.d.Reader(), scanLetter, `SELECT id, ref_id, kind, state FROM letters_outbox`)
	if err != nil {
		s.t.Fatal(err)
	}
	known, told, extra := map[string]bool{}, map[db.ID]map[string]bool{}, 0
	for _, l := range rows {
		id := l.id.String() + "@localhost"
		known[id] = true
		copies := s.post.copies[id]
		switch {
		case l.state == "sent" && copies == 0:
			s.t.Errorf("letter %s, %s, was marked as sent and never arrived", l.id, l.kind)
		case l.state != "sent" && copies > 0 && l.kind != "inquiry.booked" && l.kind != "inquiry.moved" && l.kind != "inquiry.colleague":
			// Those three may be overtaken between two tries.
			s.t.Errorf("letter %s, %s, arrived and is %s", l.id, l.kind, l.state)
		case l.state == "failed", l.state == "waiting" && l.kind != "inquiry.reminder":
			s.t.Errorf("letter %s, %s, is %s at the end", l.id, l.kind, l.state)
		}
		extra += max(0, copies-1)
		if told[l.ref] == nil {
			told[l.ref] = map[string]bool{}
		}
		told[l.ref][l.kind] = copies > 0
	}
	for id := range s.post.copies {
		if !known[id] {
			s.t.Errorf("a letter arrived that nobody promised: %s", id)
		}
	}
	if s.post.differ > 0 {
		s.t.Errorf("%d copies differ from the letter with the same Message-ID", s.post.differ)
	}
	// One letter is under way at a time, so each kill can repeat one at most.
	if extra > kills+kills/2 {
		s.t.Errorf("%d letters were repeated by %d kills", extra, kills)
	}
	s.told(told)
	s.report(kills, len(rows), extra)
}

// told holds that every client knows how their appointment stands.
func (s *siege) told(told map[db.ID]map[string]bool) {
	for _, b := range whole(s.t, s.d) {
		kind := "inquiry.booked"
		switch {
		case b.state == "cancelled":
			kind = "inquiry.cancelled"
		case b.sequence > 0:
			kind = "inquiry.moved"
		}
		if !told[b.id][kind] {
			s.t.Errorf("nobody was told of appointment %s by %s", b.id, kind)
		}
	}
}

func (s *siege) report(kills, letters, extra int) {
	acknowledged, cancelled, open := 0, 0, 0
	for _, m := range s.all {
		if m.token != "" {
			acknowledged++
		}
		if m.cancelled {
			cancelled++
		}
		if m.open {
			open++
		}
	}
	s.t.Logf("%d kills: %d forms, %d acknowledged, %d told that the time was taken, %d cancelled, %d changes cut short; %d letters in the outbox, %d arrived, %d of them again",
		kills, len(s.all), acknowledged, s.lost, cancelled, open, letters, len(s.post.copies), extra)
	if acknowledged == 0 || len(s.all) == s.lost {
		s.t.Error("nothing was booked, so nothing was shown")
	}
	if n := len(s.unsure); n > visitors {
		s.t.Errorf("%d forms were left unsure", n)
	}
	rows, err := db.One(context.Background(), s.d.Reader(), db.Value[int64], `SELECT COUNT(*) FROM calendar_appointments`)
	if err != nil {
		s.t.Fatal(err)
	}
	again := int(rows) - acknowledged
	// What was cut off and never sent again may have been booked without a word.
	if again < 0 || again > len(s.unsure) {
		s.t.Errorf("%d appointments for %d acknowledged forms and %d unsure ones", rows, acknowledged, len(s.unsure))
	}
}
