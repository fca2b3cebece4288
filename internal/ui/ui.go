// Package ui is the look of Held as Go: the chrome of each surface, the parts of
// a form, and the small pieces that pages are made of. It knows no domain; pages
// hand it words, links and times. Colours and sizes live in assets/css only.
//
// A page is one surface with children, and exactly one <h1> among them:
//
//	@ui.SitePage(p) {
//		<h1>Ask a question</h1>
//		@ui.ErrorSummary(ui.Problems(fields, "text", "address"))
//		@(ui.Form{Action: "/questions", Name: "Your question", Draft: "question"}) {
//			@ui.Area{Label: "What would you like to ask?", Name: "text", Value: v.Text, Error: fields["text"], Required: true}
//			@ui.WhoSees("The practice's people who answer questions.", "/privacy#questions")
//			@ui.Honeypot("website")
//			@ui.Submit("Send the question")
//		}
//	}
//
// # Classes for pages that write their own markup
//
// Reading
//
//	.prose          running text (articles): measure, rhythm, quotes, lists, figures
//	.lede           the first paragraph under an h1, larger
//	.meta           a quiet line: author, date, place
//	.stack          children one under another with even space; .stack-loose for more
//	.row            children beside each other, wrapping; .row-between pushes the ends apart
//	.columns        two columns from 60em on, one below
//	.actions        the line of buttons at the end of a form or page
//	.letter         a raised sheet of paper: for one thing that matters (a kept time, a code)
//	.hero           the top of the home page: words beside a drawing
//	.drawing-box    a line drawing, made by @Drawing("room"|"lamp"|"chair"|"letter", "")
//	.entries        list of articles: ul.entries > li > (h2|h3 a) + .meta + p
//	.persons        list of people: ul.persons > li > h2 + .meta + p
//	.fees           list of offerings: ul.fees > li > h3 + .meta + p, price in .price
//	.lines          crisis lines: ul.lines > li > h3 + a.tel + p + .meta
//	.pairs          dl of facts: dl.pairs > div > dt + dd
//	.code           the reply code, large and spaced: p.code > output
//	.said           a conversation: ol.said > li(.theirs|.ours) > .meta + .prose
//	.visually-hidden for the ears only
//
// Choosing a time
//
//	.times          section.times > .times-day > h3 + ul > li > (a.time | form > button.time)
//	.time           one free time, a large target; aria-current="true" marks the chosen one
//	.times-none     a day without free times, one quiet line
//	.held-until     the line that says how long the time is held
//
// Desk
//
//	.panel          section.panel > h2 + …: one part of a desk page; .panels lays them in two columns
//	.inbox          ul.inbox > li(.is-new) > a > .from + .subject + .meta; .mark for the state in words
//	.filters        nav.filters > a[aria-current=page]: New, Answered, Closed; count in .count
//	.mark           a small word in a border: a state. .mark-care .mark-kept .mark-plum
//	.board          .board[tabindex=0][role=region][aria-label] > section.column > h2 + ol > li.card;
//	                .card > h3 a + .meta + form; .card-care draws a rule at its side
//	.trail          ol.trail > li > time + who + what
//	.mail           article.mail > dl.pairs + .mail-body (plain text, pre-wrapped) ; .mailbox lists them
//	.preview        what a visitor will see, inside the desk: a sheet with its own measure
//	.hours          table.hours: weekly hours, one row per day, small fields side by side
//	.figures        dl.figures > div > dt + dd: a few numbers
//	.num            a table cell with figures (right, tabular)
//	.toolbar        the line of controls above a table or the week
//	.search         form.search: one field and its button on one line
//
// The week is @Week; mails of the demo, lists and the board are plain markup with
// the classes above. Tables stand inside @Scroll. Nothing needs style= or on…=.
package ui

import (
	"strconv"
	"time"
)

// Link is an address with its words.
type Link struct{ Label, Href string }

// Accent is the colour a practice chose for its actions, one of a few that were
// checked for contrast in light and dark.
type Accent string

// The accents there are. The zero Accent is Moss.
const (
	Moss Accent = "moss"
	Clay Accent = "clay"
	Plum Accent = "plum"
)

// Accents lists every accent with its name for a settings page.
func Accents() []Option {
	return []Option{
		{Value: string(Moss), Label: "Moss"},
		{Value: string(Clay), Label: "Clay"},
		{Value: string(Plum), Label: "Plum"},
	}
}

// Valid gives the accent itself, or Moss for anything unknown.
func (a Accent) Valid() Accent {
	switch a {
	case Clay, Plum:
		return a
	}
	return Moss
}

// Crisis is what stands at the foot of every page.
type Crisis struct {
	Line      string // one sentence; empty for the usual one
	Emergency string // the emergency number of the practice's country, as in "112"
	// Unverified says that nobody has checked the number against its source; the page says so too.
	Unverified bool
	Href       string // empty for /support
}

func (c Crisis) href() string { return or(c.Href, "/support") }

// Site is what every page of a practice has in common.
type Site struct {
	Practice string // its name
	Tagline  string // a few words under the name, on the site only
	Lang     string // language of the practice's words; empty for "en"
	BaseURL  string // public address without a slash at the end
	Zone     string // IANA zone of the practice
	Nav      []Link // links of the landmark "Site"
	Crisis   Crisis
	Hours    string // completes "We read and answer …"
	Accent   Accent
	Demo     bool // adds the quiet line that everything here is invented
}

// Viewer is who looks at the page. The zero Viewer is a visitor.
type Viewer struct {
	Name    string // working name; empty when nobody is signed in
	Links   []Link // where they may go: Your space, Desk
	SignOut string // form action; empty for /sign-out
}

// SignedIn reports whether anybody is signed in.
func (v Viewer) SignedIn() bool { return v.Name != "" || len(v.Links) > 0 }

func (v Viewer) signOut() string { return or(v.SignOut, "/sign-out") }

// Page is one page of a site.
type Page struct {
	Site        Site
	Title       string // without the practice's name; empty on the home page
	Description string // for search engines and link previews
	Path        string // its own path, for the canonical address and the current link
	Lang        string // when it differs from the site's
	Scheme      string // "light" or "dark" where the page insists; empty follows the device
	Gloves      bool   // a desk page that stands beside a medicine room: what is tapped is larger
	NoIndex     bool
	Feed        string // path of an Atom feed
	FeedTitle   string
	Social      string // absolute address of a picture; empty for Held's own card
	Article     bool   // the page is an article: changes its social type
	Viewer      Viewer
	Lock        Lock
	Calling     *Calling // what calls this person; nil where nothing may
	Scripts     []string // built scripts beside those of every page, as in "journal.js"
	Manifest    string   // path of a web app's manifest
}

// Lock covers the page of a shared device that is not used for a while. The
// server locks by itself; this keeps the page under the cover, with what was
// typed on it. The zero Lock is none.
type Lock struct{ After time.Duration }

func (l Lock) seconds() string { return strconv.Itoa(int(l.After / time.Second)) }

func (p Page) lang() string { return or(p.Lang, or(p.Site.Lang, "en")) }

// title is the browser's title: the page first, because tabs are narrow.
func (p Page) title() string {
	switch {
	case p.Title == "":
		return p.Site.Practice
	case p.Site.Practice == "":
		return p.Title
	}
	return p.Title + " · " + p.Site.Practice
}

func or(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}
