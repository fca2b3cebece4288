package dosing

import (
	"time"

	"held/rules/protocol"
)

// Sum is what was given within some days before a session, and at how many.
type Sum struct {
	Days     int
	Mg       protocol.Decimal
	Sessions int
	Unknown  int // of them, those without a dose on record
}

// Sums are what is shown beside an order: the last session, and what came before.
type Sums struct {
	Last  time.Time // zero: none is on record
	Gap   int       // whole days since
	Spans []Sum
}

const day = 24 * time.Hour

// month is shown and compares with nothing. Facts §7: cumulative monthly mg and
// session count are displayed.
const month = 30

const week = 7

// sittings are the earlier sessions, each once, with what was given at them.
func (p Past) sittings(before time.Time) (out []sitting) {
	at := map[string]int{}
	for _, g := range p.Given {
		if !g.At.Before(before) {
			continue
		}
		i, there := at[g.Session]
		if !there || g.Session == "" {
			out = append(out, sitting{at: g.At})
			i = len(out) - 1
			at[g.Session] = i
		}
		out[i].mg += g.Mg
		out[i].unknown = out[i].unknown || g.Mg <= 0
		if g.At.Before(out[i].at) {
			out[i].at = g.At
		}
	}
	for _, t := range p.Unrecorded {
		if t.Before(before) {
			out = append(out, sitting{at: t, unknown: true})
		}
	}
	return out
}

type sitting struct {
	at      time.Time
	mg      protocol.Decimal
	unknown bool
}

func sum(all []sitting, at time.Time, n int) (s Sum) {
	s.Days = n
	for _, x := range all {
		if at.Sub(x.at) > time.Duration(n)*day {
			continue
		}
		s.Sessions++
		s.Mg += x.mg
		if x.unknown {
			s.Unknown++
		}
	}
	return s
}

// past: how long ago, how often, how much. The limits are the protocol's
// (sessions.*); facts §7: no long-term schedule rests on evidence, record the gap,
// flag the frequency for a review.
func (c *checking) past() (out Sums) {
	lim, all := c.doc.Sessions, c.o.Past.sittings(c.o.At)
	for _, s := range all {
		if s.at.After(out.Last) {
			out.Last = s.at
		}
	}
	out.Spans = []Sum{sum(all, c.o.At, week), sum(all, c.o.At, month)}
	if lim.FlagDays != nil && *lim.FlagDays != week && *lim.FlagDays != month {
		out.Spans = append(out.Spans, sum(all, c.o.At, *lim.FlagDays))
	}
	if n := len(c.o.Past.Unrecorded); n > 0 {
		c.say("past", Note, "", "%s held before without a dose on record here. What was given then is in none of the sums.", count(n, "session was", "sessions were"))
	}
	c.often(all)
	if out.Last.IsZero() {
		c.say("gap", Note, "", "No earlier session is on record here. What was given elsewhere is not known.")
		return out
	}
	out.Gap = int(c.o.At.Sub(out.Last) / day)
	c.gap(out)
	return out
}

func (c *checking) gap(s Sums) {
	switch lim := c.doc.Sessions.GapDays; {
	case lim == nil:
		c.say("gap", Ask, "", "The protocol does not say how many days lie between two sessions; the last was %s before this one.", days(s.Gap))
	case s.Gap < *lim:
		c.say("gap", Ask, "", "The last session was %s before this one; the protocol wants %s at least.", days(s.Gap), days(*lim))
	}
}

// often counts this session with the ones before it.
func (c *checking) often(all []sitting) {
	lim := c.doc.Sessions
	if n := sum(all, c.o.At, week).Sessions + 1; lim.FlagWeek == nil {
		c.say("week", Ask, "", "The protocol does not say from how many sessions in a week on it asks for a review.")
	} else if n >= *lim.FlagWeek {
		c.say("week", Ask, "", "It is session %d within 7 days; the protocol asks for a review from %d on.", n, *lim.FlagWeek)
	}
	if lim.FlagDays != nil && lim.FlagCount != nil {
		if n := sum(all, c.o.At, *lim.FlagDays).Sessions + 1; n > *lim.FlagCount {
			c.say("days", Ask, "", "It is session %d within %s; the protocol asks for a review above %d.", n, days(*lim.FlagDays), *lim.FlagCount)
		}
	}
	c.under(all)
}

// under counts the sessions under the clearance in force.
func (c *checking) under(all []sitting) {
	lim := c.doc.Sessions
	if lim.Most == nil || c.o.Past.Cleared.IsZero() {
		c.say("most", Ask, "", "How many sessions may lie under one clearance, or how many did, is not known: the protocol does not say, or no clearance is in force.")
		return
	}
	n := 1
	for _, x := range all {
		if !x.at.Before(c.o.Past.Cleared) {
			n++
		}
	}
	if n > *lim.Most {
		c.say("most", Stop, "The prescriber decides anew, at their screening.", "It would be session %d under one clearance; the protocol lets it be %d.", n, *lim.Most)
	}
}
