package medicine_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "held/care/medicine"
	"held/internal/db"
	"held/internal/testkit"
	"held/rules/timeline"
)

// screen is one device's open stream, as little as can read it.
type screen struct {
	conn  net.Conn
	heard chan string // lines that hold an entry
}

func (h *house) screen(addr, name string, room int) *screen {
	h.Helper()
	conn, err := net.Dial("tcp", addr)
	h.must(err)
	h.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /room/%s/stream HTTP/1.1\r\nHost: %s\r\nX-As: %s\r\nAccept: text/event-stream\r\n\r\n", h.sessions[room], addr, name)
	h.must(err)
	s := &screen{conn: conn, heard: make(chan string, 64)}
	ready := make(chan struct{})
	go func() {
		lines := bufio.NewReaderSize(conn, 4096)
		for first := true; ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if first && strings.HasPrefix(line, "event: here") {
				first = false
				close(ready)
			}
			if i := strings.Index(line, `"id":"`); i >= 0 && strings.Contains(line, `"kind":"vitals"`) {
				s.heard <- line[i+6 : i+42]
			}
		}
	}()
	<-ready
	return s
}

// BenchmarkRoomEntryToEveryScreen holds 50 rooms open, with 12 devices each, and
// measures how long an entry takes from one device to each of the eleven
// others, over HTTP on this machine. Memory is of both ends of every stream.
func BenchmarkRoomEntryToEveryScreen(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { toEveryScreen(b, testkit.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { toEveryScreen(b, testkit.Postgres(b)) })
}

func toEveryScreen(b *testing.B, d *db.DB) {
	b.Helper()
	const rooms, devices, atOnce, entries = 50, 12, 4, 600
	h := opened(b, d, rooms)
	site := h.site()
	addr := strings.TrimPrefix(site.URL, "http://")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	screens := make([][]*screen, rooms)
	for r := range rooms {
		for range devices {
			screens[r] = append(screens[r], h.screen(addr, "attendant", r))
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	var mu sync.Mutex
	var took []time.Duration
	var wait sync.WaitGroup
	line := make(chan int)
	for range atOnce {
		wait.Go(func() {
			for r := range line {
				mu.Lock()
				e := h.entry("attendant", r, timeline.Vitals, calm())
				mu.Unlock()
				began := time.Now()
				if code, answer := h.post(site, "attendant", "/room/"+e.Session+"/entries", Batch{Device: e.Device, Sent: e.Entered, Entries: []timeline.Entry{e}}); code != http.StatusOK || !strings.Contains(answer, e.ID) {
					b.Errorf("%d %s", code, answer)
				}
				for _, s := range screens[r][1:] {
					for id := range s.heard {
						if id == e.ID {
							break
						}
					}
					mu.Lock()
					took = append(took, time.Since(began))
					mu.Unlock()
				}
			}
		})
	}
	b.ResetTimer()
	for i := range max(b.N, entries) {
		line <- i % rooms
	}
	close(line)
	wait.Wait()
	b.StopTimer()
	slices.Sort(took)
	ms := func(part float64) float64 {
		return float64(took[int(part*float64(len(took)-1))]) / float64(time.Millisecond)
	}
	room := float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse) / rooms / 1024
	b.ReportMetric(ms(0.5), "median-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
	b.ReportMetric(room, "KiB/room")
	verdict := "ok"
	if ms(0.5) >= 150 {
		verdict = "SHORT"
	}
	fmt.Printf("figure\t%s: an entry to the 11 other screens of its room, 50 rooms open (p99 %.0f ms, %.0f KiB a room, both ends)\t%.1f ms\t\t\t< 150 ms\t%s\n", d.Engine(), ms(0.99), room, ms(0.5), verdict)
}
