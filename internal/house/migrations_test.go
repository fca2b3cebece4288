package house

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// types are the column types that both engines keep alike.
var types = []string{"BIGINT", "BYTEA", "TEXT", "JSONB"}

// notInMigrations are words with which a table would live on one engine only.
var notInMigrations = []string{"SERIAL", "BIGSERIAL", "SEQUENCE", "AUTOINCREMENT", "IDENTITY", "GENERATED", "TRIGGER", "EXCLUDE", "LISTEN", "EXTENSION", "FUNCTION", "DO"}

var migrationName = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.sql$`)

// findMigrations holds the shape of the schema: numbered without gaps, forward
// only, portable types, every primary key led by the practice, and every table
// named after the package that owns it.
func findMigrations(t *tree) []finding {
	var found []finding
	owners := t.owners()
	next := 1
	for _, p := range t.paths {
		if path.Dir(p) != "migrations" || path.Ext(p) != ".sql" {
			continue
		}
		say := func(format string, args ...any) {
			found = append(found, finding{file: p, what: fmt.Sprintf(format, args...)})
		}
		if m := migrationName.FindStringSubmatch(path.Base(p)); m == nil || m[1] != fmt.Sprintf("%04d", next) {
			say("migrations are named 0001_what_it_brings.sql and count without gaps; %04d is next", next)
		}
		next++
		b, err := fs.ReadFile(t, p)
		if err != nil {
			say("%s", err)
			continue
		}
		text := string(b)
		if !strings.HasPrefix(text, "-- +goose Up\n") || strings.Contains(text, "+goose Down") || strings.Contains(text, "NO TRANSACTION") {
			say("a migration begins with “-- +goose Up”, goes forward only, and is one transaction")
		}
		creates := strings.Count(strings.ToUpper(text), "CREATE TABLE")
		if ends := len(regexp.MustCompile(`(?m)^\);`).FindAllString(text, -1)); ends != creates {
			say("each CREATE TABLE ends with “);” on a line of its own, where SQLite's STRICT is put (%d tables, %d ends)", creates, ends)
		}
		for _, words := range split(lex(text)) {
			for _, why := range schemaStatement(words, owners) {
				say("%s", why)
			}
		}
	}
	return found
}

// owners are the names that tables may begin with: those of packages with a store.
func (t *tree) owners() []string {
	var all []string
	for _, f := range t.files {
		if path.Base(f.path) == "store.go" {
			all = append(all, path.Base(f.pkg))
		}
	}
	return all
}

func split(words []word) [][]word {
	var all [][]word
	var one []word
	for _, w := range words {
		if w.text == ";" {
			all, one = append(all, one), nil
			continue
		}
		one = append(one, w)
	}
	if len(one) > 0 {
		all = append(all, one)
	}
	return all
}

func schemaStatement(words []word, owners []string) []string {
	var whys []string
	for _, w := range words {
		if slices.Contains(notInMigrations, w.text) {
			whys = append(whys, w.raw+" is not for both engines")
		}
	}
	if len(words) < 4 || words[0].text != "CREATE" || words[1].text != "TABLE" {
		return whys
	}
	name := words[2].raw
	if owner, _, ok := strings.Cut(name, "_"); !ok || !slices.Contains(owners, owner) {
		whys = append(whys, name+" has no owner: a table begins with the name of the package whose store.go keeps it")
	}
	return append(whys, columns(name, words[3:])...)
}

// columns looks at what stands between the parentheses of CREATE TABLE.
func columns(name string, words []word) []string {
	var whys, key []string
	notNull := map[string]bool{}
	for _, item := range items(words) {
		if len(item) < 2 {
			continue
		}
		switch item[0].text {
		case "PRIMARY":
			for _, w := range item[2:] {
				if isName(w) {
					key = append(key, w.raw)
				}
			}
		case "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT":
		default:
			column := item[0].raw
			if !slices.Contains(types, item[1].text) {
				whys = append(whys, fmt.Sprintf("%s.%s is %s; types are %s", name, column, item[1].raw, strings.Join(types, ", ")))
			}
			inline := hasRun(item, []string{"PRIMARY", "KEY"})
			if inline {
				key = append(key, column)
			}
			notNull[column] = hasRun(item, []string{"NOT", "NULL"})
		}
	}
	if len(key) == 0 || key[0] != "practice_id" {
		whys = append(whys, name+": the primary key begins with practice_id")
	}
	for _, k := range key {
		if !notNull[k] {
			whys = append(whys, fmt.Sprintf("%s.%s is in the primary key and may be NULL on SQLite: say NOT NULL", name, k))
		}
	}
	return whys
}

// items cuts a parenthesised list at its own commas.
func items(words []word) [][]word {
	var all [][]word
	var one []word
	outer := words[0].depth
	for _, w := range words[1:] {
		switch {
		case w.text == ")" && w.depth == outer:
			return append(all, one)
		case w.text == "," && w.depth == outer+1:
			all, one = append(all, one), nil
		default:
			one = append(one, w)
		}
	}
	return append(all, one)
}
