package forms

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
	"held/practice/access"
	"held/rules/questionnaire"
)

func (s *Service) editRoutes() []web.Route {
	write := access.To(access.Write, access.Forms)
	return []web.Route{
		{Pattern: "GET /desk/forms/{key}/edit", Access: write, Handle: s.edit},
		{Pattern: "POST /desk/forms/{key}/edit", Access: write, Handle: s.saveHead},
		{Pattern: "POST /desk/forms/{key}/item", Access: write, Handle: s.saveItem},
		{Pattern: "POST /desk/forms/{key}/move", Access: write, Handle: s.moveItem},
	}
}

type editView struct {
	Key, Title, About string
	Since             string
	Draft             bool
	Items             []editLine
	Item              *itemView
	Problems          []ui.Problem
}

// editLine is one item in the list of all of them.
type editLine struct {
	LinkID, Words, Kind, Marks string
	Depth                      int
	Group                      bool
}

// itemView is one item as it is edited.
type itemView struct {
	LinkID, Text, Type, Help, Options, Unit, Least, Most, Seen, Danger, Expression string
	Required, Repeats, Any                                                         bool
	When                                                                           []whenView
	Questions                                                                      []ui.Option
	Kind                                                                           questionnaire.Type
}

type whenView struct{ Question, Operator, Answer string }

// conditions is how many an item can have in the editor.
const conditions = 3

func (s *Service) edit(w http.ResponseWriter, r *http.Request) error {
	return s.editPage(w, r, http.StatusOK, nil, nil)
}

// draftOf is a form's draft, or what its draft would begin as.
func (s *Service) draftOf(r *http.Request) (*Form, error) {
	f, err := s.Look(r.Context(), r.PathValue("key"), 0)
	if fault.Is(err, fault.NotFound) {
		return s.Look(r.Context(), r.PathValue("key"), -1)
	}
	return f, err
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, status int, typed *itemView, problems []ui.Problem) error {
	if s.fixed(r.PathValue("key")) {
		return errFixed
	}
	f, err := s.draftOf(r)
	if err != nil {
		return err
	}
	v := editView{Key: f.Key, Title: f.Title, About: f.Description, Draft: f.Number == 0 && !f.ID.IsZero(), Item: typed, Problems: problems}
	if v.Draft {
		v.Since = strconv.FormatInt(db.Micros(f.Changed), 10)
	}
	var in func(all []*questionnaire.Item, depth int)
	in = func(all []*questionnaire.Item, depth int) {
		for _, i := range all {
			if i.IsHelp() {
				continue
			}
			v.Items = append(v.Items, lineOf(i, depth))
			in(i.Item, depth+1)
		}
	}
	in(f.Item, 0)
	if at := r.URL.Query().Get("item"); at != "" && typed == nil {
		i := f.Of(at)
		if i == nil {
			return errUnknown
		}
		v.Item = viewOf(i)
	}
	if v.Item != nil {
		v.Item.Questions = questionsBut(f.Questionnaire, v.Item.LinkID)
	}
	p, nav, err := s.deskPage(r, "Edit: "+f.Title)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, editPage(p, nav, v))
}

func lineOf(i *questionnaire.Item, depth int) editLine {
	var marks []string
	if i.Required {
		marks = append(marks, "needed to send")
	}
	if len(i.EnableWhen) > 0 {
		marks = append(marks, "asked when")
	}
	if i.OwnSeen() != "" {
		marks = append(marks, "seen by "+string(i.OwnSeen()))
	}
	if i.Watched() {
		marks = append(marks, "safety mark")
	}
	if i.Calculated() != "" {
		marks = append(marks, "reckoned")
	}
	return editLine{i.LinkID, or(i.Text, "(without words)"), typeWords(i.Type), strings.Join(marks, " · "), depth, i.Type == questionnaire.Group}
}

