package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"held/practice/measures"
	"held/rules/scoring"
)

// maxAnswers bounds what is read as one set of answers.
const maxAnswers = 64 << 10

// measuresList prints the instruments that come with Held.
func measuresList(_ context.Context, e *env, args []string) error {
	fs := flags(e, "measures list", "")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	all, err := measures.Shipped()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	for _, in := range all {
		wording := "wording included"
		if !in.Wording() {
			wording = "structure and scoring only"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", in.ID, in.Version, in.Licence.Name, wording, measures.Filled(in))
	}
	return w.Flush()
}

// measuresScore reads one set of answers from standard input and prints what
// they come to.
func measuresScore(_ context.Context, e *env, args []string) error {
	fs := flags(e, "measures score", "ID")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	in, err := measures.Find(fs.Arg(0))
	if err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(e.in, maxAnswers))
	if err != nil {
		return fmt.Errorf("the answers could not be read: %w", err)
	}
	a, err := measures.Read(b)
	if err != nil {
		return err
	}
	r, err := scoring.Score(in, a.Answers)
	if err != nil {
		return err
	}
	return json.NewEncoder(e.out).Encode(measures.ReportOf(r))
}

// measuresQuestionnaire prints an instrument in FHIR.
func measuresQuestionnaire(_ context.Context, e *env, args []string) error {
	fs := flags(e, "measures questionnaire", "ID")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	in, err := measures.Find(fs.Arg(0))
	if err != nil {
		return err
	}
	b, err := measures.Questionnaire(in)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s\n", b)
	return err
}
