package web_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"held/internal/web"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "A test's authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	})
	return a
}

func (a *authority) sign(c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return made, key
}

// files writes a certificate for a host and its key.
func (a *authority) files(dir, host string, serial int64, end time.Time) (cert, key string) {
	a.t.Helper()
	c, k := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	der, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	a.write(cert, "CERTIFICATE", c.Raw)
	a.write(key, "EC PRIVATE KEY", der)
	for _, f := range []string{cert, key} { // as if each had been written a second after the last
		at := time.Now().Add(time.Duration(serial) * time.Second)
		if err := os.Chtimes(f, at, at); err != nil {
			a.t.Fatal(err)
		}
	}
	return cert, key
}

func (a *authority) write(file, kind string, der []byte) {
	a.t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// secure serves a rig over TLS and gives its address.
func secure(t *testing.T, config *tls.Config, h http.Handler) string {
	t.Helper()
	s := web.Server("", h)
	s.TLSConfig = config
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.ServeTLS(l, "", "") }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// visitor asks for held.test wherever that is said to be.
func visitor(t *testing.T, addr string, c *tls.Config) *http.Client {
	t.Helper()
	wire := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	t.Cleanup(wire.CloseIdleConnections)
	return &http.Client{Transport: wire, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestACertificateFromFilesIsServedAndRenewed(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	cert, key := a.files(dir, "held.test", 10, time.Now().Add(time.Hour))
	var log bytes.Buffer
	files := &web.CertificateFiles{Certificate: cert, Key: key, Log: slog.New(slog.NewTextHandler(&log, nil))}
	config, err := files.Config()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, "https://held.test")
	r.Names = []string{"held.test"}
	addr := secure(t, config, r.Handler())
	serial := func() int64 {
		t.Helper()
		res, err := visitor(t, addr, &tls.Config{RootCAs: a.pool()}).Get("https://held.test/hello/x")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != 200 || res.Proto != "HTTP/2.0" || res.Header.Get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains" {
			t.Errorf("%s %s %v", res.Status, res.Proto, res.Header)
		}
		return res.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(); got != 10 {
		t.Errorf("certificate %d", got)
	}
	a.files(dir, "held.test", 20, time.Now().Add(time.Hour))
	if got := serial(); got != 20 {
		t.Errorf("after renewal, certificate %d", got)
	}
	if err := os.WriteFile(cert, []byte("half a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 20 || !strings.Contains(log.String(), "the last one goes on") {
		t.Errorf("with a torn file, certificate %d; log %q", got, log.String())
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 20 {
		t.Errorf("without the file, certificate %d", got)
	}
	if _, err := (&web.CertificateFiles{Certificate: cert, Key: key}).Config(); err == nil {
		t.Error("a server began without a certificate")
	}
}

func TestOldEncryptionIsNotSpoken(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.files(t.TempDir(), "held.test", 1, time.Now().Add(time.Hour))
	config, err := (&web.CertificateFiles{Certificate: cert, Key: key}).Config()
	if err != nil {
		t.Fatal(err)
	}
	addr := secure(t, config, newRig(t, "https://held.test").Handler())
	for what, c := range map[string]*tls.Config{
		"TLS 1.1": {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"CBC":     {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA}},
	} {
		c.RootCAs, c.ServerName = a.pool(), "held.test"
		if line, err := tls.Dial("tcp", addr, c); err == nil {
			t.Errorf("%s was spoken", what)
			_ = line.Close() // the test has failed already
		}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		line, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: a.pool(), ServerName: "held.test", MinVersion: version, MaxVersion: version})
		if err != nil {
			t.Fatal(err)
		}
		if s := line.ConnectionState(); s.Version != version {
			t.Errorf("%x was answered with %x", version, s.Version)
		}
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestUntilWhenACertificateCounts(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	end := time.Now().Add(72 * time.Hour).UTC().Truncate(time.Second)
	cert, key := a.files(dir, "held.test", 1, end)
	if got, err := web.CertificateEnd(cert); err != nil || !got.Equal(end) {
		t.Errorf("%v, %v; want %v", got, err, end)
	}
	for _, file := range []string{key, filepath.Join(dir, "gone")} {
		if _, err := web.CertificateEnd(file); err == nil {
			t.Errorf("%s is a certificate", file)
		}
	}
}

// Plain HTTP leads to the site's own address, whatever name it was asked by,
// and takes nothing.
func TestPlainHTTPLeadsToTheSite(t *testing.T) {
	base, err := url.Parse("https://held.test")
	if err != nil {
		t.Fatal(err)
	}
	h := web.ToHTTPS(base)
	for target, want := range map[string]string{
		"/": "https://held.test/", "/book/x?from=2026-03-03": "https://held.test/book/x?from=2026-03-03",
		"//evil.example/a": "https://held.test//evil.example/a", "/a%2fb": "https://held.test/a%2fb", "/a%0d%0ab": "https://held.test/a%0d%0ab",
	} {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest("GET", "http://evil.example/", nil)
		req.URL = u
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		to, err := url.Parse(w.Header().Get("Location"))
		if w.Code != 308 || err != nil || to.Host != "held.test" || !strings.EqualFold(w.Header().Get("Location"), want) {
			t.Errorf("%s: %d to %q, %v", target, w.Code, w.Header().Get("Location"), err)
		}
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("POST", "http://held.test/sign-in", strings.NewReader("email=a@b.example"))); w.Code != 403 {
		t.Errorf("a form by plain HTTP: %d", w.Code)
	}
	if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Strict-Transport-Security") != "" {
		t.Errorf("%v", w.Header())
	}
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