func questionsBut(q *questionnaire.Questionnaire, linkID string) (out []ui.Option) {
	out = []ui.Option{{Label: "No condition"}}
	q.All(func(i *questionnaire.Item) bool {
		if i.Asks() && i.LinkID != linkID {
			out = append(out, ui.Option{Value: i.LinkID, Label: i.Text})
		}
		return true
	})
	return out
}

var typeLabels = map[questionnaire.Type]string{
	questionnaire.Group: "Group", questionnaire.Display: "Words in between", questionnaire.Text: "Several lines", questionnaire.String: "One line",
	questionnaire.Choice: "Choice", questionnaire.OpenChoice: "Choice, or in one's own words", questionnaire.Boolean: "Yes or no", questionnaire.Integer: "Whole number",
	questionnaire.Decimal: "Number", questionnaire.Quantity: "Amount with its unit", questionnaire.Date: "Day", questionnaire.Time: "Time of day",
	questionnaire.URL: "Web address", questionnaire.Attachment: "File",
}

func typeWords(t questionnaire.Type) string { return typeLabels[t] }

func typeOptions() (out []ui.Option) {
	for _, t := range questionnaire.Types {
		out = append(out, ui.Option{Value: string(t), Label: typeLabels[t]})
	}
	return out
}

func seenOptions() []ui.Option {
	return []ui.Option{
		{Value: "", Label: "Whoever sees the group around it"}, {Value: string(questionnaire.Team), Label: deskSeen(questionnaire.Team)},
		{Value: string(questionnaire.Guide), Label: deskSeen(questionnaire.Guide)}, {Value: string(questionnaire.Prescriber), Label: deskSeen(questionnaire.Prescriber)},
	}
}

func operatorOptions() []ui.Option {
	return []ui.Option{
		{Value: "=", Label: "is"}, {Value: "!=", Label: "is not"}, {Value: "exists", Label: "is answered"}, {Value: "missing", Label: "is not answered"},
		{Value: ">", Label: "is more than"}, {Value: ">=", Label: "is at least"}, {Value: "<", Label: "is less than"}, {Value: "<=", Label: "is at most"},
	}
}

// viewOf is an item as it is edited.
func viewOf(i *questionnaire.Item) *itemView {
	v := &itemView{LinkID: i.LinkID, Text: i.Text, Type: string(i.Type), Kind: i.Type, Help: i.Help(), Required: i.Required, Repeats: i.Repeats, Any: i.Any,
		Unit: unit(i), Seen: string(i.OwnSeen()), Expression: i.Calculated(), Danger: dangerOf(i)}
	v.Least, v.Most = i.Bounds()
	for _, o := range i.Options {
		v.Options += optionLine(o) + "\n"
	}
	for _, c := range i.EnableWhen {
		w := whenView{c.Question, c.Operator, c.Answer.Words()}
		if c.Answer.Coding != nil {
			w.Answer = or(c.Answer.Coding.Code, w.Answer)
		}
		if c.Answer.Boolean != nil {
			w.Answer = strings.ToLower(w.Answer)
		}
		if c.Operator == "exists" && !c.Exists {
			w.Operator = "missing"
		}
		v.When = append(v.When, w)
	}
	for len(v.When) < conditions {
		v.When = append(v.When, whenView{})
	}
	return v
}

// optionLine writes a choice on one line: words | code | score | alone, danger.
func optionLine(o questionnaire.Option) string {
	out := []string{o.Value.Words(), "", "", ""}
	if o.Value.Coding != nil {
		out[1] = o.Value.Coding.Code
	}
	if w, ok := o.Weight(); ok {
		out[2] = strconv.FormatFloat(w, 'f', -1, 64)
	}
	var marks []string
	if o.Exclusive() {
		marks = append(marks, "alone")
	}
	if slices.ContainsFunc(o.Extension, func(e questionnaire.Extension) bool { return e.URL == questionnaire.ExtSafety }) {
		marks = append(marks, "danger")
	}
	out[3] = strings.Join(marks, ", ")
	return strings.TrimRight(strings.Join(out, " | "), " |")
}

