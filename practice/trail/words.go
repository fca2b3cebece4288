package trail

import (
	"maps"
	"slices"

	"held/practice/access"
)

// what names the kinds of things, once for the person whose they are and once
// for the desk.
var what = map[string][2]string{
	"account":           {"your account at the identity provider", "an account at the identity provider"},
	"adverse event":     {"an adverse event of yours", "an adverse event"},
	"adverse events":    {"your adverse events", "the adverse events"},
	"adverse report":    {"a report of an adverse event of yours", "the report of an adverse event"},
	"adverse list":      {"the practice's list of adverse events", "the list of adverse events"},
	"adverse file":      {"the practice's list of adverse events, as a file", "the list of adverse events, as a file"},
	"after":             {"what stays with you after your time", "what stays after a held time"},
	"anchor":            {"an anchor of the trail", "an anchor of the trail"},
	"answers":           {"your answers to a form", "the answers to a form"},
	"app":               {"an authenticator app of yours", "an authenticator app"},
	"appointment":       {"your appointment", "an appointment"},
	"article":           {"an article", "an article"},
	"backup":            {"a backup", "a backup"},
	"before a session":  {"the questions before your session", "the questions before a session"},
	"bridge note":       {"a note that your guide and your prescriber sign together", "a bridge note"},
	"called device":     {"a device of yours that is called", "a device that is called"},
	"calls to devices":  {"how the practice calls devices", "how devices are called"},
	"capture":           {"a page to leave something for your journal on", "capture on the practice's tablet"},
	"change":            {"what you say has changed", "what was told to have changed"},
	"chart note":        {"a note in your prescriber's chart", "a chart note"},
	"change value":      {"what counts as a change", "what counts as a change"},
	"rating":            {"what was noted of you in sessions", "ratings by clinicians"},
	"check-in":          {"your check-ins", "check-ins"},
	"circle":            {"your circle", "the circle"},
	"consent paper":     {"a document to be signed", "a document to be signed"},
	"consent":           {"your consent", "a consent"},
	"contact":           {"how to reach you", "the contact"},
	"course":            {"your course", "a course"},
	"database":          {"the database", "the database"},
	"discretion":        {"how much messages to you may say", "how much messages may say"},
	"emergency card":    {"the practice's emergency card", "the emergency card"},
	"escort":            {"who brings you home", "the escort"},
	"everything":        {"everything that is yours here", "everything of theirs"},
	"export":            {"an export of the practice", "an export of the practice"},
	"form":              {"a form of yours", "a form"},
	"hold":              {"a held time", "a held time"},
	"hours":             {"working hours", "working hours"},
	"identity":          {"your legal identity", "the legal identity"},
	"inquiries":         {"the list of inquiries", "the list of inquiries"},
	"inquiry":           {"your inquiry", "the inquiry"},
	"intention":         {"your shared intention", "a shared intention"},
	"invitation":        {"your invitation to book", "an invitation to book"},
	"invitations":       {"the list of invitations", "the list of invitations"},
	"keys":              {"the keys", "the keys"},
	"look":              {"what you asked about a line here", "what was asked about a line of the trail"},
	"medication hold":   {"what to pause before your session", "a medication hold"},
	"after-care sheet":  {"what you take home from a session", "an after-care sheet"},
	"after-care text":   {"the practice's after-care text", "an after-care text"},
	"medicine session":  {"your medicine session", "a medicine session"},
	"medicine room":     {"what was written during your medicine session", "the medicine room of a session"},
	"message":           {"a message", "a message"},
	"name":              {"what you are called here", "the working name"},
	"note search":       {"your notes in a search", "the notes in a search"},
	"note template":     {"headings for notes", "headings for notes"},
	"note":              {"what you wrote when booking", "what was written when booking"},
	"notes list":        {"the page of their open notes", "the page of their open notes"},
	"notes":             {"the list of notes about you", "the list of notes"},
	"offer":             {"an offered time", "an offered time"},
	"offering":          {"an offering", "an offering"},
	"open invitation":   {"an open invitation", "an open invitation"},
	"outcomes":          {"what everybody's answers say together", "what everybody's answers say together"},
	"passkey":           {"a passkey of yours", "a passkey"},
	"people":            {"the list of people", "the list of people"},
	"person":            {"your page at the desk", "the page"},
	"plan of check-ins": {"the plan of check-ins", "the plan of check-ins"},
	"practice":          {"the practice from a backup", "the practice from a backup"},
	"process note":      {"a note of their own about your time", "a note of their own"},
	"profile":           {"how you are shown on the site", "how somebody is shown on the site"},
	"progress note":     {"a progress note in your record", "a progress note"},
	"protocol":          {"a protocol", "a protocol"},
	"question":          {"your question", "the question"},
	"questions":         {"the list of questions", "the list of questions"},
	"readiness":         {"the readiness of your session", "the readiness of a session"},
	"record":            {"your record", "the record"},
	"recovery":          {"recovery codes of yours", "recovery codes"},
	"role":              {"what you may open here", "roles"},
	"room":              {"a room", "a room"},
	"saved answer":      {"a saved answer", "a saved answer"},
	"session":           {"a session of yours", "a session"},
	"session record":    {"the record of your session", "the record of a session"},
	"settings":          {"the settings", "the settings"},
	"shared entry":      {"an entry that you share", "a shared entry"},
	"sign-in link":      {"a sign-in link", "a sign-in link"},
	"sign-in":           {"your sign-in", "the sign-in"},
	"step":              {"your place on the path", "the place on the path"},
	"team":              {"your care team", "the care team"},
	"time":              {"an open time", "an open time"},
	"to bring":          {"what you are to bring", "what they are to bring"},
	"today":             {"the page of the day", "the page of the day"},
	"trail":             {"the practice's trail", "the practice's trail"},
	"vitals":            {"your blood pressure and pulse", "vitals"},
	"waiting list":      {"the waiting list", "the waiting list"},
	"waiting":           {"your place on the waiting list", "a place on the waiting list"},
	"week":              {"the week in the calendar", "the week in the calendar"},
	"welcome list":      {"the list of invitations to work here or to a space", "the list of invitations to work here or to a space"},
	"welcome":           {"your invitation", "an invitation to work here or to a space"},
	"words said":        {"words that you said in your session", "words that were said in a session"},
	"words":             {"the words on the site", "the words on the site"},
	"alert protocol":    {"who is told of alerts", "who is told of alerts"},
	"alert":             {"an alert about your safety", "an alert"},
	"chart":             {"what you answered, and what speaks for care", "the screening"},
	"clearance":         {"the decision about your going on", "the decision"},
	"decision letter":   {"the letter of a decision", "the letter of a decision"},
	"request":           {"what you were asked for", "a request"},
	"screening list":    {"the list of who waits for a decision", "the list of who waits for a decision"},
	"value":             {"a value of yours", "a value"},
	"instrument":        {"an instrument", "an instrument"},
	"order":             {"the order for your medicine session", "an order for a medicine session"},
	"drawn dose":        {"what was drawn up for you", "what was drawn up"},
	"dose":              {"a dose that you were given", "a dose"},
	"ledger":            {"the ledger of controlled substances", "the ledger of controlled substances"},
	"life event":        {"something that happened in your life", "something that happened in their life"},
}

