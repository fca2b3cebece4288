package preparation

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/readiness"
)

// readinessView is a session's readiness at the desk.
type readinessView struct {
	Gate
	Who      string
	House    *time.Location
	As       string            // in whose words it is read
	Names    map[string]string // of colleagues, by id
	Turns    []string          // the keys that are the reader's
	Orders   bool              // the reader prescribes for them
	Measures bool
	Writes   bool // may write what to bring
	Reaches  bool // may read how the escort is reached
	Holds    []Hold
	Thinks   string // what the course has the prescriber think of
	Changes  []Change
	Checkins []Checkin
	Readings []Reading
	Escort   Escort
	Written  Written
	Plan     db.ID
	Now      time.Time
	Fields   map[string]string
	Typed    map[string]string
	Done     bool
}

func (v readinessView) href() string  { return "/desk/appointments/" + v.ID.String() + "/readiness" }
func (v readinessView) title() string { return v.Who + ", readiness" }

// say gives one of three wordings to whoever reads.
func say(w readiness.Words, as string) string {
	switch as {
	case readiness.Prescriber:
		return w.Prescriber
	case readiness.Client:
		return w.Client
	}
	return w.Guide
}

// stateWords are the states as both sides read them.
func stateWords(s readiness.State, as string) string {
	client := as == readiness.Client
	switch s {
	case readiness.Met:
		return "Settled"
	case readiness.Overridden:
		if client {
			return "Your prescriber goes on without it"
		}
		return "Passed by the prescriber"
	case readiness.Open:
		return "Still to do"
	case readiness.Closed:
		return "Not met"
	}
	return "Not known"
}

func holderWords(holder, as string) string {
	if as == readiness.Client {
		switch holder {
		case readiness.Client:
			return "With you"
		case readiness.Attendant:
			return "With whoever sits with you"
		}
		return "With your " + holder
	}
	return "With the " + holder
}

func (s *Service) showReadiness(w http.ResponseWriter, r *http.Request) error {
	v, err := s.readiness(r)
	if err != nil {
		return err
	}
	v.Done = r.URL.Query().Has("done")
	return s.readinessPage(w, r, http.StatusOK, v)
}

func (s *Service) readinessPage(w http.ResponseWriter, r *http.Request, status int, v readinessView) error {
	if err := s.Trail.Saw(r.Context(), trail.Entry{Subject: v.Client, Kind: "readiness", Object: v.ID}); err != nil {
		return err
	}
	p, err := s.desk(r, v.title())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, readinessPage(p, v))
}

// readiness loads everything that the page shows, for who cares for the client.
func (s *Service) readiness(r *http.Request) (v readinessView, err error) {
	ctx := r.Context()
	id, err := web.PathID(r, "id", errNoSession)
	if err != nil {
		return v, err
	}
	x, err := s.Session(ctx, s.DB.Reader(), id)
	if err == nil {
		err = access.Check(ctx, access.Read, access.Resource{Class: access.Gate, Subject: x.Client})
	}
	if err != nil {
		return v, err
	}
	v.Typed, v.Now = map[string]string{}, s.Now()
	if v.Gate, err = s.gate(ctx, s.DB.Reader(), x); err != nil {
		return v, err
	}
	if _, v.House, err = s.zoneOf(ctx, x.Zone); err != nil {
		return v, err
	}
	if err := s.around(ctx, &v, x); err != nil {
		return v, err
	}
	return v, s.nameReadiness(ctx, &v)
}

