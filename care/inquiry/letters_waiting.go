package inquiry

import (
	"context"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/mail"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
)

// waitingToken and offerToken are the signed words in the waiting list's links.
func (s *Service) waitingToken(ctx context.Context, id db.ID) string {
	return s.Vault.Token(access.From(ctx).Practice, "inquiry.waiting", id[:])
}

func (s *Service) offerToken(ctx context.Context, id db.ID) string {
	return s.Vault.Token(access.From(ctx).Practice, "inquiry.offer", id[:])
}

func (s *Service) leaveLink(ctx context.Context, w Waiting) part {
	return link("Leave the waiting list", s.Base+"/wait/"+s.waitingToken(ctx, w.ID))
}

// writeWaiting confirms a place on the list.
func (s *Service) writeWaiting(ctx context.Context, subject db.ID, raw []byte) (*mail.Message, error) {
	id, err := read[db.ID](raw)
	if err != nil {
		return nil, err
	}
	w, p, house, err := s.waits(ctx, id, subject)
	if err != nil || p.Email() == "" || p.Quiet() {
		return nil, err
	}
	out := sheet{Hello: "Hello " + p.Name + ",", Parts: []part{
		say("You are on the waiting list. When a time opens, we write to you; you then have up to " + hoursWords(house.OfferHours) + " to take it or to let it go."),
	}}
	if p.Discretion == people.Full {
		if o, err := s.Calendar.Offering(ctx, w.Offering); err == nil {
			out.Parts = append(out.Parts, say(o.Name+", "+house.Name))
		}
	}
	out.Parts = append(out.Parts, s.leaveLink(ctx, w))
	return message(ctx, p, house, waitingSubject("You are on the waiting list", p, house), out)
}

// writeOffer offers a time, as long as nobody has let it go meanwhile.
func (s *Service) writeOffer(ctx context.Context, subject db.ID, raw []byte) (*mail.Message, error) {
	id, err := read[db.ID](raw)
	if err != nil {
		return nil, err
	}
	x, err := s.offer(ctx, s.DB.Reader(), id)
	if fault.Is(err, fault.NotFound) || err == nil && x.State != OfferOpen {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w, p, house, err := s.waits(ctx, x.Waiting, subject)
	if err != nil || p.Email() == "" || p.Quiet() {
		return nil, err
	}
	zone := zoneOr(w.Zone, house)
	out := sheet{Hello: "Hello " + p.Name + ",", Parts: []part{
		say("A time has opened:"), say(ui.WhenBoth(x.Start, zone, house.Location())),
		link("Take this time, or let it go", s.Base+"/offers/"+s.offerToken(ctx, x.ID)),
		say("It is kept for you until " + ui.WhenBoth(x.Expires, zone, house.Location()) + ". You need not do anything; you stay on the waiting list for other times."),
		s.leaveLink(ctx, w),
	}}
	if p.Discretion == people.Full {
		if o, err := s.Calendar.Offering(ctx, w.Offering); err == nil {
			out.Parts[0] = say("A time has opened for " + o.Name + " at " + house.Name + ":")
		}
	}
	return message(ctx, p, house, waitingSubject("A time has opened", p, house), out)
}

func waitingSubject(words string, p people.Person, house settings.Practice) string {
	if p.Discretion == people.Full {
		return words + " at " + house.Name
	}
	return words
}

// waits loads somebody on the waiting list; a zero person when they have left it.
func (s *Service) waits(ctx context.Context, id, person db.ID) (w Waiting, p people.Person, house settings.Practice, err error) {
	w, err = s.waiting(ctx, s.DB.Reader(), id)
	if fault.Is(err, fault.NotFound) || err == nil && w.State != StillWaiting {
		return w, p, house, nil
	}
	if err != nil {
		return w, p, house, err
	}
	if house, err = s.Settings.Get(ctx); err != nil {
		return w, p, house, err
	}
	p, err = s.People.Get(ctx, s.DB.Reader(), person)
	return w, p, house, err
}
