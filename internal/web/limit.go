package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limiter lets each key do something Burst times at once and once more after
// every Every. It keeps one instant for each key, never more than Max of them,
// and knows keys only by a hash under a secret of its own: an address that was
// counted cannot be read out of memory, and nothing is written down.
type Limiter struct {
	Now   func() time.Time
	Every time.Duration // how long until one more is allowed
	Burst int           // how many at once
	Max   int           // keys remembered at most; 0 for 10,000

	mu     sync.Mutex
	secret [32]byte
	full   map[limitKey]time.Time // when each bucket will be full again
}

type limitKey [16]byte

// Take uses one turn of the key; when there is none left it takes nothing and
// says how long to wait.
func (l *Limiter) Take(key string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, now := l.key(key), l.Now()
	if wait := l.wait(k, now); wait > 0 {
		return false, wait
	}
	from := l.full[k]
	if from.Before(now) {
		from = now
	}
	l.room(k, now)
	l.full[k] = from.Add(l.Every)
	return true, 0
}

// Wait says how long until Take would succeed, 0 when it would now. It takes nothing.
func (l *Limiter) Wait(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wait(l.key(key), l.Now())
}

// Len tells how many keys are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.full)
}

func (l *Limiter) wait(k limitKey, now time.Time) time.Duration {
	return max(0, l.full[k].Add(-time.Duration(l.Burst-1)*l.Every).Sub(now))
}

func (l *Limiter) key(key string) (k limitKey) {
	if l.full == nil {
		l.full = map[limitKey]time.Time{}
		rand.Read(l.secret[:]) // crypto/rand never fails
	}
	h := hmac.New(sha256.New, l.secret[:])
	h.Write([]byte(key))
	copy(k[:], h.Sum(nil))
	return k
}

// room makes place for one more key: first by forgetting those that are full
// again and so tell nothing, then, when a crowd fills the table, by forgetting
// an eighth of it. Which ones is left to chance, so that nobody can choose.
func (l *Limiter) room(k limitKey, now time.Time) {
	limit := l.Max
	if limit <= 0 {
		limit = 10_000
	}
	if _, there := l.full[k]; there || len(l.full) < limit {
		return
	}
	for other, at := range l.full {
		if !at.After(now) {
			delete(l.full, other)
		}
	}
	for other := range l.full {
		if len(l.full) <= limit-limit/8-1 {
			return
		}
		delete(l.full, other)
	}
}

// Client is the network address that a request comes from, in the grain in
// which it is counted: one IPv4 address, or the /64 that a household has of
// IPv6. Behind a proxy on this machine, or one that the settings name, it is
// what that proxy says, and only its own word: everything to the left of it
// could have been written by anybody. ok is false for a peer on this machine
// that speaks for nobody else; such requests are not counted by address.
func Client(r *http.Request) (addr string, ok bool) {
	peer, known := parseAddr(r.RemoteAddr)
	if !known {
		return r.RemoteAddr, r.RemoteAddr != ""
	}
	s := seenOf(r.Context())
	if peer.IsLoopback() || s != nil && s.app.named(peer) {
		if far, there := forwarded(r); there {
			return grain(far), true
		}
		if peer.IsLoopback() {
			return "", false
		}
	}
	return grain(peer), true
}

// forwarded is whom the nearest proxy says it speaks for.
func forwarded(r *http.Request) (netip.Addr, bool) {
	all := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	return parseAddr(strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:]))
}

func parseAddr(s string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

func grain(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
