package demo

import (
	"context"

	"held/practice/emergency"
)

// emergencies: the owner wrote the card, and wrote it again when the kit moved.
// Everything on it is invented; the numbers are of nobody.
func (wr *writer) emergencies() {
	card := emergency.Words{
		Address:  "Rua das Marés 14, 2nd floor, Lisbon (invented)",
		Door:     "The blue door between the bookbinder and the café. The bell says Slack Water.",
		Entrance: "A lift for three; the stairs are wide enough for a stretcher. One of us waits at the street door and holds the lift.",
		Say:      "This is Slack Water, a medical practice.\nAn adult was given ketamine by us, at (time), (dose).\nThis is what we see: awake or not, breathing, pulse, blood pressure.\nThe address is Rua das Marés 14, second floor. Somebody stands at the street door.\nOur number is on the wall. We stay on the line.",
		Oxygen:   "Behind the reading chair, mask in the bag below",
		AED:      "None in our rooms; the pharmacy at the corner has one, in its hours",
		Calls: []emergency.Call{
			{Name: "Amadeu, prescriber", Number: "+351 210 000 014", Days: []emergency.Day{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "20:00"},
			{Name: "Leonor, owner and guide", Number: "+351 210 000 015"},
		},
	}
	wr.on(wr.at(-380, 11, 0), func(ctx context.Context) error {
		return wr.Emergency.Save(wr.as(ctx, wr.w.House.Person[0].Key), card, 0)
	})
	wr.on(wr.at(-60, 18, 0), func(ctx context.Context) error {
		card.AED = "In the hall of the house, behind the white lid"
		card.Medicines = "Red case, top shelf of the locked cupboard; Amadeu and Leonor have the key"
		return wr.Emergency.Save(wr.as(ctx, wr.w.House.Person[0].Key), card, 1)
	})
}
