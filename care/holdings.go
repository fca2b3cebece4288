package care

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/forms"
	"held/practice/identity"
	"held/practice/keeping"
	"held/practice/notes"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
	"held/practice/welcome"
)

// Holdings is what the house keeps about people, beside what the steps of the
// path keep themselves.
type Holdings struct {
	People   *people.Service
	Identity *identity.Service
	Welcome  *welcome.Service
	Calendar *calendar.Service
	Circle   *circle.Service
	Notes    *notes.Service
	Forms    *forms.Service
	Settings *settings.Service
	Trail    *trail.Service
}

// Kept lists it, the steps' own in the middle.
func (h *Holdings) Kept(steps ...keeping.Holding) []keeping.Holding {
	all := append([]keeping.Holding{
		{Class: vault.Contact, Name: "you", Title: "Who you are here", Of: h.person, Erase: h.People.Erase},
		{Class: vault.Contact, Name: "sign-in", Title: "How you sign in", Of: h.signIn, Erase: h.Identity.Forget},
		{Class: vault.Contact, Name: "welcome", Title: "How you were invited", Of: h.welcome, Erase: h.Welcome.Forget},
		{Class: vault.Identity, Name: "identity", Title: "Who you are in law", Of: h.identity, Erase: h.People.EraseIdentity},
		{Class: vault.Identity, Name: "circle", Title: "Whom you would rather not meet here", Of: h.circle, Erase: h.Circle.Erase},
		{Class: vault.Clinical, Name: "appointments", Title: "Your appointments", Of: h.appointments, Erase: h.Calendar.EraseNotes},
		{Class: vault.Clinical, Name: "after", Title: "What stayed with you after your times here", Of: h.after, Erase: h.Notes.EraseAfter},
		{Class: vault.Clinical, Name: "notes", Title: "Your record", Of: h.notes, Erase: h.Notes.EraseRecord},
		{Class: vault.Clinical, Name: "forms", Title: "Your forms", Of: h.forms, Files: h.Forms.Files, Erase: h.Forms.Erase},
		{Class: vault.Process, Name: "process", Title: "Your guide's own notes", Of: h.process, Erase: h.Notes.EraseProcess},
	}, steps...)
	return append(all, keeping.Holding{Name: "trail", Title: "Who did and read what", Of: h.trail})
}

// Seen is when somebody last had, or will have, an appointment.
func (h *Holdings) Seen(ctx context.Context, person db.ID) (time.Time, error) {
	return h.Calendar.Last(ctx, person)
}

func (h *Holdings) person(ctx context.Context, id db.ID) ([]keeping.Item, error) {
	p, err := h.People.Get(ctx, h.People.DB.Reader(), id)
	if err != nil {
		return nil, err
	}
	lines := []keeping.Line{
		{Label: "What we call you", Text: p.Name}, {Label: "How we reach you", Text: contactWords(p.Contact)},
		{Label: "Messages", Text: string(p.Discretion)}, {Label: "Your clock", Text: p.Zone},
	}
	if s, ok := StepOf(p.Step); ok {
		lines = append(lines, keeping.Line{Label: "Where you are", Text: s.Client})
	}
	c, err := h.People.Card(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, m := range c.Team {
		names, err := h.People.Names(ctx, m.Person)
		if err != nil {
			return nil, err
		}
		lines = append(lines, keeping.Line{Label: "On your care team", Text: names[m.Person] + ", " + string(m.Role)})
	}
	return []keeping.Item{{At: p.Made, Title: p.Name, Lines: lines}}, nil
}

// signIn is what somebody signs in with. What would let anybody else in is not
// taken along.
func (h *Holdings) signIn(ctx context.Context, id db.ID) (out []keeping.Item, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: id}); err != nil {
		return nil, err
	}
	keys, err := h.Identity.Passkeys(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		item := keeping.Item{At: k.Made, Title: "A passkey"}
		if k.Name != "" {
			item.Lines = []keeping.Line{{Label: "You call it", Text: k.Name}}
		}
		out = append(out, item)
	}
	f, err := h.Identity.Factors(ctx, h.People.DB.Reader(), id)
	if err != nil {
		return nil, err
	}
	if f.App {
		out = append(out, keeping.Item{Title: "An authenticator app"})
	}
	if f.Codes > 0 {
		out = append(out, keeping.Item{Title: fmt.Sprintf("Recovery codes, of which %d are unused", f.Codes)})
	}
	if f.Linked {
		out = append(out, keeping.Item{Title: "An account at the practice's identity provider"})
	}
	return out, nil
}

// welcome is how somebody was invited.
func (h *Holdings) welcome(ctx context.Context, id db.ID) (out []keeping.Item, err error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Own, Subject: id}); err != nil {
		return nil, err
	}
	all, err := h.Welcome.Of(ctx, id)
	for _, i := range all {
		item := keeping.Item{At: i.Made, Title: "An invitation to your space", Lines: []keeping.Line{{Label: "To", Text: i.Email}}}
		if i.Kind == welcome.Work {
			item.Title = "An invitation to work here"
		}
		if i.Words != "" {
			item.Lines = append(item.Lines, keeping.Line{Label: "In these words", Text: i.Words})
		}
		out = append(out, item)
	}
	return out, err
}

// identity is what somebody has said of themselves: they alone take it along.
func (h *Holdings) identity(ctx context.Context, _ db.ID) ([]keeping.Item, error) {
	i, err := h.People.OwnIdentity(ctx)
	if err != nil {
		return nil, err
	}
	item := keeping.Item{Title: "What you have told us"}
	for _, l := range []keeping.Line{
		{Label: "Legal name", Text: i.Name}, {Label: "Date of birth", Text: i.Born}, {Label: "Address", Text: i.Address}, {Label: "Pronoun", Text: i.Pronoun},
		{Label: "Licence", Text: strings.Join(strings.Fields(i.Number+" "+i.Kind+" "+i.State), " ")},
		{Label: "Also known as", Text: strings.Join(i.Called, "; ")}, {Label: "Known from", Text: strings.Join(i.Works, "; ")},
	} {
		if l.Text != "" {
			item.Lines = append(item.Lines, l)
		}
	}
	if len(item.Lines) == 0 {
		return nil, nil
	}
	return []keeping.Item{item}, nil
}

