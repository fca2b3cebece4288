package screening

import (
	"net/http"
	"strconv"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
	"held/rules/protocol"
)

// record keeps a value, an order, or what takes the place of a wrong value.
func (s *Service) record(w http.ResponseWriter, r *http.Request) error {
	id, f, err := about(r)
	if err != nil {
		return err
	}
	fact, err := s.readFact(r, f, id)
	if err == nil {
		_, err = s.Record(r.Context(), fact)
	}
	if err != nil {
		return s.again(w, r, formOf(f), f, err)
	}
	return s.back(w, r, id, "recorded", "#values")
}

// formOf names the form of the page that a value came from: a replacement's own.
func formOf(f *web.Form) string { return f.Raw("kind") + f.Raw("replaces") + f.Raw("order") }

func (s *Service) readFact(r *http.Request, f *web.Form, client db.ID) (Fact, error) {
	out := Fact{Client: client, Kind: Kind(f.Raw("kind"))}
	out.Body = Body{Name: f.Line("name", maxName), Value: f.Line("value", maxName), Unit: f.Line("unit", 40), Part: f.Line("part", 40), Words: f.Text("words", maxWords)}
	if out.Kind == Weight {
		out.Body.Value = f.Line("weight", 10)
	}
	if out.Kind == Pressure {
		out.Body.Systolic, _ = strconv.Atoi(f.Line("systolic", 5)) // none: refused when it is checked
		out.Body.Diastolic, _ = strconv.Atoi(f.Line("diastolic", 5))
	}
	for name, into := range map[string]*db.ID{"replaces": &out.Replaces, "order": &out.Order} {
		if f.Raw(name) == "" {
			continue
		}
		of, err := db.ParseID(f.Raw(name))
		if err != nil {
			f.Fail(name, "This form is incomplete. Please open the page again.")
		}
		*into = of
	}
	st, err := s.Settings.Get(r.Context())
	if err != nil {
		return out, err
	}
	out.Taken = s.takenOn(f.Raw("taken"), st.Location(), out.Kind)
	return out, f.Err()
}

// takenOn is a day as an instant: its noon, or now for today. An order is made now.
func (s *Service) takenOn(day string, zone *time.Location, k Kind) time.Time {
	now := s.Now()
	if k == Order || day == now.In(zone).Format(time.DateOnly) {
		return now
	}
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour).UTC()
}

// about is the client in the address and what was typed about them.
func about(r *http.Request) (client db.ID, f *web.Form, err error) {
	if client, err = web.PathID(r, "client", errNobody); err == nil {
		f, err = web.ReadForm(r)
	}
	return client, f, err
}

// aboutThing is about with one thing of theirs that the address names too.
func aboutThing(r *http.Request) (client, id db.ID, f *web.Form, err error) {
	if client, f, err = about(r); err == nil {
		id, err = web.PathID(r, "id", errNobody)
	}
	return client, id, f, err
}

func (s *Service) ask(w http.ResponseWriter, r *http.Request) error {
	id, f, err := about(r)
	if err != nil {
		return err
	}
	ask := Request{Client: id, Kind: f.Raw("kind"), Asked: Asked{Words: f.Text("words", maxWords)}}
	if ask.Kind == Records {
		ask.Asked.From, ask.Asked.Why, ask.Asked.Until = f.Line("from", 200), f.Text("why", maxWords), f.Line("until", 10)
	}
	if err = f.Err(); err == nil {
		_, err = s.Ask(r.Context(), ask)
	}
	if err != nil {
		return s.again(w, r, ask.Kind, f, err)
	}
	return s.back(w, r, id, "asked", "#requests")
}

// settle says what came of a release, or takes a request back.
func (s *Service) settle(w http.ResponseWriter, r *http.Request) error {
	client, id, f, err := aboutThing(r)
	if err != nil {
		return err
	}
	if f.Has("take-back") {
		err = s.TakeBack(r.Context(), id)
	} else {
		words := f.Text("received", maxWords)
		if err = f.Err(); err == nil {
			err = s.Receive(r.Context(), id, words)
		}
	}
	if err != nil {
		return s.again(w, r, "request"+id.String(), f, err)
	}
	return s.back(w, r, client, "settled", "#requests")
}

