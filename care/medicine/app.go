package medicine

import (
	"encoding/json"
	"fmt"
	"net/http"

	"held/assets"
	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/settings"
)

// roomPolicy is that of every page, and that a worker may be kept which opens the
// room when there is no network. A browser lets the page make one script
// address, the worker's.
const roomPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; " +
	"require-trusted-types-for 'script'; trusted-types held-worker"

// dim dresses an answer as the room's page: dark until somebody chooses day, and
// never covered while a session goes on. What keeps the device from locking is
// the page, as long as somebody has it open.
func dim(w http.ResponseWriter, p *ui.Page) {
	w.Header().Set("Content-Security-Policy", roomPolicy)
	p.Scripts = append(p.Scripts, "room.js")
	p.Scheme, p.NoIndex, p.Lock = "dark", true, ui.Lock{}
}

// besides are the pages of a session that stand beside its room.
var besides = []struct{ path, label string }{
	{"/together", "Several people in one room"}, {"/leaving", "Recovery and leaving"}, {"/sign", "Sign"}, {"/record", "The record"}, {"/rems", "REMS form"},
}

// pagesOf links to those that are there.
func (s *Service) pagesOf(session db.ID, medicine string) (out []ui.Link) {
	there := map[string]bool{}
	for _, r := range s.Routes() {
		there[r.Pattern] = true
	}
	at := "/room/" + session.String()
	for _, b := range besides {
		if b.path == "/rems" && medicine != rems {
			continue // there is no such form for another medicine
		}
		if there["GET /room/{session}"+b.path] {
			out = append(out, ui.Link{Label: b.label, Href: at + b.path})
		}
	}
	if s.Beside != nil {
		out = append(out, s.Beside(session)...)
	}
	return append(out, ui.Link{Label: "Readiness", Href: "/desk/appointments/" + session.String() + "/readiness"}, ui.Link{Label: "On paper", Href: "/room/paper"})
}

// shell is the room's page without anybody in it: what a browser keeps for when
// there is no network.
func (s *Service) shell(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Settings.PublicPage(r.Context(), "The medicine room", "/room/offline")
	if err != nil {
		return err
	}
	dim(w, &p)
	return web.Render(w, r, http.StatusOK, roomPage(p, roomView{}))
}

// worker is the script that opens the room when nobody answers. What it keeps is
// named in its first line, so that it changes when they do.
func (s *Service) worker(w http.ResponseWriter, r *http.Request) error {
	keep, err := json.Marshal([]string{"/room/offline", assets.Path("site.css"), assets.Path("room.css"), assets.Path("site.js"), assets.Path("room.js"), assets.Path("favicon.svg")})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	return web.Send(w, r, http.StatusOK, "text/javascript; charset=utf-8", fmt.Appendf(nil, "self.keep=%s;\n%s", keep, assets.Text("room-worker.js")))
}

// onPaper is the sheet for when no device can be used.
func (s *Service) onPaper(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Settings.Page(r, "A session on paper")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, paperPage(p, settings.DeskNav(r.Context())))
}

// AppManifest is where a telephone learns what the open rooms are called on its
// home screen. Some telephones call only what stands there.
const AppManifest = "/room/calls.webmanifest"

func (s *Service) manifest(w http.ResponseWriter, r *http.Request) error {
	b, err := json.Marshal(map[string]any{
		"name": "Held", "id": "/room/calls", "start_url": "/room/calls", "scope": "/", "display": "standalone", "background_color": "#fbf7f0", "theme_color": "#fbf7f0",
		"icons": []map[string]string{{"src": assets.Path("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}},
	})
	if err != nil {
		return err
	}
	return web.Send(w, r, http.StatusOK, "application/manifest+json", b)
}
