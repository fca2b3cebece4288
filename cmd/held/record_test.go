package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"held/care/medicine"
	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/rules/timeline"
)

// sessionTest is a medicine session of the demo's client whose room is open, and
// the devices in it.
type sessionTest struct {
	*gateTest
	seq map[string]int64
	ids map[string]string
}

func newSessionTest(t *testing.T) *sessionTest {
	t.Helper()
	s := &sessionTest{gateTest: newGateTest(t), seq: map[string]int64{}, ids: map[string]string{}}
	s.bring(bothKeys)
	s.must(s.h.medicine.Open(s.acting(teamAttendant), s.session))
	return s
}

// enter has somebody's device send one entry.
func (s *sessionTest) enter(as access.Role, device, key string, kind timeline.Kind, body any, change ...func(*timeline.Entry)) {
	s.t.Helper()
	if s.ids["device "+device] == "" {
		s.ids["device "+device] = db.NewID().String()
	}
	s.seq[device]++
	raw, err := json.Marshal(body)
	s.must(err)
	none := int64(0)
	e := timeline.Entry{
		ID: db.NewID().String(), Session: s.session.String(), Device: s.ids["device "+device], Seq: s.seq[device], Kind: kind, Taken: s.h.now(), Entered: s.h.now(), Offset: &none, Body: raw,
	}
	for _, c := range change {
		c(&e)
	}
	s.ids[key] = e.ID
	kept, err := s.h.medicine.Add(s.acting(as), s.session, medicine.Batch{Device: e.Device, Sent: s.h.now(), Entries: []timeline.Entry{e}})
	s.must(err)
	if len(kept.Refused) > 0 {
		s.t.Fatalf("refused: %+v", kept.Refused)
	}
}

type vitalsOf map[string]any

// happen is a short session: a dose, readings of which one is corrected, words,
// touch, and its end.
func (s *sessionTest) happen() {
	s.t.Helper()
	s.enter(teamGuide, "phone", "here", timeline.Present, map[string]any{"who": "Mara", "role": "guide", "action": "arrived"})
	s.enter(teamAttendant, "tablet", "first", timeline.Vitals, vitalsOf{"systolic": 124, "diastolic": 78, "pulse": 70, "oxygen": 98, "breaths": 14, "moaas": 5})
	s.enter(teamAttendant, "tablet", "dose", timeline.Dose, map[string]any{"medicine": "ketamine_im", "route": "IM", "mg": 70, "lot": "K-118"})
	s.enter(teamAttendant, "tablet", "wrong", timeline.Vitals, vitalsOf{"systolic": 214, "diastolic": 84})
	s.enter(teamAttendant, "tablet", "right", timeline.Vitals, vitalsOf{"systolic": 124, "diastolic": 84, "pulse": 80, "dissociation": 2, "moaas": 4}, func(e *timeline.Entry) { e.Supersedes = s.ids["wrong"] })
	s.enter(teamGuide, "phone", "said", timeline.Said, map[string]any{"words": "The river knows <me> & I know it."})
	s.enter(teamGuide, "phone", "said too", timeline.Said, map[string]any{"words": "My hands are warm."})
	s.enter(teamGuide, "phone", "touch", timeline.Touch, map[string]any{"asked": "A hand on the shoulder?", "answer": "yes"})
	s.enter(teamGuide, "phone", "event", timeline.Event, map[string]any{"code": "crying"})
	s.enter(teamAttendant, "tablet", "last", timeline.Vitals, vitalsOf{"systolic": 120, "diastolic": 76, "pulse": 72, "oxygen": 98, "breaths": 14, "moaas": 5, "dissociation": 0})
	s.enter(teamAttendant, "tablet", "walks", timeline.Check, map[string]any{"item": "walks", "value": true})
	s.end()
}

func (s *sessionTest) end() { s.endBy(teamAttendant) }

