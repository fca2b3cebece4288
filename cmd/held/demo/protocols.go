package demo

import (
	"context"
	"fmt"

	"held/practice/access"
	rule "held/rules/protocol"
)

// invented stands in every protocol of the demo.
const invented = "DEMO. This is the invented practice’s protocol, made of published examples to look at. It is nobody’s clinical decision."

// own are the fields for which nothing is published: the invented prescriber
// has said something there.
var own = map[string]string{
	"dose.boosters": "0", "validity.clearance_days": "90", "sessions.gap_days": "7", "sessions.most": "6", "preparation.other": invented,
}

// protocols: the prescriber has signed one medicine's twice, and drafted another's.
func (wr *writer) protocols() {
	wr.on(wr.at(-390, 10, 20), func(ctx context.Context) error {
		return wr.signProtocol(ctx, medicineOfDemo, nil)
	})
	wr.on(wr.at(-62, 14, 5), func(ctx context.Context) error {
		return wr.signProtocol(ctx, medicineOfDemo, map[string]string{"sessions.gap_days": "14", "bands.systolic.hold_high": "≥155"})
	})
	wr.on(wr.at(-61, 10, 45), func(ctx context.Context) error { return wr.signProtocol(ctx, spray, nil) })
	wr.on(wr.at(-6, 15, 40), func(ctx context.Context) error {
		as := wr.as(ctx, "amadeu")
		id, err := wr.Protocol.Begin(as, "ketamine_sl")
		if err != nil {
			return err
		}
		typed := map[string][]string{"preparation.other": {invented}}
		for _, f := range rule.Fields() {
			if f.Part == "dose" || f.Part == "bands.systolic" {
				typed[f.Path] = rule.ExampleOf("ketamine_sl").Get(f)
			}
		}
		return wr.Protocol.Save(as, id, 1, typed)
	})
}

// signProtocol drafts and signs a version of the one that is in use.
func (wr *writer) signProtocol(ctx context.Context, medicine rule.Medicine, other map[string]string) error {
	as := wr.as(ctx, "amadeu")
	a := access.From(as)
	a.Fresh = true
	as = access.With(as, a)
	id, err := wr.Protocol.Begin(as, medicine)
	if err != nil {
		return err
	}
	typed := map[string][]string{}
	for _, f := range rule.Fields() {
		if v := rule.ExampleOf(medicine).Get(f); len(v) > 0 {
			typed[f.Path] = v
		}
	}
	for _, more := range []map[string]string{own, other} {
		for path, v := range more {
			typed[path] = []string{v}
		}
	}
	if err := wr.Protocol.Save(as, id, 1, typed); err != nil {
		return err
	}
	d, err := wr.Protocol.Draft(as, id)
	if err != nil {
		return err
	}
	if missing := d.Doc.Missing(); len(missing) > 0 {
		return fmt.Errorf("the demo's protocol lacks %s", missing[0].Path)
	}
	_, err = wr.Protocol.Sign(as, id, d.Revision)
	return err
}
