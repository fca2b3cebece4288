// Package push sends Web Push messages: encrypted to one browser (RFC 8291),
// signed by one practice (RFC 8292), carried by the service that the browser's
// maker runs (RFC 8030). It knows no domain; what it carries is all the same
// length.
package push

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Key signs a practice's messages; the browser was given its public part.
type Key struct{ private *ecdsa.PrivateKey }

// NewKey makes one.
func NewKey() (Key, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return Key{k}, err
}

// ParseKey reads what Bytes gave.
func ParseKey(raw []byte) (Key, error) {
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	return Key{k}, err
}

// Bytes is the key itself, to be sealed.
func (k Key) Bytes() ([]byte, error) { return k.private.Bytes() }

// Public is what a browser is given.
func (k Key) Public() ([]byte, error) { return k.private.PublicKey.Bytes() }

// Subscription is what a browser gives: where its messages go, and its keys.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	P256DH   string `json:"p256dh"`
	Auth     string `json:"auth"`
}

// Message is something to be carried.
type Message struct {
	Plain []byte        // at most 63 bytes; on the way all are as long
	TTL   time.Duration // how long the service keeps it for a browser that is away
	Topic string        // a later message of the same topic takes its place
}

// The ways in which a message does not arrive.
var (
	ErrGone    = errors.New("push: the subscription is no more")
	ErrRefused = errors.New("push: the service refused it")
	ErrUnknown = errors.New("push: it was sent, and nobody said whether it was taken") // not to be sent twice
	ErrBad     = errors.New("push: this is no subscription that anything is sent to")
)

// Later says that the service certainly did not take it, and that it may be tried again.
type Later struct {
	After time.Duration // as the service asked; 0: it did not
	Cause error
}

func (l *Later) Error() string { return "push: not now: " + l.Cause.Error() }

func (l *Later) Unwrap() error { return l.Cause }

// Sender sends.
type Sender struct {
	Client  *http.Client // of Client
	Now     func() time.Time
	Contact string // for whoever runs the service: an address of the practice
}

const (
	plainSize  = 64      // with the mark of its end
	maxAddress = 2000    // of an endpoint, in bytes
	maxAnswer  = 4 << 10 // of a service; only its status counts
	tokenFor   = time.Hour
)

// Check tells whether a subscription is one to which anything would be sent. Its
// address is looked at again, resolved, whenever it is called.
func (s Subscription) Check() error {
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(s.Endpoint) > maxAddress || strings.ContainsAny(s.Endpoint, " \r\n\t") {
		return ErrBad
	}
	if _, _, err := s.keys(); err != nil {
		return ErrBad
	}
	return nil
}

func (s Subscription) keys() (*ecdh.PublicKey, []byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.P256DH, "="))
	if err != nil {
		return nil, nil, err
	}
	k, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		return nil, nil, err
	}
	auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Auth, "="))
	if err == nil && len(auth) != 16 {
		err = ErrBad
	}
	return k, auth, err
}

// Send sends one message once. nil says that the service took it.
func (x *Sender) Send(ctx context.Context, k Key, s Subscription, m Message) error {
	if err := s.Check(); err != nil {
		return err
	}
	body, err := seal(s, m.Plain)
	if err != nil {
		return err
	}
	token, err := x.token(k, s.Endpoint)
	if err != nil {
		return err
	}
	written := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written = true }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint, bytes.NewReader(body))
	if err != nil {
		return ErrBad
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Encoding", "aes128gcm")
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("TTL", strconv.Itoa(int(max(m.TTL, 0)/time.Second)))
	req.Header.Set("Urgency", "high")
	req.Header.Set("User-Agent", "Held")
	if m.Topic != "" {
		req.Header.Set("Topic", m.Topic)
	}
	res, err := x.Client.Do(req)
	switch {
	case errors.Is(err, ErrAddress):
		return ErrBad
	case err != nil && written:
		return fmt.Errorf("%w: %w", ErrUnknown, bare(err))
	case err != nil:
		return &Later{Cause: bare(err)}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // its status is all that counts
	return said(res)
}

// bare leaves the address out of an error: whoever reads logs need not know it.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func said(res *http.Response) error {
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return nil
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return ErrGone
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500:
		after, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if err != nil || after < 0 {
			after = 0
		}
		return &Later{After: time.Duration(min(after, 3600)) * time.Second, Cause: fmt.Errorf("the service answered %d", res.StatusCode)}
	}
	return fmt.Errorf("%w: it answered %d", ErrRefused, res.StatusCode)
}

// seal encrypts a message to a browser: one record of RFC 8188, always of the
// same length.
func seal(s Subscription, plain []byte) ([]byte, error) {
	if len(plain) >= plainSize {
		return nil, errors.New("push: the message is too long")
	}
	theirs, auth, err := s.keys()
	if err != nil {
		return nil, ErrBad
	}
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := ours.ECDH(theirs)
	if err != nil {
		return nil, ErrBad
	}
	public := ours.PublicKey().Bytes()
	salt := make([]byte, 16)
	rand.Read(salt) // crypto/rand never fails
	key, nonce, err := derive(shared, auth, theirs.Bytes(), public, salt)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	record := make([]byte, plainSize)
	record[copy(record, plain)] = 2 // the last record; what follows is padding
	out := binary.BigEndian.AppendUint32(salt, 4096)
	out = append(append(out, byte(len(public))), public...)
	return gcm.Seal(out, nonce, record, nil), nil
}

// derive makes the key and nonce of RFC 8291, section 3.4.
func derive(shared, auth, theirs, ours, salt []byte) (key, nonce []byte, err error) {
	ikm, err := hkdf.Key(sha256.New, shared, auth, "WebPush: info\x00"+string(theirs)+string(ours), 32)
	if err != nil {
		return nil, nil, err
	}
	if key, err = hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16); err != nil {
		return nil, nil, err
	}
	nonce, err = hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	return key, nonce, err
}

// token says who sends: for one service, for an hour (RFC 8292).
func (x *Sender) token(k Key, endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", ErrBad
	}
	claims, err := json.Marshal(struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Subject  string `json:"sub,omitempty"`
	}{u.Scheme + "://" + u.Host, x.Now().Add(tokenFor).Unix(), x.Contact})
	if err != nil {
		return "", err
	}
	text := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	public, err := k.Public()
	if err != nil {
		return "", err
	}
	return "vapid t=" + text + "." + encode(signature) + ", k=" + encode(public), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
