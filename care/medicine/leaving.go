package medicine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/alerts"
	"held/practice/trail"
	"held/rules/timeline"
)

// The outcomes of a session. Each is one of its own; none is a kind of another.
const (
	Discharged    = "discharged"
	AgainstAdvice = "left_against_advice"
	NotGiven      = "not_given"
	Transferred   = "transferred"
)

// Outcomes are those, in words.
var outcomeWords = map[string]string{
	Discharged: "Discharged", AgainstAdvice: "Left against advice", NotGiven: "No medicine was given", Transferred: "Transferred by emergency services",
}

// Left is how a session ended, as it was signed.
type Left struct {
	Session, Client db.ID
	Outcome         string
	By              db.ID
	At              time.Time
	Digest          string // of the conditions as they stood
	leftText
}

// leftText is what of it is sealed.
type leftText struct {
	Name       string  `json:"name"` // whoever signed
	Role       string  `json:"role"`
	Conditions []Stand `json:"conditions,omitempty"` // as they stood, met or not
	Result     string  `json:"result,omitempty"`
	Waiting    int     `json:"waiting,omitempty"` // devices of which entries were still to come
	Why        string  `json:"why,omitempty"`     // what was said, or why nothing was given
	Told       string  `json:"told,omitempty"`    // who was told
	Escort     string  `json:"escort,omitempty"`  // who went with them; "" nobody
	Alone      bool    `json:"alone,omitempty"`
	Signed     string  `json:"signed,omitempty"` // the person's own name, as they signed
	Declined   bool    `json:"declined,omitempty"`
	Where      string  `json:"where,omitempty"` // to which hospital
}

// MaxLeaving is how long what is written about leaving may be, in characters.
const (
	MaxLeaving = 4000
	maxLine    = 200
)

func (s *Service) leftField(ctx context.Context, client, session db.ID) vault.Field {
	return vault.Field{Practice: access.From(ctx).Practice, Subject: client, Class: vault.Clinical, Row: session, Column: "medicine_leavings.body"}
}

// LeftOf is how a session ended; an empty one while it has not.
func (s *Service) LeftOf(ctx context.Context, q db.Q, session db.ID) (Left, error) {
	r, err := db.One(ctx, q, scanLeft, sqlLeft, access.From(ctx).Practice, session)
	if errors.Is(err, db.ErrNone) {
		return Left{}, nil
	}
	if err != nil {
		return Left{}, err
	}
	return s.openLeft(ctx, q, r)
}

func (s *Service) openLeft(ctx context.Context, q db.Q, r leftRow) (Left, error) {
	plain, err := s.Vault.Open(ctx, q, s.leftField(ctx, r.Client, r.Session), r.body)
	if errors.Is(err, vault.ErrErased) {
		return r.Left, nil
	}
	if err != nil {
		return r.Left, err
	}
	return r.Left, json.Unmarshal([]byte(plain), &r.leftText)
}

func mayCheck(ctx context.Context, client db.ID) bool {
	return access.Can(ctx, access.Write, access.Resource{Class: access.Vitals, Subject: client})
}

// Leaving tells how it stands with a session's end, for who may be in its room.
func (s *Service) Leaving(ctx context.Context, q db.Q, session db.ID) (seat Seat, t timeline.Timeline, l Leave, err error) {
	if seat, err = s.Seat(ctx, q, session); err != nil {
		return seat, t, l, err
	}
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Room, Subject: seat.Client}); err != nil {
		return Seat{}, t, l, err
	}
	if t, err = s.Timeline(ctx, q, session); err != nil {
		return seat, t, l, err
	}
	return seat, t, leaveOf(t, seat.Doc, s.Now()), nil
}

var (
	errEndedAlready = fault.New(fault.Taken, "This session has ended already. Nothing was changed; how it ended stands on this page.")
	errNoAnswer     = fault.New(fault.BadRequest, "There is no such question. Nothing was changed.")
)

// during does something to a session that has not ended, in one transaction.
func (s *Service) during(ctx context.Context, session db.ID, class access.Class, fn func(tx *db.Tx, seat Seat, t timeline.Timeline) error) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		seat, t, _, err := s.Leaving(ctx, tx, session)
		if err == nil {
			err = access.Check(ctx, access.Write, access.Resource{Class: class, Subject: seat.Client})
		}
		if err != nil {
			return err
		}
		left, err := s.LeftOf(ctx, tx, session)
		if err != nil {
			return err
		}
		if _, over := t.Over(); over || left.Outcome != "" {
			return errEndedAlready
		}
		return fn(tx, seat, t)
	})
}

// Recover says that recovery begins.
func (s *Service) Recover(ctx context.Context, session db.ID) error {
	return s.during(ctx, session, access.Vitals, func(tx *db.Tx, _ Seat, t timeline.Timeline) error {
		if phase, _ := t.Went(); phase == timeline.Recovery {
			return nil
		}
		_, err := s.Note(ctx, tx, session, string(timeline.Phase), timeline.PhaseBody{To: timeline.Recovery})
		return err
	})
}