func dangerOf(i *questionnaire.Item) string {
	for _, e := range i.Extension {
		if e.URL == questionnaire.ExtSafety {
			var v struct {
				Boolean *bool  `json:"valueBoolean"`
				Integer *int64 `json:"valueInteger"`
			}
			if err := json.Unmarshal(e.Raw, &v); err != nil {
				return ""
			}
			switch {
			case v.Boolean != nil && *v.Boolean:
				return "yes"
			case v.Boolean != nil:
				return "no"
			case v.Integer != nil:
				return strconv.FormatInt(*v.Integer, 10)
			}
		}
	}
	return ""
}

func sinceOf(f *web.Form) time.Time {
	n, err := strconv.ParseInt(f.Raw("since"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return db.At(n)
}

func (s *Service) saveHead(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f.Required("title", "Please give the form a title.")
	title, about := f.Line("title", questionnaire.MaxTitle), f.Text("about", questionnaire.MaxText)
	if err = f.Err(); err == nil {
		err = s.Edit(r.Context(), r.PathValue("key"), sinceOf(f), func(q *questionnaire.Questionnaire) error {
			q.Title, q.Description = title, about
			return nil
		})
	}
	if fault.Is(err, fault.Invalid) {
		return s.editPage(w, r, fault.Invalid.Status(), nil, faultsOf(err))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/forms/"+r.PathValue("key")+"/edit")
}

// typedItem is an item as it was typed.
func typedItem(f *web.Form) *itemView {
	v := &itemView{
		LinkID: f.Raw("item"), Text: f.Text("text", questionnaire.MaxText), Type: f.Raw("type"), Help: f.Text("help", questionnaire.MaxText), Options: f.Text("options", 20_000),
		Unit: f.Line("unit", 40), Least: f.Line("least", 20), Most: f.Line("most", 20), Seen: f.Raw("seen"), Danger: f.Line("danger", 10),
		Expression: f.Text("expression", questionnaire.MaxText), Required: f.Checked("required"), Repeats: f.Checked("repeats"), Any: f.Raw("any") == "any",
	}
	v.Kind = questionnaire.Type(v.Type)
	for n := range conditions {
		v.When = append(v.When, whenView{f.Raw("question" + itoa(n)), f.Raw("operator" + itoa(n)), f.Line("answer"+itoa(n), 200)})
	}
	return v
}

func (s *Service) saveItem(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := typedItem(f)
	if err = f.Err(); err == nil {
		err = s.Edit(r.Context(), r.PathValue("key"), sinceOf(f), func(q *questionnaire.Questionnaire) error {
			i := q.Of(v.LinkID)
			if i == nil {
				return errUnknown
			}
			return v.put(q, i)
		})
	}
	if fault.Is(err, fault.Invalid) {
		return s.editPage(w, r, fault.Invalid.Status(), v, faultsOf(err))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/forms/"+r.PathValue("key")+"/edit#items")
}

// put writes what was typed into an item.
func (v *itemView) put(q *questionnaire.Questionnaire, i *questionnaire.Item) error {
	i.Text, i.Type, i.Required, i.Repeats, i.Any = v.Text, v.Kind, v.Required, v.Repeats, v.Any
	keep := i.Item[:0:0]
	for _, c := range i.Item {
		if !c.IsHelp() {
			keep = append(keep, c)
		}
	}
	if i.Item = keep; v.Help != "" {
		help := map[string]any{"coding": []map[string]string{{"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help"}}}
		i.Item = append([]*questionnaire.Item{{LinkID: i.LinkID + "-help", Text: v.Help, Type: questionnaire.Display,
			Extension: []questionnaire.Extension{questionnaire.Extend(questionnaire.ExtControl, "valueCodeableConcept", help)}}}, i.Item...)
	}
	for _, part := range []func(*questionnaire.Item) error{v.putExtensions, v.putOptions, func(i *questionnaire.Item) error { return v.putWhen(q, i) }} {
		if err := part(i); err != nil {
			return err
		}
	}
	return nil
}

func (v *itemView) putExtensions(i *questionnaire.Item) error {
	set := func(url, kind, text string, value func() (any, bool)) error {
		if i.Extension = questionnaire.Without(i.Extension, url); text == "" {
			return nil
		}
		val, ok := value()
		if !ok {
			return fault.Field(url[strings.LastIndexAny(url, "/:")+1:], "This is not of the kind that it needs.")
		}
		i.Extension = append(i.Extension, questionnaire.Extend(url, kind, val))
		return nil
	}
	if v.Unit != unit(i) {
		if err := set(questionnaire.ExtUnit, "valueCoding", v.Unit, func() (any, bool) { return map[string]string{"code": v.Unit, "display": v.Unit}, true }); err != nil {
			return err
		}
	}
	numeric := func(text string) func() (any, bool) {
		return func() (any, bool) { n, ok := number(text); return n, ok }
	}
	kind, least, most := "valueDecimal", numeric(v.Least), numeric(v.Most)
	switch v.Kind {
	case questionnaire.Date:
		kind, least, most = "valueDate", func() (any, bool) { return v.Least, true }, func() (any, bool) { return v.Most, true }
	case questionnaire.Integer:
		kind = "valueInteger"
	}
	danger, dangerKind := func() (any, bool) { n, err := strconv.Atoi(v.Danger); return n, err == nil }, "valueInteger"
	if v.Danger == "yes" || v.Danger == "no" {
		danger, dangerKind = func() (any, bool) { return v.Danger == "yes", true }, "valueBoolean"
	}
	expression := func() (any, bool) {
		return map[string]string{"language": "text/fhirpath", "expression": v.Expression}, true
	}
	for _, e := range []struct {
		url, kind, text string
		value           func() (any, bool)
	}{
		{questionnaire.ExtMin, kind, v.Least, least}, {questionnaire.ExtMax, kind, v.Most, most},
		{questionnaire.ExtSeen, "valueCode", v.Seen, func() (any, bool) { return v.Seen, true }},
		{questionnaire.ExtSafety, dangerKind, v.Danger, danger},
		{questionnaire.ExtCalculated, "valueExpression", v.Expression, expression},
	} {
		if err := set(e.url, e.kind, e.text, e.value); err != nil {
			return err
		}
	}
	i.ReadOnly = v.Expression != "" || i.ReadOnly && v.Expression == "" && i.Calculated() != ""
	return nil
}

func (v *itemView) putOptions(i *questionnaire.Item) error {
	before := i.Options
	i.Options = nil
	for n, line := range splitLines(v.Options) {
		f := append(strings.Split(line, "|"), "", "", "")
		for k := range f {
			f[k] = strings.TrimSpace(f[k])
		}
		words, code, score, marks := f[0], f[1], f[2], f[3]
		o := questionnaire.Option{Value: questionnaire.Code("", or(code, itoa(n+1)), words)}
		for _, was := range before { // the system of a code that was there stays
			if was.Value.Coding != nil && was.Value.Coding.Code == o.Value.Coding.Code {
				o.Value.Coding.System = was.Value.Coding.System
			}
		}
		if v.Kind != questionnaire.Choice && v.Kind != questionnaire.OpenChoice {
			a, why := one(i, words)
			if why != "" {
				return fault.Field("choices", why)
			}
			o.Value = a
		}
		if score != "" {
			w, ok := number(score)
			if !ok {
				return fault.Field("choices", fmt.Sprintf("“%s” is no score.", score))
			}
			o.Extension = append(o.Extension, questionnaire.Extend(questionnaire.ExtOrdinal, "valueDecimal", w))
		}
		if strings.Contains(marks, "alone") {
			o.Extension = append(o.Extension, questionnaire.Extend(questionnaire.ExtExclusive, "valueBoolean", true))
		}
		if strings.Contains(marks, "danger") {
			o.Extension = append(o.Extension, questionnaire.Extend(questionnaire.ExtSafety, "valueBoolean", true))
		}
		i.Options = append(i.Options, o)
	}
	return nil
}

func (v *itemView) putWhen(q *questionnaire.Questionnaire, i *questionnaire.Item) error {
	i.EnableWhen = nil
	for _, w := range v.When {
		if w.Question == "" {
			continue
		}
		on := q.Of(w.Question)
		if on == nil {
			return fault.Field("conditions", "That question is not in this form any more.")
		}
		c := questionnaire.Condition{Question: w.Question, Operator: w.Operator}
		switch {
		case w.Operator == "exists" || w.Operator == "missing":
			c.Operator, c.Exists = "exists", w.Operator == "exists"
		case on.Chooses():
			n := slices.IndexFunc(on.Options, func(o questionnaire.Option) bool {
				return o.Value.Words() == w.Answer || o.Value.Coding != nil && o.Value.Coding.Code == w.Answer
			})
			if n < 0 {
				return fault.Field("conditions", "“"+on.Text+"” has no choice “"+w.Answer+"”. Write its words or its code.")
			}
			c.Answer = on.Options[n].Bare()
		default:
			a, why := one(on, w.Answer)
			if why != "" || w.Answer == "" {
				return fault.Field("conditions", "For “"+on.Text+"”: "+or(why, "please write the answer."))
			}
			c.Answer = a
		}
		i.EnableWhen = append(i.EnableWhen, c)
	}
	return nil
}

// moveItem moves an item among its neighbours, takes it away, or puts another
// one after or into it.
func (s *Service) moveItem(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	to := "/desk/forms/" + r.PathValue("key") + "/edit#items"
	err = s.Edit(r.Context(), r.PathValue("key"), sinceOf(f), func(q *questionnaire.Questionnaire) error {
		i := q.Of(f.Raw("item"))
		if i == nil {
			return errUnknown
		}
		list := &q.Item
		if i.Parent() != nil {
			list = &i.Parent().Item
		}
		at := slices.Index(*list, i)
		switch f.Raw("do") {
		case "up":
			if at > 0 {
				(*list)[at-1], (*list)[at] = i, (*list)[at-1]
			}
		case "down":
			if at < len(*list)-1 {
				(*list)[at+1], (*list)[at] = i, (*list)[at+1]
			}
		case "remove":
			*list = slices.Delete(*list, at, at+1)
		case "question", "group":
			add := fresh(q, f.Raw("do") == "group")
			if i.Type == questionnaire.Group && f.Raw("do") == "question" {
				i.Item = append(i.Item, add)
			} else {
				*list = slices.Insert(*list, at+1, add)
			}
			to = "/desk/forms/" + r.PathValue("key") + "/edit?item=" + add.LinkID + "#item"
		default:
			return fault.New(fault.BadRequest, "Please use one of the buttons. Nothing was changed.")
		}
		return nil
	})
	if fault.Is(err, fault.Invalid) {
		return s.editPage(w, r, fault.Invalid.Status(), nil, faultsOf(err))
	}
	if err != nil {
		return err
	}
	return web.See(w, r, to)
}

// fresh is a new item with a linkId that nothing has.
func fresh(q *questionnaire.Questionnaire, group bool) *questionnaire.Item {
	n := 1
	for q.Of("n"+itoa(n)) != nil || q.Of("n"+itoa(n)+".1") != nil {
		n++
	}
	i := &questionnaire.Item{LinkID: "n" + itoa(n), Type: questionnaire.Text, Text: "New question"}
	if !group {
		return i
	}
	i.LinkID += ".1"
	return &questionnaire.Item{LinkID: "n" + itoa(n), Type: questionnaire.Group, Text: "New group", Item: []*questionnaire.Item{i}}
}
