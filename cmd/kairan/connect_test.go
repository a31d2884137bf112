package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/store"
)

// openedHere makes an installation, and opens it as a server does.
func openedHere(t *testing.T) (path string, h *service.Service) {
	t.Helper()
	dir := t.TempDir()
	if code, _, errs := typed(t, "init", dir); code != 0 {
		t.Fatal(errs)
	}
	path = filepath.Join(dir, "kairan.toml")
	a := &app{path: path}
	cfg, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	if h, err = service.Open(cfg, "kairan serve", time.Now, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return path, h
}

// A server that starts has the lock of the data directory before it has its
// socket. A command of that moment finds it, and does not say that it is in use.
func TestCommandWhileServerStarts(t *testing.T) {
	t.Parallel()
	path, h := openedHere(t)
	server := service.Verbs.Server(h, 0)
	ended := make(chan error, 1)
	time.AfterFunc(1200*time.Millisecond, func() { // longer than the store itself waits for its lock
		l, err := control.Listen(h.Config.Socket, h.Config.SocketGroup)
		if err != nil {
			ended <- err
			return
		}
		ended <- server.Serve(l)
	})
	code, out, errs := typed(t, "-c", path, "list", "ls")
	if code != 0 || !strings.Contains(out, "ajc-newsletter\t0\t") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if err := server.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	code, _, errs = typed(t, "-c", path, "issue", "test", "ajc-newsletter/first")
	if code != exit.Refused || !strings.Contains(errs, "no server is running") || !strings.Contains(errs, "only a server sends mail") {
		t.Errorf("without a server: exit %d: %s", code, errs)
	}
}

// A server that is stopped while it starts has not failed: systemd would say so.
func TestStoppedWhileStarting(t *testing.T) {
	t.Parallel()
	_, h := openedHere(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := h.Serve(ctx); err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

// A server that is stopped as soon as it is ready ends, although its pages may not
// have begun to listen: a shutdown of Fiber passes them by then.
func TestStoppedAtOnce(t *testing.T) {
	t.Parallel()
	path := installed(t)
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		ctx, stop := context.WithCancel(t.Context())
		log := slog.New(slog.NewTextHandler(writer(func(line []byte) {
			if bytes.Contains(line, []byte("msg=Ready")) {
				stop()
			}
		}), nil))
		h, err := service.Open(cfg, "kairan serve", time.Now, log)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- h.Serve(ctx) }()
		select {
		case err = <-ended:
		case <-time.After(patience):
			t.Fatal("it does not end")
		}
		if err := errors.Join(err, h.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// writer is a log that somebody reads.
type writer func([]byte)

func (w writer) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}

// TestUnserved: root, who asks while no server runs, hears of that first, and is
// awaited for as long as a server that starts takes.
func TestUnserved(t *testing.T) {
	t.Parallel()
	err := unserved(fmt.Errorf("open: %w", &store.Refusal{Other: true}), "/run/k.sock")
	if !errors.Is(err, errNoServer) || !strings.HasPrefix(err.Error(), "no server is running (nothing answers on /run/k.sock); have the service started") {
		t.Errorf("another's files: %v", err)
	}
	if exit.Code(err) != exit.Refused {
		t.Errorf("graded %d", exit.Code(err))
	}
	for _, other := range []error{&store.Refusal{InUse: true}, errors.New("disk")} {
		if got := unserved(other, "/run/k.sock"); got != other {
			t.Errorf("%v became %v", other, got)
		}
	}
}
