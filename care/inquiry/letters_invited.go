package inquiry

import (
	"context"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/mail"
	"held/internal/ui"
	"held/practice/people"
)

// writeInvited invites somebody to choose a time, as long as they can.
func (s *Service) writeInvited(ctx context.Context, _ db.ID, raw []byte) (*mail.Message, error) {
	id, err := read[db.ID](raw)
	if err != nil {
		return nil, err
	}
	i, p, err := s.invitedPerson(ctx, id)
	if err != nil || p.Email() == "" {
		return nil, err
	}
	house, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	out := sheet{Hello: "Hello " + p.Name + ","}
	if p.Discretion == people.Full {
		o, err := s.Calendar.Offering(ctx, i.Offering)
		if err != nil {
			return nil, err
		}
		out.Parts = append(out.Parts, say("You are invited to choose a time for an appointment: "+o.Name+", "+house.Name+". "+feeWords(o.Price)))
	} else {
		out.Parts = append(out.Parts, say("You are invited to choose a time for an appointment."))
	}
	out.Parts = append(out.Parts,
		link("Choose a time", s.InvitationLink(ctx, i.ID)),
		say(untilDay(i, house.Location())),
	)
	return message(ctx, p, house, waitingSubject("You can choose a time", p, house), out)
}

// untilDay says how far an invitation reaches.
func untilDay(i Invitation, zone *time.Location) string {
	words := "The link is for you alone and holds until the end of " + ui.Date(i.lastDay(), zone) + " in " + ui.ZoneCity(zone.String()) + "."
	if left := i.Allowed - i.Used; left > 1 {
		words += " It is good for " + strconv.Itoa(left) + " appointments."
	}
	return words + " You need not do anything."
}

// feeWords is what an appointment costs, as a sentence.
func feeWords(price string) string {
	if price == "" {
		return "It is free."
	}
	return "Fee: " + price + "."
}
