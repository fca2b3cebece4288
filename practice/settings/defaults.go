package settings

import (
	"embed"
	"strings"
)

// Defaults are the words that a new practice begins with, one file for each
// page of its site. {{practice}}, {{city}} and {{reply_hours}} stand for what
// the practice has set.
//
//go:embed defaults/*.md
var Defaults embed.FS

// Words is a page whose words the practice makes its own.
type Words struct{ Key, Title, Path string }

// WordPages lists those pages in the order of the site.
var WordPages = []Words{
	{"home", "Home", "/"}, {"how", "How it works", "/how"}, {"people", "People", "/people"}, {"fees", "Fees", "/fees"},
	{"questions", "Ask a question", "/questions"}, {"privacy", "Privacy", "/privacy"}, {"support", "Crisis support", "/support"},
}

// WordPage finds one of them.
func WordPage(key string) (Words, bool) {
	for _, w := range WordPages {
		if w.Key == key {
			return w, true
		}
	}
	return Words{}, false
}

// Default is what the page says before anybody has changed it.
func (w Words) Default() string {
	b, err := Defaults.ReadFile("defaults/" + w.Key + ".md")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b)) + "\n"
}

// Fill puts what the practice has set into words written in Markdown. The
// values are plain text, so whatever Markdown would read in them is escaped.
func (p Practice) Fill(words string) string {
	return strings.NewReplacer(
		"{{practice}}", escape(p.Name), "{{city}}", escape(p.City), "{{reply_hours}}", escape(p.ReplyHours),
	).Replace(words)
}

func escape(plain string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(plain), " ") {
		if strings.ContainsRune("\\`*_{}[]()#+-.!<>&|~\"'", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
