package access

import "held/internal/db"

// Class is the kind of a resource; the policy speaks about classes.
type Class string

// The classes of what Held keeps.
const (
	Site      Class = "site"      // the public site: words, articles, people as they present themselves
	Times     Class = "times"     // free times, without anybody's name
	Booking   Class = "booking"   // taking a time for oneself
	Asking    Class = "asking"    // asking a question, reading the answer with its code
	Calendar  Class = "calendar"  // appointments with working names
	Hours     Class = "hours"     // somebody's working hours and time away
	People    Class = "people"    // working names and where somebody stands
	Contact   Class = "contact"   // how to reach somebody
	Identity  Class = "identity"  // legal name, birth date, what a prescription or a superbill needs
	Notes     Class = "notes"     // what somebody wrote when booking
	Process   Class = "process"   // the guide's own notes of therapy, apart from the record
	Clinical  Class = "clinical"  // the clinical record
	Progress  Class = "progress"  // the guide's part of the record
	Chart     Class = "chart"     // the prescriber's chart
	Bridge    Class = "bridge"    // what guide and prescriber have signed together
	Signing   Class = "signing"   // signing a note
	Templates Class = "templates" // headings to begin a note from
	Measures  Class = "measures"  // answers and scores
	Forms     Class = "forms"     // the library of forms
	Answers   Class = "answers"   // what a client answered in forms, where guide and prescriber read it; giving them forms
	Outcomes  Class = "outcomes"  // what everybody's answers say together, above a least number of people
	Alerts    Class = "alerts"    // that somebody's safety may be at stake, and what was done
	Clearance Class = "clearance" // the prescriber's decision, with its conditions
	Journal   Class = "journal"   // the sealed journal, as ciphertext
	Keyring   Class = "keyring"   // the keys of one's own journal, or of what clients share, sealed
	Shared    Class = "shared"    // what a client shares out of their journal, and what is answered, as ciphertext
	Circle    Class = "circle"    // people and places a client does not want to meet here
	Money     Class = "money"     // invoices and payments
	Team      Class = "team"      // who is on a client's care team
	Glass     Class = "glass"     // opening a record without being on its team
	Questions Class = "questions" // the question box's inbox
	Inquiries Class = "inquiries" // the board, the waiting list
	Articles  Class = "articles"  // drafts and editing
	Settings  Class = "settings"  // the practice's settings
	Staff     Class = "staff"     // roles and invitations
	Trail     Class = "trail"     // who did and read what about somebody
	Ledger    Class = "ledger"    // the whole practice's trail, and answering what is asked about it
	Letters   Class = "letters"   // the outbox's state, never its content
	Consent   Class = "consent"   // what a client agreed to, signed and withdrew, and the talks about it, at the desk
	Papers    Class = "papers"    // the practice's documents to be signed: their drafts and versions
	Own       Class = "own"       // what is a client's own
	Gate      Class = "gate"      // readiness of a client's medicine session; the guide's key to it
	Orders    Class = "orders"    // the prescriber's key, medication holds, going on against a condition
	Vitals    Class = "vitals"    // what is measured before and during a session
	Room      Class = "room"      // what is entered and seen while a medicine session is held
	Courses   Class = "courses"   // templates of linked sessions
	Leaving   Class = "leaving"   // taking along, or having erased, everything of one's own
	Export    Class = "export"    // the practice, or its trail, to take elsewhere
	Protocol  Class = "protocol"  // the practice's protocols of its medicines
	Seal      Class = "seal"      // signing a protocol, and taking one out of use

	GuideAnswers      Class = "guide-answers"      // answers that a form keeps for the guide
	PrescriberAnswers Class = "prescriber-answers" // answers that a form keeps for the prescriber
)

// Classes lists every class, for the matrix.
var Classes = []Class{
	Site, Times, Booking, Asking, Calendar, Hours, People, Contact, Identity, Notes, Process, Clinical, Progress, Chart, Bridge, Signing,
	Templates, Measures, Journal, Keyring, Shared, Circle, Money, Team, Glass, Questions, Inquiries, Articles, Settings, Staff, Trail, Ledger,
	Letters, Consent, Papers, Own, Gate, Orders, Vitals, Room, Courses, Leaving, Export, Protocol, Seal, Forms, Answers, GuideAnswers, PrescriberAnswers,
	Outcomes, Alerts, Clearance,
}

// Reason is why somebody opens what is not open by itself: a code from a list.
type Reason string

// The reasons.
const (
	Prescription Reason = "prescription"
	Emergency    Reason = "emergency"
	Superbill    Reason = "superbill"
	Legal        Reason = "legal"
	Covering     Reason = "covering" // a colleague is away
	Safety       Reason = "safety"   // somebody may be in danger
)

