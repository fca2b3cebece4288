package ui_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// The two bars of WCAG 2.2 AA: for words, and for the edges of controls.
const (
	words = 4.5
	edges = 3.0
)

// pairs are the colours that meet on a page, foreground × background.
var pairs = []struct {
	front, back []string
	bar         float64
}{
	{[]string{"ink"}, []string{"paper", "raised", "glow", "wheat", "wheat-wash", "moss-wash", "clay-wash", "plum-wash"}, words},
	{[]string{"soft"}, []string{"paper", "raised", "glow", "wheat-wash", "moss-wash", "plum-wash", "clay-wash"}, words},
	{[]string{"moss", "clay", "plum"}, []string{"paper", "raised", "glow", "wheat-wash", "moss-wash", "clay-wash", "plum-wash"}, words},
	{[]string{"moss-deep", "clay-deep", "plum-deep"}, []string{"paper", "raised", "glow", "wheat-wash", "moss-wash", "clay-wash", "plum-wash"}, words},
	{[]string{"on-moss"}, []string{"moss", "moss-deep"}, words},
	{[]string{"on-clay"}, []string{"clay", "clay-deep"}, words},
	{[]string{"on-plum"}, []string{"plum", "plum-deep"}, words},
	{[]string{"edge"}, []string{"paper", "raised", "glow", "wheat-wash"}, edges},
}

func TestColoursThatMeetCanBeRead(t *testing.T) {
	for _, time := range []string{"day", "night"} {
		colours := palette(t, time)
		for _, p := range pairs {
			for _, front := range p.front {
				for _, back := range p.back {
					check(t, time, colours, front, back, p.bar)
				}
			}
		}
	}
}

func check(t *testing.T, time string, colours map[string]float64, front, back string, bar float64) {
	t.Helper()
	f, ok := colours[front]
	b, found := colours[back]
	if !ok || !found {
		t.Errorf("tokens.css has no --%s or no --%s", front, back)
		return
	}
	if got := (math.Max(f, b) + 0.05) / (math.Min(f, b) + 0.05); got < bar {
		t.Errorf("by %s, --%s on --%s has a contrast of %.2f; it needs %.1f", time, front, back, got, bar)
	}
}

var token = regexp.MustCompile(`--([a-z-]+): var\(--day, #([0-9a-f]{6})\) var\(--night, #([0-9a-f]{6})\);`)

// palette reads the tokens' luminance from the style sheet itself.
func palette(t *testing.T, time string) map[string]float64 {
	t.Helper()
	css, err := os.ReadFile("../../assets/css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, m := range token.FindAllStringSubmatch(string(css), -1) {
		hex := m[2]
		if time == "night" {
			hex = m[3]
		}
		out[m[1]] = luminance(t, hex)
	}
	return out
}

// luminance is WCAG's relative luminance of a colour in hexadecimal.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(fmt.Errorf("colour %q: %w", hex, err))
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