// Kinds lists the kinds of things that can be on the trail.
func Kinds() []string { return slices.Sorted(maps.Keys(what)) }

// said names what a verb and a kind do not say well side by side, as what does.
var said = map[[2]string][2]string{
	{"signed", "order"}:                     {"signed the order for your medicine session", "signed an order for a medicine session"},
	{"withdrew", "order"}:                   {"withdrew the order for your medicine session", "withdrew an order for a medicine session"},
	{"passed", "drawn dose"}:                {"went on without a second person's look at what is drawn up, with a reason", "went on without a second person's look at what is drawn up"},
	{"confirmed", "drawn dose"}:             {"confirmed, as a second person, what was drawn up for you", "confirmed what was drawn up"},
	{"gave", "dose"}:                        {"entered a dose that you were given", "entered a dose that was given"},
	{"undid", "dose"}:                       {"took back the entry of a dose", "took back the entry of a dose"},
	{"began", "ledger"}:                     {"began a lot in the ledger of controlled substances", "began a lot in the ledger of controlled substances"},
	{"received", "ledger"}:                  {"entered a receipt in the ledger of controlled substances", "entered a receipt in the ledger of controlled substances"},
	{"drew up", "ledger"}:                   {"drew up medicine for your session", "drew up medicine for a session"},
	{"gave", "ledger"}:                      {"entered what you were given in the ledger of controlled substances", "entered what was given in the ledger of controlled substances"},
	{"wasted", "ledger"}:                    {"entered a waste in the ledger of controlled substances", "entered a waste in the ledger of controlled substances"},
	{"counted", "ledger"}:                   {"counted a lot of a controlled substance", "counted a lot of a controlled substance"},
	{"recorded", "ledger"}:                  {"recorded that a count differs from the ledger", "recorded that a count differs from the ledger"},
	{"explained", "ledger"}:                 {"explained a difference in the ledger", "explained a difference in the ledger"},
	{"witnessed", "ledger"}:                 {"confirmed an entry of the ledger as its witness", "confirmed an entry of the ledger as its witness"},
	{"corrected", "ledger"}:                 {"entered a counter-entry in the ledger", "entered a counter-entry in the ledger"},
	{"put away", "ledger"}:                  {"put a lot away", "put a lot away"},
	{"decided", "ledger"}:                   {"decided how a count is made", "decided how a count is made"},
	{"exported", "ledger"}:                  {"took the ledger of controlled substances along", "took the ledger of controlled substances along"},
	{"accepted", "escort"}:                  {"said that they bring you home", "said that they bring the client home"},
	{"acknowledged", "alert"}:               {"has taken on the alert about your safety", "acknowledged an alert"},
	{"answered", "request"}:                 {"answered what you were asked", "answered a request"},
	{"asked", "request"}:                    {"asked you for something", "asked the client for something"},
	{"marked", "clearance"}:                 {"marked the decision to be looked at again, because answers have changed", "marked a decision to be looked at again"},
	{"raised", "alert"}:                     {"told the practice at once of an answer about your safety", "raised an alert"},
	{"received", "request"}:                 {"received what you had released", "received what was released"},
	{"refused", "request"}:                  {"would rather not give what you were asked", "would rather not give what was asked"},
	{"sent", "decision letter"}:             {"sent you the letter of a decision", "sent the letter of a decision"},
	{"signed", "clearance"}:                 {"signed a decision about your going on", "signed a decision"},
	{"signed", "request"}:                   {"signed a release of information", "signed a release of information"},
	{"told every clinician", "alert"}:       {"told every clinician here of it", "told every clinician of an alert"},
	{"told the care team", "alert"}:         {"told your care team of it", "told the care team of an alert"},
	{"told the deputy", "alert"}:            {"told the deputy of it", "told the deputy of an alert"},
	{"told the named clinician", "alert"}:   {"told the named clinician of it", "told the named clinician of an alert"},
	{"took back", "request"}:                {"took back what you were asked", "took back a request"},
	{"withdrew", "request"}:                 {"took a release of information back", "took a release of information back"},
	{"followed up", "adverse event"}:        {"wrote how an adverse event of yours went on", "followed up an adverse event"},
	{"judged", "adverse event"}:             {"judged whether the medicine has to do with an adverse event of yours", "judged an adverse event"},
	{"reminded of", "adverse event"}:        {"reminded your care team to ask how an adverse event went on", "told the care team that a follow-up is due"},
	{"signed", "adverse event"}:             {"closed an adverse event of yours and signed it", "closed and signed an adverse event"},
	{"wrote", "adverse event"}:              {"wrote down an adverse event of yours", "wrote down an adverse event"},
	{"took", "adverse file"}:                {"took the practice's list of adverse events along as a file, without names", "took the list of adverse events along as a file, without names"},
	{"added", "session record"}:             {"added something, signed, to the record of your session", "added an addendum to the record of a session"},
	{"kept", "words said"}:                  {"kept words that you said in your session", "kept words that they said in a session"},
	{"removed", "words said"}:               {"took words away that you had said in your session", "took words away that they had said in a session"},
	{"sealed", "session record"}:            {"sealed the record of your session: every part of it was signed", "sealed the record of a session"},
	{"signed", "session record"}:            {"signed a part of the record of your session", "signed a part of the record of a session"},
	{"verified", "session record"}:          {"proved the records of sessions", "proved the records of sessions"},
	{"added", "person"}:                     {"put you on the list of people", "added this person"},
	{"agreed", "consent"}:                   {"agreed to sign electronically", "agreed to sign electronically"},
	{"answered", "consent"}:                 {"answered the questions beside a consent", "answered the questions beside a consent"},
	{"countersigned", "consent"}:            {"signed your consent as well, after the talk", "signed the consent as well, after the talk"},
	{"ended", "consent"}:                    {"ended signing electronically", "ended signing electronically"},
	{"named", "consent"}:                    {"named somebody whom the practice may speak with once it is signed", "named somebody whom the practice may speak with once it is signed"},
	{"talked", "consent"}:                   {"wrote down that a talk about your consent was held", "wrote down that a talk about the consent was held"},
	{"verified", "consent"}:                 {"proved the signatures under consents", "proved the signatures under consents"},
	{"withdrew", "consent"}:                 {"withdrew a consent", "withdrew a consent"},
	{"answered", "look"}:                    {"answered what you asked about a line here", "answered what was asked about a line of the trail"},
	{"answered", "shared entry"}:            {"answered an entry that you share", "answered a shared entry"},
	{"asked to erase", "everything"}:        {"asked to have everything erased", "asked to have everything erased"},
	{"arrived", "escort"}:                   {"came to bring you home", "came to bring the client home"},
	{"asked", "check-in"}:                   {"asked you for a check-in", "asked for a check-in"},
	{"asked", "escort"}:                     {"asked somebody to bring you home", "asked somebody to bring them home"},
	{"asked", "look"}:                       {"asked about a line here", "asked about a line of their trail"},
	{"assigned", "inquiry"}:                 {"said who is in charge of your inquiry", "said who is in charge of the inquiry"},
	{"assigned", "question"}:                {"said who is in charge of your question", "said who is in charge of the question"},
	{"attested", "readiness"}:               {"said yes to your session", "attested to the readiness of a session"},
	{"declined", "escort"}:                  {"said that they cannot bring you home", "said that they cannot bring the client home"},
	{"decided", "circle"}:                   {"decided after “talk first”", "decided after “talk first”"},
	{"ended", "medicine session"}:           {"said how your medicine session ended", "said how a medicine session ended"},
	{"gave", "after-care sheet"}:            {"gave you what you take home from a session", "gave an after-care sheet"},
	{"wrote", "after-care sheet"}:           {"wrote your own words on what you take home", "wrote their own words on an after-care sheet"},
	{"erased", "clinical"}:                  {"erased what was written about your health and care", "erased what was written about health and care"},
	{"erased", "contact"}:                   {"erased how you are called and reached", "erased name and contact"},
	{"erased", "identity"}:                  {"erased your legal name", "erased the legal name"},
	{"erased", "process"}:                   {"erased the guide's own notes", "erased the process notes"},
	{"exported", "practice"}:                {"exported the whole practice", "exported the whole practice"},
	{"loaded", "instrument"}:                {"loaded an instrument", "loaded an instrument"},
	{"rated", "rating"}:                     {"rated by a scale how you were", "rated by a scale how the client was"},
	{"corrected", "rating"}:                 {"corrected a rating of you", "corrected a rating by a scale"},
	{"set", "change value"}:                 {"set what counts as a change of a score", "set what counts as a change of a score"},
	{"noted", "life event"}:                 {"noted something that happened in your life", "noted something that happened in their life"},
	{"took out", "life event"}:              {"took out something that happened in your life", "took out something that happened in their life"},
	{"began", "protocol"}:                   {"began a draft of a protocol", "began a draft of a protocol"},
	{"changed", "protocol"}:                 {"changed a draft of a protocol", "changed a draft of a protocol"},
	{"imported", "protocol"}:                {"brought a protocol here as a draft", "brought a protocol here as a draft"},
	{"removed", "protocol"}:                 {"threw a draft of a protocol away", "threw a draft of a protocol away"},
	{"superseded", "protocol"}:              {"let a protocol end with the one that was signed", "let a protocol end with the one that was signed"},
	{"withdrew", "protocol"}:                {"took a protocol out of use", "took a protocol out of use"},
	{"exported", "record"}:                  {"took your record along in an export of the whole practice", "took the record along in an export of the whole practice"},
	{"gave", "form"}:                        {"gave you a form to fill in", "gave a form to fill in"},
	{"hid", "circle"}:                       {"stopped showing your circle", "stopped showing their circle"},
	{"imported", "practice"}:                {"brought the practice here from an export", "brought the practice here from an export"},
	{"invited", "invitation"}:               {"invited you to book a time", "invited this person to book a time"},
	{"invited", "person"}:                   {"invited you into your space", "invited this person into their space"},
	{"invited", "welcome"}:                  {"invited you", "invited somebody to work here or to a space"},
	{"joined", "team"}:                      {"put somebody on your care team", "put somebody on the care team"},
	{"laid", "course"}:                      {"booked your course", "laid a course over the calendar"},
	{"left", "team"}:                        {"took somebody off your care team", "took somebody off the care team"},
	{"left", "waiting"}:                     {"ended your place on the waiting list", "ended a place on the waiting list"},
	{"made", "sign-in link"}:                {"made a sign-in link for you", "made a sign-in link for this person"},
	{"migrated", "database"}:                {"brought the database to a newer version", "brought the database to a newer version"},
	{"offered", "time"}:                     {"offered you an open time", "offered an open time"},
	{"opened", "capture"}:                   {"opened capture for you on the practice's tablet", "opened capture on the practice's tablet"},
	{"opened", "record"}:                    {"opened your record without being on your care team", "opened the record without being on the care team"},
	{"entered", "medicine room"}:            {"wrote something down during your medicine session", "made entries in the medicine room"},
	{"opened", "medicine room"}:             {"opened the room of your medicine session", "opened the medicine room of a session"},
	{"moved", "medicine room"}:              {"moved your medicine session into another room", "brought a session into another medicine room"},
	{"passed", "readiness"}:                 {"decided to go on without a condition", "passed a condition of a session"},
	{"passed", "time"}:                      {"let an open time go", "let an open time go"},
	{"put on the agenda", "shared entry"}:   {"put an entry that you share on the agenda of a time together", "put a shared entry on the agenda of a time together"},
	{"refused", "tries"}:                    {"gave several wrong codes", "gave several wrong codes"},
	{"shared", "shared entry"}:              {"shared an entry of your journal", "shared an entry of their journal"},
	{"showed", "circle"}:                    {"showed your circle to one of your care team", "showed their circle to one of the care team"},
	{"signed in", "device"}:                 {"signed in in a browser that was new", "signed in in a browser that was new"},
	{"took back", "invitation"}:             {"took back your invitation to book", "took back the invitation to book"},
	{"told", "change"}:                      {"told us that something has changed", "told that something has changed"},
	{"took off", "escort"}:                  {"asked them no more to bring you home", "asked the escort no more"},
	{"took off the agenda", "shared entry"}: {"took an entry that you share off the agenda", "took a shared entry off the agenda"},
	{"turned", "question"}:                  {"turned your question into an inquiry", "turned the question into an inquiry"},
	{"waits", "waiting"}:                    {"went on the waiting list", "went on the waiting list"},
	{"told of an end", "readiness"}:         {"told your care team that something ends before your session", "told the care team that something ends before a session"},
	{"withdrew", "readiness"}:               {"took back their yes to your session", "withdrew a key to a session"},
	{"withdrew", "shared entry"}:            {"withdrew an entry that was shared", "withdrew a shared entry"},
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
	"prescription": "for a prescription", "superbill": "for a receipt for insurance",
	"covering": "in place of a colleague who is away", "legal": "because the law asks for it",
}

