package adverse

import (
	"net/http"
	"strings"
	"time"

	"held/internal/paper"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
)

// Part is one part of a report, with its lines.
type Part struct {
	Title string
	About string
	Lines []Line
}

// CaseNumber is how a report is told from another: it names nobody.
func (c Case) CaseNumber() string {
	id := c.ID.String()
	return strings.ToUpper(id[len(id)-8:])
}

// byHand is what Held does not put on a report: whoever sends it says there how
// the person is to be named to whom.
const byHand = "_ _ _ _ _ _ _ _ _ _ _ _"

// parts are the whole report, as its page and its paper say it: what a report to
// an authority asks for, in Held's own order and words.
func (v eventView) parts(st settings.Practice, reporter string) []Part {
	r := v.Report()
	out := []Part{
		{"1. The report", "", []Line{
			{"Number of the case", v.CaseNumber()}, {"Version", "version " + itoa(v.Number) + " of " + v.moment(v.Last().At)}, {"State", v.standing()},
			{"First written down", v.moment(v.Begun) + ", " + origins[v.Origin]}, {"Reported to", or(r.Reported, "Nobody, as far as it says here")},
		}},
		{"2. The person", "Filled in by hand. Held puts nobody’s name on a report.", []Line{
			{"Code or initials", byHand}, {"Age, or day of birth", byHand}, {"Sex", byHand}, {"Weight", byHand},
		}},
		{"3. What happened", "", r.happened()},
		{"4. How grave it was", "Relatedness is the judgement of a prescriber: " + strings.TrimPrefix(Scale, "Relatedness ") + ".", v.judged(r)},
		{"5. The medicine", "", append([]Line{{"Medicine session", or(v.Session, "None, or not said")}}, r.given()...)},
		{"6. Around it", "", r.around()[:3]},
		{"7. How it went on", "", v.steps()},
		{"8. Who reports", "", []Line{
			{"Practice", st.Name}, {"Address", or(st.Address, notSaid)}, {"Telephone", or(st.Phone, notSaid)}, {"E-mail", or(st.Email, notSaid)}, {"Report made by", reporter + ", " + v.moment(v.made)}, {"Signature", byHand},
		}},
	}
	return out
}

func (v eventView) moment(at time.Time) string {
	return at.In(v.House).Format("2 January 2006, 15:04")
}

func (v eventView) standing() string {
	if v.IsOpen() {
		return "open: it is followed up"
	}
	last := v.Last()
	return "closed by " + last.Name + ", " + last.Role + ", " + v.moment(last.At) + ", SHA-256 " + grouped(last.SHA256)
}

// grouped sets a hash in eights, so that a line can break within it.
func grouped(sum string) string {
	var out []string
	for ; len(sum) > 8; sum = sum[8:] {
		out = append(out, sum[:8])
	}
	return strings.Join(append(out, sum), " ")
}

// judged is how grave it was, with who judged.
func (v eventView) judged(r Report) []Line {
	out := r.grave()
	if r.Related != "" {
		out = append(out, Line{"Judged by", v.Names[r.RelatedBy] + ", prescriber, " + v.moment(r.RelatedAt)})
	}
	return out
}

// steps is what was written after the beginning, each with who and when.
func (v eventView) steps() []Line {
	var out []Line
	for _, one := range v.Versions {
		text := one.Words
		switch one.Kind {
		case Began:
			text = "Written down."
		case Followed:
			text = "Outcome: " + label(outcomes, one.Report.Outcome) + ". " + text
		case Judged:
			text = label(relations, one.Report.Related) + ". " + text
		}
		out = append(out, Line{kinds[one.Kind] + ", " + v.moment(one.At), v.author(one) + ": " + text})
	}
	return out
}

// author is who wrote a version, or that the program did.
func (v eventView) author(one Version) string {
	if name := v.Names[one.By]; name != "" {
		return name
	}
	return "Held"
}

func (s *Service) report(w http.ResponseWriter, r *http.Request) error {
	v, all, err := s.reported(r)
	if err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Report "+v.CaseNumber())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reportPage(p, settings.DeskNav(r.Context()), v, all))
}

// reported reads what a report says, and puts the look on the trail.
func (s *Service) reported(r *http.Request) (eventView, []Part, error) {
	ctx := r.Context()
	v, err := s.standing(r)
	if err != nil {
		return v, nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return v, nil, err
	}
	me := access.From(ctx).Person
	names, err := s.People.Names(ctx, me)
	if err != nil {
		return v, nil, err
	}
	v.made = s.Now()
	return v, v.parts(st, names[me]), s.seen(ctx, v, "adverse report")
}

func (s *Service) reportPDF(w http.ResponseWriter, r *http.Request) error {
	v, all, err := s.reported(r)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(r.Context())
	if err != nil {
		return err
	}
	b, err := paper.Write(v.document(st, all))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="adverse-event-`+strings.ToLower(v.CaseNumber())+`.pdf"`)
	return web.Send(w, r, http.StatusOK, "application/pdf", b)
}

func (v eventView) document(st settings.Practice, all []Part) paper.Document {
	d := paper.Document{Title: "Report of an adverse event", Author: st.Name, Lang: "en", Made: v.made, Foot: "Adverse event " + v.CaseNumber() + ", version " + itoa(v.Number)}
	add := func(k paper.Kind, text string) { d.Blocks = append(d.Blocks, paper.Block{Kind: k, Text: text}) }
	add(paper.Title, d.Title)
	lacking := 0
	for _, p := range all {
		add(paper.Heading, p.Title)
		if p.About != "" {
			add(paper.Quote, p.About)
		}
		for _, l := range p.Lines {
			lacking += paper.Lacking(l.Text)
			add(paper.Para, l.Label+": "+l.Text)
		}
	}
	if lacking > 0 {
		add(paper.Quote, "The typeface of this paper lacks some characters of what was written; each is set as “?”. The page at the desk has them.")
	}
	return d
}

// shownHash is the beginning of a hash, enough to hold one page against another.
func shownHash(sum string) string { return sum[:min(16, len(sum))] }

// reviewMedicines are those that a review can be asked for.
func reviewMedicines() []ui.Option {
	out := medicineOptions()
	out[0].Label = "Every medicine"
	return out
}
