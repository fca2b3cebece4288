package availability

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Refusal is why a day's hours could not be read: a sentence for whoever typed
// them.
type Refusal string

func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error {
	return Refusal(fmt.Sprintf(format, args...))
}

// More than anybody needs to write for one day. What so many openings look like
// when formatted must fit the length, or it could not be read again.
const (
	longestDay   = 1000 // bytes
	mostOpenings = 24
)

// unify brings the many ways to write a range down to one.
var unify = strings.NewReplacer(
	"–", "-", "—", "-", "−", "-", "‐", "-", "‑", "-", "‒", "-",
	"until", "-", "to", "-",
	"a.m.", "am", "p.m.", "pm",
	";", ",", "\n", ",",
)

// ParseDay reads the hours of one day as a person writes them:
// "09:00–12:30, 14:00-17", "9am to 5pm", "22:00-24:00", "closed" or nothing.
// An end of 00:00 is the day's end. The result is sorted, and openings that
// touch are one. The error is a Refusal.
func ParseDay(s string) ([]Minutes, error) {
	if len(s) > longestDay {
		return nil, refuse("This is too long for the hours of one day.")
	}
	s = unify.Replace(strings.ToLower(strings.ToValidUTF8(strings.TrimSpace(s), "?")))
	if s == "" || s == "closed" {
		return nil, nil
	}
	var day []Minutes
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue // a comma too many harms nobody
		}
		m, err := parseOpening(part)
		if err != nil {
			return nil, err
		}
		day = append(day, m)
	}
	if day == nil {
		return nil, refuse("There are no hours in this. Write them like 09:00–12:30, or write closed.")
	}
	return join(day)
}

// FormatDay writes hours as ParseDay reads them: "09:00–12:30, 14:00–17:00", or
// "closed".
func FormatDay(day []Minutes) string {
	if len(day) == 0 {
		return "closed"
	}
	parts := make([]string, len(day))
	for i, m := range day {
		parts[i] = m.String()
	}
	return strings.Join(parts, ", ")
}

// String is "09:00–12:30".
func (m Minutes) String() string {
	return fmt.Sprintf("%02d:%02d–%02d:%02d", m.From/60, m.From%60, m.To/60, m.To%60)
}

// join sorts, makes one of what touches, and refuses what overlaps.
func join(day []Minutes) ([]Minutes, error) {
	slices.SortFunc(day, func(a, b Minutes) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	last := day[0] // as it was written, for the sentence
	out := day[:1]
	for _, m := range day[1:] {
		end := &out[len(out)-1].To
		switch {
		case m.From < *end:
			return nil, refuse("%s and %s overlap.", last, m)
		case m.From == *end:
			*end = m.To
		default:
			out = append(out, m)
		}
		last = m
	}
	if len(out) > mostOpenings {
		return nil, refuse("These are more than %d openings in one day.", mostOpenings)
	}
	return out, nil
}

func parseOpening(s string) (Minutes, error) {
	left, right, ok := strings.Cut(s, "-")
	if !ok || strings.TrimSpace(left) == "" || strings.TrimSpace(right) == "" {
		return Minutes{}, refuse("“%s” needs a beginning and an end, like 09:00–12:30.", s)
	}
	from, err := parseClock(left)
	if err != nil {
		return Minutes{}, err
	}
	to, err := parseClock(right)
	if err != nil {
		return Minutes{}, err
	}
	// "1-5pm" could be four hours or sixteen; nobody should have to guess.
	if from.half != to.half && (from.vague() || to.vague()) {
		return Minutes{}, refuse("Write am or pm for both times in “%s”.", s)
	}
	m := Minutes{from.minute, to.minute}
	if m.To == 0 && m.From > 0 {
		m.To = dayMinutes
	}
	switch {
	case m.From == m.To:
		return Minutes{}, refuse("“%s” ends when it begins.", s)
	case m.From > m.To:
		return Minutes{}, refuse("“%s” ends before it begins. To go past midnight, end at 24:00 and begin the next day at 00:00.", s)
	}
	return m, nil
}

// clock is one time of day as written.
type clock struct {
	minute int
	half   string // "am", "pm", or nothing
}

// vague tells whether a time without am or pm could be meant either way.
func (c clock) vague() bool { return c.half == "" && c.minute >= 60 && c.minute < 13*60 }

func parseClock(s string) (clock, error) {
	s = strings.TrimSpace(s)
	c, digits := clock{}, s
	for _, half := range []string{"am", "pm"} {
		if d, ok := strings.CutSuffix(s, half); ok {
			c.half, digits = half, strings.TrimSpace(d)
		}
	}
	h, m, split := strings.Cut(strings.Replace(digits, ".", ":", 1), ":")
	hour, okHour := number(h, 1, 2)
	minute, okMinute := 0, true
	if split {
		minute, okMinute = number(m, 2, 2)
	}
	if c.half != "" {
		okHour = okHour && hour >= 1 && hour <= 12
		hour %= 12
		if c.half == "pm" {
			hour += 12
		}
	}
	c.minute = hour*60 + minute
	if !okHour || !okMinute || minute > 59 || c.minute > dayMinutes {
		return clock{}, refuse("“%s” is not a time of day. Write times like 09:00 or 9am.", s)
	}
	return c, nil
}

// number reads plain digits only: no sign, no other script.
func number(s string, least, most int) (int, bool) {
	if len(s) < least || len(s) > most || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
