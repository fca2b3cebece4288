package settings

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"held/internal/ui"
)

// effects says of each setting what it does, with the practice's own values:
// a sentence as it will be read, a time as it will be shown.
func effects(p Practice, now time.Time) map[string]string {
	loc := p.Location()
	sample := sampleTime(now, loc)
	e := map[string]string{
		"name":         "Stands at the top of every page and in a browser's tab: “How it works · " + p.Name + "”.",
		"tagline":      "Stands under the name on the site, and nowhere else.",
		"city":         "Stands where the words of a page say {{city}}.",
		"address":      "Goes to people who have an appointment in the room, and to nobody else.",
		"country":      crisisEffect(p.Country),
		"zone":         "It is now " + ui.When(now, loc) + " (" + ui.ZoneCity(p.Zone) + "). Every time on the site and at the desk is written so.",
		"lang":         "Browsers and screen readers take the words of the site for this language: " + cmp.Or(p.Lang, "en") + ".",
		"reply_hours":  "Visitors read: “We read and answer " + p.ReplyHours + ".”",
		"email":        "Letters come from this address, and answers to them arrive there.",
		"sender":       "A letter that says little reads “From: " + p.Sender + " <" + p.Email + ">”. The address is seen too: choose one that says as little.",
		"entry":        "In the calendar of somebody who wants little said: “" + ui.Clock(sample, loc) + " " + p.EntryTitle() + "”.",
		"statement":    statementEffect(p),
		"phone":        "Goes to people who have an appointment, for the day on which they are late.",
		"accent":       "Buttons and links have this colour. Each was checked for contrast by day and by night.",
		"change_hours": "An appointment on " + ui.When(sample, loc) + " can be moved by its link until " + ui.When(before(sample, p.ChangeHours), loc) + ".",
		"cancel_hours": "It can be cancelled by its link until " + ui.When(before(sample, p.CancelHours), loc) + ".",
		"offer_hours":  "A time that opens is kept for one waiting person for " + hours(p.OfferHours) + ", then it is offered to the next.",
		"reminders":    remindersEffect(p, sample, loc),
		"holidays":     holidaysEffect(p, now),
	}
	return e
}

// sampleTime is an ordinary appointment to show times with: a Thursday at four.
func sampleTime(now time.Time, loc *time.Location) time.Time {
	d := now.In(loc).AddDate(0, 0, 7)
	for d.Weekday() != time.Thursday {
		d = d.AddDate(0, 0, 1)
	}
	return time.Date(d.Year(), d.Month(), d.Day(), 16, 0, 0, 0, loc)
}

func statementEffect(p Practice) string {
	if p.Statement == "" {
		return "Up to 22 characters, as most banks show. Until it is set, nothing about it stands on the page of fees."
	}
	return "Up to 22 characters. The page of fees says: “On a bank statement a payment reads ‘" + p.Statement + "’.”"
}

func before(t time.Time, h int) time.Time { return t.Add(-time.Duration(h) * time.Hour) }

func hours(n int) string { return ui.Minutes(60 * n) }

func crisisEffect(country string) string {
	c, known := CrisisFor(country)
	if !known || len(c.Emergency) == 0 {
		return "Held has no crisis lines for this country. Crisis support leads to " + CrisisElsewhere().URLName + " and names no number."
	}
	return "Crisis support shows the numbers for " + c.Name + " first; the foot of every page names " + c.Emergency[0] + "."
}

func remindersEffect(p Practice, sample time.Time, loc *time.Location) string {
	if len(p.Reminders) == 0 {
		return "No reminders go out."
	}
	var at []string
	for _, h := range p.Reminders {
		at = append(at, ui.When(before(sample, h), loc))
	}
	return "Hours before, with commas between. For an appointment on " + ui.When(sample, loc) + " they go on " + strings.Join(at, " and on ") + "; none to people who want only what they cannot do without."
}

func holidaysEffect(p Practice, now time.Time) string {
	today := now.In(p.Location()).Format(time.DateOnly)
	var days []string
	more := 0
	for _, d := range p.Holidays {
		t, err := time.Parse(time.DateOnly, d)
		switch {
		case err != nil || d < today:
		case len(days) < 3:
			days = append(days, t.Format("Monday 2 January 2006"))
		default:
			more++
		}
	}
	if len(days) == 0 {
		return "One date on a line, as in 2026-12-24. On such a day nobody can be booked."
	}
	s := "One date on a line. Nobody can be booked on " + strings.Join(days, ", ")
	if more > 0 {
		s += " and " + strconv.Itoa(more) + " more"
	}
	return s + "."
}

// countries are the countries whose crisis lines are known, and a way to name another.
func countries() []ui.Option {
	var out []ui.Option
	for _, c := range CrisisCountries() {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	return append(out, ui.Option{Value: "", Label: "Another country"})
}
