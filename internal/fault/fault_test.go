package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"held/internal/fault"
)

func TestEveryKindHasAStatus(t *testing.T) {
	seen := map[int]bool{}
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if s := k.Status(); s < 400 || s > 599 || seen[s] {
			t.Errorf("kind %d answers with %d", k, s)
		}
		seen[k.Status()] = true
	}
}

func TestAnUnknownErrorGivesNothingAway(t *testing.T) {
	cause := errors.New("relation people_persons: wren@example.org")
	e := fault.Of(cause)
	if e.Kind != fault.Internal || strings.Contains(e.Sentence, "wren") || !errors.Is(e, cause) {
		t.Errorf("%+v", e)
	}
	if fault.Of(nil) != nil || fault.Is(nil, fault.Internal) || fault.Is(cause, fault.Internal) {
		t.Error("a fault where there is none")
	}
}

func TestARefusalIsFoundInsideOthers(t *testing.T) {
	e := fault.New(fault.Gone, "It has ended.")
	wrapped := fmt.Errorf("while booking: %w", errors.Join(errors.New("x"), e))
	if fault.Of(wrapped) != e || !fault.Is(wrapped, fault.Gone) || fault.Is(wrapped, fault.Taken) {
		t.Errorf("%v", fault.Of(wrapped))
	}
}

func TestACauseIsForTheOperatorOnly(t *testing.T) {
	plain := fault.New(fault.Taken, "Somebody was first.")
	cause := errors.New("23505")
	with := plain.With(cause)
	if with.Sentence != plain.Sentence || !errors.Is(with, cause) || errors.Is(plain, cause) || !strings.Contains(with.Error(), "23505") {
		t.Errorf("%v, %v", plain, with)
	}
}

func TestTheFirstWordAboutAFieldStands(t *testing.T) {
	e := fault.Field("name", "first").AddField("name", "second").AddField("email", "third")
	if e.Kind != fault.Invalid || len(e.Fields) != 2 || e.Fields["name"] != "first" {
		t.Errorf("%+v", e)
	}
}
