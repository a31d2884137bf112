package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/store"
)

// client reaches the control handlers: those of the running server, or its own
// when no server runs.
type client struct {
	http  *http.Client
	local *service // not nil when the command opened the store itself
}

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
	if c, err := toServer(cfg); c != nil || err != nil && !errors.Is(err, fs.ErrPermission) {
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
		return nil, nil, refused("%w (nothing answers on %s), and %s; start it with: kairan serve", errNoServer, cfg.Socket, needServer)
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
				return o, nil, refused("%w (if that is starting or stopping, try again in a minute)", o.err)
			case errors.Is(o.err, errNoServer) && passed < seenWithin:
				trying = false
				continue
			}
			return o, nil, o.err
		case <-look.C:
			c, err := toServer(cfg)
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

// toServer reaches the server over its socket; neither a client nor an error says
// that nobody answers.
func toServer(cfg *config.Config) (*client, error) {
	c, err := net.Dial("unix", cfg.Socket)
	switch {
	case err == nil:
		return &client{http: overSocket(cfg.Socket)}, c.Close()
	case nobodyAnswers(cfg.Socket, err):
		return nil, nil //nolint:nilnil // it says what it finds, and nobody is no fault
	}
	return nil, fmt.Errorf("the control socket %s cannot be used: %w; ask the operator for membership in its group", cfg.Socket, err)
}

func overSocket(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
		DisableKeepAlives: true,
	}}
}

func (a *app) openLocal(cfg *config.Config) (*client, func(), error) {
	h, err := openService(cfg, "a kairan command", a.now, slog.New(slog.NewTextHandler(a.std.err, nil)))
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil, refused("%w (nothing answers on %s), and this account may not open its files; have the service started, then try again", errNoServer, cfg.Socket)
	}
	if err != nil {
		return nil, nil, unserved(err, cfg.Socket)
	}
	c := &client{http: &http.Client{Transport: inProcess{h.control()}}, local: h}
	return c, func() { _ = h.store.Close() }, nil
}

// unserved is for root and whoever else has another's files before them because no
// server answers: most often it shall be started, and its files let alone.
func unserved(err error, socket string) error {
	var closed *store.Refusal
	if !errors.As(err, &closed) || !closed.Other {
		return err
	}
	return refused("%w (nothing answers on %s); have the service started, then try again; without it, %w", errNoServer, socket, err)
}

// inProcess is a round trip that never leaves the process.
type inProcess struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper]; the body is streamed.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	pr, pw := io.Pipe()
	w := &pipeWriter{pw: pw, head: make(http.Header), ready: make(chan int, 1)}
	go func() {
		p.handler.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		_ = pw.Close()
	}()
	status, length := <-w.ready, int64(-1)
	if n, err := strconv.ParseInt(w.head.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return &http.Response{StatusCode: status, Header: w.head, Body: pr, Request: r, ContentLength: length}, nil
}

type pipeWriter struct {
	pw    *io.PipeWriter
	head  http.Header
	ready chan int
	wrote bool
}

func (w *pipeWriter) Header() http.Header { return w.head }

func (w *pipeWriter) WriteHeader(status int) {
	if !w.wrote {
		w.wrote = true
		w.ready <- status
	}
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pw.Write(b)
}

// call does one verb.
func call[Out any](ctx context.Context, c *client, path string, in any) (out Out, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	r, err := c.post(ctx, path, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	defer r.Body.Close()
	return out, json.NewDecoder(r.Body).Decode(&out)
}

// errNoVerb is the answer of a server that does not know a verb yet.
var errNoVerb = errors.New("the server that runs is of an older version, which does not know this; restart it")

// post returns the answer of a verb that went well, and its failure as an error
// with its exit code.
func (c *client) post(ctx context.Context, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kairan/"+path, body)
	if err != nil {
		return nil, err
	}
	r, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server stopped answering: %w; look at its log, and at the state with the matching show or status command", err)
	}
	if r.StatusCode == http.StatusOK {
		return r, nil
	}
	defer r.Body.Close()
	var f failure
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil || f.Error == "" {
		if r.StatusCode == http.StatusNotFound {
			return nil, errNoVerb
		}
		return nil, fmt.Errorf("the server answered %s; is it another version of Kairan?", r.Status)
	}
	return nil, &graded{f.Code, errors.New(f.Error)}
}
