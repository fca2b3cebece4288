package house

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// engineRoom holds packages whose SQL concerns the engines themselves (pragmas,
// the schema's version, copies of databases for tests), never a table of Held's.
var engineRoom = []string{"internal/db", "internal/testkit"}

// statementLike recognises SQL: a statement in capitals, the same in small
// letters when it names a table of ours (they all have an underscore), or a
// piece with a numbered parameter.
var statementLike = regexp.MustCompile(`(?s)^\s*(SELECT\b.*\bFROM\b|SELECT\s+(\d|\$)|INSERT\s+INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b|WITH\s+\w+.*\bAS\s*\(|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|UNIQUE)\b|TRUNCATE\b)` +
	`|^\s*(select\b.*\bfrom|insert\s+into|update|delete\s+from)\s+[a-z]+_[a-z_]+\b` +
	`|\b(WHERE|AND|OR|VALUES|SET|LIMIT)\b.*\$\d`)

// statementStart is how a whole statement begins.
var statementStart = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\b`)

var statementName = regexp.MustCompile(`^sql[A-Z]\w*$`)

// findSQL holds that statements stand in store.go only, each whole in one
// package-level constant, where the statement tests can read them.
func findSQL(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		switch {
		case f.test || slices.Contains(engineRoom, f.pkg):
		case path.Base(f.path) != "store.go":
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if s, ok := literal(n); ok && statementLike.MatchString(s) {
					found = append(found, t.at(n, "SQL outside store.go: %s", short(s)))
				}
				return true
			})
		default:
			found = append(found, findInStore(t, f)...)
		}
	}
	return found
}

func findInStore(t *tree, f *source) []finding {
	var found []finding
	for _, d := range f.ast.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			found = append(found, findInConst(t, g)...)
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if s, ok := literal(n); ok && statementStart.MatchString(s) && statementLike.MatchString(s) {
				found = append(found, t.at(n, "a statement is a package-level constant sqlXxx: %s", short(s)))
			}
			if b, ok := n.(*ast.BinaryExpr); ok && b.Op == token.ADD {
				found = append(found, findPieced(t, b)...)
			}
			return true
		})
	}
	return found
}

// findInConst looks at one const declaration: statements are named sqlXxx, and
// what is named so is a statement.
func findInConst(t *tree, g *ast.GenDecl) []finding {
	var found []finding
	for _, spec := range g.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for i, name := range v.Names {
			if i >= len(v.Values) || statementName.MatchString(name.Name) {
				continue
			}
			if s, ok := leading(v.Values[i]); ok && statementStart.MatchString(s) && statementLike.MatchString(s) {
				found = append(found, t.at(name, "a statement's constant is named sqlXxx: %s", name.Name))
			}
		}
	}
	return found
}

// findPieced refuses a statement that is put together while the program runs:
// nothing could have prepared it before. Prefixes of many rows are the exception.
func findPieced(t *tree, b *ast.BinaryExpr) []finding {
	var found []finding
	for _, side := range []ast.Expr{b.X, b.Y} {
		if id, ok := side.(*ast.Ident); ok && statementName.MatchString(id.Name) && !strings.HasSuffix(id.Name, "Values") {
			found = append(found, t.at(id, "%s is pieced together at run time; make the whole statement a constant", id.Name))
		}
	}
	return found
}

// findRows holds that whoever walks rows by hand asks for their error: a
// broken connection must not look like a short list.
func findRows(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if calls(fn.Body, "Query") && calls(fn.Body, "Next") && !calls(fn.Body, "Err") {
				found = append(found, t.at(fn.Name, "%s walks rows and never asks rows.Err", fn.Name.Name))
			}
		}
	}
	return found
}

func calls(body ast.Node, method string) bool {
	seen := false
	ast.Inspect(body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			if s, ok := c.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == method {
				seen = true
			}
		}
		return !seen
	})
	return seen
}

func literal(n ast.Node) (string, bool) {
	b, ok := n.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(b.Value)
	return s, err == nil
}

// leading is the first literal of a sum.
func leading(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return leading(e.X)
	case *ast.ParenExpr:
		return leading(e.X)
	}
	return literal(e)
}

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return s
}
