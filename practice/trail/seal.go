package trail

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"held/internal/db"
)

// sealSize is how much of a keyed hash a seal keeps: 128 bits.
const sealSize = 16

// The purposes of the vault's keyed hashes here.
const (
	purposeLine = "trail.line"
	purposeLink = "trail.link"
	purposeHead = "trail.head"
	purposeSign = "trail.anchor"
)

// canonical is an entry as bytes, each entry in one way and no two alike:
// every part has a fixed length or its length in front.
func canonical(practice db.ID, e Entry) []byte {
	b := make([]byte, 0, 256)
	b = append(b, 1) // the encoding's version
	b = append(b, practice[:]...)
	b = append(b, e.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(db.Micros(e.At))) // #nosec G115 -- every instant has its own bits
	b = append(b, e.Actor[:]...)
	b = append(b, e.Subject[:]...)
	b = append(b, e.Object[:]...)
	for _, s := range []string{e.Role, string(e.Via), string(e.Surface), e.Verb, e.Kind, e.Why} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s))) // #nosec G115 -- codes are short
		b = append(b, s...)
	}
	return b
}

// chained is the hash of a line after the hash before it.
func chained(before []byte, practice db.ID, e Entry) []byte {
	h := sha256.New()
	h.Write(before)
	h.Write(canonical(practice, e))
	return h.Sum(nil)
}

// first is what stands before the first line.
var first = make([]byte, sha256.Size)

func (s *Service) sealed(practice db.ID, purpose string, msg []byte) []byte {
	return s.Vault.MAC(practice, purpose, msg)[:sealSize]
}

func (s *Service) sealOf(practice db.ID, e Entry) []byte {
	return s.sealed(practice, purposeLine, canonical(practice, e))
}

// genuine tells whether Held wrote the line as it is.
func (s *Service) genuine(practice db.ID, l line) bool {
	return hmac.Equal(l.seal, s.sealOf(practice, l.Entry))
}

func (s *Service) linkOf(practice db.ID, l line) []byte {
	msg := binary.BigEndian.AppendUint64(nil, uint64(l.seq)) // #nosec G115 -- counts from 1
	msg = append(msg, l.ID[:]...)
	return s.sealed(practice, purposeLink, append(msg, l.hash...))
}

func (s *Service) sealOfHead(practice db.ID, h head) []byte {
	var msg []byte
	for _, n := range []int64{h.seq, h.begun, db.Micros(h.begunAt), db.Micros(h.linked)} {
		msg = binary.BigEndian.AppendUint64(msg, uint64(n)) // #nosec G115 -- every number has its own bits
	}
	return s.sealed(practice, purposeHead, append(msg, h.hash...))
}

func (h head) same(o head) bool {
	return h.seq == o.seq && h.begun == o.begun && bytes.Equal(h.hash, o.hash)
}

// ids makes UUIDv7 out of the instants of entries, so that the ids of a person's
// lines, and of a day's, lie beside each other in the order of their time. Of
// lines at one instant the later has the later id.
type ids struct {
	mu   sync.Mutex
	last uint64
}

// perMilli is how many ticks of an id a millisecond has: twelve bits.
const perMilli = 1 << 12

func (m *ids) next(at time.Time) (id db.ID) {
	t := tick(at)
	m.mu.Lock()
	if t <= m.last && m.last-t < 1000*perMilli { // further back, the clock was set
		t = m.last + 1
	}
	m.last = t
	m.mu.Unlock()
	id = floor(t)
	rand.Read(id[8:]) // crypto/rand never fails
	id[8] = id[8]&0x3f | 0x80
	return id
}

func tick(at time.Time) uint64 {
	us := uint64(db.Micros(at)) // #nosec G115 -- after 1970
	return us/1000*perMilli + us%1000*perMilli/1000
}

// floor is the first id of a tick.
func floor(tick uint64) (id db.ID) {
	binary.BigEndian.PutUint64(id[:], tick/perMilli<<16|0x7000|tick%perMilli)
	return id
}
