package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web"
)

// siteSpec is a site to be asked.
type siteSpec struct {
	Dir        string
	Port       int  // of the relay; 0: there is no store, and nothing of who signs up is put down
	Issue      bool // one has gone out, and is in the archive
	CPUProfile string
}

// siteUp is what a site says when it can be asked.
type siteUp struct {
	Public string // where
	Issue  string // the path of the issue; "": there is none
	PID    int    // of whom
}

// runSite serves pages until SIGTERM.
func runSite(ctx context.Context, spec siteSpec, std streams) (err error) {
	profiled, err := profile(senderSpec{CPUProfile: spec.CPUProfile})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, profiled()) }()
	ready := func(up siteUp) error { return json.NewEncoder(std.out).Encode(up) }
	if spec.Port == 0 {
		return serveAlone(ctx, spec, ready)
	}
	return serveWhole(ctx, spec, ready)
}

// serveWhole is `kairan serve`, with the ceilings out of the way: all visitors come from one
// network here.
func serveWhole(ctx context.Context, spec siteSpec, ready func(siteUp) error) error {
	w, err := makeWorld(ctx, spec.Dir, 1, 10_000, 0)
	if err != nil {
		return err
	}
	public, admin, err := freePorts()
	if err != nil {
		return err
	}
	w.cfg.Limits, w.cfg.Listen.Public, w.cfg.Listen.Admin = unlimited, public, admin
	w.cfg.Socket = filepath.Join(spec.Dir, "control")
	w.cfg.Relay.Host, w.cfg.Relay.Port, w.cfg.Relay.TLS = "127.0.0.1", spec.Port, config.TLSNone
	w.list.Archived = spec.Issue
	s, err := service.Open(w.cfg, "kairan-bench", time.Now, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	serving, stop := context.WithCancel(ctx)
	go func() { served <- s.Serve(serving) }()
	up := siteUp{Public: public, PID: os.Getpid()}
	if spec.Issue {
		up.Issue, err = publish(serving, s.Store, w)
	}
	if err == nil {
		err = await(serving, func() (bool, error) { return listens(public), nil })
	}
	if err == nil {
		err = ready(up)
	}
	if err != nil {
		stop()
	}
	fault := <-served
	stop()
	return errors.Join(err, fault, s.Close())
}

// serveAlone serves the same pages, and the same desk with its ceilings, before no store.
func serveAlone(ctx context.Context, spec siteSpec, ready func(siteUp) error) error {
	w, err := newWorld(spec.Dir)
	if err != nil {
		return err
	}
	desk := &subscribe.Desk{Store: &nowhere{tallies: map[subscribe.TallyKey]subscribe.Tally{}}, Lists: w.cfg.Lists, Limits: unlimited}
	site, err := web.New(web.Site{
		Desk: desk, Links: subscribe.Tokens{Keys: seal.Generate(time.Now()), Lists: w.cfg.Lists},
		Lists: w.cfg.Lists, Order: w.cfg.Order, Templates: w.compiler.Templates,
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- site.Listener(l) }()
	if err := ready(siteUp{Public: l.Addr().String(), PID: os.Getpid()}); err != nil {
		return err
	}
	<-ctx.Done()
	return errors.Join(site.Shutdown(), <-served)
}

// publish sends an issue, and returns its path in the archive.
func publish(ctx context.Context, s *store.Store, w *world) (path string, err error) {
	m, err := w.manuscript()
	if err != nil {
		return "", err
	}
	name := deliver.IssueName{List: listID, Slug: "autumn"}
	draft := deliver.Issue{Name: name, Source: m.Source, Files: m.Enclosures(), Subject: "bench", State: deliver.Draft}
	err = s.AddIssue(ctx, draft, m.Files, func(*deliver.Issue, time.Time) error { return nil })
	if err != nil {
		return "", err
	}
	err = s.ChangeIssue(ctx, name, func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(now, deliver.Self, w.list.Zone, now)
	})
	if err != nil {
		return "", err
	}
	b := subscribe.BackNumber{List: listID, Slug: name.Slug}
	return b.Path(), await(ctx, func() (bool, error) {
		i, err := s.Issue(name)
		return i.State == deliver.Finished, err
	})
}

// patience is how long a small site may take to get ready.
const patience = 20 * time.Second

// await asks until the answer is yes, with patience.
func await(ctx context.Context, yes func() (bool, error)) error { return awaitFor(ctx, patience, yes) }

// awaitFor asks until the answer is yes, at most for so long.
func awaitFor(ctx context.Context, most time.Duration, yes func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		if is, err := yes(); is || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the site does not get ready: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// listens says whether an address can be connected to.
func listens(addr string) bool {
	c, err := net.Dial("tcp", addr)
	return err == nil && c.Close() == nil
}

// freePorts are two on loopback that nobody listens at, as host:port. Both are held until they are drawn: one that is given back
// may be drawn again.
func freePorts() (one, other string, err error) {
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	b, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", errors.Join(err, a.Close())
	}
	return a.Addr().String(), b.Addr().String(), errors.Join(a.Close(), b.Close())
}

// nowhere is a store that puts no request down: the ceilings count in memory. Nothing else
// is asked of it.
type nowhere struct {
	subscribe.Tx
	mu      sync.Mutex
	now     time.Time
	tallies map[subscribe.TallyKey]subscribe.Tally
}

func (n *nowhere) Update(_ context.Context, op func(subscribe.Tx) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = time.Now()
	return op(n)
}

func (n *nowhere) Now() time.Time { return n.now }

func (n *nowhere) Tally(k subscribe.TallyKey) (subscribe.Tally, error) { return n.tallies[k], nil }

func (n *nowhere) SetTally(k subscribe.TallyKey, t subscribe.Tally) {
	t.Slots = slices.Clone(t.Slots)
	n.tallies[k] = t
}

func (n *nowhere) Waiting() int                 { return 0 }
func (n *nowhere) PutRequest(subscribe.Request) {}
