package ripple

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/measures"
	"held/practice/people"
	"held/rules/checkins"
	"held/rules/scoring"
)

// BenchmarkTwoYears measures a client's course and the practice's report with
// 200 clients, eight instruments and 24 months: the course also beside the same
// client in a practice where nobody else has answered anything. It prints lines
// of scripts/bench.sh.
func BenchmarkTwoYears(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { twoYears(b, testkit.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { twoYears(b, testkit.Postgres(b)) })
}

func twoYears(b *testing.B, d *db.DB) {
	b.Helper()
	const clients, months, instruments = 200, 24, 8
	h := newHouse(b, d)
	all, err := h.shelf(h.ctx, d.Reader())
	h.ok(err)
	var asked []scoring.Instrument
	for _, in := range all {
		if in.Rater != "clinician" && len(asked) < instruments {
			asked = append(asked, in)
		}
	}
	h.answered(h.wren, asked, months)
	alone := h.median(func() { h.looks(h.wren) })
	for n := range clients - 1 {
		h.answered(h.add(fmt.Sprintf("Client %d", n), access.Client), asked, months)
	}
	among := h.median(func() { h.looks(h.wren) })
	began := time.Now()
	h.ok(h.Sum(h.ctx))
	report := time.Since(began)
	ms := func(t time.Duration) string { return fmt.Sprintf("%.1f ms", float64(t)/float64(time.Millisecond)) }
	ratio, verdict := float64(among)/float64(alone), "ok"
	if ratio > 1.2 {
		verdict = "SHORT"
	}
	fmt.Printf("figure\t%s: a client's course, %d answers, beside those of %d others\t%s\t%s\t%.2f\t<= 1.2\t%s\n", d.Engine(), months*len(asked), clients-1, ms(among), ms(alone), ratio, verdict)
	fmt.Printf("figure\t%s: the practice's report made anew out of %d sets of answers, once a week\t%s\t\t\t\t\n", d.Engine(), clients*months*len(asked), ms(report))
}

// answered lets somebody answer every month, as if each had come by a form.
func (h *house) answered(p people.Person, asked []scoring.Instrument, months int) {
	h.Helper()
	practice := access.From(h.ctx).Practice
	h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) error {
		for m := range months {
			at := h.Now().AddDate(0, m-months, 0)
			for n, in := range asked {
				a := make(scoring.Answers, len(in.Items))
				for i := range a {
					a[i] = oneOf(in, i, m+n+i)
				}
				r, err := scoring.Score(in, a)
				if err != nil {
					return err
				}
				plain, err := json.Marshal(kept{Answers: a, Report: measures.ReportOf(r)})
				if err != nil {
					return err
				}
				id := db.NewID()
				sealed, err := h.Vault.Seal(h.ctx, tx, field(practice, p.ID, id), string(plain))
				if err != nil {
					return err
				}
				given := db.NewID()
				if _, err := tx.Exec(h.ctx, sqlAsk, practice, p.ID, in.ID, fmt.Sprintf("%s:%d", checkins.Monthly, m), given, Answered, db.Micros(at), db.Micros(at)); err != nil {
					return err
				}
				if _, err := tx.Exec(h.ctx, sqlKeepScore, practice, id, p.ID, given, 1, in.ID, in.Version, in.Scoring, sealed, db.Micros(at)); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// oneOf is one of those that an item can have.
func oneOf(in scoring.Instrument, item, n int) *int {
	it := in.Items[item]
	if it.Range != nil {
		v := it.Range[0] + n%(it.Range[1]-it.Range[0]+1)
		return &v
	}
	v := in.Options[it.Options][n%len(in.Options[it.Options])].Value
	return &v
}

// looks opens a client's page of measures as their guide does.
func (h *house) looks(p people.Person) {
	h.Helper()
	r := httptest.NewRequestWithContext(h.as(h.mara), http.MethodGet, "/desk/people/"+p.ID.String()+"/measures", nil)
	r.SetPathValue("id", p.ID.String())
	w := httptest.NewRecorder()
	h.ok(h.course(w, r))
	if w.Code != http.StatusOK {
		h.Fatal(w.Code)
	}
}

func (h *house) median(do func()) time.Duration {
	const times = 41
	took := make([]time.Duration, times)
	for i := range took {
		began := time.Now()
		do()
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[times/2]
}
