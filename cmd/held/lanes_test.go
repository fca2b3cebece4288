package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"held/internal/db"
	"held/practice/access"
	"held/practice/notes"
	"held/practice/people"
)

const (
	secondGuide     access.Role = "guide2+team"
	secondPresc     access.Role = "presc2+team"
	glassPrescriber access.Role = "presc+glass"
)

// laneCallers are everybody who may try a note, by role and by what they are to
// the client: on the team, with the record opened for a reason, or neither.
var laneCallers = []access.Role{
	"nobody", anotherClient, access.Client, access.Attendant, access.Coordinator, access.Prescriber, access.Guide,
	teamAttendant, weakGuide, glassGuide, glassPrescriber, secondGuide, secondPresc, teamGuide, teamPrescriber,
}

// lanes is a practice in which two guides and two prescribers care for one client.
type lanes struct {
	*knocker
	client db.ID
	n      int
}

func newLanes(t *testing.T) *lanes {
	t.Helper()
	l := &lanes{knocker: newKnocker(t)}
	l.client = l.actors[access.Client].Person
	ctx := l.h.as(t.Context(), access.Operator)
	for as, role := range map[access.Role]access.Role{secondGuide: access.Guide, secondPresc: access.Prescriber, glassPrescriber: access.Prescriber} {
		p := people.Person{Name: "Only a " + string(as), Contact: strings.ReplaceAll(string(as), "+", "-") + "@example.org", Zone: "Europe/Lisbon", Roles: []access.Role{role}}
		err := l.h.db.Write(ctx, func(tx *db.Tx) (err error) {
			p, err = l.h.people.Add(ctx, tx, p)
			return err
		})
		l.ok(err)
		l.comes(as, p)
		b := newBrowser(t, l.base)
		l.signIn(b, l.actors[as])
		l.browser[as] = b
		if as == glassPrescriber {
			l.ok(l.h.people.Break(access.With(ctx, l.actors[as]), l.client, access.Covering, "Trying every note."))
			continue
		}
		l.ok(l.h.people.Assign(ctx, l.client, p.ID, role))
	}
	return l
}

func (l *lanes) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// ctx is somebody who has just shown who they are.
func (l *lanes) ctx(as access.Role) context.Context {
	a := l.actors[as]
	return access.With(l.t.Context(), l.h.sessions.Actor(people.Session{Person: a.Person, Roles: a.Roles, Strong: true, Proved: l.h.now()}))
}

// writerOf is who writes into a lane.
func writerOf(lane notes.Lane) access.Role {
	if lane == notes.LaneChart {
		return teamPrescriber
	}
	return teamGuide
}

// note makes one of a lane, in a state, with a word that no other has.
func (l *lanes) note(lane notes.Lane, state notes.State) (id db.ID, word string) {
	l.t.Helper()
	l.n++
	word = fmt.Sprintf("needle%s%s%d", lane, state, l.n)
	by := l.ctx(writerOf(lane))
	id, err := l.h.notes.Begin(by, notes.Start{Client: l.client, Lane: lane})
	l.ok(err)
	n, err := l.h.notes.Keep(by, id, 1, "needles and "+word, false)
	l.ok(err)
	if state != notes.Draft {
		n, err = l.h.notes.Sign(by, id, n.Revision)
		l.ok(err)
	}
	if lane == notes.LaneBridge && state == notes.Signed {
		n, err = l.h.notes.Sign(l.ctx(teamPrescriber), id, n.Revision)
		l.ok(err)
	}
	if n.State != state && state != notes.Draft {
		l.t.Fatalf("%s is %s, not %s", lane, n.State, state)
	}
	return id, word
}

// tries are every way to a note. What would change one is tried on a new one
// each time; what keeps or signs a text names a revision that there is not.
var tries = []struct {
	pattern string
	fresh   bool
	pairs   []string
}{
	{"GET /desk/notes/{id}", false, nil},
	{"GET /desk/notes/{id}/sign", false, nil},
	{"GET /desk/notes/{id}/print", false, nil},
	{"POST /desk/notes/{id}", false, []string{"revision", "999", "text", "Over it."}},
	{"POST /desk/notes/{id}/sign", false, []string{"revision", "999"}},
	{"POST /desk/notes/{id}/hold", true, []string{"code", "harm", "why", "Trying."}},
	{"POST /desk/notes/{id}/release", true, nil},
	{"POST /desk/notes/{id}/addenda", true, nil},
	{"POST /desk/notes/{id}/take-back", true, nil},
	{"POST /desk/notes/{id}/remove", true, nil},
	{"GET /space/notes/{id}", false, nil},
}

