package identity

import (
	"net/url"
	"strings"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"

	"held/internal/web"
)

// FuzzWhatGoesAlong: whatever is sent as a form that waits, it leads to this
// site alone, and comes out as it went in.
func FuzzWhatGoesAlong(f *testing.F) {
	f.Add("/desk/people?x=1", "eD15")
	f.Add("//evil.example", "eD15")
	f.Add("/a", "not base64!")
	f.Fuzz(func(t *testing.T, to, word string) {
		c := readCarry(web.FormOf(url.Values{fieldTo: {to}, fieldForm: {word}}))
		if c.empty() {
			return
		}
		if !strings.HasPrefix(c.To, "/") || strings.HasPrefix(c.To, "//") || strings.HasPrefix(c.To, `/\`) {
			t.Errorf("leads to %q", c.To)
		}
		if again := readCarry(web.FormOf(url.Values{fieldTo: {c.To}, fieldForm: {c.word()}})); again.Values.Encode() != c.Values.Encode() {
			t.Errorf("%v came out as %v", c.Values, again.Values)
		}
	})
}

// FuzzWhatAPasskeySays: an answer is read or refused, whatever it holds.
func FuzzWhatAPasskeySays(f *testing.F) {
	f.Add(`{"id":"eA","rawId":"eA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"eA","signature":"eA","userHandle":"eA"}}`)
	f.Add(`{"id":"eA","rawId":"eA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`)
	f.Add(`{"clientExtensionResults":{"prf":{"results":{"first":"c2VjcmV0"}}}}`)
	f.Fuzz(func(t *testing.T, sent string) {
		if b, err := strict(sent, &sentAssertion{}); err == nil {
			_, _ = protocol.ParseCredentialRequestResponseBytes(b) // that it comes back is all that is asked
		}
		if b, err := strict(sent, &sentCreation{}); err == nil {
			_, _ = protocol.ParseCredentialCreationResponseBytes(b)
		}
	})
}
