package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if dir := built.dir; dir != "" {
		_ = os.RemoveAll(dir) // a leftover in the temporary folder harms nobody
	}
	os.Exit(code)
}

// place is a machine as a command finds it: settings, a data folder, a key
// file, and, on PostgreSQL, an empty database.
type place struct {
	t      *testing.T
	engine string
	vars   map[string]string
}

// engines runs a test at an empty place of each engine.
func engines(t *testing.T, test func(t *testing.T, p *place)) {
	t.Helper()
	t.Run(db.SQLite, func(t *testing.T) { test(t, newPlace(t)) })
	if os.Getenv(testkit.PostgresEnv) != "" {
		t.Run(db.Postgres, func(t *testing.T) {
			p := newPlace(t)
			p.engine, p.vars["HELD_DATABASE"] = db.Postgres, emptyPostgres(t)
			test(t, p)
		})
	}
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	return &place{t: t, engine: db.SQLite, vars: map[string]string{
		"HELD_DATA": filepath.Join(dir, "data"), "HELD_KEY_FILE": filepath.Join(dir, "keys", "held.key"), "HELD_LISTEN": "127.0.0.1:0",
	}}
}

// emptyPostgres makes a database in which nothing was ever done.
func emptyPostgres(t *testing.T) string {
	t.Helper()
	base := os.Getenv(testkit.PostgresEnv)
	name := "held_c_" + strings.ReplaceAll(db.RandomID().String(), "-", "")[:12]
	run := func(statement string) {
		d, err := sql.Open("pgx", base)
		if err == nil {
			_, err = d.Exec(statement)
		}
		if err = errors.Join(err, d.Close()); err != nil {
			t.Error(err)
		}
	}
	run(`CREATE DATABASE "` + name + `" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`)
	t.Cleanup(func() { run(`DROP DATABASE IF EXISTS "` + name + `" WITH (FORCE)`) })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// but is the same place with some settings changed.
func (p *place) but(pairs ...string) *place {
	q := &place{t: p.t, engine: p.engine, vars: maps.Clone(p.vars)}
	for i := 0; i < len(pairs); i += 2 {
		q.vars[pairs[i]] = pairs[i+1]
	}
	return q
}

func (p *place) getenv(name string) string { return p.vars[name] }

// outcome is how a command ended.
type outcome struct {
	code     int
	out, err string
}

func (o outcome) String() string {
	return fmt.Sprintf("exit %d, said %q, complained %q", o.code, o.out, o.err)
}

// held runs a command in this process.
func (p *place) held(args ...string) outcome {
	p.t.Helper()
	var out, complaints bytes.Buffer
	code := run(p.t.Context(), &env{out: &out, err: &complaints, getenv: p.getenv}, args)
	return outcome{code, out.String(), complaints.String()}
}

// can runs a command that must succeed.
func (p *place) can(args ...string) string {
	p.t.Helper()
	o := p.held(args...)
	if o.code != 0 {
		p.t.Fatalf("held %s: %s", strings.Join(args, " "), o)
	}
	return o.out
}

// cannot runs a command that must end with code, saying one sentence that
// holds each of the words.
func (p *place) cannot(code int, args []string, words ...string) {
	p.t.Helper()
	o := p.held(args...)
	if o.code != code {
		p.t.Errorf("held %s: %s; want exit %d", strings.Join(args, " "), o, code)
	}
	if o.out != "" || strings.Count(o.err, "\n") != 1 || !strings.HasPrefix(o.err, "held") {
		p.t.Errorf("held %s: not one plain line: %s", strings.Join(args, " "), o)
	}
	for _, w := range words {
		if !strings.Contains(o.err, w) {
			p.t.Errorf("held %s: %q does not say %q", strings.Join(args, " "), o.err, w)
		}
	}
}

const ownerEmail = "mara@practice.example"

var initArgs = []string{"init", "--name", "House of Quiet", "--country", "PT", "--zone", "Europe/Lisbon", "--email", ownerEmail, "--owner", "Mara"}

// founded founds a practice here.
func (p *place) founded() *place {
	p.t.Helper()
	p.can(initArgs...)
	return p
}

func (p *place) config() config {
	p.t.Helper()
	e := &env{out: io.Discard, err: io.Discard, getenv: p.getenv}
	cfg, err := readConfig(e, flags(e, "serve", ""), nil, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	return cfg
}

// database opens the place's database beside whatever else uses it.
func (p *place) database() *db.DB {
	p.t.Helper()
	cfg := p.config()
	d, err := db.Open(p.t.Context(), cfg.Database, cfg.databasePath())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = d.Close() }) // it may be closed already
	return d
}

// house opens the practice in this process, furnished but not yet answering;
// log takes what it has to say.
func (p *place) house(now func() time.Time, log io.Writer) *house {
	p.t.Helper()
	h, err := open(p.t.Context(), p.config(), slog.New(slog.NewJSONHandler(log, nil)), now)
	if err == nil {
		err = h.furnish("http://localhost", false)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = h.close() })
	return h
}

// browser is one person's browser. It does not follow redirects by itself.
type browser struct {
	t    testing.TB
	base string
	http *http.Client
}

func newBrowser(t testing.TB, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	wire := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(wire.CloseIdleConnections)
	return &browser{t, base, &http.Client{Transport: wire, Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// answer is a response, read whole.
type answer struct {
	status int
	body   string
	header http.Header
}

func (a answer) location() string { return a.header.Get("Location") }

func (b *browser) send(ctx context.Context, method, path string, form url.Values, accept string) (answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, body)
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	return b.do(r)
}

func (b *browser) do(r *http.Request) (answer, error) {
	res, err := b.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") { // which goes on: its first line tells enough
		text, err := bufio.NewReader(res.Body).ReadString('\n')
		return answer{res.StatusCode, text, res.Header}, err
	}
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(text), res.Header}, err
}

