package medicine

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
	"held/rules/protocol"
	"held/rules/timeline"
)

// leavingRoutes is the page on which a session comes to its end.
func (s *Service) leavingRoutes() []web.Route {
	read, write := access.To(access.Read, access.Room), access.To(access.Write, access.Room)
	measure, order := access.To(access.Write, access.Vitals), access.To(access.Write, access.Orders)
	return []web.Route{
		{Pattern: "GET /room/{session}/leaving", Access: read, Handle: s.showLeaving},
		{Pattern: "GET /room/{session}/leaving/state", Access: read, Handle: s.leavingState},
		{Pattern: "POST /room/{session}/leaving/recovery", Access: measure, Handle: s.postRecover},
		{Pattern: "POST /room/{session}/leaving/check", Access: measure, Handle: s.postCheck},
		{Pattern: "POST /room/{session}/leaving/accept", Access: order, Handle: s.postAccept},
		{Pattern: "POST /room/{session}/leaving/aldrete", Access: measure, Handle: s.postAldrete},
		{Pattern: "POST /room/{session}/leaving/reading", Access: measure, Handle: s.postReading},
		{Pattern: "POST /room/{session}/leaving/words", Access: write, Handle: s.postOwnWords},
		{Pattern: "POST /room/{session}/leaving/give", Access: write, Handle: s.postGive},
		{Pattern: "POST /room/{session}/leaving/book", Access: access.To(access.Write, access.Calendar), Handle: s.postBook},
		{Pattern: "POST /room/{session}/leaving/discharge", Access: access.To(access.Write, access.Discharge), Handle: s.postDischarge},
		{Pattern: "POST /room/{session}/leaving/against", Access: measure, Handle: s.postAgainst},
		{Pattern: "POST /room/{session}/leaving/none", Access: write, Handle: s.postNotGiven},
		{Pattern: "POST /room/{session}/leaving/transfer", Access: measure, Handle: s.postTransfer},
		{Pattern: "POST /room/{session}/leaving/home", Access: write, Handle: s.postHome},
	}
}

// leavingView is that page.
type leavingView struct {
	Seat
	Leave
	Left      Left
	Phase     string
	Elapsed   string
	Who       string
	House     *time.Location
	Sheet     Sheet
	Text      AfterCare
	Ahead     Ahead
	Expected  string // the escort's name, as it was named before
	HomeAt    time.Time
	HomeWith  string
	Answers   bool // the reader answers the questions
	Prescribe bool // and accepts a blood pressure
	Signs     bool // and signs
	Writes    bool // is in the room
	Books     bool
	Crisis    settings.Crisis
	Card      Card
	Said      string
	Fields    map[string]string
	Typed     map[string]string
}

func (v leavingView) href() string  { return "/room/" + v.Seat.Session.String() + "/leaving" }
func (v leavingView) title() string { return v.Who + ", going home" }
func (v leavingView) over() bool    { return v.Left.Outcome != "" || !v.Seat.Ended.IsZero() }

func (v leavingView) typed(name, kept string) string {
	if t, there := v.Typed[name]; there {
		return t
	}
	return kept
}

// leftWords says when they left, and with whom.
func (v leavingView) leftWords() string {
	words := v.Who + " left at " + ui.Clock(v.HomeAt, v.House)
	if v.HomeWith != "" {
		words += ", with " + v.HomeWith
	}
	return words + "."
}

// heading says in words how it stands.
func (v leavingView) heading() string {
	switch n := len(v.Missing()); {
	case !v.Given:
		return "No dose was given"
	case n == 0 && v.Ready():
		return "Every condition is met"
	case n == 1:
		return "One condition is not met"
	default:
		return strconv.Itoa(n) + " conditions are not met"
	}
}

func (s *Service) leavingPath(r *http.Request) (db.ID, error) {
	return web.PathID(r, "session", errNoSeat)
}

func (s *Service) leavingView(r *http.Request) (v leavingView, err error) {
	ctx := r.Context()
	id, err := s.leavingPath(r)
	if err != nil {
		return v, err
	}
	var t timeline.Timeline
	if v.Seat, t, v.Leave, err = s.Leaving(ctx, s.DB.Reader(), id); err != nil {
		return v, err
	}
	v.Phase, _ = t.Went()
	v.HomeAt, v.HomeWith = homeOf(t)
	if d, given := t.Elapsed(s.Now()); given {
		v.Elapsed = ui.Minutes(int(d / time.Minute))
	}
	if v.Left, err = s.LeftOf(ctx, s.DB.Reader(), id); err != nil {
		return v, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, err
	}
	v.House, v.Typed = st.Location(), map[string]string{}
	v.Crisis, _ = settings.CrisisFor(st.Country)
	of := func(c access.Class) access.Resource { return access.Resource{Class: c, Subject: v.Seat.Client} }
	v.Answers, v.Prescribe = access.Can(ctx, access.Write, of(access.Vitals)), access.Can(ctx, access.Write, of(access.Orders))
	v.Signs, v.Writes, v.Books = access.May(ctx, access.Write, of(access.Discharge)), access.Can(ctx, access.Write, of(access.Room)), access.Can(ctx, access.Write, of(access.Calendar))
	return v, s.aroundLeaving(ctx, &v)
}

