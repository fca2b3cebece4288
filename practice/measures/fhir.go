package measures

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"held/rules/scoring"
)

// Where codes and extensions of FHIR R4 come from.
const (
	loinc      = "http://loinc.org"
	ordinal    = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
	minValue   = "http://hl7.org/fhir/StructureDefinition/minValue"
	maxValue   = "http://hl7.org/fhir/StructureDefinition/maxValue"
	instrument = "urn:held:instrument:" // an instrument's canonical name, followed by its id
	safety     = "urn:held:safety"      // from which number on somebody must look
)

type coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

type extension struct {
	URL          string       `json:"url"`
	ValueInteger *int         `json:"valueInteger,omitempty"`
	ValueDecimal *json.Number `json:"valueDecimal,omitempty"`
}

type codingOption struct {
	Extension []extension `json:"extension,omitempty"`
	Coding    coding      `json:"valueCoding"`
}

type questionnaireItem struct {
	Extension []extension    `json:"extension,omitempty"`
	LinkID    string         `json:"linkId"`
	Code      []coding       `json:"code,omitempty"`
	Prefix    string         `json:"prefix,omitempty"`
	Text      string         `json:"text,omitempty"`
	Type      string         `json:"type"`
	Options   []codingOption `json:"answerOption,omitempty"`
}

type questionnaire struct {
	ResourceType string              `json:"resourceType"`
	URL          string              `json:"url"`
	Version      string              `json:"version"`
	Name         string              `json:"name"`
	Title        string              `json:"title"`
	Status       string              `json:"status"`
	Subject      []string            `json:"subjectType"`
	Description  string              `json:"description,omitempty"`
	Copyright    string              `json:"copyright,omitempty"`
	Code         []coding            `json:"code,omitempty"`
	Item         []questionnaireItem `json:"item"`
}

// Questionnaire is an instrument as a FHIR R4 Questionnaire. Where the wording
// is not shipped an item has Held's own label, and says so.
func Questionnaire(in scoring.Instrument) ([]byte, error) {
	return json.MarshalIndent(questions(in), "", " ")
}

// OwnLine is the question that Held asks below an instrument, which counts for
// nothing.
const OwnLine = "own-line"

// Form is an instrument as Held asks it: with the answers marked of which
// somebody is told at once, and room for a line of one's own.
func Form(in scoring.Instrument) ([]byte, error) {
	q := questions(in)
	q.Description = opening(in)
	for i, it := range in.Items {
		if it.Safety != nil {
			asked := &q.Item[len(q.Item)-len(in.Items)+i]
			asked.Extension = append(asked.Extension, extension{URL: safety, ValueInteger: it.Safety})
		}
	}
	q.Item = append(q.Item, questionnaireItem{LinkID: OwnLine, Type: "text", Text: "A line of your own, if you like: what these questions leave out."})
	return json.MarshalIndent(q, "", " ")
}

// opening is what stands above an instrument where a client is asked: what this
// is, who sees it, and what it cannot tell.
func opening(in scoring.Instrument) string {
	s := in.About
	if strings.HasPrefix(in.Recall, "last ") || strings.HasPrefix(in.Recall, "past ") {
		s += " It asks about the " + in.Recall + "."
	}
	if in.Conversation {
		s += " It is something to begin a conversation from, and nothing more."
	}
	return s + " You see it, and the guide and the prescriber of your care team. It cannot tell you what is wrong or right, and no answer decides about your care. You can leave out what you like."
}

func questions(in scoring.Instrument) questionnaire {
	q := questionnaire{
		ResourceType: "Questionnaire", URL: instrument + in.ID, Version: in.Version, Name: name(in.ID), Title: in.Title,
		Status: "active", Subject: []string{"Patient"}, Description: in.About, Copyright: copyright(in.Licence), Code: code(in.Codes.Panel),
	}
	if in.Instruction != "" {
		q.Item = append(q.Item, questionnaireItem{LinkID: "instruction", Type: "display", Text: in.Instruction})
	}
	for i, it := range in.Items {
		q.Item = append(q.Item, item(in, it, i+1))
	}
	return q
}

