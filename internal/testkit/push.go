package testkit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
	"time"
)

// PushService is the push service of a browser's maker, on this machine: it looks
// at who sends, as the real ones do, and opens what arrives, as the browser does.
type PushService struct {
	*httptest.Server
	Now func() time.Time

	mu       sync.Mutex
	browsers map[string]*Browser
	status   int
	header   http.Header
	raw      [][]byte
}

// Browser is one that subscribed.
type Browser struct {
	Endpoint, P256DH, Auth string

	key     *ecdh.PrivateKey
	auth    []byte
	arrived []Arrived
}

// Arrived is a message as its browser has it.
type Arrived struct {
	Plain       string
	Key         string // of whoever signed it
	TTL, Topic  string
	Urgency     string
	Claims      map[string]any
	Length      int
	Authorizing string
}

// NewPushService starts one.
func NewPushService(t testing.TB, now func() time.Time) *PushService {
	t.Helper()
	p := &PushService{Now: now, browsers: map[string]*Browser{}, header: http.Header{}}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(p.take))
	t.Cleanup(p.Close)
	return p
}

// Roots are what trusts it.
func (p *PushService) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.Certificate())
	return pool
}

// Subscribe gives a browser what it hands to a site.
func (p *PushService) Subscribe(t testing.TB, path string) *Browser {
	t.Helper()
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{key: k, auth: make([]byte, 16), Endpoint: p.URL + path}
	rand.Read(b.auth)
	b.P256DH, b.Auth = base64.RawURLEncoding.EncodeToString(k.PublicKey().Bytes()), base64.RawURLEncoding.EncodeToString(b.auth)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.browsers[path] = b
	return b
}

// Answer makes it answer with a status, and more, from here on; 0: as it should.
func (p *PushService) Answer(status int, header ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.header = status, http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		p.header.Set(header[i], header[i+1])
	}
}

// Arrived are the messages of one browser, in order.
func (p *PushService) Arrived(b *Browser) []Arrived {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Arrived(nil), b.arrived...)
}

// Raw is every request as it came over the wire.
func (p *PushService) Raw() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([][]byte(nil), p.raw...)
}

func (p *PushService) take(w http.ResponseWriter, r *http.Request) {
	raw, err := httputil.DumpRequest(r, true)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.raw = append(p.raw, raw)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	for k, v := range p.header {
		w.Header()[k] = v
	}
	if p.status != 0 {
		w.WriteHeader(p.status)
		return
	}
	b := p.browsers[r.URL.Path]
	if b == nil {
		http.NotFound(w, r)
		return
	}
	a, err := p.open(b, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	b.arrived = append(b.arrived, a)
	w.WriteHeader(http.StatusCreated)
}

func (p *PushService) open(b *Browser, r *http.Request) (a Arrived, err error) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" {
		return a, errors.New("not a message")
	}
	a = Arrived{TTL: r.Header.Get("TTL"), Topic: r.Header.Get("Topic"), Urgency: r.Header.Get("Urgency"), Authorizing: r.Header.Get("Authorization")}
	if a.Claims, a.Key, err = p.claims(a.Authorizing); err != nil {
		return a, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return a, err
	}
	a.Length = len(body)
	a.Plain, err = b.open(body)
	return a, err
}

// claims reads the token of RFC 8292: whom it is for, until when, and that the
// key beside it signed it.
func (p *PushService) claims(header string) (claims map[string]any, key string, err error) {
	token, key, two := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	part := strings.Split(token, ".")
	if !strings.HasPrefix(header, "vapid ") || !two || len(part) != 3 {
		return nil, key, errors.New("no token")
	}
	public, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return nil, key, err
	}
	k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
	if err != nil {
		return nil, key, err
	}
	signature, err := base64.RawURLEncoding.DecodeString(part[2])
	if err != nil || len(signature) != 64 {
		return nil, key, errors.New("no signature")
	}
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	if !ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return nil, key, errors.New("another key signed it")
	}
	text, err := base64.RawURLEncoding.DecodeString(part[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		return nil, key, err
	}
	until, _ := claims["exp"].(float64)
	if left := time.Unix(int64(until), 0).Sub(p.Now()); claims["aud"] != p.URL || left <= 0 || left > 24*time.Hour {
		return nil, key, errors.New("for another service, or another day")
	}
	return claims, key, nil
}

// open is what a browser does (RFC 8291, 8188).
func (b *Browser) open(body []byte) (string, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return "", errors.New("too short")
	}
	salt, size, theirs, sealed := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:21+int(body[20])], body[21+int(body[20]):]
	if int(size) < len(sealed) {
		return "", errors.New("more than one record")
	}
	public, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		return "", err
	}
	shared, err := b.key.ECDH(public)
	if err != nil {
		return "", err
	}
	expand := func(secret, salt []byte, info string, n int) []byte {
		if err != nil {
			return nil
		}
		var out []byte
		out, err = hkdf.Key(sha256.New, secret, salt, info, n)
		return out
	}
	ikm := expand(shared, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(theirs), 32)
	key, nonce := expand(ikm, salt, "Content-Encoding: aes128gcm\x00", 16), expand(ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(plain), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return "", errors.New("its end is not marked")
	}
	return strings.TrimSuffix(text, "\x02"), nil
}
