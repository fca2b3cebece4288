package medicine_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"log/slog"

	. "held/care/medicine"
	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/web"
	"held/practice/access"
	"held/rules/timeline"

	"github.com/a-h/templ"
)

// site serves the house's rooms; whoever asks says who they are in a header.
func (h *house) site() *httptest.Server {
	app := &web.App{Log: slog.New(slog.DiscardHandler), Base: &url.URL{}, Now: h.clock.Now, Metrics: web.NewMetrics()}
	app.Fault = func(_ *http.Request, e *fault.Error) templ.Component {
		return templ.Raw(templ.EscapeString(e.Sentence))
	}
	app.Person = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := access.Actor{Practice: access.From(h.ctx).Practice, Via: access.Public}
			if _, known := h.who[r.Header.Get("X-As")]; known {
				a = access.From(h.as(r.Header.Get("X-As")))
			}
			next.ServeHTTP(w, r.WithContext(access.With(r.Context(), a)))
		})
	}
	app.Mount(h.Routes())
	s := httptest.NewServer(app.Handler())
	h.Cleanup(s.Close)
	return s
}

// heardEvent is one server-sent event.
type heardEvent struct{ name, id, data string }

// listener hears a stream.
type listener struct {
	events chan heardEvent
	end    func()
}

func (h *house) listen(s *httptest.Server, name, path, last string) *listener {
	h.Helper()
	ctx, cancel := context.WithCancel(h.ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, http.NoBody)
	h.must(err)
	req.Header.Set("X-As", name)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := s.Client().Do(req)
	h.must(err)
	if res.StatusCode != http.StatusOK {
		cancel()
		h.Fatalf("the stream answers %d", res.StatusCode)
	}
	l := &listener{events: make(chan heardEvent, 1000), end: cancel}
	go func() {
		defer close(l.events)
		defer res.Body.Close()
		var e heardEvent
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					l.events <- e
				}
				e = heardEvent{}
			}
		}
	}()
	h.Cleanup(cancel)
	return l
}

// until hears events until one of a name that fits.
func (h *house) until(l *listener, name string, fits func(data string) bool) heardEvent {
	h.Helper()
	patience := time.After(20 * time.Second)
	for {
		select {
		case e, ok := <-l.events:
			if !ok {
				h.Fatalf("the stream ended before %s", name)
			}
			if e.name == name && fits(e.data) {
				return e
			}
		case <-patience:
			h.Fatalf("nobody sent %s", name)
		}
	}
}

func (h *house) post(s *httptest.Server, name, path string, body any) (int, string) {
	h.Helper()
	b, err := json.Marshal(body)
	h.must(err)
	req, err := http.NewRequestWithContext(h.ctx, http.MethodPost, s.URL+path, bytes.NewReader(b))
	h.must(err)
	req.Header.Set("X-As", name)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := s.Client().Do(req)
	h.must(err)
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	h.must(err)
	return res.StatusCode, string(out)
}

func with(text string) func(string) bool {
	return func(data string) bool { return strings.Contains(data, text) }
}

func TestWhatIsEnteredIsOnAllOtherScreensAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		s := h.site()
		room := "/room/" + h.sessions[0].String()
		guide := h.listen(s, "guide 0", room+"/stream?device="+h.dev["guide 0"].String()+"&offset=-7000", "")
		prescriber := h.listen(s, "prescriber", room+"/stream?device="+h.dev["prescriber"].String(), "")
		e := h.until(prescriber, "here", with(`"name":"guide 0"`))
		if !strings.Contains(e.data, `"offset":-7000`) {
			t.Errorf("who is here, without the difference of their clock: %s", e.data)
		}
		first := h.entry("attendant", 0, timeline.Vitals, calm())
		code, answer := h.post(s, "attendant", room+"/entries", Batch{Device: first.Device, Sent: h.clock.Now(), Entries: []timeline.Entry{first}})
		if code != http.StatusOK || !strings.Contains(answer, first.ID) {
			t.Fatalf("%d %s", code, answer)
		}
		at := h.until(guide, "entry", with(first.ID))
		h.until(prescriber, "entry", with(first.ID))
		guide.end()
		second, third := h.entry("attendant", 0, timeline.Vitals, calm()), h.entry("attendant", 0, timeline.Vitals, calm())
		h.keeps("attendant", second, third)
		again := h.listen(s, "guide 0", room+"/stream", at.id)
		if e := h.until(again, "entry", func(string) bool { return true }); !strings.Contains(e.data, second.ID) {
			t.Errorf("it goes on with %s", e.data)
		}
		h.until(again, "entry", with(third.ID))
	})
}