func (s *Service) decide(w http.ResponseWriter, r *http.Request) error {
	id, f, err := about(r)
	if err != nil {
		return err
	}
	d := Draft{
		Client: id, Medicine: protocol.Medicine(f.Raw("medicine")), Verdict: Verdict(f.Raw("verdict")), Until: f.Line("until", 10),
		Conditions: f.Text("conditions", 4000), Why: f.Text("why", 4000), Letter: f.Text("letter", 8000), Seen: f.Raw("seen"), Reasons: map[string]string{},
	}
	k, err := s.Known(r.Context(), s.DB.Reader(), id, d.Medicine)
	if err != nil {
		return err
	}
	for _, l := range k.Result.Weighty() {
		d.Reasons[l.Rule.ID] = f.Text("reason-"+l.Rule.ID, 1000)
	}
	if err = f.Err(); err == nil {
		_, err = s.Decide(r.Context(), d)
	}
	if err != nil {
		return s.again(w, r, "decide", f, err)
	}
	return s.back(w, r, id, "decided", "#decisions")
}

func (s *Service) letter(w http.ResponseWriter, r *http.Request) error {
	client, id, f, err := aboutThing(r)
	if err != nil {
		return err
	}
	text, send := f.Text("letter", 8000), f.Has("send")
	if err = f.Err(); err == nil {
		err = s.Write(r.Context(), id, text, send)
	}
	if err != nil {
		return s.again(w, r, "letter"+id.String(), f, err)
	}
	if send {
		return s.back(w, r, client, "sent", "#decisions")
	}
	return s.back(w, r, client, "letter", "#decisions")
}

// ownPageView is the client's page of their screening.
type ownPageView struct {
	OwnView
	Practice string
	Names    map[db.ID]string
	Zone     *time.Location
	Said     bool
	at       string
	form     *web.Form
	Fields   map[string]string
	Alerted  bool
}

func (v ownPageView) raw(id db.ID, name string) string {
	if v.form == nil || v.at != id.String() {
		return ""
	}
	return v.form.Raw(name)
}

func (v ownPageView) fault(id db.ID, name string) string {
	if v.at != id.String() {
		return ""
	}
	return v.Fields[name]
}

func (s *Service) mine(w http.ResponseWriter, r *http.Request) error {
	return s.ownPage(w, r, http.StatusOK, ownPageView{Said: r.URL.Query().Has("kept")})
}

func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, status int, v ownPageView) (err error) {
	ctx := r.Context()
	me := access.From(ctx).Person
	if v.OwnView, err = s.Own(ctx); err != nil {
		return err
	}
	var ids []db.ID
	for _, q := range v.Requests {
		ids = append(ids, q.Author)
	}
	for _, d := range v.Letters {
		ids = append(ids, d.By)
		if err := s.Trail.Saw(ctx, trail.Entry{Subject: me, Kind: "decision letter", Object: d.ID}); err != nil {
			return err
		}
	}
	if v.Names, err = s.People.Names(ctx, ids...); err != nil {
		return err
	}
	if v.Alerted, err = s.Alerts.Near(ctx, me); err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Practice = st.Name
	if v.Zone, err = s.Settings.ClockOf(ctx, me); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Your story and your health")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, ownPage(p, v))
}

// reply is what the client says to a request: an answer, a signature, rather
// not, or that a release is taken back.
func (s *Service) reply(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", errNobody)
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	switch f.Raw("do") {
	case "refuse":
		err = s.Refuse(ctx, id)
	case "withdraw":
		err = s.Withdraw(ctx, id)
	case "sign":
		name := f.Line("name", 120)
		if err = f.Err(); err == nil {
			err = s.Release(ctx, id, name, f.Checked("agreed"))
		}
	default:
		words := f.Text("words", maxWords)
		if err = f.Err(); err == nil {
			err = s.Answer(ctx, id, words)
		}
	}
	if err == nil {
		return web.See(w, r, "/space/screening?kept=1")
	}
	return s.ownAgain(w, r, id, f, err)
}

func (s *Service) ownAgain(w http.ResponseWriter, r *http.Request, id db.ID, f *web.Form, refused error) error {
	e := fault.Of(refused)
	if e.Kind != fault.Invalid && e.Kind != fault.Taken {
		return refused
	}
	v := ownPageView{at: id.String(), form: f, Fields: e.Fields}
	if len(e.Fields) == 0 {
		v.Fields = map[string]string{"": e.Sentence}
	}
	return s.ownPage(w, r, e.Kind.Status(), v)
}
