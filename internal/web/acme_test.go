package web_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"

	"held/internal/web"
)

// pebble is a real certificate authority that speaks ACME, on loopback. It
// believes that every name is on this machine.
type pebble struct {
	url  string
	root *x509.Certificate
	via  http.RoundTripper // trusts its own address, as any other's would be
}

func newPebble(t *testing.T, httpPort, tlsPort int) *pebble {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	silent := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(silent, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "for tests"}})
	checks := va.New(silent, httpPort, tlsPort, false, names(t), store)
	front := wfe.New(silent, store, checks, issuer, []string{"pebble.example"}, false, false, 1, 1)
	s := httptest.NewTLSServer(front.Handler())
	t.Cleanup(s.Close)
	return &pebble{s.URL + wfe.DirectoryPath, issuer.GetRootCert(0).Cert, s.Client().Transport}
}

// names is a DNS server for which every name is on this machine.
func names(t *testing.T) string {
	t.Helper()
	line, _ := port(t)
	s := &dns.Server{Listener: line, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(m) // who asks, asks again
	})}
	done := make(chan error, 1)
	go func() { done <- s.ActivateAndServe() }()
	t.Cleanup(func() {
		_ = s.Shutdown() // it may not have begun
		_ = line.Close()
		<-done
	})
	return line.Addr().String()
}

func (p *pebble) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.root)
	return pool
}

// port is a port of loopback that was free a moment ago.
func port(t *testing.T) (net.Listener, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, l.Addr().(*net.TCPAddr).Port
}

// on serves on a listener that is there already.
func on(t *testing.T, l net.Listener, s *http.Server) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		if s.TLSConfig != nil {
			done <- s.ServeTLS(l, "", "")
		} else {
			done <- s.Serve(l)
		}
	}()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
}

func TestACertificateComesFromTheAuthority(t *testing.T) {
	for _, over := range []string{"TLS", "HTTP"} {
		t.Run("proved over "+over, func(t *testing.T) {
			site, tlsPort := port(t)
			plain, httpPort := port(t)
			nowhere, closed := port(t)
			if err := nowhere.Close(); err != nil {
				t.Fatal(err)
			}
			if over == "TLS" {
				httpPort = closed
			} else {
				tlsPort = closed
			}
			authority := newPebble(t, httpPort, tlsPort)
			folder := filepath.Join(t.TempDir(), "certificates")
			var said bytes.Buffer
			a := &web.ACME{Directory: authority.url, Folder: folder, Host: "held.test", Via: authority.via, Log: slog.New(slog.NewTextHandler(&said, nil))}
			r := newRig(t, "https://held.test")
			r.Names = []string{"held.test"}
			s := web.Server("", r.Handler())
			s.TLSConfig = a.Config()
			on(t, site, s)
			base, err := url.Parse("https://held.test")
			if err != nil {
				t.Fatal(err)
			}
			answers := a.Challenges(web.ToHTTPS(base))
			on(t, plain, web.Server("", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Host = "held.test" // on port 80, a Host has no port
				answers.ServeHTTP(w, r)
			})))
			a.Fetch()
			if said.Len() > 0 {
				t.Fatal(said.String())
			}
			res, err := visitor(t, site.Addr().String(), &tls.Config{RootCAs: authority.pool()}).Get("https://held.test/hello/x")
			if err != nil {
				t.Fatal(err)
			}
			if text := read(t, res); res.StatusCode != 200 || text != "hello" || res.Proto != "HTTP/2.0" {
				t.Errorf("%s %q", res.Status, text)
			}
			kept(t, folder)
			if end, err := web.CertificateEnd(web.CertificateFile(folder, "held.test")); err != nil || time.Until(end) < 24*time.Hour {
				t.Errorf("it counts until %v, %v", end, err)
			}
			for _, name := range []string{"evil.test", "www.held.test", ""} { // nobody can make it ask for other names
				c := &tls.Config{RootCAs: authority.pool(), ServerName: name, InsecureSkipVerify: name == ""} // #nosec G402 -- it is refused before
				if line, err := tls.Dial("tcp", site.Addr().String(), c); err == nil {
					t.Errorf("there is a certificate for %q", name)
					_ = line.Close() // the test has failed already
				}
			}
			res, err = visitor(t, plain.Addr().String(), nil).Get("http://held.test/hello/x")
			if err != nil {
				t.Fatal(err)
			}
			if read(t, res); res.StatusCode != 308 || res.Header.Get("Location") != "https://held.test/hello/x" {
				t.Errorf("%s %s", res.Status, res.Header.Get("Location"))
			}
		})
	}
}

// kept: what the authority gave can be read by this account alone.
func kept(t *testing.T, folder string) {
	t.Helper()
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestAnAuthorityThatRefusesIsInTheLog(t *testing.T) {
	nowhere, closed := port(t)
	if err := nowhere.Close(); err != nil {
		t.Fatal(err)
	}
	authority := newPebble(t, closed, closed)
	var said bytes.Buffer
	a := &web.ACME{Directory: authority.url, Folder: t.TempDir(), Host: "held.test", Via: authority.via, Log: slog.New(slog.NewTextHandler(&said, nil))}
	a.Fetch()
	if !strings.Contains(said.String(), "there is no certificate yet") {
		t.Errorf("%q", said.String())
	}
}