// endBy ends it in the simplest way: they leave, and nothing is met.
func (s *sessionTest) endBy(as access.Role) {
	s.t.Helper()
	s.must(s.h.medicine.LeaveAgainstAdvice(s.acting(as), s.session, medicine.Against{Said: "They wanted to go, and were told what was missing.", Told: "Nour, by telephone", Alone: true, Signed: "Ilan"}))
	seat, err := s.h.medicine.Seat(s.acting(teamGuide), s.h.db.Reader(), s.session)
	s.must(err)
	if seat.Ended.IsZero() {
		s.t.Fatal("a session that was said to have ended goes on")
	}
}

func (s *sessionTest) record() *medicine.Record {
	s.t.Helper()
	r, err := s.h.medicine.Record(s.acting(teamGuide), s.h.db.Reader(), s.session)
	s.must(err)
	return r
}

func (s *sessionTest) sign(as access.Role, part medicine.Part) {
	s.t.Helper()
	s.must(s.h.medicine.Sign(s.acting(as), s.session, part, s.record().Digest, ""))
}

func (s *sessionTest) signAll() {
	s.t.Helper()
	s.sign(teamPrescriber, access.Prescriber)
	s.sign(teamGuide, access.Guide)
	s.sign(teamAttendant, access.Attendant)
}

// says proves everything, and gives what is said or what is refused.
func (s *sessionTest) proves() string {
	s.t.Helper()
	var out bytes.Buffer
	if err := s.h.proveSessions(s.h.as(s.t.Context(), access.Operator), &env{out: &out, err: &out}, s.session); err != nil {
		return "refused: " + err.Error()
	}
	return out.String()
}

func refusedAs(t *testing.T, err error, k fault.Kind, words string) {
	t.Helper()
	if e := fault.Of(err); e == nil || e.Kind != k || !strings.Contains(e.Sentence+fmt.Sprint(e.Fields), words) {
		t.Errorf("said %v, want %v with %q", err, k, words)
	}
}

// TestASessionIsSignedByEachRoleAndThenSealed, and takes additions only.
func TestASessionIsSignedByEachRoleAndThenSealed(t *testing.T) {
	t.Parallel()
	s := newSessionTest(t)
	m := s.h.medicine
	refusedAs(t, m.Sign(s.acting(teamPrescriber), s.session, access.Prescriber, s.record().Digest, ""), fault.Taken, "not ended")
	s.happen()
	refusedAs(t, m.Sign(s.acting(teamPrescriber), s.session, access.Prescriber, "0000", ""), fault.Taken, "since you opened")
	refusedAs(t, m.Sign(s.acting(teamPrescriber), s.session, access.Guide, s.record().Digest, ""), fault.Forbidden, "role")
	refusedAs(t, m.Append(s.acting(teamGuide), s.session, "Too early."), fault.Taken, "not sealed yet")
	s.sign(teamPrescriber, access.Prescriber)
	before := s.record().Digest
	// Something comes after the first signature: it stands no more, and the page says so.
	s.enter(teamGuide, "phone", "late", timeline.Note, map[string]any{"words": "One more thing."})
	if s.record().Digest == before {
		t.Fatal("an entry was added, and what is signed is the same")
	}
	page := s.as(teamPrescriber).get("/room/" + s.session.String() + "/sign").body
	if !strings.Contains(page, "something came after") {
		t.Error("the page does not say that a signature is to be given again")
	}
	s.signAll()
	r := s.record()
	if r.Sealed.IsZero() || !r.Whole() {
		t.Fatalf("every part is signed and the session is not sealed: %+v", r.PartStates())
	}
	kept, err := m.Add(s.acting(teamGuide), s.session, medicine.Batch{Device: s.ids["device phone"], Entries: []timeline.Entry{{
		ID: db.NewID().String(), Session: s.session.String(), Device: s.ids["device phone"], Seq: 99, Kind: timeline.Note, Taken: s.h.now(), Entered: s.h.now(), Body: json.RawMessage(`{"words":"x"}`)}}})
	if err != nil || len(kept.Refused) != 1 {
		t.Errorf("a sealed session took an entry: %+v %v", kept, err)
	}
	s.must(m.Append(s.acting(teamGuide), s.session, "They rang in the evening: they slept."))
	again := s.record()
	if len(again.Addenda()) != 1 || again.Digest != r.Digest || len(again.Loose) != 0 {
		t.Errorf("%d addenda, digest the same: %v, loose %d", len(again.Addenda()), again.Digest == r.Digest, len(again.Loose))
	}
	if said := s.proves(); !strings.Contains(said, "1 sessions holds, of which 1 are sealed") || !strings.Contains(said, "1 addenda") {
		t.Errorf("said %q", said)
	}
}

