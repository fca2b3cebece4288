package forms_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/forms"
	"held/practice/settings"
	"held/rules/questionnaire"
)

// long writes a form of 300 questions in one part, with conditions and a sum.
func long() string {
	var b strings.Builder
	for n := range 299 {
		when := ""
		if n%3 == 2 {
			when = fmt.Sprintf(`,"enableWhen":[{"question":"q%d","operator":"=","answerCoding":{"code":"2"}}]`, n-1)
		}
		fmt.Fprintf(&b, `{"linkId":"q%d","type":"choice","text":"How often did this happen to you in the last two weeks, number %d?"%s,"answerOption":[`, n, n, when)
		for o := range 4 {
			if o > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"valueCoding":{"code":"%d","display":"Option %d"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":%d}]}`, o, o, o)
		}
		b.WriteString("]},")
	}
	b.WriteString(`{"linkId":"sum","type":"decimal","text":"Sum","readOnly":true,"extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression","valueExpression":{"language":"text/fhirpath","expression":"%resource.descendants().where(linkId='q0' or linkId='q1').answer.weight().sum()"}}]}`)
	return `{"resourceType":"Questionnaire","status":"draft","title":"Long","item":[{"linkId":"g","type":"group","text":"All","item":[` + b.String() + `]}]}`
}

func answered(b *testing.B) (*house, db.ID) {
	b.Helper()
	h := newHouse(b, testkit.SQLite(b))
	h.ok(h.DB.Write(h.ctx, func(tx *db.Tx) error {
		return h.Settings.Found(h.ctx, tx, access.From(h.ctx).Practice, settings.New("House", "PT", "Europe/Lisbon", "house@example.org"))
	}))
	id := h.give(h.published(long()))
	all := forms.Changes{}
	for n := range 299 {
		all[key(fmt.Sprintf("q%d", n))] = []questionnaire.Answer{questionnaire.Code("", "2", "Option 2")}
	}
	_, err := h.Save(h.as(h.wren), id, all)
	h.ok(err)
	return h, id
}

// BenchmarkSaveOneAnswer is one answer to a form of 300 questions, all answered.
func BenchmarkSaveOneAnswer(b *testing.B) {
	h, id := answered(b)
	ctx := h.as(h.wren)
	for n := 0; b.Loop(); n++ {
		a := questionnaire.Code("", fmt.Sprint(n%4), "Option")
		_, err := h.Save(ctx, id, forms.Changes{key("q0"): {a}})
		h.ok(err)
	}
}

// BenchmarkPage is that form on one page.
func BenchmarkPage(b *testing.B) {
	h, id := answered(b)
	ctx := h.as(h.wren)
	for b.Loop() {
		r := httptest.NewRequestWithContext(ctx, "GET", "/space/forms/"+id.String()+"?part=all", nil)
		r.SetPathValue("id", id.String())
		w := httptest.NewRecorder()
		for _, route := range h.Routes() {
			if route.Pattern == "GET /space/forms/{id}" {
				h.ok(route.Handle(w, r))
			}
		}
		if w.Code != 200 || !strings.Contains(w.Body.String(), "number 298") {
			b.Fatal(w.Code)
		}
	}
}
