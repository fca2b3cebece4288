package medicine_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	. "held/care/medicine"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/calendar"
	"held/rules/timeline"
)

func TestSessionsOfOneHourAreHeldInOneRoom(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 3)
		_, all, err := h.Besides(h.as("attendant"), h.sessions[0])
		h.must(err)
		if len(all) != 2 || !all[0].Open || all[0].Here {
			t.Fatalf("%+v", all)
		}
		h.must(h.Together(h.as("attendant"), h.sessions[0], h.sessions[1:]))
		st, err := h.State(h.as("attendant"), h.sessions[0])
		h.must(err)
		if len(st.Seats) != 3 {
			t.Fatalf("%d seats", len(st.Seats))
		}
		// One tap for all of them.
		with := db.RandomID().String()
		var batch []timeline.Entry
		for i := range 3 {
			batch = append(batch, h.entry("attendant", i, timeline.Music, timeline.MusicBody{Action: "start"}, func(e *timeline.Entry) { e.With = with }))
		}
		h.keeps("attendant", batch...)
		for i := range 3 {
			tl := h.timeline(i)
			if len(tl.Entries) != 1 || tl.Entries[0].With != with {
				t.Errorf("seat %d: %+v", i, tl.Entries)
			}
		}
	})
}

func TestWhoCaresForOneSeesThatSeatAlone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 3)
		h.must(h.Together(h.as("attendant"), h.sessions[0], h.sessions[1:]))
		st, err := h.State(h.as("guide 1"), h.sessions[1])
		h.must(err)
		b, err := json.Marshal(st)
		h.must(err)
		if len(st.Seats) != 1 || st.Seats[0].Session != h.sessions[1] || strings.Contains(string(b), "client 0") || strings.Contains(string(b), h.sessions[2].String()) {
			t.Errorf("the guide of one sees %s", b)
		}
		if len(st.Calls) != 0 {
			t.Errorf("%+v", st.Calls)
		}
		_, err = h.State(h.as("guide 1"), h.sessions[0])
		h.refused("another seat of the room", err, fault.Forbidden)
		e := h.entry("guide 1", 0, timeline.Note, timeline.WordsBody{Words: "x"})
		k, err := h.Add(h.as("guide 1"), h.sessions[1], Batch{Device: e.Device, Entries: []timeline.Entry{e}})
		h.must(err)
		if len(k.Refused) != 1 {
			t.Errorf("an entry about another seat: %+v", k)
		}
		s := h.site()
		l := h.listen(s, "guide 1", "/room/"+h.sessions[1].String()+"/stream", "")
		theirs, mine := h.entry("attendant", 0, timeline.Vitals, calm()), h.entry("attendant", 1, timeline.Vitals, calm())
		h.keeps("attendant", theirs)
		h.keeps("attendant", mine)
		if e := h.until(l, "entry", func(string) bool { return true }); !strings.Contains(e.data, mine.ID) || strings.Contains(e.id, h.sessions[0].String()) {
			t.Errorf("the guide of one hears %+v", e)
		}
	})
}

func TestARoomOfSeveralRefusesWhoDoesNotBelong(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 3)
		for i := range 2 {
			h.prepare(i, measured(124, 78))
			h.keys(i)
		}
		h.must(h.Open(h.as("attendant"), h.sessions[0]))
		err := h.Together(h.as("attendant"), h.sessions[0], []db.ID{h.sessions[1], h.sessions[2]})
		h.refused("one gate is closed", err, fault.Taken)
		if _, err := h.Seat(h.as("attendant"), d.Reader(), h.sessions[1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("and the other came all the same: %v", err)
		}
		h.must(h.Together(h.as("attendant"), h.sessions[0], []db.ID{h.sessions[1]}))
		h.refused("a guide who cares for one", h.Together(h.as("guide 0"), h.sessions[0], []db.ID{h.sessions[1]}), fault.Forbidden)
		h.refused("nobody", h.Together(h.as("attendant"), h.sessions[0], nil), fault.Invalid)
	})
}

// regroup books everybody into one group instead, in one room and with one guide.
func (h *house) regroup() {
	h.Helper()
	room, err := h.Calendar.SaveRoom(h.ctx, calendar.Room{Name: "Large"})
	h.must(err)
	o, err := h.Calendar.SaveOffering(h.ctx, calendar.Offering{
		Name: "Medicine session in a group", Length: 3 * time.Hour, Every: time.Hour, Where: calendar.InRoom, Rooms: []db.ID{room.ID}, Hosts: []db.ID{h.who["guide 0"].ID}, Who: calendar.Invited, Medicine: im, Places: len(h.sessions),
	})
	h.must(err)
	for i, was := range h.sessions {
		h.must(h.Calendar.Write(h.ctx, func(tx *db.Tx) error {
			gone, err := h.Calendar.Cancel(h.ctx, tx, was, "mistake")
			if err != nil {
				return err
			}
			a, err := h.Calendar.Book(h.ctx, tx, calendar.Booking{Offering: o.ID, Client: gone.Client, Start: gone.Start, Zone: "Europe/Lisbon", ByStaff: true})
			h.sessions[i] = a.ID
			return err
		}))
	}
}