// TestAPartInWhoseRoleNobodyTookPartIsThePrescribers and is said to be.
func TestAPartInWhoseRoleNobodyTookPartIsThePrescribers(t *testing.T) {
	t.Parallel()
	s := newSessionTest(t)
	s.enter(teamPrescriber, "laptop", "dose", timeline.Dose, map[string]any{"medicine": "ketamine_im", "mg": 70})
	s.endBy(teamPrescriber)
	s.sign(teamPrescriber, access.Prescriber)
	r := s.record()
	if r.Sealed.IsZero() {
		t.Fatal("the one part that is asked is signed, and the session is not sealed")
	}
	if m := r.PartStates()[0].By.Meaning; !strings.Contains(m, "Nobody took part as guide") || !strings.Contains(m, "Nobody took part as attendant") {
		t.Errorf("signed: %q", m)
	}
}

// TestADeviceThatHasNotSentEverythingIsWaitedForOrAReasonIsGiven.
func TestADeviceThatHasNotSentEverythingIsWaitedForOrAReasonIsGiven(t *testing.T) {
	t.Parallel()
	s := newSessionTest(t)
	s.seq["laptop"] = 2 // two entries of it are still on the device
	s.enter(teamPrescriber, "laptop", "dose", timeline.Dose, map[string]any{"medicine": "ketamine_im", "mg": 70})
	s.endBy(teamPrescriber)
	digest := s.record().Digest
	refusedAs(t, s.h.medicine.Sign(s.acting(teamPrescriber), s.session, access.Prescriber, digest, ""), fault.Invalid, "has not sent everything")
	s.must(s.h.medicine.Sign(s.acting(teamPrescriber), s.session, access.Prescriber, digest, "The laptop fell into the sea."))
	if g := s.record().All[0]; g.Waits != "The laptop fell into the sea." {
		t.Errorf("signed with %q", g.Waits)
	}
}

