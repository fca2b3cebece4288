// Package access is the one policy of Held. Every exit asks it: pages, JSON,
// mail, files and, later, every other face. Decide is pure; there is no
// default but no.
package access

import (
	"context"
	"net/http"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
)

// Role is what somebody is in this practice. One person may hold several.
type Role string

// The roles.
const (
	Owner       Role = "owner"
	Guide       Role = "guide"
	Prescriber  Role = "prescriber"
	Attendant   Role = "attendant"
	Coordinator Role = "coordinator"
	Client      Role = "client"
)

// Roles lists them in the order in which they are shown.
var Roles = []Role{Owner, Guide, Prescriber, Attendant, Coordinator, Client}

// Via is the way by which somebody came in.
type Via string

// The ways in.
const (
	Public   Via = "public"   // nobody known
	Session  Via = "session"  // signed in
	Link     Via = "link"     // holds a signed link to one thing
	System   Via = "system"   // a worker of the program itself
	Operator Via = "operator" // a command on the machine
)

// Actor is who asks.
type Actor struct {
	Practice db.ID
	Person   db.ID // zero when nobody is known
	Roles    []Role
	Via      Via
	Strong   bool // signed in with a passkey or a second factor
	Fresh    bool // proved it again within the last ten minutes
}

// Is tells whether the actor holds a role.
func (a Actor) Is(r Role) bool { return a.Via == Session && slices.Contains(a.Roles, r) }

// Staff tells whether the actor works here.
func (a Actor) Staff() bool {
	return a.Via == Session && slices.ContainsFunc(a.Roles, func(r Role) bool { return r != Client })
}

// Verb is what somebody wants to do with a resource.
type Verb string

// The verbs.
const (
	Read  Verb = "read"
	Write Verb = "write"
)

// Class is the kind of a resource; the policy speaks about classes.
type Class string

// The classes of what Held keeps so far.
const (
	Site      Class = "site"      // the public site: words, articles, people as they present themselves
	Times     Class = "times"     // free times, without anybody's name
	Booking   Class = "booking"   // taking a time for oneself
	Asking    Class = "asking"    // asking a question, reading the answer with its code
	Calendar  Class = "calendar"  // appointments with working names
	Hours     Class = "hours"     // somebody's working hours and time away
	People    Class = "people"    // working names and where somebody stands
	Contact   Class = "contact"   // how to reach somebody
	Notes     Class = "notes"     // what somebody wrote when booking
	Questions Class = "questions" // the question box's inbox
	Inquiries Class = "inquiries" // the board, the waiting list
	Articles  Class = "articles"  // drafts and editing
	Settings  Class = "settings"  // the practice's settings
	Staff     Class = "staff"     // roles and invitations
	Trail     Class = "trail"     // who did and read what about somebody
	Ledger    Class = "ledger"    // the whole practice's trail, and answering what is asked about it
	Letters   Class = "letters"   // the outbox's state, never its content
	Own       Class = "own"       // what is a client's own
)

// Classes lists every class, for the matrix.
var Classes = []Class{Site, Times, Booking, Asking, Calendar, Hours, People, Contact, Notes, Questions, Inquiries, Articles, Settings, Staff, Trail, Ledger, Letters, Own}

// Resource is one thing, or, with only a class, any thing of that class.
type Resource struct {
	Class   Class
	Subject db.ID // the person whose it is, when it is somebody's
	Charge  db.ID // the person in charge of it, when somebody is
}

// Decision is yes, or no with the kind of no.
type Decision int

// The decisions.
const (
	Deny Decision = iota
	DenySignIn
	DenySecond  // yes, once they have a passkey or a second factor
	DenyConfirm // yes, once they have proved again who they are
	Allow
)

// grants is the whole policy by role. A role that is not named may not.
var grants = map[Class]map[Verb][]Role{
	Calendar:  {Read: {Owner, Guide, Prescriber, Attendant, Coordinator}, Write: {Owner, Guide, Prescriber, Coordinator}},
	Hours:     {Read: {Owner, Guide, Prescriber, Attendant, Coordinator}, Write: {Owner, Coordinator}},
	People:    {Read: {Owner, Guide, Prescriber, Attendant, Coordinator}, Write: {Owner, Guide, Coordinator}},
	Contact:   {Read: {Owner, Guide, Prescriber, Coordinator}, Write: {Owner, Guide, Coordinator}},
	Notes:     {Read: {Owner, Guide, Prescriber}, Write: {Owner, Guide}},
	Questions: {Read: {Owner, Guide, Prescriber}, Write: {Owner, Guide, Prescriber}},
	Inquiries: {Read: {Owner, Guide, Prescriber, Coordinator}, Write: {Owner, Guide, Coordinator}},
	Articles:  {Read: {Owner, Guide, Prescriber}, Write: {Owner, Guide}},
	Settings:  {Read: {Owner, Guide, Coordinator}, Write: {Owner}},
	Staff:     {Read: {Owner}, Write: {Owner}},
	Trail:     {Read: {Owner, Guide}},
	Ledger:    {Read: {Owner}, Write: {Owner}},
	Letters:   {Read: {Owner, Coordinator}},
}

// open is what anybody may do, known or not.
var open = map[Class]map[Verb]bool{
	Site: {Read: true}, Times: {Read: true}, Booking: {Read: true, Write: true}, Asking: {Read: true, Write: true},
}

