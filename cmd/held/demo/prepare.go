package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"held/care/preparation"
	"held/internal/db"
	"held/practice/access"
	"held/practice/people"
)

// prepares: the guide has a course as a template and laid it for one client, who
// prepares with everybody's help; another has just named somebody.
func (wr *writer) prepares() {
	wr.on(wr.at(-12, 9, 30), wr.course)
	wr.on(wr.at(-3, 10, 10), wr.lays)
	for i, do := range []func(context.Context, people.Person, preparation.Session) error{wr.namesEscort, wr.escortSaysYes, wr.intends, wr.tellsAChange, wr.prescriberLooks} {
		wr.on(wr.at(-2, 11+2*i, 15), func(ctx context.Context) error { return wr.toward(ctx, "tamsin", do) })
	}
	for _, c := range wr.w.Clients {
		if c.Key == "ilan" {
			wr.on(wr.at(-2, 9, 5), func(ctx context.Context) error {
				free, err := wr.Calendar.Times(wr.as(ctx, "leonor"), wr.offerings["medicine"], wr.at(5, 0, 0), wr.at(80, 0, 0))
				if err != nil || len(free) == 0 {
					return fmt.Errorf("no time is free for a medicine session of the demo: %w", err)
				}
				return wr.arrange(ctx, c, "medicine", free[0])
			})
		}
	}
	wr.on(wr.at(-1, 20, 5), func(ctx context.Context) error { return wr.toward(ctx, "ilan", wr.namesEscort) })
}

const courseName = "One medicine session"

// course is a template that the guide has adapted.
func (wr *writer) course(ctx context.Context) error {
	_, err := wr.Preparation.SaveCourse(wr.as(ctx, "leonor"), preparation.Course{Name: courseName, About: "Invented, as everything here.", Steps: []preparation.Step{
		{Label: "Preparation", Offering: wr.offerings["preparation"].ID, After: -1},
		{Label: "Medicine session", Offering: wr.offerings["medicine"].ID, After: 0, Min: 2, Max: 42, Needs: []preparation.Need{preparation.Clearance, preparation.Consent},
			Holds: "Benzodiazepines, stimulants, anything against high blood pressure.", Bring: "Something soft to wear, a blanket if you like, and nothing that has to be answered."},
		{Label: "Integration, soon", Offering: wr.offerings["integration"].ID, After: 1, Min: 1, Max: 7},
		{Label: "Integration, later", Offering: wr.offerings["integration"].ID, After: 1, Min: 8, Max: 28},
	}})
	return err
}

func (wr *writer) lays(ctx context.Context) error {
	by := wr.as(ctx, "leonor")
	all, err := wr.Preparation.Courses(by)
	if err != nil {
		return err
	}
	proposed, err := wr.Preparation.Propose(by, all[0], wr.at(8, 0, 0), nil)
	if err != nil {
		return err
	}
	starts := make([]time.Time, len(proposed))
	for i, p := range proposed {
		if p.Start.IsZero() {
			return fmt.Errorf("no time is free for %s of the demo's course", p.Label)
		}
		starts[i] = p.Start
	}
	return wr.Preparation.Lay(by, db.NewID(), wr.clients["tamsin"], all[0], starts)
}

// toward does something about a client's next medicine session.
func (wr *writer) toward(ctx context.Context, client string, do func(context.Context, people.Person, preparation.Session) error) error {
	next, err := wr.Preparation.Coming(ctx, wr.clients[client])
	if err != nil || len(next) == 0 {
		return fmt.Errorf("%s has no medicine session ahead: %w", client, err)
	}
	p, err := wr.People.Get(ctx, wr.DB.Reader(), wr.clients[client])
	if err != nil {
		return err
	}
	return do(ctx, p, next[0])
}

// self is a context in which a client acts.
func (wr *writer) self(ctx context.Context, p people.Person) context.Context {
	return access.With(ctx, access.Actor{Practice: wr.practice, Person: p.ID, Roles: []access.Role{access.Client}, Via: access.Session})
}

func (wr *writer) namesEscort(ctx context.Context, p people.Person, x preparation.Session) error {
	return wr.Preparation.NameEscort(wr.self(ctx, p), x.ID, preparation.Escort{Name: "Juno", Contact: strings.ToLower(p.Name) + ".juno@example.org", Known: p.Name})
}

func (wr *writer) escortSaysYes(ctx context.Context, p people.Person, x preparation.Session) error {
	e, err := wr.Preparation.EscortOf(wr.self(ctx, p), x)
	if err != nil {
		return err
	}
	link := wr.Preparation.EscortLink(ctx, e.ID)
	return wr.Preparation.AnswerEscort(wr.visitor(ctx), link[strings.LastIndex(link, "/")+1:], true)
}

func (wr *writer) intends(ctx context.Context, p people.Person, x preparation.Session) error {
	return wr.Preparation.Intend(wr.self(ctx, p), x.ID, "To stay in the room, also when it is quiet.")
}

func (wr *writer) tellsAChange(ctx context.Context, p people.Person, _ preparation.Session) error {
	return wr.Preparation.Tell(wr.self(ctx, p), "My doctor gave me something for the hay fever: loratadine, one a day.")
}

// prescriberLooks: the prescriber answers what was told, and writes what is to
// be paused.
func (wr *writer) prescriberLooks(ctx context.Context, p people.Person, x preparation.Session) error {
	as := wr.caring(ctx, "amadeu")
	all, err := wr.Preparation.ChangesOf(as, p.ID)
	if err != nil {
		return err
	}
	if err := wr.Preparation.Look(as, p.ID, all[0].ID, "Thank you for telling me. Nothing changes because of it."); err != nil {
		return err
	}
	return wr.Preparation.Hold(as, x.ID, preparation.Hold{
		Kind: preparation.HoldPause, Medication: "Pseudoephedrine, and any other decongestant", Words: "None from the evening before on. If your nose is blocked that day, tell us; do not take anything.", Until: x.End.Add(12 * time.Hour),
	})
}