// around reads what stands around the gate.
func (s *Service) around(ctx context.Context, v *readinessView, x Session) (err error) {
	if v.Holds, err = s.holdsOf(ctx, s.DB.Reader(), x.ID); err != nil {
		return err
	}
	if v.Changes, err = s.changesOf(ctx, s.DB.Reader(), x.Client); err != nil {
		return err
	}
	if v.Checkins, err = s.Checkins(ctx, x); err != nil {
		return err
	}
	if v.Readings, err = s.readings(ctx, s.DB.Reader(), x.ID); err != nil {
		return err
	}
	if v.Escort, err = s.escortOf(ctx, s.DB.Reader(), x.ID); err != nil {
		return err
	}
	if v.Written, err = s.WrittenFor(ctx, x); err != nil {
		return err
	}
	if v.Plan, err = s.PlanOf(ctx, s.DB.Reader(), x.ID); err != nil || v.Plan.IsZero() {
		return err
	}
	p, err := s.Plan(ctx, v.Plan)
	for _, l := range p.Laid {
		if l.ID == x.ID {
			v.Thinks = l.Step.Holds
		}
	}
	return err
}

// nameReadiness says what the reader may do, and names everybody on the page.
func (s *Service) nameReadiness(ctx context.Context, v *readinessView) error {
	of := func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: v.Client} }
	v.As = readiness.Guide
	for _, role := range []string{readiness.Prescriber, readiness.Guide} {
		if HoldsKey(ctx, role, v.Client) {
			v.Turns = append(v.Turns, role)
		}
	}
	if v.Orders = access.Can(ctx, access.Write, of(access.Orders)); v.Orders {
		v.As = readiness.Prescriber
	}
	v.Measures, v.Writes = access.Can(ctx, access.Write, of(access.Vitals)), access.Can(ctx, access.Write, of(access.Clinical))
	v.Reaches = access.Can(ctx, access.Read, of(access.Contact))
	var ids []db.ID
	add := func(text string) {
		if id, err := db.ParseID(text); err == nil {
			ids = append(ids, id)
		}
	}
	for _, a := range v.History {
		add(a.By)
	}
	for _, o := range v.Overrides {
		add(o.By)
	}
	for _, c := range v.Changes {
		ids = append(ids, c.LookedBy)
	}
	for _, h := range v.Holds {
		ids = append(ids, h.By)
	}
	for _, m := range v.Readings {
		ids = append(ids, m.By)
	}
	var err error
	if v.Names, err = s.named(ctx, ids...); err != nil {
		return err
	}
	clients, err := s.People.ClientNames(ctx, v.Client)
	v.Who = clients[v.Client]
	return err
}

// do does what one of the page's forms asks; refused, the page comes back with
// what was typed.
func (s *Service) do(w http.ResponseWriter, r *http.Request, fn func(ctx context.Context, f *web.Form, id db.ID) error, typed ...string) error {
	f, id, no, err := attempt(r, fn)
	if err != nil {
		return err
	}
	if no == nil {
		return web.See(w, r, "/desk/appointments/"+id.String()+"/readiness?done=1")
	}
	v, err := s.readiness(r)
	if err != nil {
		return err
	}
	v.Fields = fields(no)
	for _, name := range typed {
		v.Typed[name] = f.Raw(name)
	}
	return s.readinessPage(w, r, no.Kind.Status(), v)
}

func (s *Service) attest(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		return s.Attest(ctx, id, f.Line("role", 20), f.Line("seen", 64))
	})
}

func (s *Service) withdraw(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		return s.Withdraw(ctx, id, f.Line("role", 20))
	})
}

func (s *Service) pass(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		rule, why := f.Line("rule", 40), f.Text("why", MaxText)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Pass(ctx, id, rule, why)
	}, "rule", "why")
}

func (s *Service) writeHold(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		h := Hold{Kind: f.Raw("kind"), Medication: f.Line("medication", MaxLine), Words: f.Text("words", MaxText)}
		if h.Kind == HoldPause {
			_, house, err := s.zoneOf(ctx, "")
			if err != nil {
				return err
			}
			h.Until = civil(f, "until", house)
			f.Required("medication", "Please name what is to be paused.")
			f.Required("words", "Please write what they are to do, and from when, as they will read it.")
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Hold(ctx, id, h)
	}, "medication", "words", "until")
}

