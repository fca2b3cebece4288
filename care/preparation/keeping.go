package preparation

import (
	"context"
	"strings"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/keeping"
	"held/rules/readiness"
)

// Kept is what preparation keeps of a person's.
func (s *Service) Kept() []keeping.Holding {
	return []keeping.Holding{
		{Class: vault.Contact, Name: "escorts", Title: "Who brings you home", Of: s.escortsKept, Erase: s.eraseEscorts},
		{Class: vault.Clinical, Name: "preparation", Title: "How you prepared, and what had to be settled", Of: s.kept, Erase: s.erase},
	}
}

func (s *Service) escortsKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	if err := own(ctx, access.Read, client); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanEscort, sqlEscortsOf, access.From(ctx).Practice, client)
	for _, r := range rows {
		e, err := s.openEscort(ctx, s.DB.Reader(), r)
		if err != nil {
			return nil, err
		}
		out = append(out, keeping.Item{At: e.Made, Title: e.Name, Lines: []keeping.Line{{Label: "Reached by", Text: e.Contact}, {Label: "Knows you as", Text: e.Known}, {Label: "State", Text: e.State}}})
	}
	return out, err
}

// kept is all of it, one kind after another.
func (s *Service) kept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	if err := own(ctx, access.Read, client); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, db.ID) ([]keeping.Item, error){s.plansKept, s.writtenKept, s.holdsKept, s.changesKept, s.checkinsKept, s.vitalsKept, s.gateKept, s.lapsesKept} {
		more, err := part(ctx, client)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

func (s *Service) plansKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanPlan, sqlPlansOf, access.From(ctx).Practice, client)
	for _, r := range rows {
		var c Course
		if err := s.openJSON(ctx, s.DB.Reader(), client, r.id, planBody, r.body, &c); err != nil {
			return nil, err
		}
		item := keeping.Item{At: r.made, Title: "A course: " + c.Name}
		for _, st := range c.Steps {
			item.Lines = append(item.Lines, keeping.Line{Label: "Session", Text: st.Label})
		}
		out = append(out, item)
	}
	return out, err
}

func (s *Service) writtenKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanWrittenOf, sqlWrittenOf, access.From(ctx).Practice, client)
	for _, r := range rows {
		w, err := s.written(ctx, s.DB.Reader(), client, r.appointment)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{Title: "Towards a session"}
		for _, l := range []keeping.Line{{Label: "Your intention", Text: w.Intention}, {Label: "What to bring", Text: w.Bring}} {
			if l.Text != "" {
				item.Lines = append(item.Lines, l)
			}
		}
		if len(item.Lines) > 0 {
			out = append(out, item)
		}
	}
	return out, err
}

func (s *Service) holdsKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanHold, sqlHoldsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	all, err := s.openHolds(ctx, s.DB.Reader(), rows)
	for _, h := range all {
		item := keeping.Item{At: h.Made, Title: "A medicine to pause: " + h.Medication, Lines: []keeping.Line{{Label: "What to do", Text: h.Words}, {Label: "Until", Text: h.Until.Format(civilForm)}}}
		if h.Kind == HoldNone {
			item = keeping.Item{At: h.Made, Title: "No medicine was to be paused"}
		}
		out = append(out, item)
	}
	return out, err
}

func (s *Service) changesKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	all, err := s.changesOf(ctx, s.DB.Reader(), client)
	for _, c := range all {
		item := keeping.Item{At: c.Told, Title: "You told us that something had changed", Lines: []keeping.Line{{Label: "Your words", Text: c.Words}}}
		if c.Word != "" {
			item.Lines = append(item.Lines, keeping.Line{Label: "Your prescriber", Text: c.Word})
		}
		out = append(out, item)
	}
	return out, err
}

