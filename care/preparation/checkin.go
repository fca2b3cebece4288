package preparation

import (
	"context"
	"slices"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/readiness"
)

// Checkin is a client's few answers, the day before a session or on its day. A
// later one takes the place of an earlier one; both stay.
type Checkin struct {
	ID          db.ID
	Appointment db.ID
	Client      db.ID
	Kind        string // DayBefore, OnTheDay
	Sent        time.Time

	Answers map[string]string // by question; what was not answered is not there
	Changed string            // what has changed in what they take
	Words   string
}

// The kinds of check-ins, and of answers.
const (
	DayBefore = "before"
	OnTheDay  = "day"

	Yes = "yes"
	No  = "no"
)

// The questions.
const (
	askFasting    = "fasting"
	askHolds      = "holds"
	askMedication = "medication"
	askSubstances = "substances"
	askIll        = "ill"
	askSlept      = "slept"
	askPregnant   = "pregnant"
	askThoughts   = "thoughts"
	askEscort     = "escort"
	askWilling    = "willing"
)

// question is one of a check-in's. Nothing is counted: an answer that a
// clinician should see goes to them as it is.
type question struct {
	key     string
	words   string
	hint    string
	worry   string // the answer that goes to the clinicians
	desk    string // the same in field terms
	day     bool   // on the day only
	holding bool   // only where the prescriber asked to pause something
	own     bool   // a condition of its own, and no part of the check-in's
}

var questions = []question{
	{key: askFasting, words: "Have you kept to the times for eating and drinking?", worry: No, desk: "Fasting kept", day: true, own: true},
	{key: askHolds, words: "Have you kept to what your prescriber asked you to pause?", worry: No, desk: "Medication holds kept", day: true, holding: true, own: true},
	{key: askMedication, words: "Has anything changed in what you take since you last told us?", hint: "Also what needs no prescription. If yes, please write it below.", worry: Yes, desk: "Medication changed", own: true},
	{key: askSubstances, words: "Have you had alcohol, cannabis or any other drug in the last 24 hours?", worry: Yes, desk: "Substances in the last 24 hours"},
	{key: askIll, words: "Are you ill, or do you have a cold, a cough or a fever?", worry: Yes, desk: "Illness or respiratory infection"},
	{key: askSlept, words: "Did you sleep enough to feel able for the day?", worry: No, desk: "Slept enough", day: true},
	{key: askPregnant, words: "Could you be pregnant?", hint: "Answer no where it does not concern you.", worry: Yes, desk: "Possibly pregnant"},
	{key: askThoughts, words: "Have you had thoughts of ending your life?", hint: "If yes, you need not wait for us: crisis support stands at the top of this page.", worry: Yes, desk: "Thoughts of suicide"},
	{key: askEscort, words: "Is the person who brings you home still coming?", worry: No, desk: "Escort still coming"},
	{key: askWilling, words: "Do you still want this session?", hint: "You may say no at any time, also in the room.", worry: No, desk: "Still wants the session"},
}

// asked are the questions of a kind of check-in.
func asked(kind string, holding bool) []question {
	return slices.DeleteFunc(slices.Clone(questions), func(q question) bool { return q.day && kind != OnTheDay || q.holding && !holding })
}

// checkinText is what of a check-in is sealed.
type checkinText struct {
	Answers map[string]string `json:"answers"`
	Changed string            `json:"changed,omitempty"`
	Words   string            `json:"words,omitempty"`
}

// Worries are the answers that a clinician should see, in field terms.
func (c Checkin) Worries() (out []string) {
	for _, q := range questions {
		if a := c.Answers[q.key]; a == q.worry {
			out = append(out, q.desk+": "+a)
		}
	}
	return out
}

// Checkins lists a session's, the earliest first.
func (s *Service) Checkins(ctx context.Context, x Session) ([]Checkin, error) {
	if err := reads(ctx, x.Client); err != nil {
		return nil, err
	}
	rows, err := db.All(ctx, s.DB.Reader(), scanCheckin, sqlCheckins, access.From(ctx).Practice, x.ID)
	if err != nil {
		return nil, err
	}
	return s.openCheckins(ctx, s.DB.Reader(), rows)
}

func (s *Service) openCheckins(ctx context.Context, q db.Q, rows []checkinRow) ([]Checkin, error) {
	out := make([]Checkin, len(rows))
	for i, r := range rows {
		var t checkinText
		if err := s.openJSON(ctx, q, r.Client, r.ID, checkinBody, r.body, &t); err != nil {
			return nil, err
		}
		r.Answers, r.Changed, r.Words = t.Answers, t.Changed, t.Words
		out[i] = r.Checkin
	}
	return out, nil
}

// checkin is the last one of a kind; without an id when there is none.
func (s *Service) checkin(ctx context.Context, q db.Q, appointment db.ID, kind string) (last Checkin, err error) {
	rows, err := db.All(ctx, q, scanCheckin, sqlCheckins, access.From(ctx).Practice, appointment)
	if err != nil {
		return last, err
	}
	rows = slices.DeleteFunc(rows, func(r checkinRow) bool { return r.Kind != kind })
	if len(rows) == 0 {
		return last, nil
	}
	all, err := s.openCheckins(ctx, q, rows[len(rows)-1:])
	if err != nil {
		return last, err
	}
	return all[0], nil
}

// opens is from when a check-in can be answered: the day before from two days
// ahead on, the day's own from midnight on the client's clock.
func (x Session) opens(kind string) time.Time {
	zone, err := time.LoadLocation(x.Zone)
	if err != nil {
		zone = time.UTC
	}
	y, m, d := x.Start.In(zone).Date()
	if kind == OnTheDay {
		return time.Date(y, m, d, 0, 0, 0, 0, zone)
	}
	return time.Date(y, m, d-2, 0, 0, 0, 0, zone)
}