// answerable are the questions of the page with what may answer them.
var answerable = map[string]access.Class{
	itemWalks: access.Vitals, itemFluids: access.Vitals, itemNausea: access.Vitals, itemOriented: access.Vitals, itemInstructions: access.Vitals, itemEscort: access.Vitals,
	itemIntent: access.Vitals, itemPressure: access.Orders,
}

// Answer keeps the answer to one question as an entry of the timeline. The
// blood pressure is the prescriber's to accept.
func (s *Service) Answer(ctx context.Context, session db.ID, item string, value any, words string) error {
	class, known := answerable[item]
	if !known {
		return errNoAnswer
	}
	words = strings.TrimSpace(words)
	switch n, _ := value.(int); {
	case item == itemOriented && (n < 0 || n > 4):
		return fault.Field(itemOriented, "Please choose from 0 to 4.")
	case item == itemEscort && value == "":
		return fault.Field("escort", "Please write the name of the adult who is here.")
	case item == itemPressure && words == "":
		return fault.Field("bp", "Please say why the blood pressure is accepted. Your words stay with the session.")
	}
	return s.during(ctx, session, class, func(tx *db.Tx, seat Seat, t timeline.Timeline) error {
		if item == itemIntent {
			if err := s.mayAnswerIntent(ctx, seat, t, value == true, words); err != nil {
				return err
			}
		}
		body := map[string]any{"item": item, "value": value}
		if words != "" {
			body["words"] = words
		}
		if _, err := s.Note(ctx, tx, session, string(timeline.Check), body); err != nil {
			return err
		}
		if item != itemEscort {
			return nil
		}
		return s.arrives(ctx, tx, session, t, value.(string))
	})
}

// mayAnswerIntent: after a yes, the way is opened by the prescriber alone, who
// has asked again and says what was done.
func (s *Service) mayAnswerIntent(ctx context.Context, seat Seat, t timeline.Timeline, yes bool, words string) error {
	switch l := leaveOf(t, seat.Doc, s.Now()); {
	case yes && words == "":
		return fault.Field(itemIntent, "Please write in a few words what they said. Whoever is named for alerts reads it at once.")
	case yes, !l.Intent:
		return nil
	case !access.Can(ctx, access.Write, access.Resource{Class: access.Orders, Subject: seat.Client}):
		return fault.New(fault.Forbidden, "An intent was told, so the prescriber asks again. Nothing was changed. Please stay with them.")
	case words == "":
		return fault.Field(itemIntent, "An intent was told before. Please write what was done, and what they say now.")
	}
	return nil
}

// arrives puts the escort into the room, once.
func (s *Service) arrives(ctx context.Context, tx *db.Tx, session db.ID, t timeline.Timeline, name string) error {
	here := slices.ContainsFunc(t.In(), func(p timeline.Person) bool { return strings.EqualFold(p.Who, name) })
	if here {
		return nil
	}
	_, err := s.Note(ctx, tx, session, string(timeline.Present), timeline.PresentBody{Who: name, Role: roleEscort, Action: "arrived"})
	return err
}

// EscortHere is what follows where an escort says by their link that they are
// there: it stands in the room at once. Before the room is opened, or after it
// has ended, it stands with the session's readiness alone.
func (s *Service) EscortHere(ctx context.Context, tx *db.Tx, session db.ID, name string) error {
	ctx = reckoning(ctx)
	if _, err := s.Seat(ctx, tx, session); fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	t, err := s.Timeline(ctx, tx, session)
	if err != nil {
		return err
	}
	if _, over := t.Over(); over {
		return nil
	}
	if _, err := s.Note(ctx, tx, session, string(timeline.Check), map[string]any{"item": itemEscort, "value": name, "words": "by their link"}); err != nil {
		return err
	}
	return s.arrives(ctx, tx, session, t, name)
}

// Score keeps a modified Aldrete, whole or in part: what is left out is not
// answered.
func (s *Service) Score(ctx context.Context, session db.ID, answers map[string]int) error {
	if len(answers) == 0 {
		return fault.Field("aldrete", "Please choose at least one value. What is left open stays not answered.")
	}
	body := timeline.ScaleBody{Instrument: aldreteID, Answers: map[string]any{}}
	for i, it := range aldrete().Items {
		n, there := answers[it.Key]
		if !there {
			continue
		}
		if !slices.Contains([]int{0, 1, 2}, n) {
			return fault.Field(aldreteName(i), "Please choose one of these.")
		}
		body.Answers[it.Key] = n
	}
	return s.during(ctx, session, access.Vitals, func(tx *db.Tx, _ Seat, _ timeline.Timeline) error {
		_, err := s.Note(ctx, tx, session, string(timeline.Scale), body)
		return err
	})
}

// Read keeps a reading that was typed here.
func (s *Service) Read(ctx context.Context, session db.ID, v timeline.VitalsBody) error {
	if v == (timeline.VitalsBody{}) {
		return fault.Field("systolic", "Please give at least one value. What is left empty was not taken.")
	}
	return s.during(ctx, session, access.Vitals, func(tx *db.Tx, _ Seat, _ timeline.Timeline) error {
		_, err := s.Note(ctx, tx, session, string(timeline.Vitals), v)
		return err
	})
}

