package main

import (
	"net/http"
	"strings"
	"time"

	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
)

// securityRoutes tell whoever found a weakness where to say so (RFC 9116).
func (h *house) securityRoutes() []web.Route {
	return []web.Route{{Pattern: "GET /.well-known/security.txt", Access: access.Anyone, Handle: h.securityText}}
}

// contactStands is how far ahead the contact is promised; the text is made
// anew with every request, so it never runs out while somebody is there.
const contactStands = 90 * 24 * time.Hour

func (h *house) securityText(w http.ResponseWriter, r *http.Request) error {
	if h.cfg.Contact == "" {
		return fault.New(fault.NotFound, "This practice names no contact for weaknesses of its site. Its privacy page says how to reach it.")
	}
	lines := []string{
		"Contact: " + h.cfg.Contact,
		"Expires: " + h.now().Add(contactStands).UTC().Truncate(24*time.Hour).Format(time.RFC3339),
		"Canonical: " + h.base + "/.well-known/security.txt",
		"Policy: " + h.base + "/privacy",
	}
	return web.Send(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(strings.Join(lines, "\n")+"\n"))
}
