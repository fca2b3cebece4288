package care

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/circle"
	"held/practice/people"
)

// talk marks the appointments about which somebody is to talk first and nobody
// has decided yet.
func (d *Desk) talk(ctx context.Context, all []calendar.Appointment, shown []slot) error {
	meetings, err := d.Calendar.Meetings(ctx, all...)
	if err != nil {
		return err
	}
	answers, err := d.Circle.Ask(ctx, meetings...)
	for i, a := range answers {
		shown[i].Talk = a.Open()
	}
	return err
}

// together is a client and a colleague who is to care for them.
func together(client, colleague db.ID) circle.Meeting {
	return circle.Meeting{Object: client, With: colleague, Person: client, There: []db.ID{colleague}}
}

// talkOf says, of each member of a team, what there is to talk about first.
func (d *Desk) talkOf(ctx context.Context, client db.ID, team []people.Member) (map[db.ID]string, error) {
	if !circle.May(ctx) {
		return nil, nil
	}
	out := map[db.ID]string{}
	for _, m := range team {
		a, err := d.Circle.One(ctx, together(client, m.Person))
		if err != nil {
			return nil, err
		}
		switch {
		case a.Open():
			out[m.Person] = "Talk first"
		case a.Word == circle.TalkFirst:
			by, err := d.People.Card(ctx, a.Decided.By)
			if err != nil {
				return nil, err
			}
			out[m.Person] = "Talk first. " + by.Name + ": " + a.Decided.Code.Words()
		}
	}
	return out, nil
}

// assign puts a colleague on a client's team. Where the two are to talk first,
// it asks what was decided.
func (d *Desk) assign(ctx context.Context, f *web.Form, client, colleague db.ID, r access.Role) error {
	if !circle.May(ctx) {
		return d.People.Assign(ctx, client, colleague, r)
	}
	m := together(client, colleague)
	a, err := d.Circle.One(ctx, m)
	if err != nil {
		return err
	}
	if a.Open() && !f.Has("circle") {
		return fault.Field("circle", "Talk first, then say what you decided. Nothing was changed.")
	}
	if a.Open() {
		err = d.DB.Write(ctx, func(tx *db.Tx) error { return d.Circle.Decide(ctx, tx, m, a, circle.Code(f.Raw("circle"))) })
		if err != nil {
			return err
		}
	}
	return d.People.Assign(ctx, client, colleague, r)
}

// identityView is somebody's legal identity on their page: that there is one,
// and, on one answer only, what was opened of it.
type identityView struct {
	Has     bool
	Reasons []ui.Option // for which the viewer may open it
	Fields  map[string]string
	Opened  *people.Identity
}

// identityReasons are the reasons in words, as they are chosen.
var identityReasons = map[access.Reason]string{
	access.Prescription: "A prescription", access.Emergency: "An emergency", access.Superbill: "A superbill", access.Legal: "The law asks for it",
}

func (d *Desk) identityOf(ctx context.Context, client db.ID) (v identityView, err error) {
	for _, r := range people.ReasonsFor(ctx, client) {
		v.Reasons = append(v.Reasons, ui.Option{Value: string(r), Label: identityReasons[r]})
	}
	v.Has, err = d.People.HasIdentity(ctx, client)
	return v, err
}

// identity opens somebody's legal identity for a stated reason. It is a POST
// because the opening stands on the trail: no link may do it.
func (d *Desk) identity(w http.ResponseWriter, r *http.Request) error {
	return d.aboutClient(w, r, func(f *web.Form, client db.ID) (asked, error) {
		i, err := d.People.OpenIdentity(r.Context(), client, access.Reason(f.Raw("why")))
		if fault.Is(err, fault.Invalid) {
			err = fault.Field("why", "Please say why you open this. It stands on the trail.")
		}
		return asked{identity: &i, status: http.StatusOK}, err
	})
}

// circleView is a client's circle on their page, for whom they show it to.
type circleView struct {
	Shown bool
	List  []circle.Entry
}

// showsMe tells whether a client shows their circle to the viewer.
func (d *Desk) showsMe(ctx context.Context, client db.ID) (bool, error) {
	member, err := d.Circle.ShownTo(ctx, client)
	return !member.IsZero() && member == access.From(ctx).Person, err
}

// shown opens a client's circle to whom they show it to.
func (d *Desk) shown(w http.ResponseWriter, r *http.Request) error {
	return d.aboutClient(w, r, func(_ *web.Form, client db.ID) (asked, error) {
		list, err := d.Circle.Shown(r.Context(), client)
		if list == nil {
			list = []circle.Entry{} // shown, and empty
		}
		return asked{circle: list, status: http.StatusOK}, err
	})
}

func kindWords(k circle.Kind) string {
	if k == circle.Place {
		return "a place"
	}
	return "a person"
}

func bornWords(born string) string {
	if t, err := time.Parse(time.DateOnly, born); err == nil {
		return t.Format("2 January 2006")
	}
	return born
}
