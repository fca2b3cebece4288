package care

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"held/care/inquiry"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/trail"
)

// The bounds of the whole practice's trail.
const (
	ledgerShown    = 100    // lines of a page
	ledgerExported = 50_000 // lines of a file
	ledgerAtOnce   = 1000   // lines read together for a file
)

// ledgerView is one day of the whole practice's trail.
type ledgerView struct {
	Day           time.Time // its midnight
	Actor, Kind   string
	Actors, Kinds []ui.Option
	Lines         []ledgerLine
	Before, After string // addresses of the days beside it
	Older         string
	CSV, JSON     string
	House         *time.Location
}

// ledgerLine is one entry in words.
type ledgerLine struct {
	trail.Linked
	Who, What, Whose string
}

// day is what the page and the file are asked for.
type day struct {
	filter trail.Filter
	from   time.Time
	actor  string
}

func (d *Desk) askedDay(ctx context.Context, f *web.Form) (day, error) {
	st, err := d.Settings.Get(ctx)
	if err != nil {
		return day{}, err
	}
	now := d.Now().In(st.Location())
	x := day{from: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, st.Location()), actor: f.Raw("actor")}
	if s := f.Raw("day"); s != "" {
		if x.from, err = time.ParseInLocation(time.DateOnly, s, st.Location()); err != nil || x.from.Year() < 1971 || x.from.Year() > 9998 {
			return day{}, fault.New(fault.BadRequest, "Please give the day as in 2026-12-24.")
		}
	}
	x.filter = trail.Filter{From: x.from, Until: x.from.AddDate(0, 0, 1), Kind: f.Raw("kind")}
	if x.actor != "" {
		if x.filter.Actor, err = db.ParseID(x.actor); err != nil {
			return day{}, fault.New(fault.BadRequest, "This address of a person's lines is incomplete.")
		}
	}
	return x, nil
}

// href is the address of a day under the same choice of person and kind.
func (x day) href(path string, of time.Time, name, value string) string {
	q := url.Values{"day": {of.Format(time.DateOnly)}}
	if name != "" {
		q.Set(name, value)
	}
	if x.actor != "" {
		q.Set("actor", x.actor)
	}
	if x.filter.Kind != "" {
		q.Set("kind", x.filter.Kind)
	}
	return path + "?" + q.Encode()
}

func (d *Desk) ledger(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	x, err := d.askedDay(ctx, f)
	if err != nil {
		return err
	}
	before, err := db.ParseID(f.Raw("before"))
	if f.Has("before") && err != nil {
		return fault.New(fault.BadRequest, "This address of an older page is incomplete.")
	}
	v := ledgerView{Day: x.from, House: x.from.Location(), Actor: x.actor, Kind: x.filter.Kind, Kinds: kindOptions()}
	all, err := d.Trail.All(ctx, x.filter, before, ledgerShown+1)
	if err != nil {
		return err
	}
	if len(all) > ledgerShown {
		all = all[:ledgerShown]
		v.Older = x.href("/desk/trail", x.from, "before", all[ledgerShown-1].ID.String())
	}
	if err := d.Trail.Saw(ctx, trail.Entry{Kind: "trail", Why: x.from.Format(time.DateOnly)}); err != nil {
		return err
	}
	if v.Lines, err = d.ledgerLines(ctx, all); err != nil {
		return err
	}
	if v.Actors, err = d.actorOptions(ctx, x.filter.Actor); err != nil {
		return err
	}
	v.Before, v.CSV, v.JSON = x.href("/desk/trail", x.from.AddDate(0, 0, -1), "", ""), x.href("/desk/trail/file", x.from, "as", "csv"), x.href("/desk/trail/file", x.from, "as", "jsonl")
	if x.filter.Until.Before(d.Now()) {
		v.After = x.href("/desk/trail", x.filter.Until, "", "")
	}
	p, nav, err := d.page(r, "Trail")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ledgerPage(p, nav, v))
}

func (d *Desk) ledgerLines(ctx context.Context, all []trail.Linked) ([]ledgerLine, error) {
	ids := make([]db.ID, 0, 2*len(all))
	for _, e := range all {
		ids = append(ids, e.Actor, e.Subject)
	}
	names, err := d.People.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]ledgerLine, len(all))
	for i, e := range all {
		out[i] = ledgerLine{e, e.Who(names[e.Actor], false, false), e.Line(false), names[e.Subject]}
	}
	return out, nil
}

func kindOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Everything"}}
	for _, k := range trail.Kinds() {
		label := strings.ToUpper(k[:1]) + k[1:]
		if label == out[0].Label { // that which is asked about when all of one person's is taken along or erased
			label = "Everything of a person's"
		}
		out = append(out, ui.Option{Value: k, Label: label})
	}
	return out
}

