package web

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// tlsConfig is TLS 1.3, and 1.2 with forward secrecy and authenticated
// encryption only; Go itself puts them in order.
func tlsConfig(certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: certificate,
	}
}

// CertificateFiles serves TLS with a certificate that somebody else renews: its
// files are read again when they change, and while what lies there cannot be
// used, the last good one goes on.
type CertificateFiles struct {
	Certificate, Key string
	Log              *slog.Logger

	mu   sync.Mutex
	good *tls.Certificate
	seen [2]time.Time // when the files were last changed
}

// Config reads the files once, so that a mistake is found at the start.
func (c *CertificateFiles) Config() (*tls.Config, error) {
	if _, err := c.get(); err != nil {
		return nil, fmt.Errorf("the certificate cannot be used: %w", err)
	}
	return tlsConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get() }), nil
}

func (c *CertificateFiles) get() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var now [2]time.Time
	for i, name := range []string{c.Certificate, c.Key} {
		if info, err := os.Stat(name); err == nil {
			now[i] = info.ModTime()
		}
	}
	if c.good != nil && now == c.seen {
		return c.good, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	switch {
	case err == nil:
		c.good = &pair
	case c.good == nil:
		return nil, err
	default:
		c.Log.Error("the new certificate cannot be used; the last one goes on", "cause", err)
	}
	c.seen = now
	return c.good, nil
}

// ACME serves TLS with a certificate that a certificate authority gives and
// renews by itself (RFC 8555), proved over TLS (tls-alpn-01) or, where
// Challenges is mounted on port 80, over HTTP (http-01).
type ACME struct {
	Directory string // address of the authority's directory
	Folder    string // where account and certificates are kept
	Host      string // the one name that a certificate is asked for
	Log       *slog.Logger
	Via       http.RoundTripper // how the authority is reached; nil for the ordinary way

	once    sync.Once
	manager *autocert.Manager
}

func (a *ACME) m() *autocert.Manager {
	a.once.Do(func() {
		a.manager = &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(a.Folder), HostPolicy: autocert.HostWhitelist(a.Host),
			Client: &acme.Client{DirectoryURL: a.Directory, UserAgent: "held", HTTPClient: &http.Client{Timeout: time.Minute, Transport: a.Via}},
		}
	})
	return a.manager
}

// Config is what a server needs to answer with the certificate.
func (a *ACME) Config() *tls.Config {
	c := tlsConfig(a.m().GetCertificate)
	c.NextProtos = append(c.NextProtos, acme.ALPNProto)
	return c
}

// Challenges answers http-01 and hands everything else on.
func (a *ACME) Challenges(next http.Handler) http.Handler { return a.m().HTTPHandler(next) }

// Fetch asks for the certificate at once, so that the first visitor does not
// wait for it. Renewal goes by itself from then on.
func (a *ACME) Fetch() {
	hello := &tls.ClientHelloInfo{
		ServerName: a.Host, SupportedVersions: []uint16{tls.VersionTLS13},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
		CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
	}
	if _, err := a.m().GetCertificate(hello); err != nil {
		a.Log.Error("there is no certificate yet; it is asked for again with the next visit", "cause", err)
	}
}

// CertificateFile is where ACME keeps the certificate of a host.
func CertificateFile(folder, host string) string { return filepath.Join(folder, host) }

// CertificateEnd tells until when the first certificate in a PEM file counts.
func CertificateEnd(file string) (time.Time, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}, err
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return time.Time{}, err
			}
			return c.NotAfter, nil
		}
	}
	return time.Time{}, errors.New("it holds no certificate")
}

// ToHTTPS sends whoever reads by plain HTTP on to the site's own address,
// whatever name they asked for. What was to be changed is refused: it has
// crossed the network readably already, and nobody should get used to that.
func ToHTTPS(base *url.URL) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dress(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "This address takes nothing. Please use "+base.String()+" instead.", http.StatusForbidden)
			return
		}
		to := *base
		to.Path, to.RawPath, to.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect) // #nosec G710 -- scheme and host are the public address's own
	})
}
