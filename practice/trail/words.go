package trail

import "held/practice/access"

// what names the kinds of things, once for the person whose they are and once
// for the desk.
var what = map[string][2]string{
	"appointment": {"your appointment", "an appointment"},
	"circle":      {"your circle", "the circle"},
	"contact":     {"how to reach you", "the contact"},
	"discretion":  {"how much messages to you may say", "how much messages may say"},
	"hold":        {"a held time", "a held time"},
	"identity":    {"your legal identity", "the legal identity"},
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
	"record":      {"your record", "the record"},
	"team":        {"your care team", "the care team"},
	"waiting":     {"your place on the waiting list", "a place on the waiting list"},
}

// said names what a verb and a kind do not say well side by side, as what does.
var said = map[[2]string][2]string{
	{"added", "person"}:      {"put you on the list of people", "added this person"},
	{"assigned", "inquiry"}:  {"said who is in charge of your inquiry", "said who is in charge of the inquiry"},
	{"assigned", "question"}: {"said who is in charge of your question", "said who is in charge of the question"},
	{"invited", "person"}:    {"invited you into your space", "invited this person into their space"},
	{"left", "waiting"}:      {"ended your place on the waiting list", "ended a place on the waiting list"},
	{"joined", "team"}:       {"put somebody on your care team", "put somebody on the care team"},
	{"showed", "circle"}:     {"showed your circle to one of your care team", "showed their circle to one of the care team"},
	{"hid", "circle"}:        {"stopped showing your circle", "stopped showing their circle"},
	{"decided", "circle"}:    {"decided after “talk first”", "decided after “talk first”"},
	{"left", "team"}:         {"took somebody off your care team", "took somebody off the care team"},
	{"opened", "record"}:     {"opened your record without being on your care team", "opened the record without being on the care team"},
	{"offered", "time"}:      {"offered you an open time", "offered an open time"},
	{"passed", "time"}:       {"let an open time go", "let an open time go"},
	{"turned", "question"}:   {"turned your question into an inquiry", "turned the question into an inquiry"},
	{"waits", "waiting"}:     {"went on the waiting list", "went on the waiting list"},
}

// reasons are the codes of why an appointment was cancelled by somebody here.
var reasons = map[string][2]string{
	"client":   {"because you asked for it", "because the client asked for it"},
	"practice": {"because the practice cannot keep it", "because the practice cannot keep it"},
	"mistake":  {"because it was booked by mistake", "because it was booked by mistake"},
}

// openedFor are the codes of why a record or a legal identity was opened.
var openedFor = map[string]string{
	"emergency": "in an emergency", "safety": "because somebody may be in danger",
	"prescription": "for a prescription", "superbill": "for a superbill",
	"covering": "in place of a colleague who is away", "legal": "because the law asks for it",
}

// Line says in plain words what an entry tells, with its reason where one was
// given: "read your appointment". client chooses the words for the person whose
// it is.
func (e Entry) Line(client bool) string {
	whose := 1
	if client {
		whose = 0
	}
	line := e.plain(whose)
	switch why, known := reasons[e.Why]; {
	case e.Verb == "cancelled" && known && e.Role != string(access.Client):
		line += ", " + why[whose]
	case e.Verb == "opened" && openedFor[e.Why] != "":
		line += ", " + openedFor[e.Why]
	case e.Kind == "role" && e.Why != "":
		line += ": " + e.Why
	}
	return line
}

func (e Entry) plain(whose int) string {
	if words, ok := said[[2]string{e.Verb, e.Kind}]; ok {
		return words[whose]
	}
	if e.Kind == "person" && e.Verb != "read" {
		return e.Verb // "signed in", "signed out everywhere"
	}
	if w, known := what[e.Kind]; known {
		return e.Verb + " " + w[whose]
	}
	return e.Verb + " " + e.Kind
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
