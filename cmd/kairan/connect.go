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
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/store"
)

// client reaches the verbs of the running server, or those of the service that
// the command opened itself when no server runs.
type client = control.Client[service.Service]

// A server that starts holds the data directory before it has its socket, and one
// that ends after it. Whoever finds the one without the other looks again.
const (
	startsWithin = 5 * time.Second       // how long a store in use is waited for
	seenWithin   = time.Second           // how long a socket is, by an account that may not open the store
	lookEvery    = 20 * time.Millisecond // how often the socket is looked for
)

// opened is the service, opened in this process, or why it could not be.
type opened struct {
	s   *service.Service
	err error
}

// connect finds the server. If none runs, the command opens the service itself,
// unless needServer says what only a server can do.
func (a *app) connect(needServer string) (*client, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	if c, err := control.Dial[service.Service](cfg.Socket); c != nil || err != nil && !errors.Is(err, fs.ErrPermission) {
		return c, err
	}
	tries := make(chan opened, 1)
	try := func() {
		s, err := a.openHere(cfg)
		tries <- opened{s, err}
	}
	go try()
	c, err := either(cfg, tries, try)
	here := c != nil && c.Local != nil
	if needServer != "" && (here || errors.Is(err, errNoServer)) {
		if here {
			_ = c.Local.Close()
		}
		return nil, exit.Refusedf("%w (nothing answers on %s), and %s; start it with: kairan serve", errNoServer, cfg.Socket, phrase.Key(needServer))
	}
	return c, err
}

// either waits for the store, or for the server that has it.
func either(cfg *config.Config, tries chan opened, try func()) (*client, error) {
	began := time.Now()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var o opened
	for trying := true; ; {
		select {
		case o = <-tries:
			closed, is := errors.AsType[*store.Refusal](o.err)
			switch passed := time.Since(began); {
			case o.err == nil:
				return &client{Local: o.s}, nil
			case is && closed.InUse && passed < startsWithin:
				go try()
			case is && closed.InUse:
				return nil, exit.Refusedf("%w (if that is starting or stopping, try again in a minute)", o.err)
			case errors.Is(o.err, errNoServer) && passed < seenWithin:
				trying = false
			default:
				return nil, o.err
			}
		case <-look.C:
			c, err := control.Dial[service.Service](cfg.Socket)
			if c != nil && trying {
				go func() { // if the store is opened after all, it is closed for the server
					if o := <-tries; o.err == nil {
						_ = o.s.Close()
					}
				}()
			}
			if c != nil {
				return c, nil
			}
			if !trying && time.Since(began) >= seenWithin {
				return nil, cmp.Or(err, o.err)
			}
		}
	}
}

var errNoServer = phrase.Say("no server is running")

// openHere opens the service in this process.
func (a *app) openHere(cfg *config.Config) (*service.Service, error) {
	s, err := service.Open(cfg, "a kairan command", a.now, slog.New(slog.NewTextHandler(a.std.err, nil)))
	if err == nil && a.reach != nil {
		s.ReachFeeds(a.reach)
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, exit.Refusedf("%w (nothing answers on %s), and this account may not open its files; have the service started, then try again", errNoServer, cfg.Socket)
	}
	return s, unserved(err, cfg.Socket)
}

// unserved says that no server runs to root, and to whoever else may not use the files
// of another account: most often the server should be started, and its files let alone.
func unserved(err error, socket string) error {
	if closed, is := errors.AsType[*store.Refusal](err); !is || !closed.Other {
		return err
	}
	return exit.Refusedf("%w (nothing answers on %s); have the service started, then try again; without it, %w", errNoServer, socket, err)
}
