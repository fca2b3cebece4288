package space

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"held/assets"
	"held/internal/web"
)

// framePolicy is for the one page of ours that may ask other hosts: it stands in
// a sandbox, without an origin, so that no cookie, no storage and no page of ours
// is in its reach, and whoever it asks is not told whose page it is.
const framePolicy = "sandbox allow-scripts; default-src 'none'; connect-src https:; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'; script-src "

// calendarFrame fetches a calendar by its address, in the browser: the journal's
// page puts it beside itself and gives it the address. Its script stands in it,
// since a page without an origin cannot load one of ours.
func (s *Service) calendarFrame(w http.ResponseWriter, r *http.Request) error {
	script := assets.Text("calendar.js")
	sum := sha256.Sum256([]byte(script))
	w.Header().Set("Content-Security-Policy", framePolicy+"'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	w.Header().Del("Origin-Agent-Cluster") // a page without an origin is no part of ours
	return web.Send(w, r, http.StatusOK, "text/html; charset=utf-8",
		[]byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Fetches a calendar</title><script type="module">`+script+`</script></html>`))
}
