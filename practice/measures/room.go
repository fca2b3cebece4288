package measures

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/rules/scoring"
)

// Scale is an instrument as a device in the medicine room needs it: what is
// asked, what can be chosen, and how it is reckoned, so that it works there
// without a network.
type Scale struct {
	ID      string         `json:"id"`
	Title   string         `json:"title"`
	About   string         `json:"about"`
	Version string         `json:"version"`
	Scoring string         `json:"scoring"`
	Filled  string         `json:"filled"` // who fills it in, in words
	Credit  string         `json:"credit,omitempty"`
	Items   []ScaleItem    `json:"items"`
	Scores  []scoring.Spec `json:"scores"` // the rules, as in the instrument's data
	Notes   []scoring.Note `json:"notes,omitempty"`
}

// ScaleItem is one thing that is rated. It has choices, or a range.
type ScaleItem struct {
	LinkID  string     `json:"linkId"`
	Text    string     `json:"text"`
	Choices []Choice   `json:"choices,omitempty"`
	Range   *[2]int    `json:"range,omitempty"`
	Ends    *[2]string `json:"ends,omitempty"`
}

// Choice is one value and what it is called.
type Choice struct {
	Value int    `json:"value"`
	Text  string `json:"text"`
}

var errNoScale = fault.New(fault.NotFound, "There is no scale of this name that a clinician can fill in here. Its wording may not be loaded.")

func (s *Service) scale(ctx context.Context, q db.Q, id string) (scoring.Instrument, error) {
	all, err := s.Scales(ctx, q)
	if err != nil {
		return scoring.Instrument{}, err
	}
	i := slices.IndexFunc(all, func(in scoring.Instrument) bool { return in.ID == id })
	if i < 0 {
		return scoring.Instrument{}, errNoScale
	}
	return all[i], nil
}

// ForRoom is one scale for a device. Whoever hands it out has asked the policy.
func (s *Service) ForRoom(ctx context.Context, q db.Q, id string) (Scale, error) {
	in, err := s.scale(ctx, q, id)
	if err != nil {
		return Scale{}, err
	}
	return scaleOf(in), nil
}

// AllForRoom are all scales for a device.
func (s *Service) AllForRoom(ctx context.Context, q db.Q) ([]Scale, error) {
	all, err := s.Scales(ctx, q)
	var out []Scale
	for _, in := range all {
		out = append(out, scaleOf(in))
	}
	return out, err
}

func scaleOf(in scoring.Instrument) Scale {
	out := Scale{ID: in.ID, Title: in.Title, About: in.About, Version: in.Version, Scoring: in.Scoring, Filled: Filled(in), Credit: in.Licence.Credit, Scores: in.Scores, Notes: in.Notes}
	for _, it := range in.Items {
		item := ScaleItem{LinkID: it.Key, Text: it.Text, Range: it.Range, Ends: it.Ends}
		for _, o := range in.Options[it.Options] {
			item.Choices = append(item.Choices, Choice{o.Value, o.Text})
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// RoomEntry is a rating as the medicine room writes it into its timeline.
type RoomEntry struct {
	Client, Session db.ID
	ID, Supersedes  string // of the entry, and of the one that it corrects
	By              string
	Taken           time.Time
	Body            json.RawMessage // {"instrument": …, "answers": {linkId: value}}
}

// FromRoom keeps an entry of the kind scale as a rating, once for each entry,
// whatever comes again. An entry that is no rating of one of the scales here is
// left to the timeline, which keeps what was seen in any case: it is nothing
// that the room should refuse.
func (s *Service) FromRoom(ctx context.Context, tx *db.Tx, e RoomEntry) error {
	var body struct {
		Instrument string         `json:"instrument"`
		Answers    map[string]any `json:"answers"`
		Void       bool           `json:"void"` // what it corrects was no rating at all
	}
	x := Rated{Client: e.Client, Session: e.Session, Taken: e.Taken}
	for id, from := range map[*db.ID]string{&x.Ref: e.ID, &x.Corrects: e.Supersedes, &x.By: e.By} {
		if from != "" && id.UnmarshalText([]byte(from)) != nil {
			return nil
		}
	}
	if json.Unmarshal(e.Body, &body) != nil || x.Ref.IsZero() {
		return nil
	}
	x.Instrument, x.Void, x.Answers = body.Instrument, body.Void && !x.Corrects.IsZero(), map[string]int{}
	for key, given := range body.Answers {
		n, err := strconv.Atoi(fmt.Sprint(given))
		if err != nil {
			return nil
		}
		x.Answers[key] = n
	}
	_, err := s.Keep(ctx, tx, x)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