var laneStates = []struct {
	lane  notes.Lane
	state notes.State
}{
	{notes.LaneProcess, notes.Draft}, {notes.LaneProcess, notes.Signed},
	{notes.LaneProgress, notes.Draft}, {notes.LaneProgress, notes.Signed},
	{notes.LaneChart, notes.Draft}, {notes.LaneChart, notes.Signed},
	{notes.LaneBridge, notes.Draft}, {notes.LaneBridge, notes.Proposed}, {notes.LaneBridge, notes.Signed},
}

// TestEveryWayToANote tries every route of a note as everybody, in every lane
// and state, and keeps what each got as a page that a person can read. Whoever
// was refused read nothing of it.
func TestEveryWayToANote(t *testing.T) {
	t.Parallel()
	l := newLanes(t)
	var out strings.Builder
	fmt.Fprintf(&out, "guide+team wrote process, progress and bridge, presc+team the chart.\n\n%-42s", "way")
	for _, as := range laneCallers {
		fmt.Fprintf(&out, " %-11s", as)
	}
	for _, at := range laneStates {
		fmt.Fprintf(&out, "\n\n%s, %s", strings.ToUpper(string(at.lane)), at.state)
		id, secret := l.note(at.lane, at.state)
		for _, try := range tries {
			fmt.Fprintf(&out, "\n%-42s", try.pattern)
			for _, as := range laneCallers {
				if try.fresh {
					id, secret = l.note(at.lane, at.state)
				}
				a := l.try(as, try.pattern, id, try.pairs)
				fmt.Fprintf(&out, " %-11s", word(a))
				if a.status != http.StatusOK && a.status != http.StatusConflict && strings.Contains(a.body, secret) {
					t.Errorf("%s: %s as %s answers %d and shows the text", at.lane, try.pattern, as, a.status)
				}
			}
		}
	}
	laneGolden(t, "lanes.golden", out.String())
}

func (l *lanes) try(as access.Role, pattern string, id db.ID, pairs []string) answer {
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.Replace(path, "{id}", id.String(), 1)
	if method == http.MethodGet {
		return l.as(as).get(path)
	}
	return l.as(as).post(path, pairs...)
}

func laneGolden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile(` +(\n|$)`).ReplaceAllString(got+"\n", "$1")
	file := filepath.Join("testdata", name)
	if *update {
		write(t, file, got)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not what %s says; look at it, then run with -update\n%s", file, got)
	}
}

// TestListsAndSearchesOpenWhatOneMayRead: each sees in lists and in searches the
// notes that would open to them, and no word of any other.
func TestListsAndSearchesOpenWhatOneMayRead(t *testing.T) {
	t.Parallel()
	l := newLanes(t)
	type made struct {
		id   db.ID
		word string
		name string
	}
	var all []made
	for _, at := range laneStates {
		id, word := l.note(at.lane, at.state)
		all = append(all, made{id, word, string(at.lane) + "/" + string(at.state)})
	}
	pages := []string{
		"/desk/people/" + l.client.String() + "/notes", "/desk/people/" + l.client.String() + "/notes?q=NEEDLES", "/desk/notes?q=needles", "/desk/notes",
		"/desk/people/" + l.client.String(), "/desk", "/space/notes", "/desk/appointments/" + l.ids["/desk/appointments/"] + "/session",
	}
	for _, as := range laneCallers {
		for _, page := range pages {
			body := l.as(as).get(page).body
			for _, m := range all {
				opens := l.as(as).get("/desk/notes/"+m.id.String()).status == http.StatusOK
				if !opens && (strings.Contains(body, m.word) || strings.Contains(body, "/desk/notes/"+m.id.String())) {
					t.Errorf("%s reads of %s on %s", as, m.name, page)
				}
				finds := strings.Contains(body, m.word)
				// For whom it was opened for a reason, only on the client's own page.
				if glass := as == glassGuide || as == glassPrescriber; strings.Contains(page, "q=") && opens && !finds && (!glass || strings.Contains(page, "people")) {
					t.Errorf("%s does not find %s on %s", as, m.name, page)
				}
			}
		}
	}
	trail := l.as(access.Client).page("/space/looks")
	if !strings.Contains(trail, "read your notes in a search") {
		t.Error("the client does not see that their notes were searched")
	}
	for _, m := range all {
		if strings.Contains(trail, m.word) {
			t.Errorf("the trail holds words of %s", m.name)
		}
	}
}

