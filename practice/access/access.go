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
	// Cares tells who the actor is to a client; nil when they care for nobody.
	Cares func(client db.ID) Care
}

// Care is who somebody is to one client.
type Care struct {
	As    []Role // in which roles they are on the client's care team
	Glass bool   // they opened the record for a stated reason, and it has not ended
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

// Decision is yes, or no with the kind of no.
type Decision int

// The decisions.
const (
	Deny Decision = iota
	DenySignIn
	DenyReason  // yes, once they have said why
	DenySecond  // yes, once they have a passkey or a second factor
	DenyConfirm // yes, once they have proved again who they are
	Allow
)

// Decide is the policy: pure, complete, and no unless something says yes.
func Decide(a Actor, v Verb, r Resource) Decision {
	g, known := policy[r.Class][v]
	if !known || a.Via == Operator && g.never {
		return Deny // not even to the program itself: nobody has decided about it
	}
	switch {
	case g.open, a.Via == System, a.Via == Operator:
		return Allow
	case !g.opens(a, r):
		return refused(a)
	case len(g.reasons) > 0 && !g.accepts(a, r):
		return DenyReason
	}
	return g.proved(a)
}

func refused(a Actor) Decision {
	if a.Via == Public {
		return DenySignIn
	}
	return Deny
}

// Possible tells whether the actor may do this with some resource of the
// class; which one is asked again where it is known.
func Possible(a Actor, v Verb, c Class) Decision {
	g, known := policy[c][v]
	d := Decide(a, v, Resource{Class: c})
	if !known || d == Allow || d == DenySecond || d == DenyConfirm {
		return d
	}
	// As if they cared for somebody, or were meant themselves, and had said why.
	somebody := a
	somebody.Cares = func(db.ID) Care { return Care{As: a.Roles} }
	if g.opens(somebody, Resource{Class: c}) || g.opens(a, Resource{Class: c, Subject: a.Person, Charge: a.Person}) {
		return g.proved(a)
	}
	return d
}

// opens tells whether who somebody is lets them: by a role, by caring for
// whose it is, or by being whom it is about.
func (g grant) opens(a Actor, r Resource) bool {
	return g.related(a, r) || slices.ContainsFunc(Roles, func(role Role) bool { return g.openTo(a, role, r) })
}

// accepts tells whether the stated reason is one to have in a role that opens
// this. One's own needs none.
func (g grant) accepts(a Actor, r Resource) bool {
	return g.related(a, r) || slices.ContainsFunc(g.reasons[r.Reason], func(role Role) bool { return g.openTo(a, role, r) })
}

func (g grant) related(a Actor, r Resource) bool { return g.relation != nil && g.relation(a, r) }

// openTo tells whether this one role of the actor's opens it.
func (g grant) openTo(a Actor, role Role, r Resource) bool {
	switch {
	case !a.Is(role):
		return false
	case slices.Contains(g.roles, role):
		return true
	case a.Cares == nil || !slices.Contains(g.team, role), same(a.Person, r.Subject): // nobody cares for themselves
		return false
	}
	care := a.Cares(r.Subject)
	return slices.Contains(care.As, role) || g.glass && care.Glass
}

// proved tells whether the actor has shown enough of who they are. A client
// chooses for themselves whether to have a second factor; whoever works here
// must have one before anything clinical opens.
func (g grant) proved(a Actor) Decision {
	switch {
	case g.strong && a.Staff() && !a.Strong:
		return DenySecond
	case g.fresh && a.Via == Session && !a.Fresh:
		return DenyConfirm
	}
	return Allow
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

// May is Can for offering something: true also when only a proof is missing,
// which the way to it asks for.
func May(ctx context.Context, v Verb, r Resource) bool {
	switch Decide(From(ctx), v, r) {
	case Allow, DenySecond, DenyConfirm:
		return true
	}
	return false
}

func refusal(d Decision) error {
	switch d {
	case Allow:
		return nil
	case DenySignIn:
		return fault.New(fault.SignIn, "Please sign in to open this page.")
	case DenyReason:
		return fault.Field("reason", "Please say why you open this. It stands on the trail.")
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

// Desk is To for pages of the desk about something that is also somebody's own:
// whoever it is about has a page of their own for it.
func Desk(v Verb, c Class) web.Rule { return desk{rule{v, c}} }

type desk struct{ rule }

func (d desk) Check(req *http.Request) error {
	if err := AnyStaff.Check(req); err != nil {
		return err
	}
	return d.rule.Check(req)
}

func (d desk) String() string { return d.rule.String() + " at the desk" }

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

// Following is for what follows by itself from what a client or a visitor has
// done: it is the program's doing, and the trail says so.
func Following(ctx context.Context) context.Context {
	a := From(ctx)
	if a.Staff() || a.Via == Operator {
		return ctx
	}
	return With(ctx, Actor{Practice: a.Practice, Via: System})
}