// Answer keeps the signed-in client's answers. What has changed in what they
// take becomes a change; what is worrying goes to those who prescribe and guide.
func (s *Service) Answer(ctx context.Context, session db.ID, c Checkin) error {
	me := access.From(ctx)
	x, err := s.coming(ctx, s.DB.Reader(), session, writes(ctx, access.Own))
	if err == nil {
		err = s.checkAnswers(x, c)
	}
	if err != nil {
		return err
	}
	to, err := s.team(ctx, x.Client, access.Prescriber, access.Guide)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		id := db.NewID()
		sealed, err := s.sealJSON(ctx, tx, x.Client, id, checkinBody, checkinText{c.Answers, c.Changed, c.Words})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAddCheckin, me.Practice, id, x.ID, x.Client, c.Kind, sealed, db.Micros(s.Now())); err != nil {
			return err
		}
		if c.Answers[askMedication] == Yes {
			if err := s.tell(ctx, tx, x.Client, c.Changed); err != nil {
				return err
			}
		}
		if c.Answers[askThoughts] == Yes && s.Alarm != nil {
			if err := s.Alarm(reckoning(ctx), tx, x.Client, x.ID, "Before a medicine session: thoughts of suicide: yes"); err != nil {
				return err
			}
		}
		if len(c.Worries()) > 0 {
			if err := s.alert(ctx, tx, to, x.Client); err != nil {
				return err
			}
		}
		return s.Trail.Record(ctx, tx, trail.Entry{Verb: "answered", Subject: x.Client, Kind: "before a session", Object: id, Why: c.Kind})
	})
}

func (s *Service) checkAnswers(x Session, c Checkin) error {
	e := fault.New(fault.Invalid, "Something needs another look. What you answered stands below and was not sent yet.")
	switch {
	case c.Kind != DayBefore && c.Kind != OnTheDay:
		return fault.New(fault.NotFound, "There is nothing to answer at this address.")
	case s.Now().Before(x.opens(c.Kind)):
		return fault.New(fault.Forbidden, "It is too early for these questions. They open on the day they are about, and nothing was kept.")
	}
	if c.Answers[askMedication] == Yes && strings.TrimSpace(c.Changed) == "" {
		e.AddField("changed", "Please write what has changed in what you take.")
	}
	if len(c.Answers) == 0 && c.Words == "" {
		e.AddField("", "Nothing was answered yet.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// checkinConditions: the day's answers, and what they say of eating and drinking.
func (s *Service) checkinConditions(ctx context.Context, q db.Q, x Session) ([]readiness.Condition, error) {
	day, err := s.checkin(ctx, q, x.ID, OnTheDay)
	if err != nil {
		return nil, err
	}
	today := readiness.Condition{Key: Today, State: readiness.Open, Overridable: true, Why: words("Not answered yet.", "Not answered yet.", "A few short questions wait for you on the day.")}
	fasting := readiness.Condition{Key: Fasting, State: readiness.Unknown, Overridable: true, Why: words("Not answered yet.", "Not answered yet.", "We ask you on the day.")}
	if x.Terms.Food == 0 && x.Terms.Fluids == 0 {
		fasting.Why = words("The protocol in force sets no hours of fasting.", "The protocol in force sets no hours of fasting.", "Your prescriber has not set the hours yet.")
		fasting.Holder = readiness.Prescriber
	}
	if day.ID.IsZero() || day.Sent.Before(x.opens(OnTheDay)) { // answered for an earlier date of this session
		return []readiness.Condition{today, fasting}, nil
	}
	_, until, err := s.day(ctx, x.Start)
	if err != nil {
		return nil, err
	}
	today.Basis, today.Since, today.Until = day.ID.String(), day.Sent, until
	day.judge(&today)
	if x.Terms.Food == 0 && x.Terms.Fluids == 0 {
		return []readiness.Condition{today, fasting}, nil
	}
	fasting.Basis, fasting.Since = day.ID.String()+x.Terms.Version, day.Sent
	switch day.Answers[askFasting] {
	case Yes:
		fasting.State, fasting.Until, fasting.Why = readiness.Met, until, same("Kept, by the answers of the day.")
	case No:
		fasting.State = readiness.Closed
		fasting.Why = words("Not kept, by the answers of the day.", "Not kept, by the answers of the day.", "You told us that it was not possible. Your prescriber decides what that means for today.")
	default:
		fasting.Why = words("Not answered.", "Not answered.", "You left this question open.")
	}
	return []readiness.Condition{today, fasting}, nil
}

// judge says how the day's answers stand: nothing worrying among them, nothing
// left open.
func (c Checkin) judge(today *readiness.Condition) {
	var worries, open []string
	for _, q := range questions {
		switch a := c.Answers[q.key]; {
		case q.own:
		case a == q.worry:
			worries = append(worries, q.desk+": "+a)
		case a == "":
			open = append(open, q.desk)
		}
	}
	switch {
	case len(worries) > 0:
		w := strings.Join(worries, "; ")
		today.State = readiness.Closed
		today.Why = words(w+".", w+". The prescriber decides.", "One of your answers is one that your prescriber wants to speak with you about first.")
	case len(open) > 0:
		today.Why = words("Not answered: "+strings.Join(open, "; ")+".", "Not answered: "+strings.Join(open, "; ")+".", "Some questions are still open.")
	default:
		today.State, today.Why = readiness.Met, words("Answered; nothing reported.", "Answered; nothing reported.", "You have answered.")
	}
	if c.Answers[askMedication] == "" && today.State == readiness.Met { // a change that nobody asked about is not known
		today.State, today.Why = readiness.Open, words("Not answered: Medication changed.", "Not answered: Medication changed.", "Some questions are still open.")
	}
}
