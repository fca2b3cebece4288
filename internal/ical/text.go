package ical

import (
	"strings"
	"unicode"
)

// lines keeps a text's line breaks and drops what has no place in one. The
// library escapes LF and nothing else that ends a line, so LF is the only one
// it gets to see. Map makes U+FFFD of what is not UTF-8.
func lines(s string) string {
	s = lineEnds.Replace(s)
	s = strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || turnsText(r)) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ")

// oneLine makes every run of white space one space.
func oneLine(s string) string { return strings.Join(strings.Fields(lines(s)), " ") }

// quotable is a name that can stand between double quotes in a parameter. A
// caret would be read as an escape by RFC 6868, a backslash by some programs.
func quotable(s string) string {
	return quotes.Replace(oneLine(s))
}

var quotes = strings.NewReplacer(`"`, "'", `\`, "/", "^", "")

// turnsText knows the marks that reverse the direction of what follows; they
// make a name show as something else than it is.
func turnsText(r rune) bool {
	return (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
}
