package push

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrAddress says that an endpoint leads to a place where no push service is:
// this machine, or a network of its own. A browser's word alone decides where a
// message goes, so whoever made one up would have the program knock at doors
// that only it can reach.
var ErrAddress = errors.New("push: nothing is sent to this address")

// Allowed is what tests, and a demo beside a receiver of its own, may reach beside
// public addresses.
type Allowed struct {
	Address func(netip.AddrPort) bool
	Roots   *x509.CertPool
}

const (
	dialLimit  = 5 * time.Second
	replyLimit = 10 * time.Second
	wholeLimit = 20 * time.Second
	servicesAt = 443
)

// Client is what messages are sent with: to public addresses only, by TLS only,
// by no proxy, wherever a name leads when it is looked up, and never on to
// another place.
func Client(also *Allowed) *http.Client {
	if also == nil {
		also = &Allowed{}
	}
	d := &net.Dialer{Timeout: dialLimit, Control: func(_, address string, _ syscall.RawConn) error { return also.check(address) }}
	return &http.Client{
		Timeout: wholeLimit,
		Transport: &http.Transport{
			DialContext:         d.DialContext,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: also.Roots},
			TLSHandshakeTimeout: dialLimit, ResponseHeaderTimeout: replyLimit, IdleConnTimeout: time.Minute,
			MaxIdleConns: 8, MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (a *Allowed) check(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err == nil && (at.Port() == servicesAt && public(at.Addr()) || a.Address != nil && a.Address(at)) {
		return nil
	}
	return fmt.Errorf("%w: it is not a public one", ErrAddress)
}

// special are blocks that look public and lead elsewhere: shared by providers,
// kept for tests and documents, or IPv6 that wraps an IPv4 address.
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var publicV6 = netip.MustParsePrefix("2000::/3")

func prefixes(all ...string) (out []netip.Prefix) {
	for _, one := range all {
		out = append(out, netip.MustParsePrefix(one))
	}
	return out
}

// public tells whether an address is of the internet that everybody shares.
func public(ip netip.Addr) bool {
	if ip.Is4In6() || ip.Zone() != "" {
		return false
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !publicV6.Contains(ip) {
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}
