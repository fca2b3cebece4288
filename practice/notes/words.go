package notes

import (
	"context"
	"strings"

	"held/internal/ui"
	"held/practice/access"
)

// Title is what a note of the lane is called at the desk.
func (l Lane) Title() string {
	switch l {
	case LaneProcess:
		return "Process note"
	case LaneProgress:
		return "Progress note"
	case LaneChart:
		return "Chart note"
	case LaneBridge:
		return "Bridge note"
	}
	return ""
}

// about says what belongs into a lane.
func (l Lane) about() string {
	switch l {
	case LaneProcess:
		return "For your own work, kept apart from the record. Session times, medicine, measurements, diagnosis and plan do not belong here: they go into a progress note."
	case LaneProgress:
		return "The ordinary record of the therapy: times, form, summary, plan."
	case LaneChart:
		return "The prescriber's record: evaluation, medicine, measurements, plan."
	case LaneBridge:
		return "What guide and prescriber tell each other. It counts once both have signed the same text."
	}
	return ""
}

// whoSees says who can read a note of the lane, before and after it is signed.
func (l Lane) whoSees() string {
	const shown = " Signed, the client is shown it in their space, unless it is held back for a reason."
	switch l {
	case LaneProcess:
		return "You alone. The client sees that you wrote, never what."
	case LaneProgress:
		return "You alone until you sign; then the guides and prescribers on the care team." + shown
	case LaneChart:
		return "You alone until you sign; then the prescribers on the care team. Guides do not read it." + shown
	case LaneBridge:
		return "You alone until you sign; then who is asked to sign with you. Signed by both, the guides and prescribers on the care team." + shown
	}
	return ""
}

// spaceTitle is what the client reads over a note of their record.
func (l Lane) spaceTitle() string {
	switch l {
	case LaneProgress:
		return "A note of your guide's"
	case LaneChart:
		return "A note of your prescriber's"
	case LaneBridge:
		return "A note of your guide and your prescriber together"
	}
	return ""
}

// stateWords are how far a note has come, to the reader.
func stateWords(ctx context.Context, n Note) string {
	switch {
	case n.State == Signed:
		return "Signed"
	case n.State == Draft:
		return "Draft"
	case len(n.Signatures) == 0:
		return "Signed by nobody"
	case n.SignedBy(access.From(ctx).Person):
		return "Waits for the other"
	}
	return "Waits for you"
}

// holdWords are the reasons for holding a note back.
var holdWords = map[string]string{
	"harm":       "Reading it now could endanger somebody",
	"privacy":    "It tells of somebody else, who has not agreed",
	"asked":      "The client asked not to be shown it",
	"security":   "It would make an account or a place unsafe",
	"infeasible": "It cannot be shown without showing what must not be",
}

func holdOptions() (out []ui.Option) {
	for _, c := range HoldCodes {
		out = append(out, ui.Option{Value: c, Label: holdWords[c]})
	}
	return out
}

func laneOptions(lanes []Lane) (out []ui.Option) {
	for _, l := range lanes {
		out = append(out, ui.Option{Value: string(l), Label: l.Title(), Hint: l.about()})
	}
	return out
}

// beginOptions are the notes that can be begun: of each lane without headings,
// and from each template.
func beginOptions(lanes []Lane, all []Template) (out []ui.Option) {
	for _, l := range lanes {
		out = append(out, ui.Option{Value: string(l) + "/", Label: l.Title() + ", without headings"})
		for _, t := range all {
			if t.Lane == l {
				out = append(out, ui.Option{Value: string(l) + "/" + t.Key(), Label: l.Title() + ": " + t.Title})
			}
		}
	}
	return out
}

// whoseWords say where headings come from.
func whoseWords(ctx context.Context, t Template) string {
	switch {
	case t.ID.IsZero():
		return "Held brings these"
	case t.Mine(ctx):
		return "Yours"
	case t.Slug != "":
		return "The practice's, in place of those that Held brings"
	}
	return "The practice's"
}

func joined(headings []string) string { return strings.Join(headings, " · ") }

func whoseValue(v string) string {
	if v == "" {
		return "own"
	}
	return v
}
