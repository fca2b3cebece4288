package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// statement is one sqlXxx constant with its text put together.
type statement struct {
	pkg, name, text string
	node            ast.Node
	err             error
}

// manyRows tells that Go appends the rows: the constant ends before them.
func (s statement) manyRows() bool { return strings.HasSuffix(s.name, "Values") }

// statements reads every sqlXxx constant of the stores.
func statements(t *tree) []statement {
	var all []statement
	for _, f := range t.files {
		if f.test || path.Base(f.path) != "store.go" || slices.Contains(engineRoom, f.pkg) {
			continue
		}
		consts := t.consts(f.pkg)
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				for i, name := range v.Names {
					if statementName.MatchString(name.Name) && i < len(v.Values) {
						text, err := fold(consts, v.Values[i], 0)
						all = append(all, statement{pkg: f.pkg, name: name.Name, text: text, node: name, err: err})
					}
				}
			}
		}
	}
	return all
}

// consts lists the package-level constants of one package by name.
func (t *tree) consts(pkg string) map[string]ast.Expr {
	all := map[string]ast.Expr{}
	for _, f := range t.files {
		if f.pkg != pkg || f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				for i, name := range v.Names {
					if i < len(v.Values) {
						all[name.Name] = v.Values[i]
					}
				}
			}
		}
	}
	return all
}

// fold adds up a constant string made of literals and constants of its package.
func fold(consts map[string]ast.Expr, e ast.Expr, depth int) (string, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return strconv.Unquote(e.Value)
		}
	case *ast.ParenExpr:
		return fold(consts, e.X, depth)
	case *ast.Ident:
		if x := consts[e.Name]; x != nil && depth < 10 {
			return fold(consts, x, depth+1)
		}
	case *ast.BinaryExpr:
		x, err := fold(consts, e.X, depth)
		if err != nil {
			return "", err
		}
		y, err := fold(consts, e.Y, depth)
		return x + y, err
	}
	return "", fmt.Errorf("a statement is made of string constants of its own package")
}

// findStatements holds what a statement may say: only its own tables, and only
// what both engines understand alike.
func findStatements(t *tree) []finding {
	var found []finding
	for _, s := range statements(t) {
		if s.err != nil {
			found = append(found, t.at(s.node, "%s: %s", s.name, s.err))
			continue
		}
		words := lex(s.text)
		whys := append(notOwned(s.pkg, words), notPortable(words)...)
		whys = append(whys, parameters(s, words)...)
		if !statementStart.MatchString(s.text) {
			whys = append(whys, "does not begin with SELECT, INSERT INTO, UPDATE, DELETE FROM or WITH")
		}
		for _, why := range whys {
			found = append(found, t.at(s.node, "%s: %s", s.name, why))
		}
	}
	return found
}

func notOwned(pkg string, words []word) []string {
	var whys []string
	prefix := path.Base(pkg) + "_"
	for _, tb := range tables(words) {
		switch {
		case after(words, tb.at) == "(" && before(words, tb.at) != "INTO":
			whys = append(whys, tb.raw(words)+"() is not a table; functions that give rows are not portable")
		case !strings.HasPrefix(tb.name, prefix):
			whys = append(whys, fmt.Sprintf("%s belongs to another package; the tables of %s begin with %s", tb.name, pkg, prefix))
		}
	}
	return whys
}

func (tb table) raw(words []word) string { return words[tb.at].raw }

