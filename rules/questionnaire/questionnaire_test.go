package questionnaire

import (
	"encoding/json"
	"testing"
)

func TestX(t *testing.T) {
	q, f := Parse([]byte(`{"resourceType":"Questionnaire","status":"draft","title":"T","item":[{"linkId":"g","type":"group","repeats":true,"item":[{"linkId":"a","type":"choice","text":"A","answerOption":[{"valueCoding":{"code":"x","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":2}]}},{"valueCoding":{"code":"y"}}]},{"linkId":"b","type":"decimal","text":"b","enableWhen":[{"question":"a","operator":"=","answerCoding":{"code":"x"}}]}]}]}`))
	t.Log(f)
	a := Answers{{"a", 0}: {Code("", "y", "")}, {"b", 0}: {{Decimal: "3"}}, {"a", 2}: {Code("", "x", "")}, {"b", 2}: {{Decimal: "4"}}}
	b, _ := json.Marshal(q)
	t.Log(string(b))
	r, _ := q.Respond(q.Asked(a).Pruned(), About{Status: "completed"}, false)
	t.Log(string(r))
	t.Log(q.Read(r))
	r, _ = q.Scored(a)
	t.Log(string(r))
}
