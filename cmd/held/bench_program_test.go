package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/people"
)

// programEnv names the program as it is built; without it only what runs
// inside the benchmark is measured.
const programEnv = "HELD_PROGRAM"

// benchProgram measures the program itself, started on a database with a long
// past: how soon it answers, and how much memory it holds.
func benchProgram(b *testing.B, p *practice) {
	program := os.Getenv(programEnv)
	if program == "" {
		return
	}
	var starts []time.Duration
	for range 9 {
		began := time.Now()
		run := p.start(b, program)
		starts = append(starts, run.answered.Sub(began))
		run.stop()
	}
	figure(p.engine+": start to first answer, 1,000,000 past appointments", ms(median(starts)), "–", "", "< 250 ms", median(starts) < 250*time.Millisecond)

	run := p.start(b, program)
	defer run.stop()
	wait(5 * time.Second) // its workers have run once, and its garbage is collected
	idle := run.memory()
	figure(p.engine+": memory, idle", mb(idle), "–", "", "< 60 MB", idle < 60e6)
	highest := p.click(b, run)
	figure(p.engine+": memory, 200 signed-in people clicking", mb(highest), "–", "", "< 150 MB", highest < 150e6)
}

func mb(n float64) string { return fmt.Sprintf("%.1f MB", n/1e6) }

// wait lets time pass for a process that is only watched.
func wait(d time.Duration) { <-time.After(d) }

// running is a started program.
type running struct {
	b        *testing.B
	cmd      *exec.Cmd
	addr     string
	answered time.Time // when its first page had come whole
}

func (p *practice) start(b *testing.B, program string) *running {
	b.Helper()
	cmd := exec.Command(program, "serve")
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "HELD_") && !strings.HasPrefix(e, "GO") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, "HELD_LISTEN=127.0.0.1:0", "HELD_DATA="+p.cfg.Data, "HELD_DATABASE="+p.cfg.Database, "HELD_KEY_FILE="+p.cfg.KeyFile)
	cmd.Stderr = io.Discard
	out, err := cmd.StdoutPipe()
	p.must(err)
	p.must(cmd.Start())
	r := &running{b: b, cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("the program did not start: %v", errors.Join(err, cmd.Wait()))
	}
	_, port, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "ready http://"), ":")
	if !ok {
		b.Fatalf("the program said %q", line)
	}
	r.addr = "127.0.0.1:" + port
	c, err := call(r.addr)
	p.must(err)
	p.must(c.ask(get(r.addr, "/", "")))
	r.answered = time.Now()
	p.must(c.Close())
	return r
}

func (r *running) stop() {
	if err := errors.Join(r.cmd.Process.Signal(os.Interrupt), r.cmd.Wait()); err != nil {
		r.b.Error(err)
	}
}

// memory is what the process holds of the machine's memory, in bytes.
func (r *running) memory() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		r.b.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				r.b.Fatal(err)
			}
			return kb * 1024
		}
	}
	r.b.Fatal("the kernel does not tell")
	return 0
}

// Who clicks: of two hundred, twenty work there.
const (
	clickers = 200
	atDesk   = 20
	clicking = 20 * time.Second
)

var (
	deskClicks  = []string{"/desk", "/desk/week", "/desk/questions", "/desk/inquiries", "/desk/people", "/desk/articles", "/desk/settings"}
	spaceClicks = []string{"/space", "/", "/articles", "/articles/what-a-consultation-is", "/book", "/book/consultation", "/support"}
)

// click lets two hundred signed-in people open one page after another, each as
// soon as the last has come, and gives the most memory that was held meanwhile.
func (p *practice) click(b *testing.B, run *running) float64 {
	colleague, err := p.people.ByEmail(p.system(p.staff), email("owner"))
	p.must(err)
	clients := p.pool[:clickers-atDesk]
	p.must(p.db.Write(p.staff, func(tx *db.Tx) error {
		for _, id := range clients {
			if err := p.people.Grant(p.staff, tx, people.Person{ID: id}, access.Client); err != nil {
				return err
			}
		}
		return nil
	}))
	type clicker struct {
		cookie string
		paths  []string
	}
	var all []clicker
	for range atDesk {
		all = append(all, clicker{p.enterAs(colleague.ID), deskClicks})
	}
	for _, id := range clients {
		all = append(all, clicker{p.enterAs(id), spaceClicks})
	}
	end := time.Now().Add(clicking)
	var wg sync.WaitGroup
	failed := make(chan error, clickers)
	for _, c := range all {
		wg.Go(func() { failed <- browse(run.addr, c.cookie, c.paths, end) })
	}
	var highest float64
	for time.Now().Before(end) {
		highest = max(highest, run.memory())
		wait(50 * time.Millisecond)
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		p.must(err)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return highest
}

func browse(addr, cookie string, paths []string, until time.Time) error {
	c, err := call(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	for i := 0; time.Now().Before(until); i++ {
		if err := c.ask(get(addr, paths[i%len(paths)], cookie)); err != nil {
			return fmt.Errorf("%s: %w", paths[i%len(paths)], err)
		}
	}
	return nil
}
