package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// get is a request as a browser that was here before sends it.
func get(addr, path, cookie string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", path, addr)
	fmt.Fprint(&b, "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.5\r\nSec-Fetch-Site: same-origin\r\n")
	if cookie != "" {
		fmt.Fprintf(&b, "Cookie: %s\r\n", cookie)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// caller is one keep-alive connection. It reads no more of an answer than it
// has to, so that what is measured is the side that answers.
type caller struct {
	net.Conn
	in *bufio.Reader
}

func call(addr string) (*caller, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &caller{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

var lengthHeader = []byte("content-length: ")

// ask sends a request and throws the answer away; anything but 200 is an error.
func (c *caller) ask(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("answered %q", status)
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > len(lengthHeader) && bytes.EqualFold(line[:len(lengthHeader)], lengthHeader) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthHeader):]))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("an answer without its length")
	}
	_, err = c.in.Discard(length)
	return err
}

// rate keeps n connections busy with a request for d and gives answers per second.
func rate(b *testing.B, addr string, request []byte, n int, d time.Duration) float64 {
	b.Helper()
	type result struct {
		answers int
		err     error
	}
	results := make(chan result, n)
	var ready sync.WaitGroup
	ready.Add(n)
	begin := make(chan time.Time)
	for range n {
		go func() {
			c, err := call(addr)
			if err == nil {
				err = c.ask(request)
			}
			ready.Done()
			r := result{err: err}
			end := (<-begin).Add(d)
			for r.err == nil && time.Now().Before(end) {
				if r.err = c.ask(request); r.err == nil {
					r.answers++
				}
			}
			if c != nil {
				r.err = errors.Join(r.err, c.Close())
			}
			results <- r
		}()
	}
	ready.Wait()
	now := time.Now()
	for range n {
		begin <- now
	}
	total := 0
	for range n {
		r := <-results
		if r.err != nil {
			b.Fatal(r.err)
		}
		total += r.answers
	}
	return float64(total) / time.Since(now).Seconds()
}

// paced asks so many times a second for d, whether or not answers come, and
// gives how long each took from the instant at which it was due.
func paced(b *testing.B, addr string, request []byte, perSecond int, d time.Duration) []time.Duration {
	b.Helper()
	due := make(chan time.Time, perSecond*int(d/time.Second+1))
	type result struct {
		took []time.Duration
		err  error
	}
	results := make(chan result, crowd)
	for range crowd {
		go func() {
			c, err := call(addr)
			r := result{err: err}
			for at := range due {
				if r.err == nil {
					r.err = c.ask(request)
					r.took = append(r.took, time.Since(at))
				}
			}
			if c != nil {
				r.err = errors.Join(r.err, c.Close())
			}
			results <- r
		}()
	}
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	for end := time.Now().Add(d); time.Now().Before(end); {
		<-tick.C
		due <- time.Now()
	}
	tick.Stop()
	close(due)
	var all []time.Duration
	for range crowd {
		r := <-results
		if r.err != nil {
			b.Fatal(r.err)
		}
		all = append(all, r.took...)
	}
	slices.Sort(all)
	return all
}

// bare answers with the same status, headers and bytes, and does nothing else.
func (p *practice) bare(b *testing.B, request []byte) string {
	b.Helper()
	c, err := call(p.addr)
	p.must(err)
	_, err = c.Write(request)
	p.must(err)
	answer, err := http.ReadResponse(c.in, nil)
	p.must(err)
	body, err := io.ReadAll(answer.Body)
	p.must(err)
	p.must(c.Close())
	if answer.StatusCode != http.StatusOK || len(body) == 0 {
		b.Fatalf("answered %s with %d bytes", answer.Status, len(body))
	}
	header := answer.Header
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Del("Date") // net/http's own
	l, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for k, v := range header {
			h[k] = v
		}
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(body)
	})}
	go func() { _ = s.Serve(l) }() // ends with Close
	b.Cleanup(func() { p.must(s.Close()) })
	return l.Addr().String()
}
