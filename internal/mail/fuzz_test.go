package mail

import (
	"bytes"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"
)

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"wren@example.org", "o'b+x@bücher.example", `"a b"@c.d`, "a@b\r\nX:1", "<a@b>", "a@[::1]", "é@x.y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got, err := Address(given)
		if err != nil {
			return
		}
		if strings.Count(got, "@") != 1 || len(got) > 254 || strings.ContainsAny(got, " \t\r\n\x00<>\"(),;:[]\\") {
			t.Errorf("%q became %q", given, got)
		}
		if again, err := Address(got); err != nil || again != got {
			t.Errorf("%q is no longer an address: %q, %v", got, again, err)
		}
	})
}

// FuzzCompose looks at the bytes that would go out: whatever the words are,
// the head has the headers it should have and no others.
func FuzzCompose(f *testing.F) {
	f.Add("Wren", "Die Praxis", "Your appointment", "1@held.example", "Hello.\n")
	f.Add("a\r\nBcc: x@y.z", "b\nX: 1", "c\rY: 1", "<d@e>", ".\r\n.\n")
	f.Add(strings.Repeat(" ", 90)+"x", strings.Repeat("é ", 90), "=?utf-8?q?=0d=0aBcc:_x?= "+strings.Repeat("w", 200), "a@b", "\x00\u2028")
	s := &sender{from: "desk@held.example", now: func() time.Time { return time.Unix(0, 0) }}
	f.Fuzz(func(t *testing.T, toName, fromName, subject, id, text string) {
		msg, err := s.compose(&Message{To: "wren@example.org", ToName: toName, FromName: fromName, Subject: subject, MessageID: id, Text: text})
		if err != nil {
			if !Permanent(err) {
				t.Errorf("refused for now only: %v", err)
			}
			return
		}
		var out bytes.Buffer
		if _, err := msg.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		readsAs(t, out.Bytes())
	})
}

func readsAs(t *testing.T, raw []byte) {
	t.Helper()
	got, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	var names []string
	for name, values := range got.Header {
		if len(values) != 1 {
			t.Errorf("%s is there %d times", name, len(values))
		}
		names = append(names, name)
	}
	slices.Sort(names)
	want := "Auto-Submitted Content-Transfer-Encoding Content-Type Date From Message-Id Mime-Version Subject To X-Auto-Response-Suppress"
	if strings.Join(names, " ") != want {
		t.Errorf("the head has %v in %q", names, raw)
	}
	for _, who := range []struct{ header, address string }{{"To", "wren@example.org"}, {"From", "desk@held.example"}} {
		list, err := got.Header.AddressList(who.header)
		if err != nil || len(list) != 1 || list[0].Address != who.address {
			t.Errorf("%s reads as %v, %v in %q", who.header, list, err, raw)
		}
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}
