package medicine

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/access"
	rule "held/rules/protocol"
	"held/rules/timeline"
)

// State is everything that a device needs to show a room and to go on without a
// network.
type State struct {
	Now        time.Time   `json:"now"`
	Room       db.ID       `json:"room"`
	Session    db.ID       `json:"session"` // whose address this is
	Seats      []SeatState `json:"seats"`
	Me         Me          `json:"me"`
	People     []Colleague `json:"people"` // who may be here, for arrivals
	Here       []Here      `json:"here"`   // whose devices are
	Calls      []Call      `json:"calls"`
	Card       *Card       `json:"card,omitempty"`
	Vocabulary Vocabulary  `json:"vocabulary"`
	Cursor     string      `json:"cursor"` // where the stream goes on
}

// SeatState is one seat of it.
type SeatState struct {
	Session     db.ID                `json:"session"`
	Title       string               `json:"title"`
	Alias       string               `json:"alias"` // the working name
	Start       time.Time            `json:"start"`
	End         time.Time            `json:"end"`
	Opened      time.Time            `json:"opened"`
	Ended       time.Time            `json:"ended,omitzero"`
	Sealed      time.Time            `json:"sealed,omitzero"`
	Outcome     string               `json:"outcome,omitempty"`
	Phase       string               `json:"phase"` // "", recovery, ended, left_against_advice, not_given
	Medicine    rule.Medicine        `json:"medicine"`
	What        string               `json:"what"` // medicine and route, in field terms
	Protocol    string               `json:"protocol"`
	Passed      []string             `json:"passed,omitempty"`
	Order       *Order               `json:"order,omitempty"`
	Preferences []Preference         `json:"preferences"`
	Limits      timeline.Limits      `json:"limits"`
	Observation timeline.Observation `json:"observation"`
	Baseline    timeline.Base        `json:"baseline"`
	Entries     []timeline.Entry     `json:"entries"`
	Points      []timeline.Point     `json:"points"`
	Judged      rule.Result          `json:"judged"`
}

// Me is who asks.
type Me struct {
	Person db.ID  `json:"person"`
	Name   string `json:"name"`
	Role   string `json:"role"`
}

// Colleague is somebody of the care teams.
type Colleague struct {
	Person db.ID  `json:"person"`
	Name   string `json:"name"`
	Role   string `json:"role"`
}

// State reads a room for whoever may see it.
func (s *Service) State(ctx context.Context, session db.ID) (State, error) {
	q, now := s.DB.Reader(), s.Now()
	home, err := s.Seat(ctx, q, session)
	if err != nil {
		return State{}, err
	}
	seats, err := s.room(ctx, q, home.Room)
	if err != nil {
		return State{}, err
	}
	out := State{Now: now, Room: home.Room, Session: session, People: []Colleague{}, Here: s.hubs.here(home.Room), Calls: []Call{}, Vocabulary: vocabulary()}
	out.Me, err = s.me(ctx, home.Client)
	if err != nil {
		return out, err
	}
	at := cursor{}
	for _, x := range seats {
		one, err := s.seatState(ctx, q, x, now)
		if err != nil {
			return out, err
		}
		if n := len(one.Entries); n > 0 {
			at[x.Session] = one.Entries[n-1].N
		}
		t := timeline.Merge(one.Entries)
		t.Base = x.Base
		out.Seats, out.Calls = append(out.Seats, one), append(out.Calls, Calls(x, t, now)...)
	}
	out.Cursor = at.String()
	if out.People, err = s.colleagues(ctx, seats); err != nil {
		return out, err
	}
	if s.Scales != nil {
		if out.Vocabulary.Scales, err = s.Scales(ctx, q); err != nil {
			return out, err
		}
	}
	if s.Card != nil {
		c, err := s.Card(ctx, q)
		if err != nil {
			return out, err
		}
		out.Card = &c
	}
	return out, nil
}

func (s *Service) me(ctx context.Context, client db.ID) (Me, error) {
	a := access.From(ctx)
	names, err := s.People.Names(ctx, a.Person)
	return Me{a.Person, names[a.Person], roleFor(ctx, client)}, err
}

func (s *Service) seatState(ctx context.Context, q db.Q, x Seat, now time.Time) (SeatState, error) {
	names, err := s.People.Names(ctx, x.Client)
	if err != nil {
		return SeatState{}, err
	}
	all, err := s.entries(ctx, q, x.Session, 0)
	if err != nil {
		return SeatState{}, err
	}
	t := timeline.Merge(all)
	t.Base = x.Base
	out := SeatState{
		Session: x.Session, Title: x.Title, Alias: names[x.Client], Start: x.Start, End: x.End, Opened: x.Opened, Ended: x.Ended, Sealed: x.Sealed, Outcome: x.Outcome,
		Medicine: x.Medicine, What: x.Medicine.Name(), Protocol: x.ProtocolVersion, Passed: x.Passed, Preferences: []Preference{}, Limits: timeline.LimitsOf(x.Doc, x.Base.Age),
		Observation: timeline.ObservationOf(x.Doc), Baseline: t.Baseline(), Entries: all, Points: t.Points(x.Doc, now), Judged: t.Judge(x.Doc, now),
	}
	if out.Entries == nil {
		out.Entries = []timeline.Entry{}
	}
	out.Phase, _ = t.Went()
	if s.Order != nil {
		o, there, err := s.Order(ctx, q, x.Session)
		if err != nil {
			return out, err
		}
		if there {
			out.Order = &o
		}
	}
	if s.Prefer != nil {
		if out.Preferences, err = s.Prefer(ctx, q, x.Client); err != nil {
			return out, err
		}
	}
	return out, nil
}

// colleagues are the care teams of the seats that the actor sees.
func (s *Service) colleagues(ctx context.Context, seats []Seat) ([]Colleague, error) {
	out, seen := []Colleague{}, map[db.ID]bool{}
	for _, x := range seats {
		c, err := s.People.Card(ctx, x.Client)
		if err != nil {
			return nil, err
		}
		for _, m := range c.Team {
			if seen[m.Person] {
				continue
			}
			seen[m.Person] = true
			names, err := s.People.Names(ctx, m.Person)
			if err != nil {
				return nil, err
			}
			out = append(out, Colleague{m.Person, names[m.Person], string(m.Role)})
		}
	}
	return out, nil
}

// cursor is how far a device has seen each seat.
type cursor map[db.ID]int64

// String writes it for Last-Event-ID.
func (c cursor) String() string {
	var out []string
	for _, id := range sortedIDs(c) {
		out = append(out, id.String()+":"+strconv.FormatInt(c[id], 10))
	}
	return strings.Join(out, ",")
}

// readCursor reads one; what cannot be read begins at the beginning.
func readCursor(text string) cursor {
	out := cursor{}
	if len(text) > MaxSeats*64 {
		return out
	}
	for part := range strings.SplitSeq(text, ",") {
		id, n, _ := strings.Cut(part, ":")
		session, err := db.ParseID(id)
		last, err2 := strconv.ParseInt(n, 10, 64)
		if err == nil && err2 == nil && last >= 0 {
			out[session] = last
		}
	}
	return out
}

func sortedIDs[V any](m map[db.ID]V) []db.ID {
	out := make([]db.ID, 0, len(m))
	for id := range m {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b db.ID) int { return slices.Compare(a[:], b[:]) })
	return out
}
