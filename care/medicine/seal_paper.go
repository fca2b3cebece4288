package medicine

import (
	"context"
	"slices"
	"strconv"

	"held/internal/db"
	"held/practice/access"
	"held/rules/readiness"
	"held/rules/timeline"
)

// paper reckons what would be signed now.
func (s *Service) paper(ctx context.Context, q db.Q, seat Seat, t timeline.Timeline) (p Paper, err error) {
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return p, err
	}
	names, err := s.People.Names(ctx, seat.Client)
	if err != nil {
		return p, err
	}
	p = Paper{
		Practice: paperHouse{access.From(ctx).Practice.String(), st.Name, st.Location().String()},
		Session:  seat.Session.String(), Client: seat.Client.String(), Called: names[seat.Client],
		Planned: paperTimes{seat.Start, seat.End}, Opened: seat.Opened, Ended: seat.Ended, Outcome: seat.Outcome,
		Medicine: paperMedicine{Code: string(seat.Medicine), Name: seat.Medicine.Name(), Protocol: seat.ProtocolVersion},
		Entries:  entriesOf(t), Waiting: t.Waiting,
	}
	if seat.Doc != nil {
		p.Medicine.Limits = seat.Doc.During(seat.Base.Age)
	}
	if base := t.Baseline().BP; base.Known {
		p.Medicine.Baseline = &[2]int{base.Value[0], base.Value[1]}
	}
	p.People = peopleOf(p.Entries)
	if p.Order, err = s.orderPaper(ctx, q, seat.Session); err != nil {
		return p, err
	}
	if p.Left, err = s.leftPaper(ctx, q, seat.Session); err != nil {
		return p, err
	}
	p.Gate, err = s.gatePaper(ctx, seat)
	return p, err
}

// leftPaper is how the session ended, with each condition as it stood when that
// was signed.
func (s *Service) leftPaper(ctx context.Context, q db.Q, session db.ID) (*paperLeft, error) {
	x, err := s.LeftOf(ctx, q, session)
	if err != nil || x.Outcome == "" {
		return nil, err
	}
	out := &paperLeft{Outcome: x.Outcome, Name: x.Name, Role: x.Role, At: x.At, Lines: []paperLine{}}
	add := func(name, text string) {
		if text != "" {
			out.Lines = append(out.Lines, paperLine{name, text})
		}
	}
	for _, c := range x.Conditions {
		add(c.Name, joinParts(": ", []string{standWords(c.State), whyWords(c)}))
	}
	add("Why", x.Why)
	add("Who was told", x.Told)
	add("With", x.Escort)
	if x.Alone {
		add("With", "nobody")
	}
	add("Signed by the person", x.Signed)
	if x.Declined {
		add("Signed by the person", "they did not sign")
	}
	add("To", x.Where)
	if x.Waiting > 0 {
		add("Devices with entries still to come", strconv.Itoa(x.Waiting))
	}
	return out, nil
}

// orderPaper is the order in the lines that the room shows of it.
func (s *Service) orderPaper(ctx context.Context, q db.Q, session db.ID) (*paperOrder, error) {
	if s.Order == nil {
		return nil, nil //nolint:nilnil // no order is no order
	}
	o, there, err := s.Order(reckoning(ctx), q, session)
	if err != nil || !there {
		return nil, err
	}
	out := &paperOrder{ID: o.ID, Lines: []paperLine{}}
	add := func(name, text string) {
		if text != "" {
			out.Lines = append(out.Lines, paperLine{name, text})
		}
	}
	add("Medicine", medicineName(o.Medicine))
	add("Route", o.Route)
	if o.MG != nil {
		add("Dose", o.MG.String()+" mg")
	}
	if o.MGPerKG != nil {
		add("Dose by weight", o.MGPerKG.String()+" mg/kg")
	}
	add("Weight", o.Weight)
	for i, b := range o.Boosters {
		add("Booster "+strconv.Itoa(i+1), boosterWords(b))
	}
	add("Lot", o.Lot)
	add("Drawn up, confirmed by", o.Checked)
	for _, n := range o.Notes {
		add("Noted", n)
	}
	return out, nil
}

func boosterWords(b Booster) string {
	var out []string
	if b.MG != nil {
		out = append(out, b.MG.String()+" mg")
	}
	if b.MGPerKG != nil {
		out = append(out, b.MGPerKG.String()+" mg/kg")
	}
	if b.FromMin != nil {
		out = append(out, "from minute "+strconv.Itoa(*b.FromMin))
	}
	if b.ToMin != nil {
		out = append(out, "until minute "+strconv.Itoa(*b.ToMin))
	}
	return joinParts(", ", out)
}

// gatePaper is over what the keys were turned before the room was opened, and
// what was passed: all of it lies before that moment and does not change.
func (s *Service) gatePaper(ctx context.Context, seat Seat) (out paperGate, err error) {
	out = paperGate{Keys: []paperKey{}, Passed: []paperPass{}, Conditions: []paperLine{}}
	g, err := s.Preparation.Gate(reckoning(ctx), seat.Session)
	if err != nil {
		return out, err
	}
	titles := map[string]string{}
	for _, c := range g.Conditions {
		titles[c.Key] = c.Title.Prescriber
	}
	named := func(id string) string {
		who, err := db.ParseID(id)
		if err != nil {
			return ""
		}
		names, err := s.People.Names(ctx, who)
		if err != nil {
			return ""
		}
		return names[who]
	}
	var seen []readiness.Mark
	for _, role := range []string{readiness.Prescriber, readiness.Guide} {
		var last *readiness.Attestation
		for i, a := range g.History {
			if a.Role == role && !a.At.After(seat.Opened) && (a.Withdrawn.IsZero() || a.Withdrawn.After(seat.Opened)) {
				last = &g.History[i]
			}
		}
		if last != nil {
			out.Keys = append(out.Keys, paperKey{role, named(last.By), last.At})
			seen = last.Seen
		}
	}
	for _, m := range seen {
		out.Conditions = append(out.Conditions, paperLine{titles[m.Key], markedAs[m.State]})
	}
	for _, o := range g.Overrides {
		if slices.Contains(seat.Passed, o.Rule) && !o.At.After(seat.Opened) {
			out.Passed = append(out.Passed, paperPass{titles[o.Rule], o.Why, named(o.By), o.At})
		}
	}
	return out, nil
}

var markedAs = map[readiness.State]string{
	readiness.Met: "settled", readiness.Overridden: "passed by the prescriber", readiness.Open: "still to do", readiness.Unknown: "not known", readiness.Closed: "not met",
}