// aroundLeaving loads what stands beside the conditions.
func (s *Service) aroundLeaving(ctx context.Context, v *leavingView) (err error) {
	q, id := s.DB.Reader(), v.Seat.Session
	names, err := s.People.ClientNames(ctx, v.Seat.Client)
	if err != nil {
		return err
	}
	v.Who = names[v.Seat.Client]
	if v.Sheet, err = s.sheetOf(ctx, q, id, v.Seat.Client); err != nil {
		return err
	}
	if v.Text, err = s.AfterCareOf(ctx, q, v.Medicine, v.ProtocolVersion); err != nil {
		return err
	}
	if v.Ahead, err = s.Ahead(ctx, id); err != nil {
		return err
	}
	if s.Card != nil {
		if v.Card, err = s.Card(ctx, q); err != nil {
			return err
		}
	}
	x, err := s.Preparation.Session(ctx, q, id)
	if err != nil {
		return err
	}
	e, err := s.Preparation.EscortOf(ctx, x)
	v.Expected = e.Name
	return err
}

var leavingSaid = map[string]string{
	"kept":     "Kept. What follows from it stands below.",
	"given":    "Handed over. It stands in their space, and a letter says that something is there.",
	"booked":   "The time is kept.",
	"ended":    "The session has ended, as it stands below.",
	"home":     "Kept.",
	"recovery": "Recovery begins.",
}

func (s *Service) showLeaving(w http.ResponseWriter, r *http.Request) error {
	v, err := s.leavingView(r)
	if err != nil {
		return err
	}
	v.Said = leavingSaid[r.URL.Query().Get("said")]
	return s.leavingPage(w, r, http.StatusOK, v)
}

func (s *Service) leavingPage(w http.ResponseWriter, r *http.Request, status int, v leavingView) error {
	if err := s.Trail.Saw(r.Context(), trail.Entry{Subject: v.Seat.Client, Kind: "medicine room", Object: v.Seat.Session}); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, v.title())
	if err != nil {
		return err
	}
	p.Gloves = true
	return web.Render(w, r, status, leavingPage(p, settings.DeskNav(r.Context()), v))
}

// shownState is the page's conditions for whoever has it open: the same words.
type shownState struct {
	Heading    string       `json:"heading"`
	Elapsed    string       `json:"elapsed"`
	Digest     string       `json:"digest"`
	Over       bool         `json:"over"`
	Conditions []shownStand `json:"conditions"`
}

type shownStand struct {
	Key   string `json:"key"`
	State string `json:"state"`
	Rests string `json:"rests"`
	Why   string `json:"why"`
}

func (s *Service) leavingState(w http.ResponseWriter, r *http.Request) error {
	id, err := s.leavingPath(r)
	if err != nil {
		return err
	}
	seat, t, l, err := s.Leaving(r.Context(), s.DB.Reader(), id)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(r.Context())
	if err != nil {
		return err
	}
	v := leavingView{Seat: seat, Leave: l}
	_, over := t.Over()
	out := shownState{Heading: v.heading(), Digest: l.Digest(), Over: over, Conditions: []shownStand{}}
	if d, given := t.Elapsed(s.Now()); given {
		out.Elapsed = ui.Minutes(int(d / time.Minute))
	}
	for _, c := range l.Conditions {
		out.Conditions = append(out.Conditions, shownStand{c.Key, standWords(c.State), rests(c, st.Location()), whyWords(c)})
	}
	return web.JSON(w, r, http.StatusOK, out)
}

func standWords(s protocol.Standing) string {
	switch s {
	case protocol.Met:
		return "Met"
	case protocol.NotMet:
		return "Not met"
	case protocol.NotAnswered:
		return "Not answered"
	}
	return "The protocol does not say"
}

// rests says on what a condition rests, and since when.
func rests(c Stand, zone *time.Location) string {
	var out []string
	for _, b := range c.Basis {
		words := b.Words + ", " + ui.Clock(b.At, zone)
		if b.By != "" {
			words += ", " + b.By
		}
		out = append(out, words)
	}
	return strings.Join(out, " · ")
}

func whyWords(c Stand) string {
	if c.State == protocol.NotAnswered || c.Met() {
		return ""
	}
	return sentence(strings.Join(c.Why, "; "))
}

func sentence(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// doLeaving does what one of the page's forms asks; refused, the page comes back
// with what was typed.
func (s *Service) doLeaving(w http.ResponseWriter, r *http.Request, said string, fn func(ctx context.Context, f *web.Form, id db.ID) error) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, err := s.leavingPath(r)
	if err != nil {
		return err
	}
	if err = fn(r.Context(), f, id); err == nil {
		return web.See(w, r, "/room/"+id.String()+"/leaving?said="+said)
	}
	no := fault.Of(err)
	if no.Kind != fault.Invalid && no.Kind != fault.Taken {
		return err
	}
	v, err := s.leavingView(r)
	if err != nil {
		return err
	}
	if v.Fields = no.Fields; len(v.Fields) == 0 {
		v.Fields = map[string]string{"": no.Sentence}
	}
	for _, name := range leavingTyped {
		if f.Has(name) {
			v.Typed[name] = f.Raw(name)
		}
	}
	return s.leavingPage(w, r, no.Kind.Status(), v)
}

var leavingTyped = append([]string{
	"item", "words", "escort", "bp", "intent", "remind", "call", "said", "told", "with", "alone", "signed", "why", "where", "reason", "whom", "left",
	"systolic", "diastolic", "pulse", "oxygen", "breaths", "moaas", "dissociation", "nausea",
}, aldreteNames()...)

func aldreteName(i int) string { return "aldrete" + strconv.Itoa(i+1) }

func aldreteNames() (out []string) {
	for i := range aldreteItems {
		out = append(out, aldreteName(i))
	}
	return out
}

// aldreteItems is how many items the modified score has.
const aldreteItems = 5