// banned are words, or runs of words, that one of the engines does not know
// or means differently. "(" after a word means the call of that function.
var banned = []struct{ text, why string }{
	{"LIKE", "its case rules differ; search text is folded in Go"},
	{"ILIKE", "PostgreSQL only; search text is folded in Go"},
	{"GLOB", "SQLite only"},
	{"SKIP LOCKED", "PostgreSQL only; lease rows instead"},
	{"FOR UPDATE", "PostgreSQL only; the constraint decides"},
	{"FOR SHARE", "PostgreSQL only; the constraint decides"},
	{"ANY (", "PostgreSQL only"},
	{"ARRAY", "PostgreSQL only"},
	{"LATERAL", "PostgreSQL only"},
	{"DISTINCT ON", "PostgreSQL only"},
	{"ON CONSTRAINT", "PostgreSQL only; name the columns"},
	{"INSERT OR", "SQLite only; use ON CONFLICT"},
	{"REPLACE INTO", "SQLite only; use ON CONFLICT"},
	{"ROWID", "SQLite only"},
	{"CTID", "PostgreSQL only"},
	{"NEXTVAL", "no sequences; ids are made by the program"},
	{"NOTIFY", "PostgreSQL only"},
	{"LISTEN", "PostgreSQL only"},
	{"TRUNCATE", "PostgreSQL only"},
	{"PRAGMA", "SQLite only; it belongs to internal/db"},
	{"NOW (", "time is handed in"},
	{"CURRENT_TIMESTAMP", "time is handed in"},
	{"CURRENT_DATE", "time is handed in"},
	{"CURRENT_TIME", "time is handed in"},
	{"RANDOM (", "chance is handed in"},
	{"DATE_TRUNC (", "PostgreSQL only; reckon in Go"},
	{"EXTRACT (", "PostgreSQL only; reckon in Go"},
	{"STRFTIME (", "SQLite only; reckon in Go"},
	{"DATETIME (", "SQLite only; reckon in Go"},
	{"GREATEST (", "PostgreSQL only; use CASE"},
	{"LEAST (", "PostgreSQL only; use CASE"},
	{"IFNULL (", "SQLite only; use COALESCE"},
	{"STRING_AGG (", "gather in Go"},
	{"GROUP_CONCAT (", "gather in Go"},
	{"TRUE", "truths are stored as 0 and 1"},
	{"FALSE", "truths are stored as 0 and 1"},
	{"::", "PostgreSQL only; use CAST"},
	{"->", "no JSON in SQL"},
	{"->>", "no JSON in SQL"},
	{"?", "parameters are numbered: $1"},
}

func notPortable(words []word) []string {
	var whys []string
	for _, b := range banned {
		if hasRun(words, strings.Fields(b.text)) {
			whys = append(whys, strings.TrimSuffix(b.text, " (")+" is not for both engines: "+b.why)
		}
	}
	for i, w := range words {
		switch {
		case strings.HasPrefix(w.text, "JSON_"), strings.HasPrefix(w.text, "JSONB_"):
			whys = append(whys, w.raw+" is not for both engines: no JSON in SQL")
		case strings.HasPrefix(w.text, `"`):
			whys = append(whys, w.raw+": SQLite takes an unknown name in double quotes for text")
		case strings.HasPrefix(w.text, "$") && after(words, i) == "IS" && untypedNull(words[i:]):
			whys = append(whys, fmt.Sprintf("%s IS NULL has no type on PostgreSQL: write CAST(%s AS BIGINT) IS NULL", w.raw, w.raw))
		case w.depth > 0 && (w.text == "INSERT" || w.text == "DELETE" || w.text == "UPDATE"):
			whys = append(whys, w.text+" inside a statement is not for both engines")
		case w.text == "RETURNING" && words[0].text != "UPDATE":
			whys = append(whys, "RETURNING stands only on an UPDATE")
		}
	}
	return whys
}

func untypedNull(words []word) bool {
	return hasRun(words[:min(len(words), 3)], []string{"IS", "NULL"}) || hasRun(words[:min(len(words), 4)], []string{"IS", "NOT", "NULL"})
}

func hasRun(words []word, run []string) bool {
	for i := 0; i+len(run) <= len(words); i++ {
		if slices.EqualFunc(words[i:i+len(run)], run, func(w word, s string) bool { return w.text == s }) {
			return true
		}
	}
	return false
}

// parameters holds that $1 to $n are all there: an engine that drops an unused
// one shifts the others without a word.
func parameters(s statement, words []word) []string {
	seen := map[int]bool{}
	highest := 0
	for _, w := range words {
		if n, err := strconv.Atoi(strings.TrimPrefix(w.text, "$")); err == nil && w.text[0] == '$' {
			seen[n], highest = true, max(highest, n)
		}
	}
	if s.manyRows() {
		if highest > 0 {
			return []string{"ends before its rows, so it has no parameters of its own"}
		}
		if len(words) == 0 || words[len(words)-1].text != "VALUES" {
			return []string{"is named …Values and does not end with VALUES"}
		}
		return nil
	}
	var whys []string
	for n := 1; n <= highest; n++ {
		if !seen[n] {
			whys = append(whys, fmt.Sprintf("$%d is not used", n))
		}
	}
	return whys
}
