package identity

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"

	"held/internal/web"
)

// carry is a form that was sent and could not be taken before somebody had
// proved more. It goes along in the pages by which they prove it, and is then
// offered to be sent again. Nothing of it is kept on the server.
type carry struct {
	To     string
	Values url.Values
}

// maxCarry bounds a form that goes along, as it was encoded; with what is
// added on the way it still fits into what a form may hold.
const maxCarry = 180 << 10

// secrets are fields that never go along.
var secrets = []string{"pin", "code", "credential"}

// carryFrom takes up the form of a request that was refused; false when there
// is none, or it cannot go along: it is too long, holds a file or a secret.
func carryFrom(r *http.Request) (carry, bool) {
	if r.Method != http.MethodPost {
		return carry{}, false
	}
	if _, err := web.ReadForm(r); err != nil {
		return carry{}, false
	}
	if m := r.MultipartForm; m != nil && len(m.File) > 0 || len(r.PostForm.Encode()) > maxCarry {
		return carry{}, false
	}
	for name := range r.PostForm {
		if slices.Contains(secrets, name) {
			return carry{}, false
		}
	}
	return carry{r.URL.RequestURI(), r.PostForm}, true
}

// The fields in which a form goes along.
const (
	fieldTo   = "carry-to"
	fieldForm = "carry"
)

// readCarry reads what goes along in a form; nothing when there is nothing.
func readCarry(f *web.Form) carry {
	to := web.Local(f.Raw(fieldTo), "")
	b, err := base64.RawURLEncoding.DecodeString(f.Raw(fieldForm))
	if to == "" || err != nil {
		return carry{}
	}
	v, err := url.ParseQuery(string(b))
	if err != nil {
		return carry{}
	}
	return carry{to, v}
}

func (c carry) empty() bool { return c.To == "" }

// word is the form as one hidden field holds it: sending it on adds nothing.
func (c carry) word() string {
	return base64.RawURLEncoding.EncodeToString([]byte(c.Values.Encode()))
}

// names lists the fields, always in one order.
func (c carry) names() []string {
	var out []string
	for name := range c.Values {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
