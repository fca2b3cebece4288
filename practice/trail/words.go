package trail

import "held/practice/access"

// what names the kinds of things, once for the person whose they are and once
// for the desk.
var what = map[string][2]string{
	"appointment": {"your appointment", "an appointment"},
	"contact":     {"how to reach you", "the contact"},
	"discretion":  {"how much messages to you may say", "how much messages may say"},
	"hold":        {"a held time", "a held time"},
	"inquiries":   {"the list of inquiries", "the list of inquiries"},
	"inquiry":     {"your inquiry", "the inquiry"},
	"message":     {"a message", "a message"},
	"note":        {"what you wrote when booking", "what was written when booking"},
	"offer":       {"an offered time", "an offered time"},
	"person":      {"your page at the desk", "the page"},
	"question":    {"your question", "the question"},
	"questions":   {"the list of questions", "the list of questions"},
	"role":        {"what you may open here", "roles"},
	"step":        {"your place on the path", "the place on the path"},
	"waiting":     {"your place on the waiting list", "a place on the waiting list"},
}

// Line says in plain words what an entry tells: "read your appointment".
// client chooses the words for the person whose it is.
func (e Entry) Line(client bool) string {
	if e.Kind == "person" && e.Verb != "read" {
		return e.Verb // "signed in", "signed out everywhere"
	}
	w, known := what[e.Kind]
	switch {
	case !known:
		return e.Verb + " " + e.Kind
	case client:
		return e.Verb + " " + w[0]
	}
	return e.Verb + " " + w[1]
}

// Who says who did it: the working name and the role, or what stands for them.
func (e Entry) Who(name string, own bool) string {
	switch {
	case own:
		return "You"
	case e.Via == access.System:
		return "The program"
	case e.Via == access.Operator:
		return "The operator"
	case e.Via == access.Public || name == "":
		return "A visitor"
	}
	return name + ", " + e.Role
}
