package forms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofhir/fhirpath"
	"github.com/gofhir/fhirpath/eval"
	"github.com/gofhir/fhirpath/funcs"
	"github.com/gofhir/fhirpath/types"

	"held/rules/questionnaire"
)

// Limits of reckoning one expression.
const (
	calcTime  = 200 * time.Millisecond
	calcDepth = 50
	calcMost  = 20_000 // elements on the way
)

// unfit are functions that the library answers wrongly or not at all, or whose
// answer depends on more than what was answered (docs/adr/0022).
var unfit = regexp.MustCompile(`\b(repeat|aggregate|resolve|trace|memberOf|conformsTo|now|today|timeOfDay)\s*\(`)

// everyItem is how expressions of others walk through all items; the library
// does not know it, and this means the same.
var everyItem = strings.NewReplacer(".repeat(item)", ".descendants().where(linkId.exists())")

var expressions = struct {
	sync.Mutex
	m map[string]*fhirpath.Expression
}{m: map[string]*fhirpath.Expression{}}

// scores teaches the library the functions that read the score of a choice.
var scores = sync.OnceFunc(func() {
	for _, name := range []string{"ordinal", "weight"} {
		funcs.Register(eval.FuncDef{Name: name, Fn: scoreOf})
	}
})

func scoreOf(_ *eval.Context, in types.Collection, _ []any) (out types.Collection, err error) {
	for _, v := range in {
		o, ok := v.(*types.ObjectValue)
		if !ok {
			continue
		}
		var a struct {
			Value *struct {
				Extension []questionnaire.Extension `json:"extension"`
			} `json:"valueCoding"`
			Extension []questionnaire.Extension `json:"extension"`
		}
		if err := json.Unmarshal(o.Data(), &a); err != nil {
			continue
		}
		if a.Value != nil {
			a.Extension = a.Value.Extension
		}
		option := questionnaire.Option{Extension: a.Extension}
		if w, ok := option.Weight(); ok {
			out = append(out, types.NewDecimalFromFloat(w))
		}
	}
	return out, nil
}

// compile reads an expression, once.
func compile(text string) (*fhirpath.Expression, error) {
	scores()
	expressions.Lock()
	defer expressions.Unlock()
	if e := expressions.m[text]; e != nil {
		return e, nil
	}
	plain := everyItem.Replace(text)
	if f := unfit.FindString(plain); f != "" {
		return nil, fmt.Errorf("%s is not reckoned here", strings.TrimRight(f, "( "))
	}
	e, err := fhirpath.Compile(plain)
	if err != nil {
		return nil, err
	}
	if len(expressions.m) >= 2000 {
		expressions.m = map[string]*fhirpath.Expression{}
	}
	expressions.m[text] = e
	return e, nil
}

// evaluate reckons an expression over a response.
func evaluate(text string, response []byte) (out types.Collection, err error) {
	e, err := compile(text)
	if err != nil {
		return nil, err
	}
	defer func() { // the expression came from outside; no page may fall with it
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("the expression cannot be reckoned: %v", p)
		}
	}()
	return e.EvaluateWithOptions(response, fhirpath.WithContext(context.Background()), fhirpath.WithTimeout(calcTime),
		fhirpath.WithMaxDepth(calcDepth), fhirpath.WithMaxCollectionSize(calcMost))
}

// checkExpressions says which expressions of a form cannot be reckoned.
func checkExpressions(q *questionnaire.Questionnaire) (faults []questionnaire.Fault) {
	q.All(func(i *questionnaire.Item) bool {
		if e := i.Calculated(); e != "" {
			_, err := evaluate(e, []byte(`{"resourceType":"QuestionnaireResponse"}`))
			var known *eval.EvalError
			if errors.As(err, &known) && known.Type == eval.ErrType {
				err = nil // nothing was answered yet
			}
			if err != nil {
				faults = append(faults, questionnaire.Fault{Path: "“" + i.LinkID + "”, calculated expression", Text: err.Error()})
			}
		}
		return true
	})
	return faults
}

// passes is how often reckoned questions may build on one another.
const passes = 3

