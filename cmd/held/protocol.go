package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"held/rules/protocol"
)

// exampleNote stands in every printed example.
const exampleNote = "Published examples and project defaults, to look at and to try things with. Nobody has signed this; it is no protocol of any practice."

// protocolExample prints a protocol made of published examples, marked unsigned.
func protocolExample(_ context.Context, e *env, args []string) error {
	fs := flags(e, "protocol example", "")
	of := fs.String("medicine", "ketamine_im", "medicine and route: "+medicineKeys())
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	m := protocol.Medicine(*of)
	if !m.Known() {
		return misuse{fmt.Sprintf("knows no medicine %q; there are %s", *of, medicineKeys())}
	}
	return protocol.File{Status: protocol.Unsigned, Note: exampleNote, Document: *protocol.ExampleOf(m)}.Write(e.out)
}

func medicineKeys() string {
	var out []string
	for _, m := range protocol.Medicines {
		out = append(out, m.Value)
	}
	return strings.Join(out, ", ")
}

// protocolLimit is how much of a protocol or a case is read.
const protocolLimit = 1 << 20

// protocolEvaluate reads one case from standard input by a protocol, with the
// code that the pages use and without a database.
func protocolEvaluate(_ context.Context, e *env, args []string) error {
	fs := flags(e, "protocol evaluate", "")
	path := fs.String("protocol", "", "the `FILE` with the protocol, as held protocol example or the desk's export writes it")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	if *path == "" {
		return misuse{"needs --protocol: the file with the protocol. The case comes in on standard input"}
	}
	f, err := os.Open(*path) // #nosec -- the operator's own choice
	if err != nil {
		return fmt.Errorf("the protocol could not be read: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, protocolLimit))
	if err != nil {
		return fmt.Errorf("the protocol could not be read: %w", err)
	}
	d, err := protocol.Decode(text)
	if err == nil {
		if bad := d.Check(); len(bad) > 0 {
			err = bad
		}
	}
	if err != nil {
		return fmt.Errorf("%s is no protocol that holds together:\n%s", *path, faultLines(err))
	}
	if e.in == nil {
		return errors.New("there is no case on standard input")
	}
	c, err := protocol.ReadCase(io.LimitReader(e.in, protocolLimit))
	if err != nil {
		return err
	}
	out := json.NewEncoder(e.out)
	out.SetEscapeHTML(false)
	return out.Encode(d.Evaluate(c))
}

// faultLines are the faults of a document, one a line.
func faultLines(err error) string {
	var bad protocol.Faults
	if !errors.As(err, &bad) {
		return err.Error()
	}
	var out []string
	for _, b := range bad {
		out = append(out, "  "+b.String())
	}
	return strings.Join(out, "\n")
}
