package calendar_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/people"
)

const hoursPath = "/desk/settings/hours"

func TestEverybodyChangesTheirOwnHours(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p := k.shown(access.Attendant, hoursPath)
		p.all("h2")[0].has(t, "Tomas in an ordinary week")
		v := p.form(t, hoursPath)
		v.Set("day2", "9-12:30, 14:00 to 17:00")
		v.Set("day3", "closed")
		p = k.done(access.Attendant, hoursPath, v)
		p.has(t, "Saved.", "Tuesday 3 March 09:00–12:30, 14:00–17:00", "Wednesday 4 March closed", "Tuesday 10 March 09:00–12:30, 14:00–17:00")
		if again := p.form(t, hoursPath); again.Get("day2") != "09:00–12:30, 14:00–17:00" {
			t.Errorf("the field shows %q", again.Get("day2"))
		}
		v.Set("person", k.staff[access.Owner].String())
		if got := k.post(access.Attendant, hoursPath, v); got.status != http.StatusForbidden {
			t.Errorf("the owner's hours answer an attendant with %d", got.status)
		}
		others := k.shown(access.Attendant, p.link(t, "Marta"))
		others.has(t, "Marta in an ordinary week", "Monday closed")
		if len(others.all("input", "name", "day1")) != 0 {
			t.Error("an attendant is shown a form for the owner's hours")
		}
		k.done(access.Coordinator, hoursPath, v).has(t, "Marta in an ordinary week", "09:00–12:30")
		for _, nobody := range []db.ID{db.NewID(), k.add(people.Person{Name: "Wren"})} {
			if got := k.get(access.Owner, hoursPath+"?person="+nobody.String()); got.status != http.StatusNotFound {
				t.Errorf("somebody who does not work here answers %d", got.status)
			}
		}
	})
}

func TestHoursThatCannotBeReadStayAsTyped(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		v := k.shown(access.Owner, hoursPath).form(t, hoursPath)
		v.Set("day1", "nine to noon")
		v.Set("day0", "10:00–09:00")
		v.Set("day5", "09:00–12:00")
		p := k.again(http.StatusUnprocessableEntity, access.Owner, hoursPath, v)
		if got := p.wrong("day1"); got != "“nine” is not a time of day. Write times like 09:00 or 9am." {
			t.Errorf("Monday says %q", got)
		}
		if p.wrong("day0") == "" || p.wrong("day5") != "" {
			t.Errorf("refused as %s", p.problems())
		}
		if again := p.form(t, hoursPath); again.Get("day1") != "nine to noon" || again.Get("day5") != "09:00–12:00" {
			t.Errorf("kept %v", again)
		}
		p.has(t, "Friday 6 March closed") // nothing was saved
	})
}

func TestOneDateHasOtherHours(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.consultation(plain)
		set := func(date, hours string) url.Values {
			return url.Values{"person": {k.staff[access.Owner].String()}, "date": {date}, "hours": {hours}}
		}
		p := k.done(access.Coordinator, hoursPath+"/override", set("2026-03-05", "13:00–15:00"))
		p.has(t, "Thursday 5 March 2026 : 13:00–15:00", "Thursday 5 March 13:00–15:00 Other hours on this date", "Wednesday 4 March 09:00–17:00")
		for _, bad := range [][3]string{{"tomorrow", "9-12", "date"}, {"2026-03-05", "", "hours"}, {"2026-03-05", "25:00", "hours"}} {
			q := k.again(http.StatusUnprocessableEntity, access.Coordinator, hoursPath+"/override", set(bad[0], bad[1]))
			if q.wrong(bad[2]) == "" {
				t.Errorf("%v is refused as %s", bad, q.problems())
			}
			if kept := q.form(t, hoursPath+"/override"); kept.Get("date") != bad[0] || kept.Get("hours") != bad[1] {
				t.Errorf("kept %v", kept)
			}
		}
		k.done(access.Coordinator, hoursPath+"/override/remove", p.form(t, hoursPath+"/override/remove")).
			has(t, "Removed.", "Every date has its ordinary hours.", "Thursday 5 March 09:00–17:00")
		if got := k.post(access.Coordinator, hoursPath+"/override/remove", set("2026-03-05", "")); got.status != http.StatusSeeOther {
			t.Errorf("removing it once more answers %d", got.status)
		}
	})
}

func TestTimeAwayIsAddedAndTakenBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		o := k.consultation(plain)
		k.booked(o, at(5, 10, 0))
		away := func(fromDay, fromTime, toDay, toTime string) url.Values {
			return url.Values{"person": {k.staff[access.Owner].String()}, "from_day": {fromDay}, "from_time": {fromTime}, "to_day": {toDay}, "to_time": {toTime}}
		}
		const path = hoursPath + "/away"
		p := k.done(access.Owner, path, away("2026-03-05", "", "2026-03-06", ""))
		p.has(t, "Thursday 5 March to Friday 6 March, whole days", "1 appointment stays booked in it", "Thursday 5 March closed Time away", "Saturday 7 March 09:00–17:00")
		p = k.done(access.Owner, path, away("2026-03-10", "09:00", "2026-03-10", "12:00"))
		p.has(t, "Tuesday 10 March, 09:00–12:00", "Tuesday 10 March 12:00–17:00 Time away")

		q := k.again(http.StatusUnprocessableEntity, access.Owner, path, away("2026-03-12", "12:00", "2026-03-12", "09:00"))
		if q.wrong("to_day") != "Please let it end after it begins." {
			t.Errorf("refused as %s", q.problems())
		}
		if kept := q.form(t, path); kept.Get("from_time") != "12:00" || kept.Get("to_day") != "2026-03-12" {
			t.Errorf("kept %v", kept)
		}
		k.again(http.StatusUnprocessableEntity, access.Owner, path, away("", "", "2026-03-12", "nine"))
		k.again(http.StatusUnprocessableEntity, access.Owner, path, away("2026-03-29", "01:30", "2026-03-29", "12:00")).has(t, "this time does not happen")

		k.done(access.Owner, path+"/remove", p.form(t, path+"/remove"))
		aways, err := k.Aways(k.owner, k.staff[access.Owner], testkit.Now, testkit.Now.AddDate(1, 0, 0))
		k.must(err)
		if len(aways) != 1 {
			t.Errorf("%d are left of two", len(aways))
		}
	})
}

func TestTimeAwayIsOnThePersonsOwnClock(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		ines := k.staff[access.Prescriber]
		k.hoursOf(ines, "America/New_York", "09:00–12:00")
		p := k.done(access.Prescriber, hoursPath+"/away", url.Values{
			"from_day": {"2026-11-01"}, "from_time": {"01:30"}, "to_day": {"2026-11-01"}, "to_time": {"03:00"}, // the clocks go back at two
		})
		p.has(t, "the clocks in New York go back and show 01:30 twice. The earlier of the two was taken.")
		aways, err := k.Aways(k.owner, ines, testkit.Now, testkit.Now.AddDate(1, 0, 0))
		k.must(err)
		if len(aways) != 1 || !aways[0].Start.Equal(time.Date(2026, 11, 1, 5, 30, 0, 0, time.UTC)) || !aways[0].End.Equal(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)) {
			t.Errorf("saved %+v", aways)
		}
		p.has(t, "Ines", "on the clock of New York")
	})
}

func TestTheComingTwoWeeksNameTheirExceptions(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.consultation(plain)
		st, err := k.Settings.Get(k.owner)
		k.must(err)
		st.Holidays = []string{"2026-03-09"}
		k.must(k.Settings.Save(k.owner, st))
		p := k.shown(access.Owner, hoursPath)
		p.has(t, "Monday 9 March closed Holiday", "Tuesday 3 March 09:00–17:00", "Monday 16 March 09:00–17:00")
		k.clock.Add(20 * 24 * time.Hour) // Monday 23 March
		k.shown(access.Owner, hoursPath).has(t, "Sunday 29 March 09:00–17:00 Clocks go forward")
	})
}
