package space

import (
	"testing"
	"time"

	"held/practice/calendar"
	"held/practice/people"
)

func TestAnInvitationIsForWhereSomebodyStands(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	at := func(days int, s calendar.State) calendar.Appointment {
		start := now.AddDate(0, 0, days)
		return calendar.Appointment{Start: start, End: start.Add(time.Hour), State: s}
	}
	for _, c := range []struct {
		step string
		all  []calendar.Appointment
		want string
	}{
		{"", nil, "before"},
		{people.StepConsultation, []calendar.Appointment{at(-1, calendar.Booked)}, "before"},
		{people.StepPreparation, nil, "preparing"},
		{people.StepMedicine, []calendar.Appointment{at(2, calendar.Booked)}, "preparing"},
		{people.StepIntegration, []calendar.Appointment{at(-2, calendar.Booked), at(5, calendar.Booked)}, "days-after"},
		{people.StepIntegration, []calendar.Appointment{at(-2, calendar.Cancelled), at(-20, calendar.Booked)}, "weeks-after"},
		{people.StepIntegration, []calendar.Appointment{at(-200, calendar.Booked)}, "later"},
		{people.StepClosing, []calendar.Appointment{at(-1, calendar.Booked)}, "later"},
	} {
		if got := stretchOf(c.step, c.all, now); got != c.want {
			t.Errorf("%s with %d appointments: %s, want %s", c.step, len(c.all), got, c.want)
		}
	}
}
