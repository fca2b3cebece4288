package space

import (
	"context"
	"net/http"
	"slices"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/settings"
	"held/practice/trail"
)

// Phase is where somebody stands, as far as their appointments tell.
type Phase string

// The phases.
const (
	arriving Phase = "arriving" // nothing has taken place yet
	before   Phase = "before"   // within three days of the next appointment
	after    Phase = "after"    // within three days of the last one
	between  Phase = "between"
)

// near is how long before and after an appointment still belongs to it.
const near = 72 * time.Hour

// phases are in the order of their words at the desk.
var phases = []struct {
	Phase Phase
	Name  string
}{
	{arriving, "Before the first appointment"}, {before, "In the days before an appointment"},
	{after, "In the days after an appointment"}, {between, "Between appointments"},
}

// ours are the open invitations of a practice that has written none for a
// phase. They ask for nothing to be understood, and end without a task.
var ours = map[Phase][]string{
	arriving: {
		"What made you look for a place like this, in one line or in ten?",
		"Where in your body do you notice that it has been a long week?",
		"If nobody needed anything from you this evening, what would you do with your hands?",
		"A room in which you were once at ease. What stood in it?",
	},
	before: {
		"What would you like to bring with you, and what may stay at the door?",
		"A sound, a smell, a colour that you would like to have near you. Just its name.",
		"What are you curious about? What would you rather not look at yet? Both may stand here.",
		"Write to the one who will come home afterwards. A line is enough.",
	},
	after: {
		"What is still here? An image, a word, a place in the body. It need not mean anything.",
		"Put down what was seen as it was seen, without explaining it to anybody.",
		"What was simple?",
		"Something that does not want to be finished. You can leave it open.",
	},
	between: {
		"What has been a little different this week, even for a moment?",
		"Something that you said to somebody lately, and something that you did not say.",
		"When did you last notice that you were breathing?",
		"Before, and now: one thing, in two lines.",
		"Something that you carry for others. Where do you keep it?",
	},
}

// Prompt is an open invitation of the practice's own.
type Prompt struct {
	ID    db.ID
	Phase Phase
	Words string
}

// phaseOf reads it from appointments that were not cancelled.
func phaseOf(all []calendar.Appointment, now time.Time) Phase {
	p := arriving
	for _, a := range all {
		if a.State == calendar.Cancelled {
			continue
		}
		switch {
		case a.End.Before(now) && now.Sub(a.End) < near:
			return after
		case a.Start.After(now) && a.Start.Sub(now) < near:
			p = before
		case a.End.Before(now) && p == arriving:
			p = between
		}
	}
	return p
}

// Invitation is the one that is open to the signed-in client today.
func (s *Service) Invitation(ctx context.Context) (string, error) {
	me := access.From(ctx).Person
	all, err := s.Calendar.OfClient(ctx, me)
	if err != nil {
		return "", err
	}
	p := phaseOf(all, s.Now())
	prompts, err := s.prompts(ctx)
	if err != nil {
		return "", err
	}
	var words []string
	for _, own := range prompts {
		if own.Phase == p {
			words = append(words, own.Words)
		}
	}
	if len(words) == 0 {
		words = ours[p]
	}
	return words[int(s.day())%len(words)], nil
}

func promptField(practice, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: id, Column: "space_prompts.words"}
}

func (s *Service) prompts(ctx context.Context) ([]Prompt, error) {
	practice := access.From(ctx).Practice
	rows, err := db.All(ctx, s.DB.Reader(), scanPrompt, sqlPrompts, practice)
	if err != nil {
		return nil, err
	}
	out := make([]Prompt, len(rows))
	for i, r := range rows {
		if r.Words, err = s.Vault.Open(ctx, s.DB.Reader(), promptField(practice, r.ID), r.words); err != nil {
			return nil, err
		}
		out[i] = r.Prompt
	}
	return out, nil
}

