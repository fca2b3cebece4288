package medicine

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	rule "held/rules/protocol"
	"held/rules/timeline"
)

// MaxWords is how long words of one entry may be, in characters.
const MaxWords = 4000

const (
	whyLong   = "This entry is longer than can be kept. Please write it in two."
	whyEmpty  = "There are no words in this entry, so there was nothing to keep."
	whyChoice = "This entry chooses what is not on its list. It was not kept; please choose again."
	whyClock  = "The device’s clock shows a year that cannot be. Please set it, and enter this again."
	whySigned = "A signature is given on the page of signing. This one was not kept."
)

// check tells why an entry cannot be kept; "" when it can. It refuses only what
// cannot be: whatever can, however unlikely, is kept.
func check(e timeline.Entry, now time.Time) string {
	read, known := bodies[e.Kind]
	switch {
	case len(e.Body) > MaxBody:
		return whyLong
	case e.Kind == timeline.Signed:
		return whySigned
	case e.Seq < 1 || e.Taken.IsZero() || e.Entered.IsZero() || !known || !utf8.Valid(e.Body) || strings.Contains(string(e.Body), `\u0000`):
		return whyDamaged
	case outside(e.Taken, now) || outside(e.Entered, now):
		return whyClock
	}
	return read(e)
}

// outside: no clock is off by years and right otherwise.
func outside(t, now time.Time) bool {
	const years = 10 * 366 * 24 * time.Hour
	return t.Before(now.Add(-years)) || t.After(now.Add(years))
}

// bodies tell of each kind why its content cannot be.
var bodies = map[timeline.Kind]func(timeline.Entry) string{
	timeline.Dose:   as(func(b timeline.DoseBody) string { return long(b.Medicine, b.Route, b.Lot, b.Order, b.CheckedBy) }),
	timeline.Undone: as(func(b timeline.UndoneBody) string { return needed(b.Of) }),
	timeline.Vitals: vitalsWhy,
	timeline.Scale:  as(func(b timeline.ScaleBody) string { return needed(b.Instrument) }),
	timeline.Event: as(func(b timeline.CodeBody) string {
		if !b.Void && !code.MatchString(b.Code) {
			return whyChoice
		}
		return long(b.Words)
	}),
	timeline.Symptom: as(func(b timeline.CodeBody) string {
		if !b.Void && !slices.ContainsFunc(rule.Options("symptoms"), func(o rule.Option) bool { return o.Value == b.Code }) {
			return whyChoice
		}
		return long(b.Words)
	}),
	timeline.Said: as(func(b timeline.SaidBody) string { return worded(b.Words) }),
	timeline.Touch: as(func(b timeline.TouchBody) string {
		return of(b.Answer, []string{"", "yes", "no", "stop", "not_now"}, b.Asked, b.Words)
	}),
	timeline.Music: as(func(b timeline.MusicBody) string { return of(b.Action, []string{"start", "change", "stop"}, b.Words) }),
	timeline.Present: as(func(b timeline.PresentBody) string {
		if b.Void {
			return ""
		}
		if strings.TrimSpace(b.Who) == "" && b.Person == "" {
			return whyEmpty
		}
		return of(b.Action, []string{"arrived", "left"}, b.Who, b.Role)
	}),
	timeline.Red:      as(func(b timeline.RedBody) string { return long(b.Why...) }),
	timeline.Log:      as(justWords),
	timeline.Calm:     as(func(b timeline.WordsBody) string { return long(b.Words) }),
	timeline.Ack:      as(func(b timeline.AckBody) string { return or(needed(b.Of), long(b.Words)) }),
	timeline.Check:    as(checkWhy),
	timeline.Phase:    as(phaseWhy),
	timeline.Addendum: as(justWords),
	timeline.Note:     as(justWords),
}

var code = regexp.MustCompile(`^[a-z0-9_]{1,60}$`)

// as reads a body strictly enough that its kinds of values are right; what else
// a newer device says stands beside them.
func as[B any](why func(B) string) func(timeline.Entry) string {
	return func(e timeline.Entry) string {
		var b B
		if len(e.Body) > 0 && json.Unmarshal(e.Body, &b) != nil {
			return whyDamaged
		}
		return why(b)
	}
}

func justWords(b timeline.WordsBody) string { return worded(b.Words) }

func worded(s string) string {
	if strings.TrimSpace(s) == "" {
		return whyEmpty
	}
	return long(s)
}

func long(all ...string) string {
	for _, s := range all {
		if utf8.RuneCountInString(s) > MaxWords {
			return whyLong
		}
	}
	return ""
}

func needed(s string) string {
	if s == "" || len(s) > 200 {
		return whyDamaged
	}
	return ""
}

func or(all ...string) string {
	for _, why := range all {
		if why != "" {
			return why
		}
	}
	return ""
}

func of(v string, list []string, more ...string) string {
	if !slices.Contains(list, v) {
		return whyChoice
	}
	return long(more...)
}

func checkWhy(b timeline.CheckBody) string {
	if !slices.ContainsFunc(vocabulary().Checks, func(o rule.Option) bool { return o.Value == b.Item }) {
		return whyChoice
	}
	return long(b.Words)
}

func phaseWhy(b timeline.PhaseBody) string {
	return of(b.To, []string{timeline.Recovery, timeline.Ended, timeline.AgainstAdvice, timeline.NotGiven}, b.Why)
}

// vitalsWhy: a value that no instrument shows and no scale has.
func vitalsWhy(e timeline.Entry) string {
	var v timeline.VitalsBody
	if len(e.Body) > 0 && json.Unmarshal(e.Body, &v) != nil {
		return "A value in this reading is no figure. It was not kept; please enter it again."
	}
	for _, l := range []struct {
		name   string
		of     *int
		lo, hi int
	}{
		{"systolic pressure", v.Systolic, 0, 400}, {"diastolic pressure", v.Diastolic, 0, 400}, {"pulse", v.Pulse, 0, 400}, {"oxygen saturation", v.Oxygen, 0, 100},
		{"breathing", v.Breaths, 0, 200}, {"MOAA/S", v.MOAAS, 0, 5}, {"dissociation", v.Dissociation, 0, 3}, {"nausea", v.Nausea, 0, 3},
	} {
		if l.of != nil && (*l.of < l.lo || *l.of > l.hi) {
			return "The " + l.name + " in this reading cannot be. It was not kept; please look again and enter it."
		}
	}
	switch {
	case v.Systolic != nil && v.Diastolic != nil && *v.Systolic < *v.Diastolic:
		return "The systolic pressure is below the diastolic one. The reading was not kept; please look again and enter it."
	case v.Warmth != nil && (*v.Warmth < rule.Whole(20) || *v.Warmth > rule.Whole(46)):
		return "The temperature in this reading cannot be. It was not kept; please look again and enter it."
	case !v.Void && v.Note == "" && noValue(v):
		return "There is no value in this reading, so there was nothing to keep."
	}
	return long(v.Note)
}

func noValue(v timeline.VitalsBody) bool {
	v.Repeats, v.Note = "", ""
	return v == timeline.VitalsBody{}
}
