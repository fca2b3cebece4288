package house

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// layers, from the top down: a package may import packages of its own layer
// (within that layer's own rule) and of those below, never above.
var layers = []string{"cmd", "exchange", "care", "practice", "rules"}

// beside stands under all layers but rules: plumbing and embedded files that
// know no domain.
var beside = []string{"internal", "assets", "migrations"}

// steps is the order of the path. A step may look back, never forward.
var steps = []string{"invitation", "inquiry", "screening", "consent", "preparation", "orders", "medicine", "adverse", "space", "ripple"}

// shared are the packages of practice that the rest of practice may use. That
// they make no circles is held by the compiler.
var shared = []string{"people", "access", "once", "trail", "letters", "settings", "circle"}

func findImports(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if why := homeless(f.pkg); why != "" {
			found = append(found, t.at(f.ast.Name, "%s: %s", f.pkg, why))
			continue
		}
		for _, spec := range f.ast.Imports {
			if why := refuse(f, importPath(spec)); why != "" {
				found = append(found, t.at(spec, "%s imports %s: %s", f.pkg, importPath(spec), why))
			}
		}
	}
	return found
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return p
}

// homeless tells why a folder may not hold a package.
func homeless(pkg string) string {
	top, rest, _ := strings.Cut(pkg, "/")
	step, deeper, _ := strings.Cut(rest, "/")
	switch {
	case top == "tools":
		return "" // a module of its own: nothing here can import it, and it nothing here
	case !slices.Contains(layers, top) && !slices.Contains(beside, top):
		return "no such layer in this house"
	case top == "care" && rest != "" && !slices.Contains(steps, step):
		return "care has no step " + step
	case (top == "care" || top == "practice") && deeper != "":
		return "files by role, never sub-packages"
	}
	return ""
}

// refuse tells why a file may not import a path, or "".
func refuse(f *source, imported string) string {
	top, rest, _ := strings.Cut(f.pkg, "/")
	if top == "rules" && !strings.HasPrefix(imported, module) {
		if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") && !f.test {
			return "rules import the standard library only"
		}
		return ""
	}
	theirs, ours := strings.CutPrefix(imported, module)
	if !ours {
		return ""
	}
	theirTop, theirRest, _ := strings.Cut(theirs, "/")
	if why := downward(top, theirTop); why != "" {
		return why
	}
	switch {
	case theirs == "internal/testkit" && !f.test && f.pkg != theirs:
		return "the test kit is for tests"
	case top == "care" && theirTop == "care":
		return backward(rest, theirRest)
	case top == "practice" && theirTop == "practice" && rest != theirRest && !slices.Contains(shared, theirRest):
		return "of practice, the rest may use " + strings.Join(shared, ", ") + " only"
	}
	return ""
}

func downward(from, to string) string {
	mine, theirs := slices.Index(layers, from), slices.Index(layers, to)
	switch {
	case from == "rules" && to != "rules":
		return "rules import the standard library only"
	case slices.Contains(beside, from) && theirs >= 0:
		return from + " knows no domain"
	case mine >= 0 && theirs >= 0 && theirs < mine:
		return "imports go downward: " + strings.Join(layers, ", ")
	}
	return ""
}

// backward holds the order of the path. The root of care sees all steps, and
// no step sees it.
func backward(from, to string) string {
	mine, theirs := slices.Index(steps, from), slices.Index(steps, to)
	switch {
	case from == "" || from == to:
		return ""
	case to == "":
		return "only the root of care sees the whole path; a step does not see the root"
	case theirs > mine:
		return "a step may look back, never forward: " + strings.Join(steps, ", ")
	}
	return ""
}