var errEndsElsewhere = fault.New(fault.Forbidden, "A session ends on the page of going home, where its conditions are and whoever signs. This was not kept.")

// Heed is called after every entry that was kept, from whichever device: a told
// intent is brought to whoever is named for alerts, at once. No device ends a
// session by an entry of its own.
func (s *Service) Heed(ctx context.Context, tx *db.Tx, seat Seat, e timeline.Entry) error {
	if e.Kind == timeline.Phase && e.Device != timeline.Server {
		var b timeline.PhaseBody
		if !e.Read(&b) || b.To != timeline.Recovery {
			return errEndsElsewhere
		}
	}
	if e.Kind != timeline.Check || s.Alerts == nil {
		return nil
	}
	var b timeline.CheckBody
	var yes bool
	if !e.Read(&b) || b.Item != itemIntent || json.Unmarshal(b.Value, &yes) != nil || !yes {
		return nil
	}
	words := "In the medicine room, before going home: asked, and there is intent."
	if b.Words != "" {
		words += " “" + b.Words + "”"
	}
	_, err := s.Alerts.Raise(ctx, tx, alerts.Alert{Client: seat.Client, Kind: "before leaving", Ref: seat.Session, Words: words})
	return err
}

var errSealedHome = fault.New(fault.Taken, "The session is signed and sealed, so nothing is added here any more. Who brought them home can be written as an addition to the record.")

// Went keeps who brought the person home, and when they left. It is said after
// the session has ended.
func (s *Service) Went(ctx context.Context, session db.ID, with string, at time.Time) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		seat, t, _, err := s.Leaving(ctx, tx, session)
		if err == nil {
			err = access.Check(ctx, access.Write, access.Resource{Class: access.Room, Subject: seat.Client})
		}
		if err != nil {
			return err
		}
		over, ended := t.Over()
		switch {
		case !seat.Sealed.IsZero():
			return errSealedHome
		case !ended:
			return fault.New(fault.Taken, "The session has not ended yet. Nothing was changed.")
		case !at.IsZero() && (at.After(s.Now()) || at.Before(over.Add(-time.Hour))):
			return fault.Field("left", "Please give a time between the end of the session and now.")
		}
		names, err := s.People.ClientNames(ctx, seat.Client)
		if err != nil {
			return err
		}
		who := names[seat.Client]
		if gone, _ := homeOf(t); !gone.IsZero() {
			return nil // said already
		}
		body := map[string]any{"person": seat.Client.String(), "who": who, "role": "client", "action": "left", "with": with}
		if !at.IsZero() {
			body["at"] = at.UTC().Format(time.RFC3339)
		}
		if _, err := s.Note(ctx, tx, session, string(timeline.Present), body); err != nil {
			return err
		}
		if with == "" {
			return nil
		}
		_, err = s.Note(ctx, tx, session, string(timeline.Present), timeline.PresentBody{Who: with, Role: roleEscort, Action: "left"})
		return err
	})
}

// homeOf tells when the person left the house, and with whom.
func homeOf(t timeline.Timeline) (at time.Time, with string) {
	for _, l := range t.Of(timeline.Present) {
		var b struct {
			timeline.PresentBody
			With string    `json:"with"`
			At   time.Time `json:"at"`
		}
		if l.Read(&b) && b.Role == "client" && b.Action == "left" {
			if at, with = l.At, b.With; !b.At.IsZero() {
				at = b.At
			}
		}
	}
	return at, with
}

// keepLeft writes how a session ended: once.
func (s *Service) keepLeft(ctx context.Context, tx *db.Tx, seat Seat, x Left) error {
	me := access.From(ctx)
	names, err := s.People.Names(ctx, me.Person)
	if err != nil {
		return err
	}
	x.Session, x.Client, x.By, x.At, x.Name = seat.Session, seat.Client, me.Person, s.Now(), names[me.Person]
	plain, err := json.Marshal(x.leftText)
	if err != nil {
		return err
	}
	body, err := s.Vault.Seal(ctx, tx, s.leftField(ctx, seat.Client, seat.Session), string(plain))
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, sqlAddLeft, me.Practice, seat.Session, seat.Client, x.Outcome, x.Digest, me.Person, db.Micros(x.At), body)
	if err != nil {
		return err
	}
	if n == 0 {
		return errEndedAlready
	}
	to := timeline.Ended
	switch x.Outcome {
	case AgainstAdvice:
		to = timeline.AgainstAdvice
	case NotGiven:
		to = timeline.NotGiven
	}
	phase := map[string]any{"to": to, "outcome": x.Outcome, "digest": x.Digest}
	if x.Why != "" {
		phase["why"] = x.Why
	}
	if _, err := s.Note(ctx, tx, seat.Session, string(timeline.Phase), phase); err != nil {
		return err
	}
	return s.Trail.Record(ctx, tx, trail.Entry{Verb: "ended", Subject: seat.Client, Kind: "medicine session", Object: seat.Session, Why: x.Outcome})
}
