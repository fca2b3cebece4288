package forms

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"held/rules/questionnaire"
)

// typed reads the answers that a page sent: those of which something else came
// back than was shown. What cannot be read is told by its key.
func typed(q *questionnaire.Questionnaire, form url.Values) (Changes, map[string]string) {
	changes, faults := Changes{}, map[string]string{}
	for _, was := range form["was"] {
		before, name, ok := strings.Cut(was, " ")
		k, known := questionnaire.ParseKey(name)
		i := q.Of(k.LinkID)
		if !ok || !known || i == nil || !i.Fills() {
			continue
		}
		all, why := read(i, form[ownName(k)], form[otherName(k)])
		if why == "" && len(all) > 0 {
			why = i.Check(all)
		}
		switch {
		case why != "":
			faults[k.String()] = why
		case hash(all) != before:
			changes[k] = all
		}
	}
	return changes, faults
}

// read makes answers of what came back from the fields of one question.
func read(i *questionnaire.Item, own, other []string) (out []questionnaire.Answer, why string) {
	switch {
	case len(i.Options) > 0:
		for _, v := range own {
			if v == "" {
				continue
			}
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 || n >= len(i.Options) {
				return nil, "Please choose one of these."
			}
			out = append(out, i.Options[n].Bare())
		}
		words := splitLines(strings.Join(other, "\n"))
		if i.Type == questionnaire.OpenChoice && len(words) > 0 {
			if !i.Repeats {
				return []questionnaire.Answer{questionnaire.Words(strings.Join(words, "\n"))}, bad(words...)
			}
			for _, w := range words {
				out = append(out, questionnaire.Words(w))
			}
		}
		return out, bad(words...)
	case i.Repeats:
		for _, line := range splitLines(strings.Join(own, "\n")) {
			a, why := one(i, line)
			if why != "" {
				return nil, why
			}
			out = append(out, a)
		}
		return out, ""
	}
	text := strings.TrimSpace(strings.ReplaceAll(strings.Join(own, ""), "\r\n", "\n"))
	if text == "" {
		return nil, ""
	}
	a, why := one(i, text)
	return []questionnaire.Answer{a}, why
}

func splitLines(s string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), func(l string) bool { return strings.TrimSpace(l) == "" })
}

func bad(all ...string) string {
	for _, s := range all {
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			return "There are control characters in this text. Please remove them."
		}
		if len(s) > questionnaire.MaxWords {
			return "Please shorten this to at most 20,000 characters."
		}
	}
	return ""
}

// one reads one answer that was typed.
func one(i *questionnaire.Item, text string) (a questionnaire.Answer, why string) {
	text = strings.TrimSpace(text)
	switch i.Type {
	case questionnaire.Boolean:
		if text != "yes" && text != "no" {
			return a, "Please choose one of these."
		}
		return questionnaire.Yes(text == "yes"), ""
	case questionnaire.Integer:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return a, "Please write a whole number, as in 12."
		}
		return questionnaire.Whole(n), ""
	case questionnaire.Decimal, questionnaire.Quantity:
		n, ok := number(text)
		if !ok {
			return a, "Please write a number, as in 12 or 12.5."
		}
		if i.Type == questionnaire.Decimal {
			return questionnaire.Answer{Decimal: n}, ""
		}
		u := i.Unit()
		return questionnaire.Answer{Quantity: &questionnaire.Amount{Value: n, Unit: or(u.Display, u.Code), System: u.System, Code: u.Code}}, ""
	case questionnaire.Date:
		a.Date, why = text, "Please write a day, as in 2026-03-03."
	case questionnaire.Time:
		if len(text) == 5 {
			text += ":00"
		}
		a.Time, why = text, "Please write a time, as in 16:30."
	case questionnaire.URL:
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return a, "Please write an address, as in https://example.org."
		}
		return questionnaire.Answer{URI: text}, ""
	default:
		return questionnaire.Words(text), bad(text)
	}
	if a.Valid() {
		return a, ""
	}
	return a, why
}

// number reads a number as people write it: with a point or a comma.
func number(text string) (json.Number, bool) {
	text = strings.Replace(text, ",", ".", 1)
	if len(text) > questionnaire.MaxNumeral || strings.ContainsAny(text, "eExXnNpP_iI+") {
		return "", false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), true
}