// TestAGroupsRoomIsOpenedInOneStep: for those whose gate is open; who is ready
// later comes later.
func TestAGroupsRoomIsOpenedInOneStep(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 3)
		h.regroup()
		as := h.as("attendant")
		for i := range 2 {
			h.prepare(i, measured(124, 78))
			h.keys(i)
		}
		home, all, err := h.Besides(as, h.sessions[2]) // not ready itself
		h.must(err)
		if !home.Room.IsZero() || len(all) != 3 || !all[0].Group || all[2].Here {
			t.Fatalf("%+v %+v", home, all)
		}
		for _, b := range all {
			if b.Open == (b.Session == h.sessions[2]) {
				t.Errorf("%+v", b)
			}
		}
		h.refused("one gate is closed", h.Together(as, h.sessions[2], h.sessions), fault.Taken)
		if _, err := h.Seat(as, d.Reader(), h.sessions[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("and a room was opened all the same: %v", err)
		}
		in, err := h.OpenTogether(as, h.sessions[2], h.sessions[:2])
		h.must(err)
		st, err := h.State(as, in)
		h.must(err)
		if len(st.Seats) != 2 {
			t.Fatalf("%d seats", len(st.Seats))
		}
		_, err = h.OpenTogether(as, h.sessions[0], h.sessions[:2]) // pressed twice
		h.must(err)
		h.prepare(2, measured(118, 76))
		h.keys(2)
		_, err = h.OpenTogether(as, h.sessions[2], h.sessions[:3]) // from the one who was late
		h.must(err)
		st, err = h.State(as, h.sessions[2])
		h.must(err)
		if len(st.Seats) != 3 {
			t.Fatalf("%d seats", len(st.Seats))
		}
		rooms := map[db.ID]bool{}
		for _, id := range h.sessions {
			x, err := h.Seat(as, d.Reader(), id)
			h.must(err)
			rooms[x.Room] = true
		}
		if len(rooms) != 1 {
			t.Errorf("%d rooms", len(rooms))
		}
	})
}

func TestTheRoomHoldsTwelve(t *testing.T) {
	h := opened(t, testkit.SQLite(t), 13)
	h.refused("thirteen", h.Together(h.as("attendant"), h.sessions[0], h.sessions[1:]), fault.Taken)
	h.must(h.Together(h.as("attendant"), h.sessions[0], h.sessions[1:12]))
	st, err := h.State(h.as("attendant"), h.sessions[0])
	h.must(err)
	if len(st.Seats) != MaxSeats {
		t.Errorf("%d seats", len(st.Seats))
	}
}

// TestAClientLearnsOfNobodyElse: no page of a client's own names another seat.
func TestAClientLearnsOfNobodyElse(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 2)
		h.must(h.Together(h.as("attendant"), h.sessions[0], h.sessions[1:]))
		h.keeps("attendant", h.entry("attendant", 0, timeline.Said, timeline.SaidBody{Words: "mine"}), h.entry("attendant", 1, timeline.Said, timeline.SaidBody{Words: "theirs"}))
		self := h.as("client 0")
		all := ""
		for _, k := range h.Kept() {
			items, err := k.Of(self, h.who["client 0"].ID)
			h.must(err)
			b, err := json.Marshal(items)
			h.must(err)
			all += string(b)
			if strings.Contains(string(b), "theirs") || strings.Contains(string(b), "client 1") {
				t.Errorf("%s", b)
			}
			_, err = k.Of(self, h.who["client 1"].ID)
			h.refused("somebody else's", err, fault.Forbidden)
		}
		if !strings.Contains(all, "mine") {
			t.Errorf("their own words are not among it: %s", all)
		}
		s := h.site()
		for _, path := range []string{"", "/state", "/stream", "/together"} {
			req, err := http.NewRequestWithContext(h.ctx, http.MethodGet, s.URL+"/room/"+h.sessions[0].String()+path, http.NoBody)
			h.must(err)
			req.Header.Set("X-As", "client 0")
			res, err := s.Client().Do(req)
			h.must(err)
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("a client at %q: %d", path, res.StatusCode)
			}
			h.must(res.Body.Close())
		}
	})
}

func TestWhatIsErasedIsGone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		h.keeps("attendant", h.entry("attendant", 0, timeline.Said, timeline.SaidBody{Words: "mine"}))
		ctx := access.With(h.ctx, access.Actor{Practice: access.From(h.ctx).Practice, Via: access.System})
		for _, k := range h.Kept() {
			h.must(d.Write(ctx, func(tx *db.Tx) error { return k.Erase(ctx, tx, h.who["client 0"].ID) }))
		}
		if _, err := h.Seat(h.as("attendant"), d.Reader(), h.sessions[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		tables, err := d.Tables(ctx, d.Reader())
		h.must(err)
		for _, table := range tables {
			if c, err := d.Count(ctx, d.Reader(), table); strings.HasPrefix(table.Name, "medicine_") && table.Name != "medicine_rooms" && (err != nil || c > 0) {
				t.Errorf("%s holds %d rows: %v", table.Name, c, err)
			}
		}
	})
}
