package care

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"held/care/invitation"
	"held/internal/db"
	"held/internal/ical"
	"held/practice/calendar"
	"held/practice/carry"
)

// Faces are what is easy to read of an export: people, appointments and articles.
var Faces = []func(*carry.Pack) error{personsFace, appointmentsFace, calendarFace, articlesFace}

// table writes a CSV file of an export.
func table(p *carry.Pack, name string, head []string, rows func(line func(...string)) error) error {
	out, err := p.Create(name)
	if err != nil {
		return err
	}
	w := csv.NewWriter(out)
	line := func(cells ...string) { _ = w.Write(cells) } // w keeps what went wrong
	line(head...)
	if err := rows(line); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func personsFace(p *carry.Pack) error {
	roles := map[db.ID][]string{}
	err := p.Each("people_roles", func(r carry.Row) error {
		roles[r.ID("person_id")] = append(roles[r.ID("person_id")], r.Text("role"))
		return nil
	})
	if err != nil {
		return err
	}
	head := []string{"id", "name", "contact", "roles", "step", "zone", "discretion", "since"}
	return table(p, "persons.csv", head, func(line func(...string)) error {
		return p.Each("people_persons", func(r carry.Row) error {
			id := r.ID("id")
			line(id.String(), cell(r.Text("name")), cell(r.Text("contact")), strings.Join(roles[id], " "), r.Text("step"), r.Text("zone"), r.Text("discretion"), instant(r.Time("made_at")))
			return nil
		})
	})
}

// called are the working names of everybody, and the names of what can be booked.
func called(p *carry.Pack) (map[db.ID]string, error) {
	names := map[db.ID]string{}
	err := p.Each("people_persons", func(r carry.Row) error { names[r.ID("id")] = r.Text("name"); return nil })
	if err != nil {
		return nil, err
	}
	return names, p.Each("calendar_offerings", func(r carry.Row) error {
		var o calendar.Offering
		err := json.Unmarshal([]byte(r.Text("body")), &o)
		names[r.ID("id")] = o.Name
		return err
	})
}

func appointmentsFace(p *carry.Pack) error {
	names, err := called(p)
	if err != nil {
		return err
	}
	head := []string{"id", "start", "end", "zone", "offering", "client", "host", "place", "state", "note"}
	return table(p, "appointments.csv", head, func(line func(...string)) error {
		return p.Each("calendar_appointments", func(r carry.Row) error {
			line(r.ID("id").String(), instant(r.Time("start_at")), instant(r.Time("end_at")), r.Text("zone"), cell(names[r.ID("offering_id")]),
				cell(names[r.ID("client_id")]), cell(names[r.ID("host_id")]), r.Text("place"), r.Text("state"), cell(r.Text("note")))
			return nil
		})
	})
}

func calendarFace(p *carry.Pack) error {
	names, err := called(p)
	if err != nil {
		return err
	}
	w, err := p.Create("appointments.ics")
	if err != nil {
		return err
	}
	house, many := p.House(), ical.NewMany(w)
	err = p.Each("calendar_appointments", func(r carry.Row) error {
		revision, _ := r["revision"].(int64)
		return many.Add(ical.Event{
			UID: r.ID("id").String() + "@" + house.Host, Sequence: int(revision), Method: ical.Publish,
			Start: r.Time("start_at"), End: r.Time("end_at"), Stamp: r.Time("changed_at"),
			Summary: names[r.ID("offering_id")] + " · " + names[r.ID("client_id")], Description: names[r.ID("host_id")],
			OrganizerName: house.Name, OrganizerAddress: house.Email, Cancelled: r.Text("state") == string(calendar.Cancelled),
		})
	})
	if err != nil {
		return err
	}
	return many.Close()
}

// articlesFace writes each article as Markdown: what is public, else the draft.
func articlesFace(p *carry.Pack) error {
	n := 0
	return p.Each("invitation_articles", func(r carry.Row) error {
		body := r.Text("body")
		if body == "" {
			return nil // deleted
		}
		var a invitation.Article
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			return err
		}
		words := a.Public
		if words == nil {
			words = a.Draft
		}
		if words == nil {
			return nil
		}
		n++
		w, err := p.Create("articles/" + strconv.Itoa(n) + "-" + words.Slug + ".md")
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, "# "+words.Title+"\n\n"+words.Summary+"\n\n"+words.Text+"\n")
		return err
	})
}
