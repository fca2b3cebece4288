package screening

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/practice/access"
	"held/practice/forms"
	"held/rules/protocol"
	"held/rules/questionnaire"
	rules "held/rules/screening"
)

// Known is what the screening knows of a client, as it stands.
type Known struct {
	Client    db.ID
	Medicine  protocol.Medicine
	Sent      map[string]time.Time // when each form was last sent; no key: it was not
	Answers   map[string][]string  // codes by linkId
	Words     map[string]string    // answers in words, by linkId
	Questions map[string]string    // questions as they were read, by linkId
	Medicines []Medicine
	Facts     []Fact
	Requests  []Request
	Protocol  *protocol.Document
	Version   string // of the protocol
	Result    rules.Result
	Missing   []string // what is not known yet, in the desk's words
	Read      []Read   // the forms that were sent, with every answer that the reader may read
}

// Read is a form as it was answered.
type Read struct {
	Title string
	Sent  time.Time
	Lines []Line
	Kept  bool // some answers are kept from this reader
}

// Line is a question with its answer; empty: not answered.
type Line struct{ Question, Answer string }

// Medicine is one that the client wrote down.
type Medicine struct{ Name, Dose, Often, Since string }

// Known reads what is known of a client for one medicine, for who may read the
// chart. It stands on no trail; whoever shows it writes that down.
func (s *Service) Known(ctx context.Context, q db.Q, client db.ID, m protocol.Medicine) (k Known, err error) {
	if err := access.Check(ctx, access.Read, chart(client)); err != nil {
		return k, err
	}
	k = Known{Client: client, Medicine: m, Sent: map[string]time.Time{}, Answers: map[string][]string{}, Words: map[string]string{}, Questions: map[string]string{}}
	for _, key := range Forms {
		r, err := s.Forms.Latest(ctx, q, client, key)
		if err != nil {
			return k, err
		}
		if r != nil {
			k.take(key, r)
		}
	}
	if k.Facts, err = s.facts(ctx, q, client); err != nil {
		return k, err
	}
	if k.Requests, err = s.requests(ctx, q, client); err != nil {
		return k, err
	}
	if s.Protocol != nil {
		if k.Protocol, k.Version, err = s.Protocol(ctx, q, m); err != nil {
			return k, err
		}
	}
	k.Result = rules.Shipped().Evaluate(k.input())
	k.Missing = k.missing(s.Now())
	return k, nil
}

// take reads the answers of one form.
func (k *Known) take(key string, r *forms.Response) {
	k.Sent[key] = r.Sent
	k.Read = append(k.Read, readOf(r))
	rows := 0
	for at, all := range r.Answers {
		item := r.Form.Of(at.LinkID)
		if item == nil || len(all) == 0 {
			continue
		}
		if item.Rows() != nil {
			rows = max(rows, at.Row+1)
			continue
		}
		k.Words[at.LinkID], k.Questions[at.LinkID] = r.Answers.Words(at.LinkID), item.Text
		if item.Chooses() {
			k.Answers[at.LinkID] = r.Answers.Codes(at.LinkID)
		}
	}
	if key != Forms[0] {
		return
	}
	for row := range rows {
		of := func(link string) string { return rowWords(r, link, row) }
		m := Medicine{of("medicine-name"), of("medicine-dose"), of("medicine-often"), of("medicine-since")}
		if m != (Medicine{}) {
			k.Medicines = append(k.Medicines, m)
		}
	}
}

// readOf lists what a form asked and what was answered, in its order. What a
// repeating group holds stands in the list of medicines.
func readOf(r *forms.Response) Read {
	out, asked := Read{Title: r.Form.Title, Sent: r.Sent, Kept: r.Kept}, r.Form.Asked(r.Answers)
	r.Form.All(func(i *questionnaire.Item) bool {
		if i.Fills() && i.Rows() == nil && asked.Enabled(i, 0) {
			out.Lines = append(out.Lines, Line{i.Text, r.Answers.Words(i.LinkID)})
		}
		return true
	})
	return out
}

// Product is the product of the rules that a medicine is of.
func Product(m protocol.Medicine) string {
	if m == rules.Esketamine {
		return rules.Esketamine
	}
	return rules.Ketamine
}

