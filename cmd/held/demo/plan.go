package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/calendar"
	"held/rules/availability"
	"held/rules/protocol"
)

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// plan writes rooms, offerings and hours.
func (wr *writer) plan(ctx context.Context) error {
	keeper := wr.as(ctx, wr.w.House.Person[0].Key)
	for _, r := range wr.w.Plan.Room {
		room, err := wr.Calendar.SaveRoom(keeper, calendar.Room{Name: r.Name})
		if err != nil {
			return err
		}
		wr.rooms[r.Key] = room.ID
	}
	if err := wr.hours(keeper); err != nil {
		return err
	}
	for i, o := range wr.w.Plan.Offering {
		saved, err := wr.Calendar.SaveOffering(keeper, wr.offering(i, o))
		if err != nil {
			return fmt.Errorf("%s: %w", o.Key, err)
		}
		wr.offerings[o.Key] = saved
	}
	return wr.away(keeper)
}

func (wr *writer) offering(i int, o offeringWords) calendar.Offering {
	out := calendar.Offering{
		Slug: o.Slug, Name: o.Name, Words: trimmed(o.Summary), Price: price(o.Price, o.Currency), Length: time.Duration(o.Minutes) * time.Minute,
		Before: time.Duration(o.BufferBefore) * time.Minute, After: time.Duration(o.BufferAfter) * time.Minute,
		Notice: time.Duration(o.NoticeHours) * time.Hour, Every: 30 * time.Minute, HorizonDays: o.HorizonDays, PerDay: o.PerDay,
		Where: calendar.Where(o.Where[0]), Hosts: []db.ID{wr.staff[o.Person].ID}, Who: calendar.Who(o.WhoMay), Open: true, Position: i,
		Medicine: protocol.Medicine(o.Medicine), Integration: o.Integration, Places: o.Places,
	}
	if out.Where == calendar.ByVideo {
		out.VideoLink = "https://video.example.org/slack-water"
	}
	if o.Second != "" {
		out.Seconds = []db.ID{wr.staff[o.Second].ID}
	}
	if o.Room != "" && out.Where == calendar.InRoom {
		out.Rooms = []db.ID{wr.rooms[o.Room]}
	}
	return out
}

func price(cents int, currency string) string {
	if cents == 0 {
		return ""
	}
	if currency == "EUR" {
		return fmt.Sprintf("€%d", cents/100)
	}
	return fmt.Sprintf("%d %s", cents/100, currency)
}

func (wr *writer) hours(ctx context.Context) error {
	weeks := map[string]*calendar.Hours{}
	for _, p := range wr.w.House.Person {
		weeks[p.Key] = &calendar.Hours{Person: wr.staff[p.Key].ID, Zone: p.Zone}
	}
	for _, h := range wr.w.Plan.Hours {
		day := &weeks[h.Person].Week[weekdays[h.Day]]
		*day = strings.TrimPrefix(*day+", "+h.From+"–"+h.To, ", ")
	}
	for _, h := range weeks {
		if err := wr.Calendar.SaveHours(ctx, *h); err != nil {
			return err
		}
	}
	return nil
}

func (wr *writer) away(ctx context.Context) error {
	for _, o := range wr.w.Plan.Override {
		date := availability.DateOf(wr.now.AddDate(0, 0, o.InDays), wr.zone)
		err := wr.Calendar.SaveOverride(ctx, wr.staff[o.Person].ID, calendar.Override{
			Date: fmt.Sprintf("%04d-%02d-%02d", date.Year, date.Month, date.Day), Hours: o.From + "–" + o.To,
		})
		if err != nil {
			return err
		}
	}
	for _, a := range wr.w.Plan.Away {
		_, err := wr.Calendar.SaveAway(ctx, calendar.Away{
			Person: wr.staff[a.Person].ID, Start: wr.at(a.InDays, 0, 0), End: wr.at(a.InDays+a.ForDays, 0, 0),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func trimmed(s string) string { return strings.TrimSpace(s) }
