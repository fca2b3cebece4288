package ripple

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"held/internal/fault"
	"held/internal/web"
)

// Limits of what is loaded: pasted in runes, sent as a file in bytes.
const (
	maxPaste = 120_000
	maxFile  = 200 << 10
)

const tooLarge = "This is too large: a file may have 200 KB, and what is pasted 120,000 characters. Nothing was loaded."

// loadedText is what was pasted, or the file that was sent, with the statement
// signed. The text comes back with a refusal too, for the page to show it again.
func loadedText(r *http.Request) (string, error) {
	var f *web.Form
	var file []byte
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		f, file, err = parts(r)
	} else {
		f, err = web.ReadForm(r)
	}
	if err != nil {
		return "", err
	}
	pasted := strings.TrimSpace(f.Raw("wording"))
	switch {
	case pasted != "" && file != nil:
		f.Fail("upload", "There is a text in the field and a file as well. Please leave one of them out; nothing was loaded.")
	case pasted == "" && file == nil:
		f.Fail("wording", "Please paste it here, or choose the file.")
	}
	text := f.Text("wording", maxPaste)
	if file != nil && pasted == "" {
		text = fileText(f, file)
	}
	if f.Raw("signed") != "yes" {
		f.Fail("signed", "It is loaded with the button that says that the practice may use it.")
	}
	if err := f.Err(); err != nil {
		if pasted != "" {
			return f.Raw("wording"), err
		}
		return text, err
	}
	return strings.TrimPrefix(text, "\ufeff"), nil
}

// fileText is a file's text, where it is one.
func fileText(f *web.Form, file []byte) string {
	switch {
	case len(file) == 0:
		f.Fail("upload", "The file is empty. Nothing was loaded.")
	case len(file) > maxFile:
		f.Fail("upload", tooLarge)
	case bytes.HasPrefix(file, []byte("PK\x03\x04")) || bytes.HasPrefix(file, []byte("%PDF")):
		f.Fail("upload", "This is a document of another kind, and not the file that stands on this page. Nothing was loaded; please put the texts into that file, which is plain text.")
	case !utf8.Valid(file) || bytes.IndexByte(file, 0) >= 0:
		f.Fail("upload", "The file is not plain text in UTF-8. Please save it as UTF-8 and choose it again; nothing was loaded.")
	default:
		return strings.TrimSpace(strings.ReplaceAll(string(file), "\r\n", "\n"))
	}
	return ""
}

// parts reads a form that carries one file. The file is nil where none was
// chosen. Nothing is written to a disk: it is read whole, within its bound.
func parts(r *http.Request) (*web.Form, []byte, error) {
	m, err := r.MultipartReader()
	if err != nil {
		return nil, nil, damaged(err)
	}
	values := url.Values{}
	var file []byte
	for {
		p, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, damaged(err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return nil, nil, damaged(err)
		}
		switch {
		case p.FormName() == "upload" && p.FileName() != "":
			file = append([]byte{}, b...)
		case p.FileName() != "":
			return nil, nil, fault.New(fault.Unsupported, "This form takes one file only. Nothing was loaded.")
		case !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0:
			return nil, nil, fault.New(fault.BadRequest, "Some characters arrived in an unknown encoding, so nothing was loaded. Please send it as UTF-8.")
		default:
			values.Add(p.FormName(), string(b))
		}
	}
	return web.FormOf(values), file, nil
}

// damaged says what was wrong with what arrived.
func damaged(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fault.New(fault.TooLarge, tooLarge)
	}
	return fault.New(fault.BadRequest, "The form arrived damaged, so nothing was loaded. Please send it again.")
}
