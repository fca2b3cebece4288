package main

import (
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"held/internal/db"
	"held/practice/trail"
)

// trailBar is how much of a page's time its line on the trail may take.
const trailBar = 0.10

// benchTrail measures what a person's page pays for being on the trail. The line
// is written while the page is made, so what one reader pays is how long the
// finished page waits for it; what a crowd pays is the program's own work for
// their lines, measured alone.
func benchTrail(b *testing.B, p *practice) {
	person := p.pool[7]
	request := get(p.addr, "/desk/people/"+person.String(), p.signIn(email("owner")))
	const waited, answered, asked = "held_http_kept_back_seconds_sum", `held_http_request_seconds_sum{method="GET",pattern="GET /desk/people/{id}"`, "held_http_kept_back_seconds_count"
	var wait, page, part []float64
	for range 15 {
		w, a, n := p.sum(waited), p.sum(answered), p.sum(asked)
		rate(b, p.addr, request, 1, 300*time.Millisecond)
		w, a, n = p.sum(waited)-w, p.sum(answered)-a, p.sum(asked)-n
		wait, page, part = append(wait, w/n), append(page, a/n), append(part, w/a)
	}
	each := func(all []float64) string { return ms(time.Duration(median(all) * float64(time.Second))) }
	figure(p.engine+": a person's page, waiting for its line on the trail", each(wait), each(page)+" the page",
		fmt.Sprintf("%.2f", median(part)), fmt.Sprintf("≤ %.2f", trailBar), median(part) <= trailBar)

	saw := func() error {
		return p.trail.Saw(p.staff, trail.Entry{Subject: person, Kind: "person", Object: person})
	}
	alone := 1 / p.together(1, 500, saw)
	figure(p.engine+": such a line by itself, kept for good", ms(time.Duration(alone*1e9)), "", "", "–", true)
	got, reference, ratio := inTurns(9,
		func() float64 { before := cpu(b); p.together(crowd, 1000, saw); return (cpu(b) - before) / 1000 },
		func() float64 {
			before := cpu(b)
			each := rate(b, p.addr, request, crowd, 500*time.Millisecond)
			return (cpu(b) - before) / (each / 2)
		})
	figure(fmt.Sprintf("%s: %d readers at once, a line's part of a page's work", p.engine, crowd), ms(time.Duration(got*1e9)), ms(time.Duration(reference*1e9))+" of a processor",
		fmt.Sprintf("%.2f", ratio), fmt.Sprintf("≤ %.2f", trailBar), ratio <= trailBar)
}

// cpu is how long this process has worked, in seconds.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// sum adds up one of the program's own figures over all that begins so.
func (p *practice) sum(name string) (total float64) {
	w := httptest.NewRecorder()
	p.metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, name) {
			n, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndex(line, " "):]), 64)
			p.must(err)
			total += n
		}
	}
	return total
}

// benchChain measures a walk along a million lines, and what linking one more
// costs behind them.
func benchChain(b *testing.B, old *practice) {
	began := time.Now()
	old.must(old.trail.Link(old.system(old.staff)))
	linked := time.Since(began)
	began = time.Now()
	proof, err := old.trail.Verify(old.system(old.staff))
	old.must(err)
	if proof.Break != nil {
		b.Fatal(proof.Break)
	}
	took := time.Since(began)
	figure(fmt.Sprintf("%s: held trail verify, %d lines", old.engine, proof.Lines), took.Round(time.Millisecond).String(), linked.Round(time.Millisecond).String()+" linking", "", "–", true)
	began = time.Now()
	old.must(old.db.Write(old.staff, func(tx *db.Tx) error {
		return old.trail.Record(old.staff, tx, trail.Entry{Verb: "moved", Subject: old.pool[7], Kind: "step"})
	}))
	old.must(old.trail.Link(old.system(old.staff)))
	figure(old.engine+": the next line is written and gets its place", ms(time.Since(began)), "", "", "–", true)
}
