package ripple

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"held/internal/fault"
	"held/internal/web"
)

// sent is a form with what was pasted and, where there is a name, a file.
func sentForm(t *testing.T, pasted, name string, file []byte) *http.Request {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("upload", name)
	if _, also := part.Write(file); err != nil || also != nil {
		t.Fatal(err, also)
	}
	if err := errors.Join(m.WriteField("wording", pasted), m.WriteField("signed", "yes"), m.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/desk/measures/instruments", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, web.MaxBody)
	return r
}

func TestAFileIsReadAsWhatIsPastedIs(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"a file":               sentForm(t, "", "tides.json", []byte(ours)),
		"a file with a mark":   sentForm(t, "", "tides.json", append([]byte("\ufeff"), strings.ReplaceAll(ours, "\n", "\r\n")...)),
		"pasted, without file": sentForm(t, ours, "", nil),
	} {
		if got, err := loadedText(r); err != nil || got != ours {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestAFileThatCannotBeReadIsRefusedWithWhatToDo(t *testing.T) {
	for says, r := range map[string]*http.Request{
		"leave one of them out":    sentForm(t, "{}", "a.json", []byte("{}")),
		"or choose the file":       sentForm(t, "", "", nil),
		"is empty":                 sentForm(t, "", "a.json", []byte{}),
		"a file may have 200 KB":   sentForm(t, "", "a.json", bytes.Repeat([]byte("x"), maxFile+1)),
		"document of another kind": sentForm(t, "", "a.docx", []byte("PK\x03\x04 and so on")),
		"save it as UTF-8":         sentForm(t, "", "a.json", []byte{0xff, 0xfe, '{', 0, '}', 0}),
		"at most 120000":           sentForm(t, strings.Repeat("x", maxPaste+1), "", nil),
	} {
		_, err := loadedText(r)
		said := ""
		for _, s := range fault.Of(err).Fields {
			said += s
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(said, says) {
			t.Errorf("want %q, got %v: %s", says, err, said)
		}
	}
	whole := sentForm(t, "", "a.json", bytes.Repeat([]byte("x"), web.MaxBody))
	if _, err := loadedText(whole); !fault.Is(err, fault.TooLarge) || len(problemsOf(err)) != 1 {
		t.Errorf("more than a form may have: %v", err)
	}
	unsigned := sentForm(t, ours, "", nil)
	unsigned.Body = http.NoBody
	if _, err := loadedText(unsigned); err == nil {
		t.Error("a form that ends before it began is taken")
	}
}
