package space

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/vault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// near is how long after an appointment is still close to it, and lately how
// long it is not far.
const (
	near   = 72 * time.Hour
	lately = 90 * 24 * time.Hour
)

// Prompt is an open invitation of the practice's own.
type Prompt struct {
	ID    db.ID
	Phase string // the key of a PromptSet
	Words string
}

// stretchOf tells on which stretch of the way somebody is: by where the practice
// sees them, and by the appointments that were not cancelled.
func stretchOf(step string, all []calendar.Appointment, now time.Time) string {
	var last, next time.Duration // since the last appointment, and until the next; 0: none
	for _, a := range all {
		if a.State == calendar.Cancelled {
			continue
		}
		if since := now.Sub(a.End); since > 0 && (last == 0 || since < last) {
			last = since
		}
		if until := a.Start.Sub(now); until > 0 && (next == 0 || until < next) {
			next = until
		}
	}
	switch step {
	case people.StepPreparation:
		return "preparing"
	case people.StepMedicine, people.StepIntegration:
		switch {
		case last > 0 && last < near:
			return "days-after"
		case step == people.StepMedicine && next > 0:
			return "preparing"
		case last < lately:
			return "weeks-after"
		}
		return "later"
	case people.StepRipple, people.StepClosing:
		return "later"
	}
	return "before"
}

// Invitation is the one that is open to somebody today: their guide's for them
// while it stays with them, or the practice's.
func (s *Service) Invitation(ctx context.Context, me people.Person) (string, error) {
	if own, err := s.Notes.Stays(ctx, me.ID); err != nil || own.Invitation != "" {
		return own.Invitation, err
	}
	all, err := s.Calendar.OfClient(ctx, me.ID)
	if err != nil {
		return "", err
	}
	prompts, err := s.prompts(ctx)
	if err != nil {
		return "", err
	}
	on := stretchOf(me.Step, all, s.Now())
	var words []string
	for _, own := range prompts {
		if own.Phase == on {
			words = append(words, own.Words)
		}
	}
	for _, set := range DefaultPrompts {
		if set.Key == on && len(words) == 0 {
			words = set.Words
		}
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
		if _, err := tx.Exec(ctx, sqlAddPrompt, practice, p.ID, p.Phase, sealed); err != nil {
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

// heading is a stretch of the way as a heading names it.
func heading(when string) string { return strings.ToUpper(when[:1]) + when[1:] }

func phaseOptions() []ui.Option {
	var out []ui.Option
	for _, set := range DefaultPrompts {
		out = append(out, ui.Option{Value: set.Key, Label: heading(set.When)})
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
	for _, set := range DefaultPrompts {
		one := phaseView{Name: heading(set.When), Ours: set.Words}
		for _, own := range all {
			if own.Phase == set.Key {
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
	return web.Render(w, r, status, promptsPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) addPrompt(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f.Required("words", "Please write the invitation.")
	p := Prompt{Phase: f.Raw("phase"), Words: f.Text("words", maxPrompt)}
	if !slices.ContainsFunc(DefaultPrompts, func(set PromptSet) bool { return set.Key == p.Phase }) {
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