// Resource is one thing, or, with only a class, any thing of that class.
type Resource struct {
	Class   Class
	Subject db.ID  // the person whose it is, when it is somebody's
	Charge  db.ID  // the person in charge of it, when somebody is
	Reason  Reason // why it is to be opened, where that must be said
}

// grant says who may do one thing with one class.
type grant struct {
	open     bool                           // anybody, known or not
	roles    []Role                         // whoever holds one of these
	team     []Role                         // whoever is on the client's care team in one of these
	glass    bool                           // the team's roles also for a stated reason, for a while
	relation func(a Actor, r Resource) bool // because of who they are to the thing
	reasons  map[Reason][]Role              // a reason must be stated, and is one of these roles' to have
	strong   bool                           // staff must have signed in with a passkey or a second factor
	fresh    bool                           // must have proved who they are within ten minutes
	never    bool                           // not by a command on the machine either
}

// identityReasons: a reason from the list, by whose work it is.
var identityReasons = map[Reason][]Role{
	Prescription: {Prescriber}, Emergency: {Owner, Guide, Prescriber, Coordinator},
	Superbill: {Owner, Coordinator}, Legal: {Owner, Guide, Prescriber},
}

var glassReasons = map[Reason][]Role{Emergency: clinicians, Covering: clinicians, Safety: clinicians, Legal: clinicians}

var (
	everyone   = []Role{Owner, Guide, Prescriber, Attendant, Coordinator}
	schedulers = []Role{Owner, Guide, Prescriber, Coordinator}
	front      = []Role{Owner, Guide, Coordinator}
	office     = []Role{Owner, Coordinator}
	clinicians = []Role{Guide, Prescriber, Attendant}
	pair       = []Role{Guide, Prescriber}
)

