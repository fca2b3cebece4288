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

// answer serves until ctx ends, then lets requests and workers finish.
func (h *house) answer(ctx context.Context, l net.Listener, ready func()) error {
	servers, listeners := []*http.Server{web.Server("", h.app.Handler())}, []net.Listener{l}
	if h.cfg.MetricsListen != "" {
		ml, err := listen(ctx, h.cfg.MetricsListen)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		servers, listeners = append(servers, web.Server("", h.metrics.Handler())), append(listeners, ml)
	}
	failed := make(chan error, len(servers))
	for i, s := range servers {
		go func() { failed <- s.Serve(listeners[i]) }()
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	h.runner.Start(work, h.workers...)
	ready()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	for _, s := range servers {
		if serr := s.Shutdown(end); serr != nil {
			err = errors.Join(err, s.Close())
		}
	}
	h.runner.Wait()
	h.linkLast(ctx)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
