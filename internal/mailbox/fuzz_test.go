package mailbox

import "testing"

// FuzzParse: a letter is read or refused, and reading one never fails hard.
func FuzzParse(f *testing.F) {
	f.Add([]byte("From: a@b.c\r\nSubject: =?utf-8?q?x?=\r\n\r\ntext\r\n"))
	f.Add([]byte("From: a@b.c\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Disposition: attachment; filename=\"y\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAP8=\r\n--x--\r\n"))
	f.Add([]byte("From: a@b.c\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--x--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parse(raw)
		if err == nil && (m.From == "" || m.Attachments == nil) {
			t.Errorf("read as %+v", m)
		}
	})
}