// TestWordsThatAreTakenAwayLeaveTheSignaturesValid and nothing of themselves.
func TestWordsThatAreTakenAwayLeaveTheSignaturesValid(t *testing.T) {
	t.Parallel()
	s := newSessionTest(t)
	s.happen()
	s.signAll()
	client := s.as(access.Client)
	page := client.get("/space/said").body
	if !strings.Contains(page, "My hands are warm.") || !strings.Contains(page, "The river knows &lt;me&gt;") {
		t.Fatal("the client does not see what they said")
	}
	said, kept := s.ids["said"], s.ids["said too"]
	for _, as := range []access.Role{teamGuide, access.Owner} { // nobody does it for them
		a := s.as(as).post("/space/said/" + said + "/remove")
		if a.status < 400 {
			t.Errorf("%s took a client's words away: %d", as, a.status)
		}
	}
	for path, want := range map[string]int{"/space/said/" + kept + "/keep": http.StatusSeeOther, "/space/said/" + said + "/remove": http.StatusSeeOther} {
		if a := client.post(path); a.status != want {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := client.post("/space/said/" + said + "/keep"); a.status != http.StatusGone {
		t.Errorf("words that are gone were kept: %d", a.status)
	}
	page = s.as(teamGuide).get("/room/" + s.session.String() + "/record").body
	if strings.Contains(page, "The river knows") || !strings.Contains(page, "Words removed by the person") || !strings.Contains(page, "My hands are warm.") {
		t.Error("the record does not show what was removed and what was kept")
	}
	if said := s.proves(); !strings.Contains(said, "1 are there and 1 were taken away by them") {
		t.Errorf("said %q", said)
	}
	taken := []byte(s.as(teamGuide).get("/room/" + s.session.String() + "/record.json").body)
	var out bytes.Buffer
	if _, err := proveSession(&env{out: &out, err: &out}, taken, nil); err != nil || !strings.Contains(out.String(), "1 are there and 1 were taken away") {
		t.Errorf("said %q, %v", out.String(), err)
	}
}

// TestARecordThatWasAlteredIsNamed, in a file and in the database.
func TestARecordThatWasAlteredIsNamed(t *testing.T) {
	t.Parallel()
	s := newSessionTest(t)
	s.happen()
	s.signAll()
	whole := s.as(teamGuide).get("/room/" + s.session.String() + "/record.json").body
	for name, c := range map[string]struct{ old, new, said string }{
		"a dose":       {`"mg": 70`, `"mg": 7`, "is not the one whose SHA-256"},
		"a word":       {"My hands are warm.", "My hands are cold.", "not those that were digested"},
		"a signer":     {"name Only a", "name Never a", "its signature does not hold"},
		"a place":      {`"seq": 2`, `"seq": 3`, "is not"},
		"another form": {"held medicine session record 1", "another", "no record of a medicine session"},
	} {
		if !strings.Contains(whole, c.old) {
			t.Fatalf("%s: the record has no %q", name, c.old)
		}
		p, err := medicine.VerifyFile([]byte(strings.Replace(whole, c.old, c.new, 1)))
		if got := fmt.Sprint(err, p.Broken); !strings.Contains(got, c.said) {
			t.Errorf("%s was altered, and said: %s", name, got)
		}
	}
	for name, c := range map[string]struct{ sql, said string }{
		"an entry's time":     {`UPDATE medicine_entries SET taken_at = taken_at + 60000000 WHERE id = $1`, "is not as it was signed"},
		"a signature's place": {`UPDATE medicine_signatures SET part = 'guide' WHERE part = 'attendant' AND $1 IS NOT NULL`, "something else than its row"},
	} {
		s.must(s.h.db.Write(s.h.system(t.Context()), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), c.sql, mustID(t, s.ids["last"]))
			return err
		}))
		if said := s.proves(); !strings.Contains(said, c.said) {
			t.Errorf("%s was altered, and said: %s", name, said)
		}
	}
}

// TestARecordOpensToTheCareTeamAndNobodyElse.
func TestARecordOpensToTheCareTeamAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := newSessionTest(t)
	s.happen()
	for _, page := range []string{"record", "sign", "record.pdf", "summary.pdf", "record.json"} {
		for as, want := range map[access.Role]int{teamGuide: 200, teamPrescriber: 200, teamAttendant: 200, access.Coordinator: 403, access.Client: 403, weakGuide: 403} {
			a := s.as(as).get("/room/" + s.session.String() + "/" + page)
			if want == 200 && a.status != 200 || want != 200 && a.status == 200 {
				t.Errorf("%s for %s: %d", page, as, a.status)
			}
		}
	}
	if a := s.as(teamGuide).get("/room/" + s.session.String() + "/rems"); a.status != http.StatusNotFound {
		t.Errorf("the form of esketamine for another medicine: %d", a.status)
	}
	if !strings.HasPrefix(s.as(teamGuide).get("/room/"+s.session.String()+"/record.pdf").body, "%PDF-") {
		t.Error("the record is no PDF")
	}
}
