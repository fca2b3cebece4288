package ui

import (
	"strings"

	"held/assets"
)

// firstFonts are the two files that every page in a latin alphabet shows at once.
// Asked for early, they arrive with the styles and the words never move.
var firstFonts = []string{
	"newsreader-latin-400-normal.woff2",
	"atkinson-hyperlegible-next-latin-wght-normal.woff2",
}

// card is the picture shown where a link to the page is pasted.
func (p Page) card() string { return or(p.Social, p.Site.BaseURL+assets.Path("card.png")) }

func (p Page) socialType() string {
	if p.Article {
		return "article"
	}
	return "website"
}

// canonical is the page's one public address, or "" where the site's is unknown.
func (p Page) canonical() string {
	if p.Site.BaseURL == "" || p.Path == "" {
		return ""
	}
	return strings.TrimSuffix(p.Site.BaseURL, "/") + p.Path
}

// here says whether a navigation link leads to the page that is open: "page" on
// the page itself, "true" below it, "" elsewhere.
func here(href, path string) string {
	switch {
	case href == path:
		return "page"
	case href != "/" && strings.HasPrefix(path, strings.TrimSuffix(href, "/")+"/"):
		return "true"
	}
	return ""
}

func (s Site) crisisLine() string {
	return or(s.Crisis.Line, or(s.Practice, "This")+" is not an emergency service. If you are in danger now, please call")
}

// end closes the sentence with the emergency number; a number that nobody has
// checked is said to be so.
func (c Crisis) end() string {
	if c.Unverified {
		return " (not verified)."
	}
	return "."
}

// tel turns a number into a tel: address; only digits and a leading plus count.
func tel(number string) string {
	var b strings.Builder
	for _, r := range number {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 0 {
			b.WriteRune(r)
		}
	}
	return "tel:" + b.String()
}
