package house

import (
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// readable are the kinds of file in which words are looked for.
var readable = []string{".go", ".templ", ".md", ".ts", ".css", ".svg", ".mjs", ".sh", ".sql", ".json", ".toml", ".txt", ".mod", ""}

// notHeld are words that must not be committed. They are written here so that
// this file does not hold them itself.
var notHeld = []struct {
	text *regexp.Regexp
	why  string
}{
	{regexp.MustCompile(`(?:^|[^\w.@}/-])/(?:` + `work|farm|root|Users/\w+|home/\w+)/[\w.]`), "a path of one machine"},
	{regexp.MustCompile(`/tmp/` + `bash_jobs`), "a path of one machine"},
	{regexp.MustCompile(`(?i)coming ` + `soon|lorem ` + `ipsum|not (?:yet )?` + `implemented`), "unfinished: finish it or leave it out"},
	{regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|X` + `XX)\b`), "unfinished: finish it or open an issue"},
}

// findWords holds that no file carries one machine's paths or unfinished words.
func findWords(t *tree) []finding {
	var found []finding
	for _, p := range t.paths {
		if !slices.Contains(readable, path.Ext(p)) || path.Base(p) == "package-lock.json" || p == "LICENSE" {
			continue
		}
		b, err := fs.ReadFile(t, p)
		if err != nil {
			found = append(found, finding{file: p, what: err.Error()})
			continue
		}
		for i, line := range strings.Split(string(b), "\n") {
			for _, n := range notHeld {
				for _, m := range n.text.FindAllString(line, -1) {
					found = append(found, finding{p, i + 1, strings.TrimSpace(m) + ": " + n.why})
				}
			}
		}
	}
	return found
}

// notInTests are the calls that make a test say less than it seems to.
var notInTests = map[string]string{
	"Skip":    "a test that is left out proves nothing",
	"Skipf":   "a test that is left out proves nothing",
	"SkipNow": "a test that is left out proves nothing",
	"Sleep":   "waiting for a while proves nothing; wait for the thing itself, and hand the clock in",
}

// notInWalks are the same in the browser's tests.
var notInWalks = regexp.MustCompile(`\bwaitForTimeout\(|\b(?:test|it|describe)\.(?:skip|only|todo)\b|\b(?:skip|only|todo): true`)

// findTests holds that no test is left out or waits for a fixed while.
func findTests(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if !f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			s, ok := c.Fun.(*ast.SelectorExpr)
			if !ok || notInTests[s.Sel.Name] == "" || printed(s.X) == "filepath" {
				return true
			}
			if s.Sel.Name != "Sleep" || printed(s.X) == "time" {
				found = append(found, t.at(c, "%s.%s: %s", printed(s.X), s.Sel.Name, notInTests[s.Sel.Name]))
			}
			return true
		})
	}
	for _, p := range t.paths {
		if path.Ext(p) != ".mjs" {
			continue
		}
		b, err := fs.ReadFile(t, p)
		if err != nil {
			continue // findWords says so
		}
		for i, line := range strings.Split(string(b), "\n") {
			if m := notInWalks.FindString(line); m != "" {
				found = append(found, finding{p, i + 1, m + ": no test is left out, none waits for a fixed while"})
			}
		}
	}
	return found
}
