package inquiry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"net/http"
	"strings"
	"sync"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
)

// How spam is held off without anybody else's help. Each network address may
// ask and guess only so often; when questions come in from everywhere at once,
// the form asks the browser for a small proof of work. Who cannot give it is
// not turned away: the question is kept and set aside.
const (
	askBurst, askEvery     = 6, 5 * time.Minute   // new questions of one address
	moreBurst, moreEvery   = 20, time.Minute      // additions of one address
	wrongBurst, wrongEvery = 10, time.Minute      // wrong codes of one address
	floodBurst, floodEvery = 30, 20 * time.Second // new questions of everybody together
	floodLasts             = 15 * time.Minute     // how long proofs are asked for after a flood was seen
	workBits               = 17                   // about a second on a telephone
	workFor                = 2 * time.Hour        // how long a form with a challenge may lie open
)

// guard counts. It lives in memory only: a restart forgives.
type guard struct {
	once             sync.Once
	ask, more, wrong *web.Limiter
	flood            *web.Limiter
	mu               sync.Mutex
	until            time.Time // proofs are asked for until then
}

func (s *Service) gate() *guard {
	g := &s.guard
	g.once.Do(func() {
		g.ask = &web.Limiter{Now: s.Now, Every: askEvery, Burst: askBurst}
		g.more = &web.Limiter{Now: s.Now, Every: moreEvery, Burst: moreBurst}
		g.wrong = &web.Limiter{Now: s.Now, Every: wrongEvery, Burst: wrongBurst}
		g.flood = &web.Limiter{Now: s.Now, Every: floodEvery, Burst: floodBurst, Max: 1}
	})
	return g
}

// counted takes a turn of the request's address, or says when to come back.
func counted(w http.ResponseWriter, r *http.Request, l *web.Limiter) error {
	addr, ok := web.Client(r)
	if !ok {
		return nil
	}
	if ok, wait := l.Take(addr); !ok {
		return tooMany(w, wait)
	}
	return nil
}

// guessing refuses whoever has tried too many wrong codes; wrongCode counts one more.
func (s *Service) guessing(w http.ResponseWriter, r *http.Request) error {
	if addr, ok := web.Client(r); ok {
		if wait := s.gate().wrong.Wait(addr); wait > 0 {
			return tooMany(w, wait)
		}
	}
	return nil
}

func (s *Service) wrongCode(r *http.Request, err error) error {
	if addr, ok := web.Client(r); ok && fault.Is(err, fault.NotFound) {
		s.gate().wrong.Take(addr)
	}
	return err
}

func tooMany(w http.ResponseWriter, wait time.Duration) error {
	web.RetryAfter(w, wait)
	return fault.New(fault.TooMany, "A good many tries came from your network in a short time, so we ask you to wait a few minutes. Nothing was lost.")
}

// attacked tells whether proofs are asked for now.
func (g *guard) attacked(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return now.Before(g.until)
}

// count notes a new question of anybody's.
func (g *guard) count(now time.Time) {
	if ok, _ := g.flood.Take("everybody"); ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until = now.Add(floodLasts)
}

// challenge is what a form's proof of work answers: signed, dated, and bound
// to the form's one-time word, so that one proof carries one question.
func (s *Service) challenge(practice db.ID, once string) string {
	msg := binary.BigEndian.AppendUint64(nil, uint64(s.Now().Add(workFor).Unix())) // after 1970
	word, _ := s.Vault.ParseToken(practice, "inquiry.once", once)
	sum := sha256.Sum256(word)
	salt := make([]byte, 8)
	rand.Read(salt) // crypto/rand never fails
	return s.Vault.Token(practice, "inquiry.work", append(append(msg, sum[:16]...), salt...))
}

// proven checks "challenge:counter": ours, in time, of this form, and its
// SHA-256 begins with enough zero bits.
func (s *Service) proven(practice db.ID, once, proof string) bool {
	challenge, _, ok := strings.Cut(proof, ":")
	if !ok || len(proof) > 300 {
		return false
	}
	msg, ok := s.Vault.ParseToken(practice, "inquiry.work", challenge)
	if !ok || len(msg) != 8+16+8 {
		return false
	}
	word, ok := s.Vault.ParseToken(practice, "inquiry.once", once)
	sum := sha256.Sum256(word)
	if !ok || string(sum[:16]) != string(msg[8:24]) {
		return false
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(msg)), 0) // signed by us
	return s.Now().Before(until) && zeroBits(sha256.Sum256([]byte(proof))) >= workBits
}

func zeroBits(sum [32]byte) int {
	n := 0
	for _, b := range sum {
		if b != 0 {
			return n + bits.LeadingZeros8(b)
		}
		n += 8
	}
	return n
}

// aside tells whether a question that came in now belongs in the tray.
func (s *Service) aside(ctx context.Context, once, proof string) bool {
	g, now := s.gate(), s.Now()
	g.count(now)
	return g.attacked(now) && !s.proven(access.From(ctx).Practice, once, proof)
}