func (b *browser) must(a answer, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.must(b.send(b.t.Context(), http.MethodGet, path, nil, ""))
}

func (b *browser) post(path string, pairs ...string) answer {
	b.t.Helper()
	return b.must(b.send(b.t.Context(), http.MethodPost, path, form(pairs...), ""))
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// page gets a page that must be there.
func (b *browser) page(path string) string {
	b.t.Helper()
	a := b.get(path)
	if a.status != http.StatusOK {
		b.t.Fatalf("GET %s: %d\n%s", path, a.status, words(a.body))
	}
	return a.body
}

// done posts a form that must be taken, and tells where it leads.
func (b *browser) done(path string, pairs ...string) string {
	b.t.Helper()
	a := b.post(path, pairs...)
	if a.status != http.StatusSeeOther {
		b.t.Fatalf("POST %s %v: %d\n%s", path, pairs, a.status, words(a.body))
	}
	return a.location()
}

var tags = regexp.MustCompile(`(?s)<(style|script|head).*?</(style|script|head)>|<[^>]*>`)

// words is a page without its tags, short, for a failure's message.
func words(page string) string {
	s := strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
	return s[:min(len(s), 600)]
}

// lines is a writer that tells of each line once it is whole.
type lines struct {
	mu   sync.Mutex
	all  bytes.Buffer
	part []byte
	told chan string
}

func newLines() *lines { return &lines{told: make(chan string, 1000)} }

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(b)
	l.part = append(l.part, b...)
	for {
		line, rest, ok := bytes.Cut(l.part, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		select {
		case l.told <- string(line):
		default: // nobody listens any more
		}
		l.part = rest
	}
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// ready waits for the line that says where the program answers.
func (l *lines) ready(t testing.TB, ended <-chan struct{}) (address string, ok bool) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case line := <-l.told:
			if at, yes := strings.CutPrefix(line, "ready "); yes {
				return at, true
			}
		case <-ended:
			return "", false
		case <-late:
			t.Fatal("the program did not become ready within a minute")
		}
	}
}

// inside is a command that runs in this process until it is stopped.
type inside struct {
	url      string
	out, err *lines
	stop     context.CancelFunc
	ended    chan struct{}
	code     int
}

// begin starts a command that answers (serve, demo) in this process.
func (p *place) begin(args ...string) *inside {
	p.t.Helper()
	ctx, stop := context.WithCancel(p.t.Context())
	in := &inside{out: newLines(), err: newLines(), stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(in.ended)
		in.code = run(ctx, &env{out: in.out, err: in.err, getenv: p.getenv}, args)
	}()
	p.t.Cleanup(func() { stop(); <-in.ended })
	var ok bool
	if in.url, ok = in.out.ready(p.t, in.ended); !ok {
		p.t.Fatalf("held %s: exit %d, complained %q", strings.Join(args, " "), in.code, in.err)
	}
	return in
}

// end stops it and waits.
func (in *inside) end() int {
	in.stop()
	<-in.ended
	return in.code
}

var built struct {
	sync.Mutex
	dir  string
	file string
	err  error
}

// program builds the real program, once for all tests.
func program(t testing.TB) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.file == "" && built.err == nil {
		built.dir, built.err = os.MkdirTemp("", "held-program-")
		if built.err == nil {
			built.file = filepath.Join(built.dir, "held")
			cmd := exec.Command("go", "build", "-trimpath", "-o", built.file, ".")
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
			if said, err := cmd.CombinedOutput(); err != nil {
				built.err = fmt.Errorf("go build: %w\n%s", err, said)
			}
		}
	}
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.file
}

// process is the real program, running.
type process struct {
	url      string
	cmd      *exec.Cmd
	out, err *lines
	ended    chan struct{}
}

// launch starts the real program without waiting for it to be ready.
func (p *place) launch(args ...string) *process { return p.launchAs(nil, args...) }

// launchAs is launch as another user of the machine.
func (p *place) launchAs(who *syscall.SysProcAttr, args ...string) *process {
	p.t.Helper()
	cmd := exec.Command(program(p.t), args...)
	cmd.Env = []string{"TMPDIR=" + os.TempDir(), "HOME=" + os.TempDir()}
	for k, v := range p.vars {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.SysProcAttr = who
	pr := &process{cmd: cmd, out: newLines(), err: newLines(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = pr.out, pr.err
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(pr.ended)
		_ = cmd.Wait() // how it ended is read from its state
	}()
	p.t.Cleanup(pr.kill)
	return pr
}

// start starts the real program and waits until it answers.
func (p *place) start(args ...string) *process {
	p.t.Helper()
	pr := p.launch(args...)
	var ok bool
	if pr.url, ok = pr.out.ready(p.t, pr.ended); !ok {
		p.t.Fatalf("held %s: %s\n%s", strings.Join(args, " "), pr.cmd.ProcessState, pr.err)
	}
	return pr
}

// kill is SIGKILL: nothing of the program runs after it.
func (pr *process) kill() {
	_ = pr.cmd.Process.Kill() // it may have ended already
	<-pr.ended
}

// stop asks it to stop and tells its exit status.
func (pr *process) stop(t testing.TB, within time.Duration) int {
	t.Helper()
	if err := pr.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case <-pr.ended:
	case <-time.After(within):
		t.Fatalf("the program did not stop within %v\n%s", within, pr.err)
	}
	return pr.cmd.ProcessState.ExitCode()
}

// eventually waits until a thing holds, looking every few milliseconds.
func eventually(t testing.TB, within time.Duration, what string, holds func() bool) {
	t.Helper()
	late, look := time.After(within), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("after %v still not: %s", within, what)
		}
	}
}
