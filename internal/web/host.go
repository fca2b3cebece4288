package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"held/internal/fault"
)

// ours tells whether a request means this site. A page elsewhere can have its
// own name point at this machine and then reads what its visitor may read; it
// cannot make the browser send our name, an address in numbers, or localhost.
// A proxy that the settings name may send what it likes.
func (a *App) ours(r *http.Request) bool {
	if len(a.Names) == 0 || r.Host == "" {
		return true
	}
	name := hostName(r.Host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(a.Names, name) {
		return true
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	peer, known := parseAddr(r.RemoteAddr)
	return known && a.named(peer)
}

// hostName is a Host header's name as names are compared: without its port, a
// final dot and capitals.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// elsewhere refuses a request that was meant for another name.
func (a *App) elsewhere(w http.ResponseWriter, r *http.Request) {
	to := "its own address"
	if a.Base != nil {
		to = a.Base.Scheme + "://" + a.Base.Host
	}
	a.refuseAs(w, r, http.StatusMisdirectedRequest, fault.New(fault.BadRequest,
		"This site answers at "+to+" and under no other name. Nothing was done; please open it there."))
}

// named tells whether a peer is one of the proxies that the settings name.
func (a *App) named(peer netip.Addr) bool {
	return slices.ContainsFunc(a.Proxies, func(p netip.Prefix) bool { return p.Contains(peer) })
}

// ParseProxies reads addresses and networks, divided by commas.
func ParseProxies(list string) ([]netip.Prefix, bool) {
	var out []netip.Prefix
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		p, err := netip.ParsePrefix(word)
		if one, bad := netip.ParseAddr(word); bad == nil {
			p, err = one.Prefix(one.BitLen())
		}
		if err != nil || p.Bits() == 0 { // everybody is no proxy
			return nil, false
		}
		out = append(out, p.Masked())
	}
	return out, true
}
