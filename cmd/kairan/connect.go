package main

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/store"
)

// client reaches the verbs of the running server, or those of the service that
// the command opened itself when no server runs.
type client = control.Client[service.Service]

// A server that starts holds the data directory before it has its socket, and one
// that ends after it. Whoever finds the one without the other looks again.
const (
	startsWithin = 5 * time.Second // while the store is in use
	seenWithin   = time.Second     // by an account that may not ask the store
	lookEvery    = 20 * time.Millisecond
)

// opened is what came of opening the store.
type opened struct {
	c    *client
	done func()
	err  error
}

// connect finds the server. If none runs, the command opens the store itself,
// unless needServer says what only a server can do.
func (a *app) connect(needServer string) (*client, func(), error) {
	cfg, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	if c, err := control.Dial[service.Service](cfg.Socket); c != nil || err != nil && !errors.Is(err, fs.ErrPermission) {
		return c, func() {}, err
	}
	tries := make(chan opened, 1)
	try := func() {
		c, done, err := a.openLocal(cfg)
		tries <- opened{c, done, err}
	}
	go try()
	o, c, err := either(cfg, tries, try)
	if c != nil {
		return c, func() {}, nil
	}
	if needServer != "" && (err == nil || errors.Is(err, errNoServer)) {
		if err == nil {
			o.done()
		}
		return nil, nil, exit.Refusedf("%w (nothing answers on %s), and %s; start it with: kairan serve", errNoServer, cfg.Socket, needServer)
	}
	return o.c, o.done, err
}

// either waits for the store, or for the server that has it.
func either(cfg *config.Config, tries chan opened, try func()) (o opened, c *client, err error) {
	began := time.Now()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	trying := true
	for {
		select {
		case o = <-tries:
			var closed *store.Refusal
			switch passed := time.Since(began); {
			case errors.As(o.err, &closed) && closed.InUse && passed < startsWithin:
				go try()
				continue
			case errors.As(o.err, &closed) && closed.InUse:
				return o, nil, exit.Refusedf("%w (if that is starting or stopping, try again in a minute)", o.err)
			case errors.Is(o.err, errNoServer) && passed < seenWithin:
				trying = false
				continue
			}
			return o, nil, o.err
		case <-look.C:
			c, err := control.Dial[service.Service](cfg.Socket)
			if c != nil && trying {
				go func() { // it shall not keep the lock, if it gets it
					if o := <-tries; o.err == nil {
						o.done()
					}
				}()
			}
			if c != nil {
				return o, c, nil
			}
			if !trying && time.Since(began) >= seenWithin {
				return o, nil, cmp.Or(err, o.err)
			}
		}
	}
}

var errNoServer = errors.New("no server is running")

func (a *app) openLocal(cfg *config.Config) (*client, func(), error) {
	h, err := service.Open(cfg, "a kairan command", a.now, slog.New(slog.NewTextHandler(a.std.err, nil)))
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil, exit.Refusedf("%w (nothing answers on %s), and this account may not open its files; have the service started, then try again", errNoServer, cfg.Socket)
	}
	if err != nil {
		return nil, nil, unserved(err, cfg.Socket)
	}
	return &client{Local: h}, func() { _ = h.Close() }, nil
}

// unserved is for root and whoever else has another's files before them because no
// server answers: most often it shall be started, and its files let alone.
func unserved(err error, socket string) error {
	var closed *store.Refusal
	if !errors.As(err, &closed) || !closed.Other {
		return err
	}
	return exit.Refusedf("%w (nothing answers on %s); have the service started, then try again; without it, %w", errNoServer, socket, err)
}