func (h *Holdings) circle(ctx context.Context, _ db.ID) (out []keeping.Item, err error) {
	all, err := h.Circle.Mine(ctx)
	for _, e := range all {
		item := keeping.Item{Title: e.Name}
		if e.Why != "" {
			item.Lines = []keeping.Line{{Label: "Your words", Text: e.Why}}
		}
		out = append(out, item)
	}
	return out, err
}

func (h *Holdings) appointments(ctx context.Context, id db.ID) ([]keeping.Item, error) {
	all, err := h.Calendar.OfClient(ctx, id)
	if err != nil {
		return nil, err
	}
	st, err := h.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	var out []keeping.Item
	for _, a := range all {
		note, err := h.Calendar.Note(ctx, a.ID)
		if err != nil && !errors.Is(err, vault.ErrErased) {
			return nil, err
		}
		names, err := h.People.Names(ctx, a.Host)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: a.Start, Title: a.Name, Lines: []keeping.Line{
			{Label: "When", Text: ui.When(a.Start, st.Location()) + " " + a.Start.In(st.Location()).Format("2006")}, {Label: "With", Text: names[a.Host]}, {Label: "State", Text: string(a.State)},
		}}
		if note != "" {
			item.Lines = append(item.Lines, keeping.Line{Label: "What you wrote", Text: note})
		}
		out = append(out, item)
	}
	return out, nil
}

func (h *Holdings) after(ctx context.Context, id db.ID) (out []keeping.Item, err error) {
	all, err := h.Notes.All(ctx, id)
	for _, a := range all {
		item := keeping.Item{At: a.Held, Title: "After your time"}
		for _, l := range []keeping.Line{{Label: "An open question", Text: a.Question}, {Label: "An open invitation", Text: a.Invitation}, {Label: "A few words", Text: a.Words}} {
			if l.Text != "" {
				item.Lines = append(item.Lines, l)
			}
		}
		out = append(out, item)
	}
	return out, err
}

// notes are those of the record, as they are shown in the space; that others are
// held back is said.
func (h *Holdings) notes(ctx context.Context, id db.ID) (out []keeping.Item, err error) {
	r, err := h.Notes.Released(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, n := range r.Notes {
		item := keeping.Item{At: n.Signed, Title: n.Lane.Title(), Lines: signedNote(n)}
		for _, a := range n.Addenda {
			item.Lines = append(item.Lines, keeping.Line{Label: "Added", Text: a.Signed.Format(time.DateOnly)})
			item.Lines = append(item.Lines, signedNote(a)...)
		}
		out = append(out, item)
	}
	if r.Held > 0 {
		out = append(out, keeping.Item{Title: "Held back", Lines: []keeping.Line{
			{Label: "How many notes", Text: strconv.Itoa(r.Held)},
			{Label: "Why", Text: "The reason of each is kept with it; your care team can tell you."},
		}})
	}
	if r.Open > 0 {
		out = append(out, keeping.Item{Title: "Not signed yet", Lines: []keeping.Line{{Label: "How many notes", Text: strconv.Itoa(r.Open)}}})
	}
	return out, nil
}

func signedNote(n notes.Note) []keeping.Line {
	lines := []keeping.Line{{Label: "Text", Text: n.Text}}
	for _, g := range n.Signatures {
		lines = append(lines, keeping.Line{Label: "Signed by", Text: fmt.Sprintf("%s, %s, %s, SHA-256 %s", g.Name, g.Role, g.At.Format(time.RFC3339), g.SHA256)})
	}
	return lines
}

// forms is what somebody answered, in the words of each form.
func (h *Holdings) forms(ctx context.Context, id db.ID) (out []keeping.Item, err error) {
	all, err := h.Forms.All(ctx, id)
	for _, f := range all {
		item := keeping.Item{At: f.At, Title: f.Title}
		for _, l := range f.Lines {
			item.Lines = append(item.Lines, keeping.Line{Label: l.Question, Text: l.Answer})
		}
		out = append(out, item)
	}
	return out, err
}

// process says that there are notes which are kept apart from the record, and
// are no part of what is taken along.
func (h *Holdings) process(ctx context.Context, id db.ID) ([]keeping.Item, error) {
	n, err := h.Notes.CountProcess(ctx, id)
	if err != nil || n == 0 {
		return nil, err
	}
	return []keeping.Item{{Title: "Kept apart", Lines: []keeping.Line{
		{Label: "How many", Text: strconv.Itoa(n)},
		{Label: "What they are", Text: "What your guide wrote for their own work. It is kept apart from your record, and is no part of this file."},
	}}}, nil
}

// trail is every line about somebody, in the words of their own page.
func (h *Holdings) trail(ctx context.Context, id db.ID) (out []keeping.Item, err error) {
	const page = 500
	me := access.From(ctx).Person
	for before := (db.ID{}); ; {
		entries, err := h.Trail.Of(ctx, id, before, page)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			names, err := h.People.Names(ctx, e.Actor)
			if err != nil {
				return nil, err
			}
			out = append(out, keeping.Item{At: e.At, Title: e.Who(names[e.Actor], e.Actor == me, true) + " " + e.Line(true)})
		}
		if len(entries) < page {
			return out, nil
		}
		before = entries[page-1].ID
	}
}
