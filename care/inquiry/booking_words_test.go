package inquiry

import (
	"testing"

	"held/internal/db"
	"held/practice/calendar"
)

// TestWhoAnAppointmentIsWith: any one of those who hold it, and everybody who
// comes along; nobody is left out of what a visitor reads before they choose.
func TestWhoAnAppointmentIsWith(t *testing.T) {
	leonor, noor, amadeu, gone := db.NewID(), db.NewID(), db.NewID(), db.NewID()
	names := map[db.ID]string{leonor: "Leonor", noor: "Noor", amadeu: "Amadeu"}
	for _, c := range []struct {
		hosts, along []db.ID
		want         string
	}{
		{[]db.ID{leonor}, nil, "Leonor"},
		{[]db.ID{leonor, noor}, nil, "Leonor or Noor"},
		{[]db.ID{leonor}, []db.ID{amadeu}, "Leonor and Amadeu"},
		{[]db.ID{leonor, noor}, []db.ID{amadeu}, "Leonor or Noor, and Amadeu"},
		{[]db.ID{gone}, []db.ID{amadeu}, "Amadeu"},
		{nil, nil, ""},
	} {
		if got := hostsOf(calendar.Offering{Hosts: c.hosts, Seconds: c.along}, names); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