// around are the codes of why somebody read: where on the path the person stood.
var around = map[string][2]string{
	"inquiry":      {"during your inquiry", "during the inquiry"},
	"consultation": {"around your consultation", "around the consultation"},
	"screening":    {"during your screening", "during the screening"},
	"clearance":    {"before your clearance", "before the clearance"},
	"consent":      {"before your consent", "before the consent"},
	"preparation":  {"during your preparation", "during the preparation"},
	"medicine":     {"around your medicine session", "around the medicine session"},
	"integration":  {"during your integration", "during the integration"},
	"ripple":       {"in the months after", "in the months after"},
	"closing":      {"at your closing", "at the closing"},
}

// through is said of surfaces other than a page.
var through = map[Surface]string{
	JSON: "as data for a program", Command: "by a command on the machine", Feed: "in a calendar feed", Backup: "in a backup",
}

// Words is a surface as the owner's page names it.
func (s Surface) Words() string {
	switch s {
	case JSON:
		return "data for a program"
	case Command:
		return "command on the machine"
	case Worker:
		return "background work"
	case "": // before surfaces were kept
		return ""
	}
	return string(s)
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
	when, standing := around[e.Why]
	switch why, known := reasons[e.Why]; {
	case e.Verb == "read" && standing && !e.Subject.IsZero():
		line += ", " + when[whose]
	case e.Verb == "cancelled" && known && e.Role != string(access.Client):
		line += ", " + why[whose]
	case e.Verb == "opened" && openedFor[e.Why] != "":
		line += ", " + openedFor[e.Why]
	case e.Verb == "exported" && e.Kind == "practice", e.Verb == "imported" && e.Kind == "practice", e.Kind == "export":
		line += ": " + e.Why
	case e.Kind == "role" && e.Why != "":
		line += ": " + e.Why
	}
	if by := through[e.Surface]; by != "" && e.Via != access.Operator { // the operator has nothing but commands
		line += ", " + by
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

// escortRole is said of whoever brings a client home and has no account here.
const escortRole = "escort"

// Who says who did it: the working name and the role, or what stands for them.
// client chooses the words for the person whose it is.
func (e Entry) Who(name string, own, client bool) string {
	switch {
	case own:
		return "You"
	case e.Via == access.System:
		return "The program"
	case e.Via == access.Operator:
		return "The operator"
	case e.Role == escortRole && client:
		return "Your escort"
	case e.Role == escortRole:
		return "The escort"
	case e.Via == access.Public || name == "":
		return "A visitor"
	case client && e.Role == string(access.Owner):
		return name + ", the owner of the practice"
	case client && e.Role != string(access.Client):
		return name + ", your " + e.Role
	}
	return name + ", " + e.Role
}