func (s *Service) checkinsKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanCheckin, sqlCheckinsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	all, err := s.openCheckins(ctx, s.DB.Reader(), rows)
	for _, c := range all {
		item := keeping.Item{At: c.Sent, Title: "Your answers: " + strings.ToLower(kindWords(c.Kind))}
		for _, q := range questions {
			if a := c.Answers[q.key]; a != "" {
				item.Lines = append(item.Lines, keeping.Line{Label: q.words, Text: a})
			}
		}
		for _, l := range []keeping.Line{{Label: "What had changed", Text: c.Changed}, {Label: "Your words", Text: c.Words}} {
			if l.Text != "" {
				item.Lines = append(item.Lines, l)
			}
		}
		out = append(out, item)
	}
	return out, err
}

func (s *Service) vitalsKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanVitals, sqlVitalsOf, access.From(ctx).Practice, client)
	if err != nil {
		return nil, err
	}
	all, err := s.openReadings(ctx, s.DB.Reader(), rows)
	for _, r := range all {
		out = append(out, keeping.Item{At: r.Taken, Title: "Measured before a session", Lines: []keeping.Line{{Label: "Values", Text: r.Vitals.String()}}})
	}
	return out, err
}

// gateKept is who said yes to a session, and what was passed.
func (s *Service) gateKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	q, practice := s.DB.Reader(), access.From(ctx).Practice
	keys, err := db.All(ctx, q, scanKey, sqlKeysOf, practice, client)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		names, err := s.People.Names(ctx, k.by)
		if err != nil {
			return nil, err
		}
		item := keeping.Item{At: k.made, Title: names[k.by] + ", your " + k.role + ", said yes to a session"}
		var seen []readiness.Mark
		if err := s.openJSON(ctx, q, client, k.id, keySeen, k.seen, &seen); err != nil {
			return nil, err
		}
		for _, m := range seen {
			item.Lines = append(item.Lines, keeping.Line{Label: titleOf(m.Key, readiness.Client), Text: stateWords(m.State, readiness.Client)})
		}
		out = append(out, item)
	}
	passes, err := db.All(ctx, q, scanOverride, sqlOverridesOf, practice, client)
	for _, o := range passes {
		var p passed
		if err := s.openJSON(ctx, q, client, o.id, overrideBody, o.body, &p); err != nil {
			return nil, err
		}
		out = append(out, keeping.Item{At: o.made, Title: "Your prescriber went on without: " + titleOf(o.rule, readiness.Client), Lines: []keeping.Line{{Label: "Their reason", Text: p.Why}}})
	}
	return out, err
}

// lapsesKept is what the care team was told of sessions ahead.
func (s *Service) lapsesKept(ctx context.Context, client db.ID) (out []keeping.Item, err error) {
	rows, err := db.All(ctx, s.DB.Reader(), scanLapse, sqlLapsesOf, access.From(ctx).Practice, client)
	for _, r := range rows {
		out = append(out, keeping.Item{At: r.told, Title: "Your care team was told that something ends before a session, so that it is looked at in time"})
	}
	return out, err
}

func (s *Service) eraseEscorts(ctx context.Context, tx *db.Tx, client db.ID) error {
	_, err := tx.Exec(ctx, sqlDropEscorts, access.From(ctx).Practice, client)
	return err
}

func (s *Service) erase(ctx context.Context, tx *db.Tx, client db.ID) error {
	practice := access.From(ctx).Practice
	plans, err := db.All(ctx, tx, scanPlan, sqlPlansOf, practice, client)
	if err != nil {
		return err
	}
	for _, p := range plans {
		if _, err := tx.Exec(ctx, sqlDropSteps, practice, p.id); err != nil {
			return err
		}
	}
	for _, statement := range []string{sqlDropPlans, sqlDropWritten, sqlDropHolds, sqlDropCheckins, sqlDropChanges, sqlDropVitals, sqlDropKeys, sqlDropOverrides, sqlDropLapses} {
		if _, err := tx.Exec(ctx, statement, practice, client); err != nil {
			return err
		}
	}
	return nil
}
