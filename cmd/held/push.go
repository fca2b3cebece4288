package main

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/netip"
	"os"

	"held/internal/db"
	"held/internal/push"
	"held/internal/vault"
	"held/practice/keeping"
)

// pushes is what calls to devices are sent with: to public push services only. A
// demo beside a receiver of a test's own reaches that one too.
func (c config) pushes() *http.Client {
	if c.pushReceiver == "" {
		return push.Client(nil)
	}
	roots := x509.NewCertPool()
	if pem, err := os.ReadFile(c.pushReceiver); err == nil {
		roots.AppendCertsFromPEM(pem)
	}
	return push.Client(&push.Allowed{Address: func(at netip.AddrPort) bool { return at.Addr().IsLoopback() }, Roots: roots})
}

// calledDevices are what is kept of somebody's devices, for taking along and for
// erasing.
func (h *house) calledDevices() []keeping.Holding {
	return []keeping.Holding{{Class: vault.Contact, Name: "devices", Title: "Your devices that are called", Of: func(ctx context.Context, person db.ID) (out []keeping.Item, err error) {
		all, err := h.devices.Of(ctx, person)
		for _, d := range all {
			item := keeping.Item{At: d.Made, Title: d.Name}
			for _, k := range d.Kinds {
				item.Lines = append(item.Lines, keeping.Line{Label: "Reaches it", Text: string(k)})
			}
			out = append(out, item)
		}
		return out, err
	}, Erase: h.devices.Forget}}
}
