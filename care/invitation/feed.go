package invitation

import (
	"context"
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"held/practice/settings"
)

// The Atom feed (RFC 4287), as far as Held writes it.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	Base    string      `xml:"xml:base,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Sub     string      `xml:"subtitle,omitempty"`
	Updated string      `xml:"updated"`
	Author  atomName    `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string    `xml:"id"`
	Title     string    `xml:"title"`
	Links     atomLink  `xml:"link"`
	Published string    `xml:"published"`
	Updated   string    `xml:"updated"`
	Author    *atomName `xml:"author"`
	Summary   string    `xml:"summary,omitempty"`
	Content   atomText  `xml:"content"`
}

type atomName struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Body string `xml:",chardata"`
}

// inFeed is how many articles the feed carries.
const inFeed = 30

func (s *Service) atom(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := s.entries(ctx, 0, inFeed, true)
	if err != nil {
		return err
	}
	var names strings.Builder
	for _, e := range list {
		names.WriteString(e.Author + "\x00")
	}
	return s.finished(w, r, "/articles.atom", names.String(), "application/atom+xml; charset=utf-8", func() ([]byte, error) {
		return s.feed(ctx)
	})
}

func (s *Service) feed(ctx context.Context) ([]byte, error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	here, err := s.site(ctx)
	if err != nil {
		return nil, err
	}
	base := s.Settings.Base
	f := atomFeed{
		Lang: st.Lang, Base: base + "/", ID: base + "/articles", Title: st.Name, Sub: st.Tagline, Author: atomName{st.Name},
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: base + "/articles.atom"}, {Rel: "alternate", Type: "text/html", Href: base + "/articles"}},
	}
	updated := time.Unix(0, 0) // an empty feed has not changed since the beginning
	all := here.published(s.Now())
	for _, a := range all[:min(inFeed, len(all))] {
		e, err := s.feedEntry(ctx, base, a)
		if err != nil {
			return nil, err
		}
		f.Entries = append(f.Entries, e)
		if a.updated().After(updated) {
			updated = a.updated()
		}
	}
	f.Updated = updated.UTC().Format(time.RFC3339)
	b, err := xml.MarshalIndent(f, "", " ")
	return append([]byte(xml.Header), append(b, '\n')...), err
}

func (s *Service) feedEntry(ctx context.Context, base string, a Article) (atomEntry, error) {
	v, err := s.reading(ctx, *a.Public, a.updated())
	e := atomEntry{
		ID: "urn:uuid:" + a.ID.String(), Title: v.Title, Summary: v.Summary,
		Links:     atomLink{Rel: "alternate", Type: "text/html", Href: base + "/articles/" + a.Public.Slug},
		Published: v.At.UTC().Format(time.RFC3339), Updated: v.Updated.UTC().Format(time.RFC3339),
		Content: atomText{Type: "html", Body: v.Body},
	}
	if v.Author != "" {
		e.Author = &atomName{v.Author}
	}
	return e, err
}

type urlSet struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteURL `xml:"url"`
}

type siteURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

// public are the pages that anybody may find; articles come after them.
func public() []string {
	var out []string
	for _, w := range settings.WordPages {
		out = append(out, w.Path)
	}
	return append(out, "/articles", "/book")
}

func (s *Service) sitemap(w http.ResponseWriter, r *http.Request) error {
	return s.finished(w, r, "/sitemap.xml", "", "application/xml; charset=utf-8", func() ([]byte, error) {
		here, err := s.site(r.Context())
		if err != nil {
			return nil, err
		}
		var set urlSet
		for _, p := range public() {
			set.URLs = append(set.URLs, siteURL{Loc: s.Settings.Base + p})
		}
		for _, a := range here.published(s.Now()) {
			set.URLs = append(set.URLs, siteURL{Loc: s.Settings.Base + "/articles/" + a.Public.Slug, LastMod: a.updated().UTC().Format(time.RFC3339)})
		}
		b, err := xml.MarshalIndent(set, "", " ")
		return append([]byte(xml.Header), append(b, '\n')...), err
	})
}

// inside is what no search engine has any business with.
var inside = []string{
	"/desk", "/space", "/room", "/escort", "/appointments/", "/offers/", "/wait/", "/questions/", "/calendar/", "/account",
	"/sign-in", "/sign-out", "/demo", "/api/", "/fhir/", "/caldav/",
}

func (s *Service) robots(w http.ResponseWriter, r *http.Request) error {
	return s.finished(w, r, "/robots.txt", "", "text/plain; charset=utf-8", func() ([]byte, error) {
		var b strings.Builder
		b.WriteString("User-agent: *\n")
		for _, p := range inside {
			b.WriteString("Disallow: " + p + "\n")
		}
		if s.Settings.Base != "" {
			b.WriteString("\nSitemap: " + s.Settings.Base + "/sitemap.xml\n")
		}
		return []byte(b.String()), nil
	})
}
