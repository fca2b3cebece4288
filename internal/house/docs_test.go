package house

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// findDocs holds that ARCHITECTURE.md lists the packages there are: in its
// table whose first heading is "package", every package has a row, and every
// row has a package.
func findDocs(t *tree) []finding {
	b, err := fs.ReadFile(t, "ARCHITECTURE.md")
	if err != nil {
		return []finding{{file: "ARCHITECTURE.md", what: "is missing; it lists the packages"}}
	}
	rows, line := packageRows(string(b))
	if rows == nil {
		return []finding{{file: "ARCHITECTURE.md", what: "has no table whose first heading is “package”"}}
	}
	var found []finding
	there := t.packages()
	for _, p := range there {
		if _, ok := rows[p]; !ok {
			found = append(found, finding{"ARCHITECTURE.md", line, p + " has no row in the table of packages"})
		}
	}
	for p, at := range rows {
		if !slices.Contains(there, p) {
			found = append(found, finding{"ARCHITECTURE.md", at, p + " is listed and does not exist"})
		}
	}
	return found
}

var packageCell = regexp.MustCompile("^`([^`]+)`$")

// packageRows reads the table: package to line. A row may name one package.
func packageRows(text string) (rows map[string]int, line int) {
	inside := false
	for i, l := range strings.Split(text, "\n") {
		cells := strings.Split(strings.Trim(strings.TrimSpace(l), "|"), "|")
		first := strings.TrimSpace(cells[0])
		switch {
		case !strings.HasPrefix(strings.TrimSpace(l), "|"):
			inside = false
		case strings.EqualFold(first, "package"):
			inside = true
			if rows == nil {
				rows, line = map[string]int{}, i+1
			}
		case inside:
			if m := packageCell.FindStringSubmatch(first); m != nil {
				rows[strings.TrimSuffix(m[1], "/")] = i + 1
			}
		}
	}
	return rows, line
}