func TestWhoIsFarBehindHearsEverythingOnce(t *testing.T) {
	h := opened(t, testkit.SQLite(t), 1)
	s := h.site()
	l := h.listen(s, "guide 0", "/room/"+h.sessions[0].String()+"/stream", "")
	var want []string
	for range 30 {
		var batch []timeline.Entry
		for range 10 {
			batch = append(batch, h.entry("attendant", 0, timeline.Note, timeline.WordsBody{Words: "x"}))
		}
		for _, e := range batch {
			want = append(want, e.ID)
		}
		h.keeps("attendant", batch...)
	}
	for _, id := range want {
		e := h.until(l, "entry", func(string) bool { return true })
		if !strings.Contains(e.data, id) {
			t.Fatalf("heard %s, want %s", e.data, id)
		}
	}
}

func TestAStreamEndsWhenItsReaderMayReadNoMore(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		h.Beat = 10 * time.Millisecond
		var out atomic.Bool
		h.Still = func(r *http.Request) (context.Context, bool) { return r.Context(), !out.Load() }
		s := h.site()
		room := "/room/" + h.sessions[0].String() + "/stream"
		signedIn := h.listen(s, "guide 0", room, "")
		caring := h.listen(s, "attendant", room, "")
		h.until(caring, "here", with("guide 0"))
		h.must(h.People.Unassign(h.ctx, h.who["client 0"].ID, h.who["attendant"].ID, access.Attendant))
		h.keeps("guide 0", h.entry("guide 0", 0, timeline.Note, timeline.WordsBody{Words: "after they left the team"}))
		for e := range caring.events {
			if strings.Contains(e.data, "after they left") {
				t.Error("who cares no more hears it")
			}
		}
		desk := h.listen(s, "guide 0", "/room/calls/stream", "")
		h.until(desk, "calls", with(`"rooms"`))
		h.until(desk, "still", with("{}")) // a sign of life that a page can miss
		out.Store(true)
		for range signedIn.events { //nolint:revive // until it ends
		}
		h.until(desk, "over", with("{}"))
	})
}

func TestWhatIsDueAndOutOfBandCallsEverywhere(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := opened(t, d, 1)
		s := h.site()
		room := "/room/" + h.sessions[0].String()
		inside := h.listen(s, "guide 0", room+"/stream", "")
		desk := h.listen(s, "prescriber", "/room/calls/stream", "")
		h.keeps("attendant", h.entry("attendant", 0, timeline.Dose, timeline.DoseBody{}))
		h.clock.Add(11 * time.Minute)
		h.keeps("attendant", h.entry("attendant", 0, timeline.Note, timeline.WordsBody{Words: "time went on"}))
		h.until(inside, "call", with(`"kind":"due"`))
		h.until(desk, "calls", with("The reading of 10 minutes is due."))
		v := calm()
		v.Oxygen = n(88)
		h.keeps("attendant", h.entry("attendant", 0, timeline.Vitals, v))
		h.until(inside, "call", with(`"over":true`)) // it was taken
		red := h.until(inside, "call", with(`"kind":"red"`))
		h.until(desk, "calls", with("Red: "))
		var c Call
		h.must(json.Unmarshal([]byte(red.data), &c))
		h.must(h.Hear(h.as("prescriber"), h.sessions[0], c.ID, ""))
		h.until(inside, "call", with(`"heard":"prescriber"`))
		h.until(desk, "calls", with(`"heard":"prescriber"`))
		h.refused("what calls no more", h.Hear(h.as("prescriber"), h.sessions[0], "point:10", ""), fault.Gone)
		h.refused("who does not care", h.Hear(h.as("stranger"), h.sessions[0], c.ID, ""), fault.Forbidden)
	})
}

func TestWhoHeardThatAReadingIsDueHasNotHeardThatItIsLate(t *testing.T) {
	h := opened(t, testkit.SQLite(t), 1)
	h.keeps("attendant", h.entry("attendant", 0, timeline.Dose, timeline.DoseBody{}))
	h.clock.Add(21 * time.Minute)
	heard := func() (kind, by string) {
		rooms, err := h.OpenRooms(h.as("prescriber"))
		h.must(err)
		for _, c := range rooms[0].Calls {
			if c.ID == "point:20" {
				return c.Kind, c.Heard
			}
		}
		t.Fatalf("%+v", rooms[0].Calls)
		return "", ""
	}
	h.must(h.Hear(h.as("prescriber"), h.sessions[0], "point:20", ""))
	if kind, by := heard(); kind != CallDue || by != "prescriber" {
		t.Errorf("%s, heard by %q", kind, by)
	}
	h.clock.Add(5 * time.Minute)
	if kind, by := heard(); kind != CallLate || by != "" {
		t.Errorf("%s, heard by %q", kind, by)
	}
	h.must(h.Hear(h.as("guide 0"), h.sessions[0], "point:20", ""))
	if _, by := heard(); by != "guide 0" {
		t.Errorf("heard by %q", by)
	}
}