func (s *Service) dropHold(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		hold, err := db.ParseID(f.Raw("hold"))
		if err != nil {
			return errNoSession
		}
		return s.EndHold(ctx, id, hold)
	})
}

func (s *Service) lookAt(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		change, err := db.ParseID(f.Raw("change"))
		if err != nil {
			return errNoSession
		}
		word := f.Text("word", MaxText)
		if err := f.Err(); err != nil {
			return err
		}
		x, err := s.Session(ctx, s.DB.Reader(), id)
		if err != nil {
			return err
		}
		return s.Look(ctx, x.Client, change, word)
	}, "change", "word")
}

var vitalsFields = []string{"systolic", "diastolic", "pulse", "oxygen", "breaths", "sedation", "warmth", "age", "taken"}

func (s *Service) measure(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		whole := func(name string) int {
			text := strings.TrimSpace(f.Raw(name))
			n, err := strconv.Atoi(text)
			if text != "" && (err != nil || n <= 0) {
				f.Fail(name, "Please give a whole number, or leave it empty.")
			}
			return n
		}
		v := Vitals{
			Systolic: whole("systolic"), Diastolic: whole("diastolic"), Pulse: whole("pulse"), Oxygen: whole("oxygen"), Breaths: whole("breaths"),
			Sedation: f.Line("sedation", 2), Warmth: strings.Replace(f.Line("warmth", 6), ",", ".", 1), Age: whole("age"),
		}
		_, house, err := s.zoneOf(ctx, "")
		if err != nil {
			return err
		}
		taken := civil(f, "taken", house)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Measure(ctx, id, v, taken)
	}, vitalsFields...)
}

func (s *Service) writeBring(w http.ResponseWriter, r *http.Request) error {
	return s.do(w, r, func(ctx context.Context, f *web.Form, id db.ID) error {
		text := f.Text("bring", MaxText)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Bring(ctx, id, text)
	}, "bring")
}

// titleOf names a condition to whoever reads.
func titleOf(key, as string) string {
	for _, n := range Needs {
		if n.Key == key {
			return say(n.Title, as)
		}
	}
	return key
}

// titles names several of them.
func titles(keys []string, as string) string {
	var out []string
	for _, k := range keys {
		out = append(out, titleOf(k, as))
	}
	return strings.Join(out, "; ")
}

// keyWords says how a key stands.
func (v readinessView) keyWords(k readiness.Key) string {
	switch name := v.Names[k.By]; {
	case k.Turned:
		return "Attested by " + name + ", " + ui.When(k.At, v.House) + "."
	case k.Lapsed:
		return name + " attested on " + ui.When(k.At, v.House) + ". It counts no more, because of: " + titles(k.Changed, v.As) + "."
	case v.Same:
		return "Both keys were turned by one person; two keys are two people's."
	}
	return "Not attested."
}

// told are the answers of a check-in as the desk reads them: what was not
// answered says so.
func told(c Checkin) (out []ui.Value) {
	for _, q := range questions {
		if q.day && c.Kind != OnTheDay {
			continue
		}
		a := c.Answers[q.key]
		if a == "" {
			a = "not answered"
		}
		out = append(out, ui.Value{Name: q.desk, Value: a})
	}
	return out
}

func kindWords(kind string) string {
	if kind == OnTheDay {
		return "On the day"
	}
	return "The day before"
}

func sedationOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Not taken"}}
	for n := 5; n >= 0; n-- {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)})
	}
	return out
}

func escortWords(e Escort) string {
	switch e.State {
	case Accepted:
		return "Accepted"
	case Declined:
		return "Declined"
	}
	return "Asked; no answer yet"
}

// conditionTimes says since when a condition stands so, and until when.
func conditionTimes(c readiness.Shown, zone *time.Location) string {
	out := ""
	if !c.Since.IsZero() {
		out += ". Since " + ui.When(c.Since, zone)
	}
	if !c.Until.IsZero() {
		out += ". Until " + ui.When(c.Until, zone)
	}
	return out + "."
}
