package house

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
)

// small are the tables that do not grow with the practice's history, so that
// reading all of a practice's rows is fine. Each has its reason.
var small = map[string]string{
	"devices_known":      "a few browsers of each colleague",
	"devices_settings":   "one row",
	"vault_class_keys":   "one key for each class, and one more for each rotation",
	"vault_epochs":       "one row for each practice",
	"alerts_plans":       "one row for each practice",
	"settings_practices": "one row for each practice",
	"work_runs":          "one row for each worker",
	"keeping_periods":    "one row for each class of record",
	"consent_documents":  "forty for each practice at most",
	"consent_versions":   "one row whenever a document is published",
	"space_prompts":      "a hundred for each practice at most",
	"notes_templates":    "fifty for the practice and for each colleague at most",
	"forms_versions":     "one row for each version of a form that somebody published",
	"ripple_instruments": "one row for each time that a practice loads an instrument",
	"measures_changes":   "one row for each time that the prescriber sets what counts as a change",
	"ripple_plan":        "one row for each instrument",
	"ripple_outcomes":    "one row for each practice",
	"stock_heads":        "one row for each practice",
	"trail_heads":        "one row for each practice",
	"trail_anchors":      "one row a week, and one whenever the operator asks",
}

// TestStatementsOnBothEngines prepares every statement of the stores on each
// engine and refuses a plan that would read all of a table that grows: a page
// must cost what it shows, however long the practice has been there.
func TestStatementsOnBothEngines(t *testing.T) {
	tree, err := here()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for _, s := range statements(tree) {
			if s.err != nil {
				continue // TestHouse names it
			}
			for _, why := range judge(t.Context(), d, s.whole()) {
				t.Error(tree.at(s.node, "%s: %s", s.name, why))
			}
		}
	})
}

// TestPlansFindTheirOffenders shows that bad statements are seen.
func TestPlansFindTheirOffenders(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for text, want := range map[string]string{
			`SELECT wrapped FROM vault_data_keys WHERE made_at > $1`:                                                                           "reads all of vault_data_keys",
			`SELECT k.wrapped FROM vault_data_keys k ORDER BY k.made_at LIMIT 3`:                                                               "reads all of vault_data_keys",
			`UPDATE vault_data_keys SET wrapped = NULL WHERE made_at < $1`:                                                                     "reads all of vault_data_keys",
			`SELECT c.class FROM vault_class_keys c JOIN vault_data_keys k ON k.made_at = c.made_at WHERE c.practice_id = $1 AND c.class = $2`: "reads all of vault_data_keys",
			`SELECT nothing FROM vault_data_keys WHERE practice_id = $1`:                                                                       "is refused",
			`SELECT class FROM vault_class_keys WHERE made_at > $1`:                                                                            "",
			`SELECT wrapped FROM vault_data_keys WHERE practice_id = $1 AND subject_id = $2 ORDER BY class`:                                    "",
			`SELECT wrapped FROM vault_data_keys WHERE practice_id = $1 ORDER BY subject_id LIMIT 20`:                                          "",
		} {
			got := strings.Join(judge(t.Context(), d, text), "; ")
			if (want == "") != (got == "") || !strings.Contains(got, want) {
				t.Errorf("%s\n got %q\nwant %q", text, got, want)
			}
		}
		all := judge(t.Context(), d, `SELECT wrapped FROM vault_data_keys WHERE practice_id = $1 AND made_at > $2`)
		if d.Engine() == db.SQLite && len(all) == 0 {
			t.Error("a search by practice alone was taken for a good one")
		}
	})
}

// TestSmallTablesAreThere keeps the list above from outliving its tables.
func TestSmallTablesAreThere(t *testing.T) {
	d := testkit.SQLite(t)
	for name, why := range small {
		if _, err := db.All(t.Context(), d.Reader(), db.Value[int64], "SELECT 1 FROM "+name+" WHERE 1 = 0"); err != nil {
			t.Errorf("small table %s (%s): %s", name, why, err)
		}
	}
}

// whole is the statement as it would be sent: rows that Go appends are put in once.
func (s statement) whole() string {
	if !s.manyRows() {
		return s.text
	}
	list := s.text[strings.Index(s.text, "(")+1:]
	n := strings.Count(list[:strings.Index(list, ")")], ",") + 1
	return s.text + " " + db.Values(1, n)
}

