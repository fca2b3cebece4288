package house

import (
	"fmt"
	"go/ast"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// securityDocs are the documents that name what shows them to be true.
var securityDocs = []string{"docs/security/asvs.md", "docs/security/threat-model.md"}

var (
	quoted    = regexp.MustCompile("`([^`]+)`")
	testName  = regexp.MustCompile(`^(Test|Fuzz)[A-Z]\w*$`)
	fileName  = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$|^[A-Z][\w.-]+\.md$|^Makefile$`)
	asvsRow   = regexp.MustCompile(`^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| [^|]+ \| ([^|]+) \| (.+) \|$`)
	asvsCount = map[string]int{"1": 70, "2": 183} // how many there are at each level of 5.0.0
	asvsState = []string{"held", "operator", "not here", "not yet"}
)

// findSecurity holds that what the documents on security name is there, and
// that the table of ASVS has every number once, in order, each with a state;
// what is held names what shows it.
func findSecurity(t *tree) []finding {
	var found []finding
	tests := t.tests()
	for _, doc := range securityDocs {
		b, err := fs.ReadFile(t, doc)
		if err != nil {
			found = append(found, finding{file: doc, what: "is missing"})
			continue
		}
		for i, line := range strings.Split(string(b), "\n") {
			for _, m := range quoted.FindAllStringSubmatch(line, -1) {
				switch name := m[1]; {
				case testName.MatchString(name) && !tests[name]:
					found = append(found, finding{doc, i + 1, "there is no test " + name})
				case fileName.MatchString(name) && !t.has(name):
					found = append(found, finding{doc, i + 1, "there is no file " + name})
				}
			}
		}
	}
	return append(found, t.asvs(securityDocs[0])...)
}

// tests are the names of all tests and fuzz targets.
func (t *tree) tests() map[string]bool {
	all := map[string]bool{}
	for _, f := range t.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test && fn.Recv == nil {
				all[fn.Name.Name] = true
			}
		}
	}
	return all
}

// has tells whether a file, or a folder with files, is kept with the source or
// stands in a testdata folder.
func (t *tree) has(name string) bool {
	if _, err := fs.Stat(t, name); err == nil {
		return true
	}
	return slices.ContainsFunc(t.paths, func(p string) bool { return strings.HasPrefix(p, name+"/") })
}

func (t *tree) asvs(doc string) []finding {
	var found []finding
	b, err := fs.ReadFile(t, doc)
	if err != nil {
		return nil // said already
	}
	count, last := map[string]int{}, [3]int{}
	for i, line := range strings.Split(string(b), "\n") {
		if !regexp.MustCompile(`^\| \d`).MatchString(line) {
			continue
		}
		m := asvsRow.FindStringSubmatch(line)
		if m == nil {
			found = append(found, finding{doc, i + 1, "is no row of number, level, words, state and what shows it"})
			continue
		}
		count[m[4]]++
		var at [3]int
		if _, err := fmt.Sscanf(m[1]+" "+m[2]+" "+m[3], "%d %d %d", &at[0], &at[1], &at[2]); err != nil || slices.Compare(at[:], last[:]) <= 0 {
			found = append(found, finding{doc, i + 1, "is not in order"})
		}
		last = at
		switch {
		case !slices.Contains(asvsState, m[5]):
			found = append(found, finding{doc, i + 1, "has no state that is known: " + m[5]})
		case m[5] == "held" && !quoted.MatchString(m[6]):
			found = append(found, finding{doc, i + 1, "says that it is held and names nothing that shows it"})
		}
	}
	for level, want := range asvsCount {
		if count[level] != want {
			found = append(found, finding{file: doc, what: fmt.Sprintf("has %d rows of level %s; ASVS 5.0.0 has %d", count[level], level, want)})
		}
	}
	return found
}
