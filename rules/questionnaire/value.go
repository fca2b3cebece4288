package questionnaire

import (
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of an answer.
const (
	MaxWords   = 20_000 // characters of an answer in words
	MaxNumeral = 20     // characters of a number
)

// read takes one value[x], by its name, and says what is wrong with it.
func (a *Answer) read(key string, v any) string {
	s, _ := v.(string)
	switch key {
	case "valueBoolean":
		b, ok := v.(bool)
		if !ok {
			return "This must be true or false."
		}
		a.Boolean = &b
	case "valueInteger":
		n, err := intOf(v)
		if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
			return "This must be a whole number."
		}
		a.Integer = &n
	case "valueDecimal":
		n, ok := decimal(v)
		if !ok {
			return "This must be a number."
		}
		a.Decimal = n
	case "valueDate":
		if !isDay(s) {
			return "This must be a day, as in 2026-03-03."
		}
		a.Date = s
	case "valueTime":
		if !isTime(s) {
			return "This must be a time, as in 16:30:00."
		}
		a.Time = s
	case "valueString":
		if why := text(s, v, MaxWords); why != "" {
			return why
		}
		a.String = s
	case "valueUri", "valueUrl":
		if why := text(s, v, 2000); why != "" {
			return why
		}
		a.URI = s
	case "valueCoding":
		return into(v, &a.Coding, func(c *Coding) bool { return short(c.System, c.Version, c.Code, c.Display) && c.Code+c.Display != "" })
	case "valueQuantity":
		return into(v, &a.Quantity, func(q *Amount) bool {
			_, ok := decimal(q.Value)
			return ok && short(q.Unit, q.System, q.Code)
		})
	case "valueAttachment":
		return into(v, &a.File, func(f *File) bool { return short(f.ContentType, f.URL, f.Title) && f.URL != "" })
	default:
		return "Held does not know answers of this kind."
	}
	return ""
}

func into[T any](v any, to **T, ok func(*T) bool) string {
	m, is := v.(map[string]any)
	raw, err := json.Marshal(m)
	got := new(T)
	if !is || err != nil || json.Unmarshal(raw, got) != nil || !ok(got) {
		return "This is not what it is said to be."
	}
	*to = got
	return ""
}

func short(all ...string) bool {
	for _, s := range all {
		if utf8.RuneCountInString(s) > 1000 {
			return false
		}
	}
	return true
}

func text(s string, v any, most int) string {
	if _, ok := v.(string); !ok || strings.TrimSpace(s) == "" {
		return "This must be a text."
	}
	if utf8.RuneCountInString(s) > most {
		return "This text is too long."
	}
	return ""
}

func decimal(v any) (json.Number, bool) {
	n, ok := v.(json.Number)
	f, err := n.Float64()
	if !ok || err != nil || len(n) > MaxNumeral || math.IsInf(f, 0) || math.IsNaN(f) {
		return "", false
	}
	return n, true
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isTime(s string) bool {
	_, err := time.Parse(time.TimeOnly, s)
	return err == nil
}

// Valid tells whether a day or a time is one.
func (a Answer) Valid() bool { return a.Date != "" && isDay(a.Date) || a.Time != "" && isTime(a.Time) }