// policy is the whole of it: what is not here may nobody. A role alone opens
// what the house needs to run; a person's record opens to those on their care
// team, to nobody by rank.
var policy = map[Class]map[Verb]grant{
	Site:     {Read: {open: true}, Write: {}},
	Times:    {Read: {open: true}, Write: {}},
	Booking:  {Read: {open: true}, Write: {open: true}},
	Asking:   {Read: {open: true}, Write: {open: true}},
	Calendar: {Read: {roles: everyone, relation: holder}, Write: {roles: schedulers, relation: holder}},
	Hours:    {Read: {roles: everyone}, Write: {roles: office, relation: colleague}},
	People:   {Read: {roles: everyone}, Write: {roles: front}},
	Contact:  {Read: {roles: office, team: pair, glass: true}, Write: {roles: office, team: []Role{Guide}}},
	Identity: {
		Read:  {roles: office, team: pair, glass: true, relation: client, reasons: identityReasons, strong: true, fresh: true, never: true},
		Write: {relation: oneself, never: true},
	},
	Notes:             {Read: {team: pair, glass: true, strong: true, never: true}, Write: {team: []Role{Guide}, strong: true, never: true}},
	Process:           {Read: {team: []Role{Guide}, strong: true, never: true}, Write: {team: []Role{Guide}, strong: true, never: true}},
	Clinical:          {Read: {team: clinicians, glass: true, strong: true, never: true}, Write: {team: pair, strong: true, never: true}},
	Progress:          {Read: {team: pair, glass: true, strong: true, never: true}, Write: {team: []Role{Guide}, strong: true, never: true}},
	Chart:             {Read: {team: []Role{Prescriber}, glass: true, strong: true, never: true}, Write: {team: []Role{Prescriber}, strong: true, never: true}},
	Bridge:            {Read: {team: pair, glass: true, strong: true, never: true}, Write: {team: pair, strong: true, never: true}},
	Signing:           {Read: {}, Write: {team: pair, strong: true, fresh: true, never: true}},
	Templates:         {Read: {roles: []Role{Owner, Guide, Prescriber}}, Write: {roles: []Role{Owner, Guide, Prescriber}}},
	Measures:          {Read: {team: pair, glass: true, relation: client, strong: true, never: true}, Write: {team: pair, relation: client, strong: true, never: true}},
	Forms:             {Read: {roles: []Role{Owner, Guide, Prescriber}}, Write: {roles: []Role{Owner, Guide}}},
	Answers:           {Read: {team: pair, glass: true, relation: client, strong: true, never: true}, Write: {team: pair, strong: true}},
	GuideAnswers:      {Read: {team: []Role{Guide}, glass: true, relation: client, strong: true, never: true}, Write: {}},
	PrescriberAnswers: {Read: {team: []Role{Prescriber}, glass: true, relation: client, strong: true, never: true}, Write: {}},
	Outcomes:          {Read: {roles: []Role{Owner, Guide, Prescriber}, strong: true}, Write: {roles: []Role{Owner, Prescriber}, strong: true}},
	Alerts:            {Read: {team: pair, glass: true, relation: inCharge, strong: true, never: true}, Write: {team: pair, glass: true, relation: inCharge, strong: true, never: true}},
	Clearance:         {Read: {team: clinicians, glass: true, strong: true, never: true}, Write: {team: []Role{Prescriber}, strong: true, fresh: true, never: true}},
	Journal:           {Read: {relation: client, never: true}, Write: {relation: client, never: true}},
	Keyring:           {Read: {relation: oneself, never: true}, Write: {relation: oneself, never: true}},
	Shared:            {Read: {team: pair, strong: true, never: true}, Write: {team: pair, strong: true, never: true}},
	Circle:            {Read: {relation: listed, strong: true, never: true}, Write: {relation: client, never: true}},
	Money:             {Read: {roles: office, relation: client}, Write: {roles: office}},
	Team:              {Read: {roles: everyone, relation: client}, Write: {roles: office, team: []Role{Guide}, fresh: true}},
	Glass:             {Read: {roles: []Role{Owner}, relation: client}, Write: {roles: clinicians, reasons: glassReasons, strong: true, fresh: true, never: true}},
	Questions:         {Read: {roles: []Role{Owner, Guide, Prescriber}, relation: inCharge, strong: true}, Write: {roles: []Role{Owner, Guide, Prescriber}, relation: inCharge, strong: true}},
	Inquiries:         {Read: {roles: schedulers}, Write: {roles: front}},
	Articles:          {Read: {roles: []Role{Owner, Guide, Prescriber}}, Write: {roles: []Role{Owner, Guide}}},
	Settings:          {Read: {roles: front}, Write: {roles: []Role{Owner}}},
	Staff:             {Read: {roles: []Role{Owner}}, Write: {roles: []Role{Owner}, fresh: true}},
	Trail:             {Read: {roles: []Role{Owner}, team: pair, relation: client}, Write: {}},
	Ledger:            {Read: {roles: []Role{Owner}, strong: true}, Write: {roles: []Role{Owner}}},
	Letters:           {Read: {roles: office}, Write: {}},
	Consent:           {Read: {team: pair, glass: true, strong: true, never: true}, Write: {team: pair, strong: true, never: true}},
	Papers:            {Read: {roles: []Role{Owner, Guide, Prescriber}}, Write: {roles: []Role{Owner, Guide, Prescriber}}},
	Own:               {Read: {relation: self}, Write: {relation: self}},
	Gate:              {Read: {team: clinicians, glass: true, strong: true, never: true}, Write: {team: []Role{Guide}, strong: true, never: true}},
	Orders:            {Read: {team: clinicians, glass: true, strong: true, never: true}, Write: {team: []Role{Prescriber}, strong: true, never: true}},
	Vitals:            {Read: {team: clinicians, glass: true, strong: true, never: true}, Write: {team: []Role{Prescriber, Attendant}, strong: true, never: true}},
	Room:              {Read: {team: clinicians, strong: true, never: true}, Write: {team: clinicians, strong: true, never: true}},
	Courses:           {Read: {roles: schedulers}, Write: {roles: []Role{Owner, Guide, Prescriber}}},
	Leaving:           {Read: {relation: client, fresh: true, never: true}, Write: {relation: client, fresh: true, never: true}},
	Export:            {Read: {roles: []Role{Owner}, strong: true, fresh: true}, Write: {roles: []Role{Owner}, strong: true, fresh: true}},
	Protocol:          {Read: {roles: []Role{Owner, Guide, Prescriber, Attendant}}, Write: {roles: []Role{Prescriber}, strong: true, never: true}},
	Seal:              {Read: {roles: []Role{Owner, Guide, Prescriber, Attendant}}, Write: {roles: []Role{Prescriber}, strong: true, fresh: true, never: true}},
}

// self: a signed-in client with their own things, or the holder of a link.
func self(a Actor, r Resource) bool { return client(a, r) || holder(a, r) }

func client(a Actor, r Resource) bool { return a.Is(Client) && same(a.Person, r.Subject) }

// holder: whoever holds the signed link to a thing stands in for its person.
func holder(a Actor, r Resource) bool { return a.Via == Link && same(a.Person, r.Subject) }

// colleague: somebody who works here, about themselves.
func colleague(a Actor, r Resource) bool { return a.Staff() && same(a.Person, r.Subject) }

// oneself: whoever it is about, client or colleague.
func oneself(a Actor, r Resource) bool { return client(a, r) || colleague(a, r) }

// listed: whose list it is, and the one colleague to whom they show it.
func listed(a Actor, r Resource) bool { return client(a, r) || inCharge(a, r) }

// inCharge: somebody who works here and was asked to look after this one.
func inCharge(a Actor, r Resource) bool { return a.Staff() && same(a.Person, r.Charge) }

func same(a, b db.ID) bool { return !a.IsZero() && a == b }
