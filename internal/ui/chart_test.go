package ui

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

func someChart(n int) Chart {
	c := Chart{ID: "c", Title: "Measure", Lowest: 0, Highest: 27, Zone: time.UTC}
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	for i := range n {
		c.Points = append(c.Points, ChartPoint{At: at.AddDate(0, 0, 7*i), Value: float64(i % 28), Shown: itoa(i % 28)})
	}
	return c
}

func TestEveryPointLiesWithinItsChart(t *testing.T) {
	for _, n := range []int{1, 2, 40} {
		c := someChart(n)
		c.Points = append(c.Points, ChartPoint{At: c.Points[0].At, Value: 99, Shown: "99"}) // above what there is
		for _, p := range c.Points {
			x, y := c.x(p.At), c.y(p.Value)
			if math.IsNaN(x) || x < chartLeft || x > chartRight || y < chartTop || y > chartBottom {
				t.Errorf("of %d points one lies at %v, %v", n, x, y)
			}
		}
	}
	if y := (Chart{}).y(3); y != chartBottom {
		t.Errorf("without a scale a value lies at %v", y)
	}
}

func TestATableHoldsEverythingTheDrawingHolds(t *testing.T) {
	c := someChart(3)
	c.Bands = []ChartBand{{0, 5, "low"}}
	c.Points[1].Note, c.Points[1].Open = "1 answer missing, prorated", true
	c.Marks = []ChartMark{{At: c.Points[0].At.Add(time.Hour), Label: "Medicine session"}, {At: c.Points[2].At.Add(time.Hour), Label: "Change of medicine"}}
	var b bytes.Buffer
	if err := LineChart(c).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(b.String(), "<table>")
	from := 0
	for _, want := range []string{"1 January 2026", "A: Medicine session", "8 January 2026", "1 answer missing, prorated", "15 January 2026", "B: Change of medicine"} {
		i := strings.Index(table[from:], want)
		if i < 0 {
			t.Fatalf("the table lacks %q, or has it out of order", want)
		}
		from += i
	}
}