// actorOptions are who works here, and whoever is chosen already.
func (d *Desk) actorOptions(ctx context.Context, chosen db.ID) ([]ui.Option, error) {
	cards, err := d.People.Cards(ctx)
	if err != nil {
		return nil, err
	}
	out := []ui.Option{{Value: "", Label: "Everybody"}}
	for _, c := range cards {
		if c.Staff() || c.ID == chosen {
			out = append(out, ui.Option{Value: c.ID.String(), Label: c.Name})
		}
	}
	return out, nil
}

// ledgerFile is a day of the trail to take elsewhere. That it was taken is
// written before it goes.
func (d *Desk) ledgerFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	as := f.Choice("as", "csv", "jsonl")
	x, err := d.askedDay(ctx, f)
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		return err
	}
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Export}); err != nil {
		return err
	}
	if err := d.Trail.Did(ctx, trail.Entry{Verb: "exported", Kind: "trail", Why: x.from.Format(time.DateOnly)}); err != nil {
		return err
	}
	all, err := d.wholeDay(ctx, x.filter)
	if err != nil {
		return err
	}
	write, kind := writeCSV, "text/csv; charset=utf-8"
	if as == "jsonl" {
		write, kind = writeJSONLines, "application/jsonl; charset=utf-8"
	}
	var b bytes.Buffer
	if err := write(&b, all); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="trail-`+x.from.Format(time.DateOnly)+"."+as+`"`)
	return web.Send(w, r, http.StatusOK, kind, b.Bytes())
}

func (d *Desk) wholeDay(ctx context.Context, f trail.Filter) (out []record, err error) {
	var before db.ID
	for {
		all, err := d.Trail.All(ctx, f, before, ledgerAtOnce)
		if err != nil {
			return nil, err
		}
		lines, err := d.ledgerLines(ctx, all)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			out = append(out, recordOf(l))
		}
		switch {
		case len(out) > ledgerExported:
			return nil, fault.New(fault.TooLarge, "This day has more lines than one file takes. Please choose a person or a kind first; nothing was left out without a word.")
		case len(all) < ledgerAtOnce:
			return out, nil
		}
		before = all[len(all)-1].ID
	}
}

// record is one line in a file: enough to check its hash after the one before.
type record struct {
	ID      db.ID  `json:"id"`
	At      string `json:"at"`
	Place   int64  `json:"place,omitempty"`
	Hash    string `json:"hash,omitempty"`
	Actor   db.ID  `json:"actor"`
	Who     string `json:"who"`
	Role    string `json:"role"`
	Via     string `json:"via"`
	Surface string `json:"surface"`
	Verb    string `json:"verb"`
	Kind    string `json:"kind"`
	Subject db.ID  `json:"subject"`
	Whose   string `json:"whose"`
	Object  db.ID  `json:"object"`
	Why     string `json:"why"`
	Words   string `json:"words"`
}

func recordOf(l ledgerLine) record {
	return record{
		ID: l.ID, At: l.At.UTC().Format("2006-01-02T15:04:05.000000Z"), Place: l.Seq, Hash: hex.EncodeToString(l.Hash), Actor: l.Actor, Who: l.Who, Role: l.Role,
		Via: string(l.Via), Surface: string(l.Surface), Verb: l.Verb, Kind: l.Kind, Subject: l.Subject, Whose: l.Whose, Object: l.Object, Why: l.Why, Words: l.What,
	}
}

func writeJSONLines(b *bytes.Buffer, all []record) error {
	enc := json.NewEncoder(b)
	for _, r := range all {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

var csvHead = []string{"id", "at", "place", "hash", "actor", "who", "role", "via", "surface", "verb", "kind", "subject", "whose", "object", "why", "words"}

func writeCSV(b *bytes.Buffer, all []record) error {
	w := csv.NewWriter(b)
	if err := w.Write(csvHead); err != nil {
		return err
	}
	id := func(x db.ID) string {
		if x.IsZero() {
			return ""
		}
		return x.String()
	}
	for _, r := range all {
		place := ""
		if r.Place > 0 {
			place = strconv.FormatInt(r.Place, 10)
		}
		if err := w.Write([]string{
			r.ID.String(), r.At, place, r.Hash, id(r.Actor), cell(r.Who), r.Role, r.Via, r.Surface, r.Verb, r.Kind, id(r.Subject), cell(r.Whose), id(r.Object), r.Why, r.Words,
		}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// cell keeps a name that somebody chose from being reckoned as a formula where
// the file is opened.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// asks are the questions about the trail that wait, for the owner's first page.
func (d *Desk) asks(ctx context.Context) ([]inquiry.Item, error) {
	open, err := d.Space.Open(ctx, db.ID{}, waitShown)
	if err != nil {
		return nil, err
	}
	out := make([]inquiry.Item, len(open))
	for i, q := range open {
		c, err := d.People.Card(ctx, q.Person)
		if err != nil {
			return nil, err
		}
		out[i] = inquiry.Item{ID: q.ID, Title: c.Name, Since: q.At, Href: "/desk/looks/" + q.ID.String()}
	}
	return out, nil
}
