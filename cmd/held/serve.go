package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"held/assets"
	"held/internal/web"
)

// graceful is how long requests in flight may take when the program is asked to stop.
const graceful = 10 * time.Second

var errNoAssets = errors.New("this program was built without its styles and fonts; run `make assets` and build it again")

func serve(ctx context.Context, e *env, args []string) error {
	cfg, err := readConfig(e, flags(e, "serve", ""), args, 0)
	if err != nil {
		return err
	}
	if !assets.Built() {
		return errNoAssets
	}
	h, err := open(ctx, cfg, logger(e.err), wall)
	if err != nil {
		return err
	}
	defer h.close() // everything acknowledged is committed
	l, err := listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	if err := h.furnish(cfg.base(l.Addr().String()), false); err != nil {
		return err
	}
	return h.answer(ctx, l, func() {
		fmt.Fprintf(e.out, "ready %s\n", h.base)
	})
}

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot answer on %s: %w", addr, err)
	}
	return l, nil
}

// door is one server with its listener.
type door struct {
	server   *http.Server
	listener net.Listener
}

func (d door) serve() error {
	l := netutil.LimitListener(d.listener, web.MaxConnections)
	if d.server.TLSConfig != nil {
		return d.server.ServeTLS(l, "", "")
	}
	return d.server.Serve(l)
}

// doors opens everything that is answered on. What was opened is closed again
// when one of them cannot be.
func (h *house) doors(ctx context.Context, l net.Listener) ([]door, error) {
	site := web.Server("", h.app.Handler())
	out := []door{{site, l}}
	plain, err := h.secure(site)
	add := func(addr string, handler http.Handler) {
		if err != nil || addr == "" {
			return
		}
		var l net.Listener
		if l, err = listen(ctx, addr); err == nil {
			out = append(out, door{web.Server("", handler), l})
		}
	}
	add(h.cfg.MetricsListen, h.metrics.Handler())
	add(h.cfg.HTTPListen, plain)
	if err != nil {
		for _, d := range out {
			err = errors.Join(err, d.listener.Close())
		}
		return nil, err
	}
	return out, nil
}

// secure gives the site its certificate, where it has one of its own, and
// makes what answers by plain http beside it.
func (h *house) secure(site *http.Server) (plain http.Handler, err error) {
	plain = web.ToHTTPS(h.app.Base)
	switch {
	case h.cfg.TLSCert != "":
		files := &web.CertificateFiles{Certificate: h.cfg.TLSCert, Key: h.cfg.TLSKey, Log: h.log}
		site.TLSConfig, err = files.Config()
	case h.cfg.ACME != "":
		a := &web.ACME{Directory: h.cfg.directory(), Folder: h.cfg.ACMEFolder, Host: h.app.Base.Hostname(), Log: h.log}
		site.TLSConfig, plain, h.fetch = a.Config(), a.Challenges(plain), a.Fetch
	}
	return plain, err
}

// answer serves until ctx ends, then lets requests and workers finish.
func (h *house) answer(ctx context.Context, l net.Listener, ready func()) error {
	doors, err := h.doors(ctx, l)
	if err != nil {
		return err
	}
	failed := make(chan error, len(doors))
	for _, d := range doors {
		go func() { failed <- d.serve() }()
	}
	if h.fetch != nil {
		go h.fetch() // it bounds itself, and nobody waits for it
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	h.runner.Start(work, h.workers...)
	ready()
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	h.medicine.Rest()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	for _, d := range doors {
		if late := d.server.Shutdown(end); late != nil {
			err = errors.Join(err, d.server.Close())
		}
	}
	h.runner.Wait()
	h.linkLast(ctx)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
