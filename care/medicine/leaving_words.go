package medicine

import (
	"encoding/json"
	"strings"

	"held/rules/timeline"
)

// checkWords is an answer as it is read.
func checkWords(b timeline.CheckBody) string {
	var yes bool
	var text string
	var words string
	switch answered := json.Unmarshal(b.Value, &yes) == nil; {
	case b.Item == itemIntent && answered && yes:
		words = "asked: there is intent"
	case b.Item == itemIntent && answered:
		words = "asked: none"
	case b.Item == itemPressure && answered && yes:
		words = "accepted by the prescriber"
	case b.Item == itemPressure && answered:
		words = "not accepted by the prescriber"
	case answered && yes:
		words = "yes"
	case answered:
		words = "no"
	case json.Unmarshal(b.Value, &text) == nil:
		words = text
	default:
		words = strings.Trim(string(b.Value), `"`)
	}
	if b.Words != "" && b.Words != words {
		words += ": “" + b.Words + "”"
	}
	return words
}
