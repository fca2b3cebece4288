package devices_test

import (
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	. "held/practice/devices"
)

// devicesOf counts what is called of somebody's.
func (h *house) devicesOf(name string) int {
	h.Helper()
	all, err := h.Names(h.as(name))
	h.must(err)
	return len(all)
}

func (h *house) revoke(name string, roles ...access.Role) {
	h.Helper()
	h.People.Revoked = h.Revoked
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error {
		for _, r := range roles {
			if err := h.People.Revoke(h.ctx, tx, h.who[name].ID, r); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestWhoSignsOutEverywhereIsCalledNowhereAndReadsThat(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone, laptop, toms := h.device("Amadeu", "/a", Red), h.device("Amadeu", "/b", Red), h.device("Tomé", "/t", Red)
		h.maker.Answer(503)
		h.call("red", Red) // waits for its next try
		h.reach()
		h.maker.Answer(0)
		as := h.as("Amadeu")
		h.must(h.People.EndEverywhere(as, h.who["Amadeu"].ID, func(tx *db.Tx) error { return h.End(as, tx, h.who["Amadeu"].ID) }))
		if n := h.devicesOf("Amadeu"); n != 0 {
			t.Errorf("%d devices are still called", n)
		}
		h.clock.Add(10e9)
		h.reach()
		h.got(phone)
		h.got(laptop)
		h.got(toms, "call")
		h.must(h.Letters.Send(h.ctx))
		if len(h.mail) != 1 || !strings.Contains(h.mail[0].Text, "No device of yours is called any more") || !strings.Contains(h.mail[0].Text, Own) {
			t.Fatalf("%+v", h.mail)
		}
	})
}

func TestWhoHadNoDeviceGetsNoLetter(t *testing.T) {
	h := pushing(t, testkit.SQLite(t), Plan{})
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error { return h.End(h.ctx, tx, h.who["Tomé"].ID) }))
	h.must(h.Letters.Send(h.ctx))
	if len(h.mail) != 0 {
		t.Errorf("%+v", h.mail)
	}
}

func TestWhoLetsOneBeCalledAnewIsNotToldThatNoneIs(t *testing.T) {
	h := pushing(t, testkit.SQLite(t), Plan{})
	h.device("Amadeu", "/a", Red)
	h.must(h.DB.Write(h.ctx, func(tx *db.Tx) error { return h.End(h.ctx, tx, h.who["Amadeu"].ID) }))
	h.device("Amadeu", "/b", Red)
	h.must(h.Letters.Send(h.ctx))
	if len(h.mail) != 0 {
		t.Errorf("%+v", h.mail)
	}
}

func TestARoleThatEndsEndsItsDevices(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := pushing(t, d, Plan{})
		phone, leonors := h.device("Tomé", "/t", Red), h.device("Leonor", "/l", Red)
		h.call("red", Red)
		h.calls[0].Team = append(h.calls[0].Team, h.who["Leonor"].ID)
		h.revoke("Tomé", access.Attendant)
		h.revoke("Leonor", access.Owner)
		h.reach()
		h.got(phone)
		h.got(leonors, "call") // a guide works in rooms
		st, err := h.Status(h.ctx)
		h.must(err)
		if st.Devices != 1 {
			t.Errorf("%d devices are called", st.Devices)
		}
		h.revoke("Leonor", access.Guide)
		if st, err = h.Status(h.ctx); err != nil || st.Devices != 0 {
			t.Errorf("whoever works here no more: %d devices, %v", st.Devices, err)
		}
	})
}
