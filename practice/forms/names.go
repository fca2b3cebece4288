package forms

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"held/internal/ui"
	who "held/rules/names"
	"held/rules/questionnaire"
)

// namesSeen is what may be the names of others, by the key of the question in
// whose answer they stand.
type namesSeen map[string][]string

// maxFine bounds how many names a page may bring along as those that may stay.
const maxFine = 200

// heldBack takes out of what is to be kept each text in which somebody else may
// be named, unless whoever wrote it has said that it may stay. The others are
// kept as they would be: an answer that may mean danger never waits for this.
func (s *Service) heldBack(ctx context.Context, f *Filling, form url.Values, c Changes) (namesSeen, error) {
	if s.Names == nil || !s.Names(f.Key) {
		return nil, nil
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	fine := form["fine"]
	out := namesSeen{}
	for k, all := range c {
		if found := who.Seen(ownWords(all), st.Lang, fine[:min(len(fine), maxFine)]); len(found) > 0 {
			out[k.String()] = found
			delete(c, k)
		}
	}
	return out, nil
}

// ownWords are the words of an answer that somebody wrote themselves.
func ownWords(all []questionnaire.Answer) string {
	var out []string
	for _, a := range all {
		out = append(out, a.String)
	}
	return strings.Join(out, "\n")
}

// fine are the names that may stay when a page that asks is sent once more.
func (n namesSeen) fine(typed url.Values) []string {
	out := slices.Clone(typed["fine"])
	for _, found := range n {
		out = append(out, found...)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxFine)]
}

// namesWords ask about what may be somebody's name.
func namesWords(found []string) string {
	return "This may be somebody's name: " + inQuotes(found) + ". Another word for them keeps their story theirs: “a man I work with”. What you wrote here is still on this page and is not kept yet. Change it, or go on as it is: it is asked once only."
}

func inQuotes(all []string) string {
	var out []string
	for _, n := range all {
		out = append(out, "“"+n+"”")
	}
	return strings.Join(out, ", ")
}

// namesProblems lead to each question that is asked about.
func (d *drawer) namesProblems() (out []ui.Problem) {
	d.q.All(func(i *questionnaire.Item) bool {
		for row := range questionnaire.MaxRows {
			if found := d.names[questionnaire.Key{LinkID: i.LinkID, Row: row}.String()]; len(found) > 0 {
				out = append(out, ui.Problem{ID: d.id(i, row), Sentence: label(i) + ": this may be somebody's name: " + inQuotes(found) + "."})
			}
			if i.Rows() == nil {
				break
			}
		}
		return true
	})
	return out
}
