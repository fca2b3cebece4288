package trail_test

import (
	"testing"

	"held/practice/access"
	"held/practice/trail"
)

// TestTheTrailSaysWhy: a reason that was given is read by everybody who reads the line.
func TestTheTrailSaysWhy(t *testing.T) {
	for _, c := range []struct {
		entry        trail.Entry
		theirs, desk string
	}{
		{
			trail.Entry{Verb: "cancelled", Kind: "appointment", Role: "guide", Via: access.Session, Why: "practice"},
			"cancelled your appointment, because the practice cannot keep it", "cancelled an appointment, because the practice cannot keep it",
		},
		{
			trail.Entry{Verb: "cancelled", Kind: "appointment", Role: "coordinator", Via: access.Session, Why: "client"},
			"cancelled your appointment, because you asked for it", "cancelled an appointment, because the client asked for it",
		},
		{ // who cancels by their own link has told nobody why
			trail.Entry{Verb: "cancelled", Kind: "appointment", Role: "client", Via: access.Link, Why: "client"},
			"cancelled your appointment", "cancelled an appointment",
		},
		{
			trail.Entry{Verb: "granted", Kind: "role", Role: "owner", Via: access.Session, Why: "client"},
			"granted what you may open here: client", "granted roles: client",
		},
		{
			trail.Entry{Verb: "waits", Kind: "waiting", Role: "client", Via: access.Public},
			"went on the waiting list", "went on the waiting list",
		},
		{
			trail.Entry{Verb: "invited", Kind: "person", Role: "owner", Via: access.Session},
			"invited you into your space", "invited this person into their space",
		},
		{
			trail.Entry{Verb: "read", Kind: "contact", Subject: [16]byte{1}, Role: "prescriber", Via: access.Session, Surface: trail.Page, Why: "clearance"},
			"read how to reach you, before your clearance", "read the contact, before the clearance",
		},
		{
			trail.Entry{Verb: "read", Kind: "appointment", Subject: [16]byte{1}, Role: "guide", Via: access.Session, Surface: trail.Feed},
			"read your appointment, in a calendar feed", "read an appointment, in a calendar feed",
		},
		{
			trail.Entry{Verb: "made", Kind: "sign-in link", Role: "operator", Via: access.Operator, Surface: trail.Command},
			"made a sign-in link for you", "made a sign-in link for this person",
		},
		{
			trail.Entry{Verb: "exported", Kind: "record", Subject: [16]byte{1}, Role: "owner", Via: access.Session, Surface: trail.Page},
			"took your record along in an export of the whole practice", "took the record along in an export of the whole practice",
		},
		{
			trail.Entry{Verb: "exported", Kind: "practice", Role: "operator", Via: access.Operator, Surface: trail.Command, Why: "9 rows, in the clear"},
			"exported the whole practice: 9 rows, in the clear", "exported the whole practice: 9 rows, in the clear",
		},
		{ // where a list stands is no reason
			trail.Entry{Verb: "read", Kind: "inquiries", Role: "guide", Via: access.Session, Surface: trail.Page, Why: "consultation"},
			"read the list of inquiries", "read the list of inquiries",
		},
	} {
		if theirs, desk := c.entry.Line(true), c.entry.Line(false); theirs != c.theirs || desk != c.desk {
			t.Errorf("%+v: %q, %q", c.entry, theirs, desk)
		}
	}
}
