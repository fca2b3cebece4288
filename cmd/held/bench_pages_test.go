package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"held/internal/db"
	"held/practice/people"
)

// The bars of what is asked for over HTTP.
const (
	publicBar = 0.6
	todayBar  = 0.15
	todayP99  = 25 * time.Millisecond
)

// signIn comes in as somebody who has shown a passkey, and gives the cookie.
func (p *practice) signIn(who string) string {
	person, err := p.people.ByEmail(p.system(p.staff), who)
	p.must(err)
	return p.enterAs(person.ID)
}

func (p *practice) enterAs(id db.ID) string {
	var ticket people.Ticket
	p.must(p.db.Write(p.staff, func(tx *db.Tx) error {
		person, err := p.people.Get(p.staff, tx, id)
		if err != nil {
			return err
		}
		r := httptest.NewRequestWithContext(p.staff, http.MethodPost, "http://"+p.addr+"/sign-in", nil)
		ticket, err = p.sessions.Begin(p.staff, tx, r, person, people.Proof{How: "passkey", Strong: true, Fresh: true})
		return err
	}))
	rec := httptest.NewRecorder()
	p.sessions.Hand(rec, ticket)
	for _, c := range rec.Result().Cookies() {
		return c.Name + "=" + c.Value
	}
	p.b.Fatal("no cookie came")
	return ""
}

// benchPages measures public pages through the whole handler against a bare
// net/http server that writes the same bytes.
func benchPages(b *testing.B, p *practice) {
	for _, path := range []string{"/", "/articles/what-a-consultation-is", "/book", "/book/consultation"} {
		request := get(p.addr, path, "")
		bare := p.bare(b, request)
		got, reference, ratio := inTurns(9,
			func() float64 { return rate(b, p.addr, request, crowd, 500*time.Millisecond) },
			func() float64 { return rate(b, bare, request, crowd, 500*time.Millisecond) })
		figure(p.engine+": "+path, perSecond(got), perSecond(reference)+" bare", fmt.Sprintf("%.2f", ratio), fmt.Sprintf("≥ %.2f", publicBar), ratio >= publicBar)
	}
}

func perSecond(n float64) string { return fmt.Sprintf("%.0f/s", n) }

// benchToday measures the desk's first page with ten thousand clients: how
// many a second, and how long each takes while somebody else books.
func benchToday(b *testing.B, p *practice) {
	request := get(p.addr, "/desk", p.signIn(email("owner")))
	bare := p.bare(b, request)
	got, reference, ratio := inTurns(9,
		func() float64 { return rate(b, p.addr, request, crowd, 500*time.Millisecond) },
		func() float64 { return rate(b, bare, request, crowd, 500*time.Millisecond) })
	figure(p.engine+": /desk, 10,000 clients", perSecond(got), perSecond(reference)+" bare", fmt.Sprintf("%.2f", ratio), fmt.Sprintf("≥ %.2f", todayBar), ratio >= todayBar)

	p.rooms()
	beside := func(what string, every time.Duration, bar string, limit time.Duration) {
		stop := p.keepWriting(every)
		var took, plain []time.Duration
		for range 4 {
			took = append(took, paced(b, p.addr, request, 50, 5*time.Second)...)
			plain = append(plain, paced(b, bare, request, 50, 5*time.Second)...)
		}
		n, lasted := stop()
		p99 := percentile(took, 99)
		figure(fmt.Sprintf("%s: /desk at 50/s beside %s (%.0f bookings/s), p99", p.engine, what, n/lasted.Seconds()),
			ms(p99), ms(percentile(plain, 99))+" bare", "", bar, p99 < limit)
	}
	beside("a writer", 50*time.Millisecond, "< 25 ms", todayP99)
	beside("one that never rests", 0, "–", time.Hour)
}

// keepWriting books again and again, at most once in every, until it is stopped.
func (p *practice) keepWriting(every time.Duration) (stop func() (n float64, took time.Duration)) {
	ctx, cancel := context.WithCancel(p.public)
	began, n := time.Now(), 0.0
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() {
		for ctx.Err() == nil && failed == nil {
			failed = p.book()
			n++
			select {
			case <-ctx.Done():
			case <-time.After(every):
			}
		}
	})
	return func() (float64, time.Duration) {
		cancel()
		wg.Wait()
		p.must(failed)
		return n, time.Since(began)
	}
}