// relations are what somebody may do because of who they are to the thing.
// Each holds for one resource; Possible tells whether it can hold for any.
var relations = map[Class]map[Verb]func(a Actor, r Resource) bool{
	Own:       {Read: self, Write: self},
	Calendar:  {Read: holder, Write: holder},
	Trail:     {Read: client},
	Hours:     {Write: colleague},
	Questions: {Read: inCharge, Write: inCharge},
}

// self: a signed-in client with their own things, or the holder of a link.
func self(a Actor, r Resource) bool { return client(a, r) || holder(a, r) }

func client(a Actor, r Resource) bool { return a.Is(Client) && same(a.Person, r.Subject) }

// holder: whoever holds the signed link to a thing stands in for its person.
func holder(a Actor, r Resource) bool { return a.Via == Link && same(a.Person, r.Subject) }

// colleague: somebody who works here, about themselves.
func colleague(a Actor, r Resource) bool { return a.Staff() && same(a.Person, r.Subject) }

// inCharge: somebody who works here and was asked to look after this one.
func inCharge(a Actor, r Resource) bool { return a.Staff() && same(a.Person, r.Charge) }

func same(a, b db.ID) bool { return !a.IsZero() && a == b }

// Decide is the policy: pure, complete, and no unless something says yes.
func Decide(a Actor, v Verb, r Resource) Decision {
	if v != Read && v != Write || !slices.Contains(Classes, r.Class) {
		return Deny // not even to the program itself: nobody has decided about it
	}
	if open[r.Class][v] || a.Via == System || a.Via == Operator {
		return Allow
	}
	if granted(a, v, r.Class) {
		return Allow
	}
	if rel := relations[r.Class][v]; rel != nil && rel(a, r) {
		return Allow
	}
	if a.Via == Public {
		return DenySignIn
	}
	return Deny
}

// Possible tells whether the actor may do this with some resource of the
// class; which one is asked again where it is known.
func Possible(a Actor, v Verb, c Class) Decision {
	d := Decide(a, v, Resource{Class: c})
	if d == Allow {
		return d
	}
	rel := relations[c][v]
	if rel != nil && !a.Person.IsZero() && rel(a, Resource{Class: c, Subject: a.Person, Charge: a.Person}) {
		return Allow
	}
	return d
}

func granted(a Actor, v Verb, c Class) bool {
	return slices.ContainsFunc(grants[c][v], a.Is)
}

type key struct{}

// With puts the actor into a context.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From gives the actor of a context; nobody when there is none.
func From(ctx context.Context) Actor {
	a, ok := ctx.Value(key{}).(Actor)
	if !ok {
		a.Via = Public
	}
	return a
}

// Check asks the policy about one resource for the actor of the context.
func Check(ctx context.Context, v Verb, r Resource) error {
	return refusal(Decide(From(ctx), v, r))
}

// Can is Check as a yes or no, for showing or leaving out.
func Can(ctx context.Context, v Verb, r Resource) bool { return Decide(From(ctx), v, r) == Allow }

func refusal(d Decision) error {
	switch d {
	case Allow:
		return nil
	case DenySignIn:
		return fault.New(fault.SignIn, "Please sign in to open this page.")
	case DenySecond:
		return fault.New(fault.Second, "This opens for people who sign in with a passkey or with a code beside the link. Please set one up first; it takes a minute.")
	case DenyConfirm:
		return fault.New(fault.Confirm, "Please show once more that it is you: with a passkey or a code. It then holds for ten minutes.")
	}
	return fault.New(fault.Forbidden, "This page is not open to you. If you think it should be, ask the owner of the practice.")
}

// rule is a route's access rule.
type rule struct {
	verb  Verb
	class Class
}

// To is the rule of a route: the actor may do this with some resource of the
// class. The handler asks again about the one it loads.
func To(v Verb, c Class) web.Rule { return rule{v, c} }

func (r rule) Check(req *http.Request) error {
	return refusal(Possible(From(req.Context()), r.verb, r.class))
}

func (r rule) String() string { return string(r.verb) + " " + string(r.class) }

// AnyStaff is the rule of pages that every colleague has, showing each what
// they may see.
var AnyStaff web.Rule = anyStaff{}

type anyStaff struct{}

func (anyStaff) Check(req *http.Request) error {
	a := From(req.Context())
	switch {
	case a.Staff():
		return nil
	case a.Via == Public:
		return refusal(DenySignIn)
	}
	return refusal(Deny)
}

func (anyStaff) String() string { return "any staff" }

// SignedIn is the rule of pages about one's own session.
var SignedIn web.Rule = signedIn{}

type signedIn struct{}

func (signedIn) Check(req *http.Request) error {
	if From(req.Context()).Via == Session {
		return nil
	}
	return refusal(DenySignIn)
}

func (signedIn) String() string { return "signed in" }

// Anyone is the rule of pages that are public by their nature.
var Anyone web.Rule = anyone{}

type anyone struct{}

func (anyone) Check(*http.Request) error { return nil }
func (anyone) String() string            { return "anyone" }

// ByLink is the rule of pages whose address carries a signed word; the handler
// opens it, acts as its holder and asks the policy again.
var ByLink web.Rule = byLink{}

type byLink struct{ anyone }

func (byLink) String() string { return "signed link" }

// Holder is the context of whoever holds a signed link of a person's.
func Holder(ctx context.Context, person db.ID) context.Context {
	a := From(ctx)
	return With(ctx, Actor{Practice: a.Practice, Person: person, Via: Link})
}