// judge tells what is wrong with a statement on this engine.
func judge(ctx context.Context, d *db.DB, text string) []string {
	plan := planSQLite
	if d.Engine() == db.Postgres {
		plan = planPostgres
	}
	lines, err := plan(ctx, d, text, count(text))
	if err != nil {
		return []string{"is refused: " + err.Error()}
	}
	words := lex(text)
	names := map[string]string{}
	for _, tb := range tables(words) {
		names[tb.alias], names[tb.name] = tb.name, tb.name
	}
	limited := hasRun(words, []string{"LIMIT"}) && !slices.ContainsFunc(lines, sorts)
	var whys []string
	for i, l := range lines {
		scan := scanned(l, lines[i+1:])
		name, known := names[scan.table]
		if !known || small[name] != "" || scan.ordered && limited {
			continue
		}
		whys = append(whys, fmt.Sprintf("reads all of %s, which grows (plan: %s)", name, strings.TrimSpace(l)))
	}
	return whys
}

func count(text string) int {
	highest := 0
	for _, w := range lex(text) {
		var n int
		if _, err := fmt.Sscanf(w.text, "$%d", &n); err == nil {
			highest = max(highest, n)
		}
	}
	return highest
}

// scan is a step of a plan that reads all rows of a table, or all that a
// practice has; ordered means in an index's order, so that LIMIT ends it early.
type scan struct {
	table   string
	ordered bool
}

var (
	sqliteScan   = regexp.MustCompile(`^SCAN (\w+)( USING (?:COVERING )?INDEX)?`)
	sqliteAll    = regexp.MustCompile(`^SEARCH (\w+) USING .*\(practice_id=\?\)$`)
	sqliteMade   = regexp.MustCompile(`^SEARCH (\w+) USING AUTOMATIC`)
	postgresScan = regexp.MustCompile(`Seq Scan on (\w+)(?: (\w+))?`)
	postgresWalk = regexp.MustCompile(`Index (?:Only )?Scan (?:Backward )?using \w+ on (\w+)(?: (\w+))?`)
)

func sorts(line string) bool {
	return strings.Contains(line, "TEMP B-TREE FOR ORDER BY") || strings.Contains(line, "Sort Key:")
}

func scanned(line string, rest []string) scan {
	if m := sqliteScan.FindStringSubmatch(line); m != nil {
		return scan{m[1], m[2] != ""}
	}
	if m := sqliteMade.FindStringSubmatch(line); m != nil {
		return scan{m[1], false}
	}
	if m := sqliteAll.FindStringSubmatch(line); m != nil {
		return scan{m[1], true}
	}
	if m := postgresScan.FindStringSubmatch(line); m != nil {
		return scan{m[1], false}
	}
	if m := postgresWalk.FindStringSubmatch(line); m != nil && (len(rest) == 0 || !strings.Contains(rest[0], "Index Cond:")) {
		return scan{m[1], true}
	}
	return scan{}
}

func planSQLite(ctx context.Context, d *db.DB, text string, params int) ([]string, error) {
	type step struct{ id, parent, unused int64 }
	return db.All(ctx, d.Reader(), func(r db.Row) (detail string, err error) {
		var s step
		err = r.Scan(&s.id, &s.parent, &s.unused, &detail)
		return detail, err
	}, "EXPLAIN QUERY PLAN "+text, make([]any, params)...)
}

// errUndone takes a transaction back once it has told what it knows.
var errUndone = errors.New("undone")

// planPostgres asks for the plan that serves every value, with reading the
// whole table made so dear that it is chosen only where there is no other way.
func planPostgres(ctx context.Context, d *db.DB, text string, params int) (lines []string, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		for _, s := range []string{
			"SET LOCAL plan_cache_mode = force_generic_plan",
			"SET LOCAL enable_seqscan = off",
			"PREPARE house AS " + text,
		} {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		execute := "EXPLAIN (COSTS OFF) EXECUTE house"
		if params > 0 {
			execute += "(" + strings.TrimSuffix(strings.Repeat("NULL,", params), ",") + ")"
		}
		var err error
		if lines, err = db.All(ctx, tx, db.Value[string], execute); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DEALLOCATE house"); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return lines, err
}
