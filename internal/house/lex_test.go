package house

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A word of SQL as the rules see it. Comments and spaces are gone; words are
// in capitals; depth counts the parentheses around it.
type word struct {
	text  string // upper case, except for strings
	raw   string
	depth int
}

var lexemes = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"[^"]*"|\$\d+|[A-Za-z_]\w*|\d+(?:\.\d+)?|->>|->|::|<=|>=|<>|!=|\|\||.`)

func lex(statement string) []word {
	var all []word
	depth := 0
	for _, raw := range lexemes.FindAllString(statement, -1) {
		if strings.TrimSpace(raw) == "" || strings.HasPrefix(raw, "--") || strings.HasPrefix(raw, "/*") {
			continue
		}
		if raw == ")" {
			depth--
		}
		w := word{text: strings.ToUpper(raw), raw: raw, depth: depth}
		if strings.HasPrefix(raw, "'") {
			w.text = raw
		}
		if raw == "(" {
			depth++
		}
		all = append(all, w)
	}
	return all
}

func isName(w word) bool {
	c := w.raw[0]
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// notAlias are the words that may follow a table's name and are not its alias.
var notAlias = strings.Fields(`ON USING WHERE GROUP ORDER HAVING LIMIT OFFSET UNION EXCEPT INTERSECT JOIN INNER LEFT RIGHT FULL CROSS
	NATURAL SET VALUES SELECT RETURNING DEFAULT FOR WINDOW AS`)

// endsFrom are the words that end a FROM list.
var endsFrom = strings.Fields(`WHERE GROUP ORDER HAVING LIMIT UNION EXCEPT INTERSECT SET VALUES RETURNING SELECT`)

// table is a table as a statement names it.
type table struct {
	name, alias string
	at          int // index of its word
}

// tables lists the tables of a statement, leaving out its own WITH names.
func tables(words []word) []table {
	var all []table
	local := withNames(words)
	inFrom := map[int]bool{}
	expect := false
	for i, w := range words {
		switch {
		case expect && w.text == "(":
			expect = false
		case expect && isName(w):
			expect = false
			if !slices.Contains(local, w.raw) {
				all = append(all, table{name: w.raw, alias: aliasAfter(words, i), at: i})
			}
		case w.text == "FROM" && before(words, i) != "DISTINCT":
			inFrom[w.depth], expect = true, true
		case w.text == "JOIN", w.text == "INTO", w.text == "UPDATE" && before(words, i) != "DO" && before(words, i) != "FOR":
			expect = true
		case w.text == "," && inFrom[w.depth]:
			expect = true
		case w.text == ")":
			inFrom[w.depth+1] = false
		case slices.Contains(endsFrom, w.text):
			inFrom[w.depth] = false
		}
	}
	return all
}

func before(words []word, i int) string {
	if i == 0 {
		return ""
	}
	return words[i-1].text
}

func after(words []word, i int) string {
	if i+1 >= len(words) {
		return ""
	}
	return words[i+1].text
}

func aliasAfter(words []word, i int) string {
	j := i + 1
	if j < len(words) && words[j].text == "AS" {
		j++
	}
	if j < len(words) && isName(words[j]) && !slices.Contains(notAlias, words[j].text) {
		return words[j].raw
	}
	return words[i].raw
}

// withNames lists the names that WITH gives: a name, perhaps its columns, AS, "(".
func withNames(words []word) []string {
	var names []string
	if len(words) == 0 || words[0].text != "WITH" {
		return nil
	}
	for i, w := range words {
		if w.text != "AS" || w.depth != 0 || after(words, i) != "(" {
			continue
		}
		j := i - 1
		if words[j].text == ")" { // over the columns
			for j--; j > 0 && words[j].depth > 0; j-- {
			}
			j--
		}
		names = append(names, words[j].raw)
	}
	return names
}

func TestTablesOfAStatement(t *testing.T) {
	for statement, want := range map[string]string{
		`SELECT a FROM people_persons WHERE id = $1`:                                                 `people_persons`,
		`SELECT a FROM t_a AS x, t_b y JOIN t_c ON x.a = y.b WHERE z IN (SELECT q FROM t_d)`:         `t_a/x t_b/y t_c t_d`,
		`SELECT a FROM (SELECT b, c FROM t_a) s, t_b`:                                                `t_a t_b`,
		`INSERT INTO t_a (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = excluded.b`:        `t_a`,
		`UPDATE t_a SET x = $1 WHERE (p, id) IN (SELECT p, id FROM t_a ORDER BY y LIMIT 3)`:          `t_a t_a`,
		`DELETE FROM t_a WHERE at < $1`:                                                              `t_a`,
		`WITH due (p, id) AS (SELECT p, id FROM t_a), e AS (SELECT 1) SELECT p FROM due, e JOIN t_b`: `t_a t_b`,
		`SELECT a FROM t_a WHERE b IS DISTINCT FROM c ORDER BY d, e`:                                 `t_a`,
		`SELECT 'FROM t_x' -- FROM t_y` + "\nFROM t_a":                                               `t_a`,
	} {
		var got []string
		for _, tb := range tables(lex(statement)) {
			if tb.alias != tb.name {
				tb.name += "/" + tb.alias
			}
			got = append(got, tb.name)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s\n got %s\nwant %s", statement, s, want)
		}
	}
}
