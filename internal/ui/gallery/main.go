// Command gallery serves every component of internal/ui in its hard states, without
// a database: go run ./internal/ui/gallery, then open http://localhost:8090.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"held/assets"
	"held/internal/ui"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8090", "address to listen on")
	flag.Parse()
	mux := http.NewServeMux()
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	for path, page := range pages() {
		mux.Handle("GET "+path, templ.Handler(page))
	}
	server := &http.Server{Addr: *listen, Handler: strict(mux), ReadHeaderTimeout: 5 * time.Second}
	fmt.Printf("http://%s\n", *listen)
	log.Fatal(server.ListenAndServe())
}

// strict sends the policy of the real program, so that a page that needs more is
// seen to be broken here.
func strict(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
		"frame-ancestors 'none'; require-trusted-types-for 'script'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}

// pages are all there is to look at, by path.
func pages() map[string]templ.Component {
	all := map[string]templ.Component{
		"/{$}":      home(),
		"/article":  article(),
		"/question": question(),
		"/code":     replyCode(),
		"/book":     times(),
		"/form":     booking(),
		"/kept":     kept(),
		"/support":  support(),
		"/space":    space(),
		"/error":    refusal(),
		"/bare":     bare(),
		"/desk":     today(),
		"/week":     weekPage(),
		"/board":    board(),
		"/inbox":    inbox(),
		"/mail":     mailPage(),
		"/settings": settings(),
		"/chart":    charts(),
		"/long":     long(),
	}
	return all
}

// paths are the pages' paths as a browser asks for them.
func paths() []string {
	var out []string
	for p := range pages() {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

var (
	lisbon  = zone("Europe/Lisbon")
	newYork = zone("America/New_York")
	kolkata = zone("Asia/Kolkata")
	when    = time.Date(2026, 12, 3, 16, 0, 0, 0, time.UTC)
)

func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		log.Fatal(err)
	}
	return loc
}

var site = ui.Site{
	Practice: "Low Lamp Practice",
	Tagline:  "Ketamine-assisted psychotherapy, for therapists",
	BaseURL:  "https://example.org",
	Zone:     "Europe/Lisbon",
	Nav: []ui.Link{
		{Label: "Home", Href: "/"}, {Label: "How it works", Href: "/how"}, {Label: "People", Href: "/people"},
		{Label: "Articles", Href: "/article"}, {Label: "Fees", Href: "/fees"}, {Label: "Questions", Href: "/question"},
	},
	Crisis: ui.Crisis{Emergency: "112"},
	Hours:  "on weekdays, 9:00–17:00 in Lisbon",
	Demo:   true,
}

var deskNav = []ui.Link{
	{Label: "Today", Href: "/desk"}, {Label: "Calendar", Href: "/week"}, {Label: "Questions", Href: "/inbox"},
	{Label: "Inquiries", Href: "/board"}, {Label: "People", Href: "/long"}, {Label: "Articles", Href: "/desk/articles"},
	{Label: "Waiting list", Href: "/desk/waiting"}, {Label: "Settings", Href: "/settings"},
}

func page(title, path string) ui.Page {
	return ui.Page{Site: site, Title: title, Path: path, Description: "A page of the gallery.", Feed: "/articles.atom"}
}

func inner(title, path string) ui.Page {
	p := page(title, path)
	p.Viewer = ui.Viewer{Name: "Ines", Links: []ui.Link{{Label: "See it on the site", Href: "/"}}}
	return p
}

// sampleWeek holds what a calendar finds hard: three at once, very short, at both
// ends of the day, a whole day away, an empty day, a long name.
func sampleWeek() ui.Week {
	w := ui.Week{Label: "Week of 30 November", From: 8, To: 19, MoveForm: "move"}
	names := []string{"Monday 30 November", "Tuesday 1 December", "Wednesday 2 December", "Thursday 3 December", "Friday 4 December"}
	for i, n := range names {
		w.Days = append(w.Days, ui.WeekDay{Title: n, Date: fmt.Sprintf("2026-12-%02d", i), Today: i == 3})
	}
	free := func(day int, from, to int) {
		for m := from; m < to; m += 60 {
			w.Days[day].Slots = append(w.Days[day].Slots, ui.Slot{
				Kind: ui.Free, Start: m, End: m + 60, Href: "/form", StartValue: fmt.Sprintf("d%d-%d", day, m),
			})
		}
	}
	booked := func(day, start, end int, title, sub string) {
		w.Days[day].Slots = append(w.Days[day].Slots, ui.Slot{
			Kind: ui.Booked, Start: start, End: end, Title: title, Sub: sub, Href: "/kept", ID: fmt.Sprintf("a%d-%d", day, start), Movable: true,
		})
	}
	for _, d := range []int{0, 1, 3} {
		w.Days[d].Slots = append(w.Days[d].Slots, ui.Slot{Kind: ui.Open, Start: 9 * 60, End: 13 * 60}, ui.Slot{Kind: ui.Open, Start: 14 * 60, End: 18 * 60})
	}
	booked(0, 540, 590, "Wren", "Consultation · video")
	booked(0, 615, 640, "Ash", "Call")
	free(0, 660, 780)
	booked(0, 840, 930, "Rowan", "Preparation · the garden room")
	w.Days[0].Slots = append(w.Days[0].Slots, ui.Slot{Kind: ui.Held, Start: 960, End: 1010, Title: "Consultation", Sub: "until 14:20"})
	booked(1, 540, 630, "Maximiliana Featherstonehaugh-Cholmondeley", "Integration · phone")
	booked(1, 570, 660, "Juniper", "Consultation")
	booked(1, 600, 690, "Sol", "Consultation")
	booked(1, 690, 740, "Linden", "Consultation")
	free(1, 840, 1080)
	w.Days[2].Slots = append(w.Days[2].Slots, ui.Slot{Kind: ui.Away, Start: 0, End: 1440, Title: "Supervision in Porto"})
	booked(3, 480, 530, "Early", "Phone")
	free(3, 600, 720)
	booked(3, 960, 1010, "Ines", "Consultation · video")
	booked(3, 1080, 1140, "Late", "Consultation")
	w.Days[4].Note = "Holiday"
	return w
}
