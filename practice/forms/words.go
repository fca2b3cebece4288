package forms

import (
	"net/url"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

func urlQuery(s string) string { return url.QueryEscape(s) }

func anyWord(is bool) string {
	if is {
		return "any"
	}
	return "all"
}