// reckon puts the answers to reckoned questions beside the others. What cannot
// be reckoned from what was answered has no answer.
func reckon(q *questionnaire.Questionnaire, a questionnaire.Answers) (questionnaire.Answers, error) {
	var reckoned []*questionnaire.Item
	q.All(func(i *questionnaire.Item) bool {
		if i.Calculated() != "" {
			reckoned = append(reckoned, i)
		}
		return true
	})
	if len(reckoned) == 0 {
		return a, nil
	}
	a = a.Clone()
	for _, i := range reckoned {
		delete(a, questionnaire.Key{LinkID: i.LinkID})
	}
	again := slices.ContainsFunc(reckoned, func(i *questionnaire.Item) bool {
		return slices.ContainsFunc(reckoned, func(on *questionnaire.Item) bool { return names(q, i.Calculated())[on.LinkID] })
	})
	for range passes {
		moved := false
		for _, i := range reckoned {
			k := questionnaire.Key{LinkID: i.LinkID}
			var v []questionnaire.Answer
			if grounded(q, i.Calculated(), a) {
				response, err := q.Scored(needed(q, i.Calculated(), a))
				if err != nil {
					return nil, err
				}
				v = result(i, response)
			}
			if questionnaire.Equal(v, a[k]) {
				continue
			}
			moved = true
			if a[k] = v; len(v) == 0 {
				delete(a, k)
			}
		}
		if !moved || !again {
			break
		}
	}
	return a, nil
}

// chosen is what an expression does with items that it chooses by their linkId.
var chosen = regexp.MustCompile(`linkId\s*=\s*'[^']*'`)

// onlyByName takes out of an expression how it reaches what it names.
var onlyByName = strings.NewReplacer("descendants().where(", "", "item.where(", "", "repeat(item).where(", "", "%resource.", "")

// needed are the answers that an expression can see: where it chooses every item
// by name, those alone. It reads a long form a hundred times faster so.
func needed(q *questionnaire.Questionnaire, expression string, a questionnaire.Answers) questionnaire.Answers {
	rest := onlyByName.Replace(chosen.ReplaceAllString(expression, ""))
	for _, other := range []string{"linkId", "item", "descendants", "children", "%", "not"} {
		if strings.Contains(rest, other) {
			return q.Asked(a).Pruned()
		}
	}
	named := names(q, expression)
	out := questionnaire.Answers{}
	for k, v := range q.Asked(a).Pruned() {
		if named[k.LinkID] {
			out[k] = v
		}
	}
	return out
}

// result is what an expression gives as an answer to its question.
func result(i *questionnaire.Item, response []byte) []questionnaire.Answer {
	got, err := evaluate(i.Calculated(), response)
	if err != nil || len(got) != 1 {
		return nil
	}
	var a questionnaire.Answer
	n := json.Number(got[0].String())
	switch i.Type {
	case questionnaire.Integer:
		f, err := n.Float64()
		if err != nil || f != float64(int64(f)) {
			return nil
		}
		a = questionnaire.Whole(int64(f))
	case questionnaire.Decimal:
		if _, err := n.Float64(); err != nil {
			return nil
		}
		a.Decimal = n
	case questionnaire.Quantity:
		if _, err := n.Float64(); err != nil {
			return nil
		}
		u := i.Unit()
		a.Quantity = &questionnaire.Amount{Value: n, Unit: u.Display, System: u.System, Code: u.Code}
	case questionnaire.Boolean:
		b, ok := got[0].(types.Boolean)
		if !ok {
			return nil
		}
		a = questionnaire.Yes(b.Bool())
	case questionnaire.Choice, questionnaire.OpenChoice:
		for _, o := range i.Options {
			if o.Value.Coding != nil && o.Value.Coding.Code == got[0].String() {
				return []questionnaire.Answer{o.Bare()}
			}
		}
		return nil
	case questionnaire.Date:
		a.Date = got[0].String()
	default:
		a = questionnaire.Words(got[0].String())
	}
	return []questionnaire.Answer{a}
}

var quoted = regexp.MustCompile(`'([^']*)'`)

// grounded tells whether anything was answered that an expression names: the sum
// of nothing is 0 to FHIRPath, and nobody's score.
func grounded(q *questionnaire.Questionnaire, expression string, a questionnaire.Answers) bool {
	named := names(q, expression)
	for k := range a {
		if named[k.LinkID] {
			return true
		}
	}
	return len(named) == 0
}

// names are the questions that an expression names.
func names(q *questionnaire.Questionnaire, expression string) map[string]bool {
	named := map[string]bool{}
	for _, m := range quoted.FindAllStringSubmatch(expression, -1) {
		if q.Of(m[1]) != nil {
			named[m[1]] = true
		}
	}
	return named
}