func item(in scoring.Instrument, it scoring.Item, n int) questionnaireItem {
	out := questionnaireItem{LinkID: it.Key, Prefix: strconv.Itoa(n) + ".", Text: it.Text, Type: "choice", Code: code(it.Code)}
	if it.Text == "" {
		out.Text = fmt.Sprintf("(%s; the published wording is not included)", it.Label)
	}
	if it.Range != nil {
		out.Type = "integer"
		out.Extension = []extension{{URL: minValue, ValueInteger: &it.Range[0]}, {URL: maxValue, ValueInteger: &it.Range[1]}}
		if it.Ends != nil {
			out.Text += fmt.Sprintf(" (%d: %s; %d: %s)", it.Range[0], it.Ends[0], it.Range[1], it.Ends[1])
		}
		return out
	}
	for _, o := range in.Options[it.Options] {
		out.Options = append(out.Options, option(in, it, o))
	}
	return out
}

func option(in scoring.Instrument, it scoring.Item, o scoring.Option) codingOption {
	var c codingOption
	v := json.Number(strconv.Itoa(o.Value))
	c.Extension = []extension{{URL: ordinal, ValueDecimal: &v}}
	c.Coding.System, c.Coding.Code, c.Coding.Display = instrument+in.ID+":"+it.Options, v.String(), o.Text
	if o.Code != "" {
		c.Coding.System, c.Coding.Code = loinc, o.Code
	}
	if o.Text == "" {
		c.Coding.Display = v.String()
	}
	return c
}

func code(loincCode string) []coding {
	if loincCode == "" {
		return nil
	}
	return []coding{{System: loinc, Code: loincCode}}
}

// copyright is what whoever passes the wording on passes on with it.
func copyright(l scoring.Licence) string {
	s := l.Name + "."
	if l.Notice != "" {
		s += " " + l.Notice
	}
	if l.Credit != "" {
		s += " " + l.Credit
	}
	return s
}

// name is an id as FHIR wants names: letters and digits, a capital first.
func name(id string) string {
	b := []byte(plain(id))
	if b[0] >= 'a' && b[0] <= 'z' {
		b[0] -= 'a' - 'A'
	}
	return string(b)
}

type answer struct {
	Coding  *coding `json:"valueCoding"`
	Integer *int    `json:"valueInteger"`
}

type response struct {
	ResourceType  string `json:"resourceType"`
	Questionnaire string `json:"questionnaire"`
	Item          []struct {
		LinkID string   `json:"linkId"`
		Answer []answer `json:"answer"`
	} `json:"item"`
}

// FromResponse reads a QuestionnaireResponse to an instrument's Questionnaire.
// What is not in it is missing. Errors name the item.
func FromResponse(in scoring.Instrument, data []byte) (scoring.Answers, error) {
	var r response
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("the QuestionnaireResponse could not be read: %w", err)
	}
	if r.ResourceType != "QuestionnaireResponse" {
		return nil, errors.New("this is no QuestionnaireResponse")
	}
	out := make(scoring.Answers, len(in.Items))
	for _, got := range r.Item {
		i := slices.IndexFunc(in.Items, func(it scoring.Item) bool { return it.Key == got.LinkID })
		switch {
		case i < 0 && got.LinkID == "instruction", i >= 0 && len(got.Answer) == 0:
			continue
		case i < 0:
			return nil, fmt.Errorf("%s has no item %q", in.Title, got.LinkID)
		case len(got.Answer) > 1:
			return nil, fmt.Errorf("item %q has %d answers, and takes one", got.LinkID, len(got.Answer))
		}
		v, ok := value(in, in.Items[i], got.Answer[0])
		if !ok {
			return nil, fmt.Errorf("the answer to item %q is none of its values", got.LinkID)
		}
		out[i] = &v
	}
	return out, nil
}

// value is the number that an answer stands for.
func value(in scoring.Instrument, it scoring.Item, a answer) (int, bool) {
	if a.Integer != nil {
		return *a.Integer, it.Range != nil
	}
	if a.Coding == nil {
		return 0, false
	}
	for _, o := range in.Options[it.Options] {
		if c := option(in, it, o).Coding; c.Code == a.Coding.Code && (a.Coding.System == "" || a.Coding.System == c.System) {
			return o.Value, true
		}
	}
	return 0, false
}