func (k *Known) input() rules.Input {
	in := rules.Input{Product: Product(k.Medicine), Answers: k.Answers, Values: map[string]float64{}}
	for _, m := range k.Medicines {
		in.Medicines = append(in.Medicines, m.Name)
	}
	if f, there := standing(k.Facts, Pressure); there {
		in.Values["systolic"], in.Values["diastolic"] = float64(f.Body.Systolic), float64(f.Body.Diastolic)
	}
	if k.Protocol != nil {
		in.Protocol = k.Protocol.Screening
	}
	return in
}

// missing lists what is not known: forms, values that are not there or older
// than the protocol has it, orders and requests that wait.
func (k *Known) missing(now time.Time) (out []string) {
	for _, key := range Forms {
		if k.Sent[key].IsZero() {
			out = append(out, "The form of "+formNames[key]+" was not sent")
		}
	}
	if n := len(k.Result.Of(rules.NotAnswered)); n > 0 {
		out = append(out, counted(n, "rule is not answered", "rules are not answered"))
	}
	if n := len(k.Result.Unrecognised); n > 0 {
		out = append(out, counted(n, "medicine is not recognised", "medicines are not recognised"))
	}
	if _, there := standing(k.Facts, Pressure); !there {
		out = append(out, "Blood pressure at rest was not recorded")
	}
	out = append(append(out, k.weight(now)...), k.aged(now)...)
	for _, f := range k.Facts {
		if f.Kind == Order && f.Replaced.IsZero() && !answered(k.Facts, f.ID) {
			out = append(out, "Ordered, and no value yet: "+f.Body.Name)
		}
	}
	for _, r := range k.Requests {
		if r.Waits() {
			out = append(out, map[string]string{Question: "The client has not answered a question", Records: "The client has not signed a release"}[r.Kind])
		}
		if r.State == Released {
			out = append(out, "Records have not come: "+r.Asked.From)
		}
	}
	return out
}

func (k *Known) weight(now time.Time) []string {
	f, there := standing(k.Facts, Weight)
	if !there {
		return []string{"Weight was not recorded"}
	}
	if k.Protocol == nil || k.Protocol.Validity.WeightDays == nil {
		return nil
	}
	if days := *k.Protocol.Validity.WeightDays; now.Sub(f.Taken) > time.Duration(days)*24*time.Hour {
		return []string{"Weight is older than the protocol's " + counted(days, "day", "days")}
	}
	return nil
}

// aged lists what the protocol bounds the age of and what is not there, or older.
func (k *Known) aged(now time.Time) (out []string) {
	if k.Protocol == nil {
		return nil
	}
	for _, p := range Parts {
		days := p.days(k.Protocol.Validity)
		if days == nil {
			continue
		}
		i := slices.IndexFunc(k.Facts, func(f Fact) bool { return f.Kind == Lab && f.Replaced.IsZero() && f.Body.Part == p.Code })
		switch {
		case i < 0:
			out = append(out, p.Name+" was not recorded; the protocol asks for one not older than "+counted(*days, "day", "days"))
		case now.Sub(k.Facts[i].Taken) > time.Duration(*days)*24*time.Hour:
			out = append(out, p.Name+" is older than the protocol's "+counted(*days, "day", "days"))
		}
	}
	return out
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Why says from which answer, medicine or value a line comes.
func (k *Known) Why(l rules.Line) string {
	var out []string
	for _, e := range l.From {
		out = append(out, k.evidence(e))
	}
	return strings.Join(out, " · ")
}

func (k *Known) evidence(e rules.Evidence) string {
	switch {
	case e.Value != "":
		if !e.Answered {
			return e.Value + ": not recorded"
		}
		return e.Value + ": " + e.Said
	case e.Class != "" && e.Item == "":
		return "medicine: " + e.Said
	case e.Class != "":
		if !e.Answered {
			return "the list of medicines: not answered"
		}
		return "the list of medicines (" + e.Class + ")"
	}
	question := k.Questions[e.Item]
	if question == "" {
		question = e.Item
	}
	if !e.Answered {
		return question + ": not answered"
	}
	if w := k.Words[e.Item]; w != "" {
		return question + " — “" + w + "”"
	}
	return question + " — “" + e.Said + "”"
}

func rowWords(r *forms.Response, link string, row int) string {
	return strings.TrimSpace(questionnaire.JoinWords(r.Answers[questionnaire.Key{LinkID: link, Row: row}]))
}
