package care

import (
	"testing"

	"held/internal/ui"
	"held/practice/access"
	"held/practice/people"
)

func TestTheLineMarksOnePlace(t *testing.T) {
	line := Line(people.StepPreparation)
	if len(line) != len(Path) {
		t.Fatalf("%d steps on the line, %d on the path", len(line), len(Path))
	}
	for i, s := range line {
		want := ui.Ahead
		switch at := index(people.StepPreparation); {
		case i < at:
			want = ui.Done
		case i == at:
			want = ui.Now
		}
		if s.State != want {
			t.Errorf("%s is %v, want %v", s.Label, s.State, want)
		}
	}
}

func TestNextFollowsThePath(t *testing.T) {
	for i, s := range Path {
		next, ok := Next(s.Key)
		if last := i == len(Path)-1; ok == last || !last && next.Key != Path[i+1].Key {
			t.Errorf("after %s comes %q, %v", s.Key, next.Key, ok)
		}
	}
	if _, ok := Next("nowhere"); ok {
		t.Error("something follows nowhere")
	}
}

func TestTheFrontDeskMovesNobodyPastTheConsultation(t *testing.T) {
	as := func(r access.Role) access.Actor { return access.Actor{Roles: []access.Role{r}, Via: access.Session} }
	for _, s := range Path {
		early := s.Key == people.StepInquiry || s.Key == people.StepConsultation
		if got := maySetStep(as(access.Coordinator), s.Key); got != early {
			t.Errorf("the coordinator to %s: %v", s.Key, got)
		}
		if !maySetStep(as(access.Guide), s.Key) {
			t.Errorf("the guide may not say %s", s.Key)
		}
		if got, all := len(stepOptions(as(access.Coordinator), s.Key)), len(stepOptions(as(access.Guide), s.Key)); all != len(Path)+1 || early && got != 3 || !early && got != 0 {
			t.Errorf("at %s the front desk is offered %d steps, the guide %d", s.Key, got, all)
		}
	}
}