// TestNothingMovesBetweenLanes: there is no way to name another lane, another
// client or another note's text where a note is written.
func TestNothingMovesBetweenLanes(t *testing.T) {
	t.Parallel()
	l := newLanes(t)
	own, secret := l.note(notes.LaneProcess, notes.Draft)
	chart, _ := l.note(notes.LaneChart, notes.Draft)
	signed, _ := l.note(notes.LaneChart, notes.Signed)
	begin := "/desk/people/" + l.client.String() + "/notes"
	for _, c := range []struct {
		as    access.Role
		path  string
		pairs []string
	}{
		{teamPrescriber, begin, []string{"begin", "chart/" + own.String()}},
		{teamGuide, begin, []string{"begin", "bridge/" + own.String()}},
		{teamGuide, begin, []string{"begin", "bridge/own-session"}},
		{teamPrescriber, begin, []string{"begin", "process/"}},
		{teamGuide, begin, []string{"begin", "chart/"}},
		{teamPrescriber, "/desk/notes/" + chart.String(), []string{"revision", "2", "text", "T", "note", own.String()}},
		{teamGuide, "/desk/notes/" + own.String(), []string{"revision", "2", "text", "T", "lane", "bridge"}},
		{teamPrescriber, "/desk/notes/" + own.String(), []string{"revision", "2", "text", "T"}},
		{teamGuide, "/desk/notes/" + signed.String() + "/addenda", nil},
		{teamPrescriber, "/desk/notes/" + own.String() + "/addenda", nil},
		{teamGuide, "/desk/notes/templates", []string{"lane", "progress", "title", "T", "headings", strings.Repeat("A whole paragraph of somebody's note. ", 5)}},
		{teamGuide, "/desk/notes/templates", []string{"lane", "chart", "title", "T", "headings", "H"}},
		{teamGuide, "/desk/notes/templates", []string{"lane", "bridge", "key", own.String(), "title", "T", "headings", "H"}},
	} {
		if a := l.as(c.as).post(c.path, c.pairs...); a.status < 400 {
			t.Errorf("%s: POST %s %v answers %d", c.as, c.path, c.pairs, a.status)
		}
	}
	for _, as := range []access.Role{teamPrescriber, secondPresc, secondGuide} {
		if body := l.as(as).page(begin); strings.Contains(body, secret) || strings.Contains(body, "Process note</td>") {
			t.Errorf("%s sees a process note of somebody else's", as)
		}
	}
	r, err := l.h.notes.Get(l.ctx(teamPrescriber), chart)
	if err != nil || strings.Contains(r.Text, secret) {
		t.Errorf("the chart: %q, %v", r.Text, err)
	}
}

// TestTheRecordIsShownAndProcessNotesAreNot: what is signed stands in the
// client's space and in what they take along at once; what is held back is
// counted; the guide's own notes are no part of either, nor of an export.
func TestTheRecordIsShownAndProcessNotesAreNot(t *testing.T) {
	t.Parallel()
	l := newLanes(t)
	words := map[string]string{}
	for _, at := range laneStates {
		_, words[string(at.lane)+" "+string(at.state)] = l.note(at.lane, at.state)
	}
	held, heldWord := l.note(notes.LaneChart, notes.Signed)
	doctor := l.as(teamPrescriber)
	doctor.filled("/desk/notes/"+held.String(), "/desk/notes/"+held.String()+"/hold", "code", "harm", "why", "A sentence for the record.")
	if body := doctor.page("/desk/notes/" + held.String()); !strings.Contains(body, "A sentence for the record.") || !strings.Contains(body, "Held back") {
		t.Error("the reason does not stand with the note at the desk")
	}
	wren := l.as(access.Client)
	list := wren.page("/space/notes")
	shown := list
	for _, m := range regexp.MustCompile(`/space/notes/[0-9a-f-]{36}`).FindAllString(list, -1) {
		shown += wren.page(m)
	}
	along, _ := unpacked(t, wren.post("/space/leaving/take").body)
	for _, place := range []struct{ name, text string }{{"the space", shown}, {"what is taken along", along}} {
		for what, word := range words {
			signed := strings.HasSuffix(what, "signed") && !strings.HasPrefix(what, "process")
			if strings.Contains(place.text, word) != signed {
				t.Errorf("%s in %s: %v", what, place.name, !signed)
			}
		}
		if strings.Contains(place.text, heldWord) || strings.Contains(place.text, "A sentence for the record.") {
			t.Errorf("what is held back stands in %s", place.name)
		}
	}
	if a := wren.get("/space/notes/" + held.String()); a.status != http.StatusNotFound {
		t.Errorf("what is held back opens: %d", a.status)
	}
	doctor.filled("/desk/notes/"+held.String(), "/desk/notes/"+held.String()+"/release")
	if body := wren.page("/space/notes/" + held.String()); !strings.Contains(body, heldWord) {
		t.Error("what is shown again is not there")
	}
}
