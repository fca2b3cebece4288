package mail

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// Address checks one bare address (name@domain) and returns it as it is
// written on the envelope: a domain in other letters becomes its ASCII form.
// Names in front, comments, quoted local parts and address literals are
// refused; no person types them, and they are where parsers disagree.
func Address(s string) (string, error) {
	if !oneLine(s) {
		return "", refused(ErrHeader)
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || parsed.Name != "" {
		return "", refused(ErrAddress)
	}
	local, domain, _ := strings.Cut(s, "@")
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || domain == "" || strings.Contains(domain, "@") {
		return "", refused(ErrAddress)
	}
	if len(local) > 64 || len(local)+1+len(domain) > 254 {
		return "", refused(ErrAddress)
	}
	return local + "@" + domain, nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

// tidy makes runs of spaces one space, so that folding a header never leaves
// a line of spaces only, and takes the meaning from text that looks like an
// encoded word, so that what a person typed is what is shown.
func tidy(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "=?", "= ?")
}