// Limits of open invitations.
const (
	maxPrompt  = 300 // characters
	maxPrompts = 100
)

// AddPrompt keeps an open invitation of the practice's own.
func (s *Service) AddPrompt(ctx context.Context, p Prompt) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Articles}); err != nil {
		return err
	}
	all, err := s.prompts(ctx)
	if err != nil {
		return err
	}
	if len(all) >= maxPrompts {
		return fault.Field("words", "There are a hundred already. Please take one away first.")
	}
	practice := access.From(ctx).Practice
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p.ID = db.NewID()
		sealed, err := s.Vault.Seal(ctx, tx, promptField(practice, p.ID), p.Words)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddPrompt, practice, p.ID, string(p.Phase), sealed); err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "changed", Kind: "open invitation", Object: p.ID})
	})
}

// RemovePrompt takes one away.
func (s *Service) RemovePrompt(ctx context.Context, id db.ID) error {
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Articles}); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDropPrompt, access.From(ctx).Practice, id)
		if err != nil || n == 0 { // gone already
			return err
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Kind: "open invitation", Object: id})
	})
}

func (s *Service) promptRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /desk/settings/open-invitations", Access: access.To(access.Read, access.Articles), Handle: s.showPrompts},
		{Pattern: "POST /desk/settings/open-invitations", Access: access.To(access.Write, access.Articles), Handle: s.addPrompt},
		{Pattern: "POST /desk/settings/open-invitations/remove", Access: access.To(access.Write, access.Articles), Handle: s.removePrompt},
	}
}

// promptsView is every phase with what stands in it.
type promptsView struct {
	Phases    []phaseView
	Words     string // as typed
	Phase     string
	Fields    map[string]string
	MayChange bool
}

type phaseView struct {
	Name string
	Own  []Prompt
	Ours []string
}

func phaseOptions() []ui.Option {
	var out []ui.Option
	for _, p := range phases {
		out = append(out, ui.Option{Value: string(p.Phase), Label: p.Name})
	}
	return out
}

func (s *Service) showPrompts(w http.ResponseWriter, r *http.Request) error {
	return s.promptsPage(w, r, http.StatusOK, promptsView{})
}

func (s *Service) promptsPage(w http.ResponseWriter, r *http.Request, status int, v promptsView) error {
	ctx := r.Context()
	all, err := s.prompts(ctx)
	if err != nil {
		return err
	}
	for _, p := range phases {
		one := phaseView{Name: p.Name, Ours: ours[p.Phase]}
		for _, own := range all {
			if own.Phase == p.Phase {
				one.Own = append(one.Own, own)
			}
		}
		v.Phases = append(v.Phases, one)
	}
	v.MayChange = access.Can(ctx, access.Write, access.Resource{Class: access.Articles})
	p, err := s.Settings.Page(r, "Open invitations")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, promptsPageTempl(p, settings.DeskNav(ctx), v))
}

func (s *Service) addPrompt(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f.Required("words", "Please write the invitation.")
	p := Prompt{Phase: Phase(f.Raw("phase")), Words: f.Text("words", maxPrompt)}
	if !slices.ContainsFunc(phases, func(one struct {
		Phase Phase
		Name  string
	}) bool {
		return one.Phase == p.Phase
	}) {
		f.Fail("phase", "Please choose when it is shown.")
	}
	if err = f.Err(); err == nil {
		err = s.AddPrompt(r.Context(), p)
	}
	if fault.Is(err, fault.Invalid) {
		return s.promptsPage(w, r, fault.Invalid.Status(), promptsView{Words: f.Raw("words"), Phase: f.Raw("phase"), Fields: fault.Of(err).Fields})
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/settings/open-invitations")
}

func (s *Service) removePrompt(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := db.ParseID(f.Raw("id"))
	if err != nil {
		return errUnknown
	}
	if err := s.RemovePrompt(r.Context(), id); err != nil {
		return err
	}
	return web.See(w, r, "/desk/settings/open-invitations")
}
