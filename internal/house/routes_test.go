package house

import (
	"go/ast"
	"regexp"
	"strings"
)

// pattern is how a route is written: its method, then its path. Links change
// nothing (mail scanners follow links), so a page is GET and a change is POST.
var pattern = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|PROPFIND|REPORT) /`)

// findRoutes holds that nobody forgot to decide who may come in: every
// web.Route that is written down names its access rule.
func findRoutes(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		name := routeName(f)
		if name == "" || f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			list, ok := n.(*ast.CompositeLit)
			if !ok || list.Type == nil {
				return true
			}
			if printed(list.Type) == name {
				found = append(found, route(t, list)...)
			}
			if a, ok := list.Type.(*ast.ArrayType); ok && (printed(a.Elt) == name || printed(a.Elt) == "*"+name) {
				for _, e := range list.Elts { // elements may leave their type out
					if one, ok := e.(*ast.CompositeLit); ok && one.Type == nil {
						found = append(found, route(t, one)...)
					}
				}
			}
			return true
		})
	}
	return found
}

// routeName is what this file calls web.Route, "" when it cannot name it.
func routeName(f *source) string {
	if f.pkg == "internal/web" {
		return "Route"
	}
	for _, spec := range f.ast.Imports {
		if importPath(spec) == module+"internal/web" {
			if spec.Name != nil {
				return spec.Name.Name + ".Route"
			}
			return "web.Route"
		}
	}
	return ""
}

func printed(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return printed(e.X) + "." + e.Sel.Name
	case *ast.StarExpr:
		return "*" + printed(e.X)
	}
	return ""
}

func route(t *tree, r *ast.CompositeLit) []finding {
	var found []finding
	var address, access ast.Expr
	if len(r.Elts) > 0 {
		if _, keyed := r.Elts[0].(*ast.KeyValueExpr); !keyed && len(r.Elts) >= 2 {
			address, access = r.Elts[0], r.Elts[1]
		}
	}
	for _, e := range r.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch printed(kv.Key) {
		case "Pattern":
			address = kv.Value
		case "Access":
			access = kv.Value
		}
	}
	where := "a route"
	if address != nil {
		if s, ok := literal(address); ok {
			where = s
			if !pattern.MatchString(s) {
				found = append(found, t.at(r, "%s: a pattern is its method and its path, as in GET /book", s))
			}
			if strings.HasSuffix(s, "/") && !strings.HasSuffix(s, " /") {
				found = append(found, t.at(r, "%s: a pattern that ends with / takes every address below it; end with {$} or a name", s))
			}
		}
	}
	if access == nil || printed(access) == "nil" {
		found = append(found, t.at(r, "%s: nobody decided who may come in; name its Access", where))
	}
	if where == "GET /" {
		found = append(found, t.at(r, "GET /: this takes every address that nobody else has; write GET /{$}"))
	}
	return found
}
