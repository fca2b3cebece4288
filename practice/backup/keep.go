package backup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Keep is the retention: of how many days, weeks and months the newest backup
// is kept.
type Keep struct{ Daily, Weekly, Monthly int }

// ParseKeep reads "daily 7, weekly 5, monthly 12".
func ParseKeep(text string) (Keep, error) {
	var k Keep
	into := map[string]*int{"daily": &k.Daily, "weekly": &k.Weekly, "monthly": &k.Monthly}
	for part := range strings.SplitSeq(text, ",") {
		word, number, _ := strings.Cut(strings.TrimSpace(part), " ")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		p := into[word]
		if p == nil || err != nil || n < 0 || n > 10_000 {
			return Keep{}, fmt.Errorf("looks like “daily 7, weekly 5, monthly 12”")
		}
		*p = n
		delete(into, word)
	}
	return k, nil
}

func (k Keep) String() string {
	return fmt.Sprintf("daily %d, weekly %d, monthly %d", k.Daily, k.Weekly, k.Monthly)
}

// surplus names what may go. The newest stays, whatever is set, and so does
// opened, the newest that is known to open. Days are counted by the backups
// that there are, not by the clock: one that runs wrong removes nothing.
func (k Keep) surplus(all []item, opened string) []string {
	all = slices.SortedFunc(slices.Values(all), newestFirst)
	kept := map[string]bool{opened: true}
	if len(all) > 0 {
		kept[all[0].name] = true
	}
	keep := func(n int, of func(item) string) {
		seen := map[string]bool{}
		for _, x := range all {
			if in := of(x); !seen[in] && len(seen) < n {
				seen[in] = true
				kept[x.name] = true
			}
		}
	}
	keep(k.Daily, func(x item) string { return x.at.Format("2006-01-02") })
	keep(k.Weekly, func(x item) string { year, week := x.at.ISOWeek(); return fmt.Sprint(year, " ", week) })
	keep(k.Monthly, func(x item) string { return x.at.Format("2006-01") })
	var out []string
	for _, x := range all {
		if !kept[x.name] {
			out = append(out, x.name)
		}
	}
	return out
}
