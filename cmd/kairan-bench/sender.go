package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"example.jp/kairan/deliver"
)

// senderSpec is one issue to be sent, or to be gone on with after a crash.
type senderSpec struct {
	Dir            string
	Slug           string
	Port           int // of the relay, on loopback
	Connections    int
	SyncDelay      time.Duration // of each fsync
	UncertainAfter time.Duration // as deliver.Policy has it; 0: the store's default
	Retry          deliver.Retry
	ProbeEvery     time.Duration
	CPUProfile     string // a file; "": none
	AllocProfile   string
}

// heard is one line of what a sender says: Opened when its store is, Running
// when mail may go out, and Sent when the issue has been concluded.
type heard struct {
	Event string
	Books deliver.Balance
	Sent  *sent `json:",omitempty"`
	// Of a service: its site's port, and at the end what it was like.
	Port   int     `json:",omitempty"`
	Served *served `json:",omitempty"`
}

// The events of a sender.
const (
	opened  = "opened"
	running = "running"
	ended   = "ended"
)

// sent is what it took to send an issue.
type sent struct {
	Elapsed       time.Duration // from the start of the run until its books are closed
	Start         time.Duration // of the commit that starts the issue
	CPU           time.Duration
	Allocs        uint64
	AnonPeak      int64 // octets
	Commits       uint64
	DatabaseBytes int64
	GCPercent     uint64
}

// runSender sends an issue. SIGTERM ends it in order, and the next call with the
// same slug goes on where it stopped.
func runSender(ctx context.Context, spec senderSpec, std streams) (err error) {
	w, h, leave, err := moveIn(spec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	say := func(event string, s *sent) error {
		books, err := h.store.Balance(issueName(spec.Slug))
		if err != nil {
			return err
		}
		return json.NewEncoder(std.out).Encode(heard{Event: event, Books: books, Sent: s})
	}
	if err := say(opened, nil); err != nil {
		return err
	}
	if err := h.schedule(ctx, w, spec); ctx.Err() != nil {
		return nil // the next call goes on with it
	} else if err != nil {
		return err
	}
	stop, err := profile(spec.CPUProfile)
	if err != nil {
		return err
	}
	s, err := h.send(ctx, spec.Slug, func() error { return say(running, nil) })
	if err := errors.Join(err, stop(), allocProfile(spec.AllocProfile)); err != nil || ctx.Err() != nil {
		return err
	}
	if s.DatabaseBytes, err = w.databaseBytes(); err != nil {
		return err
	}
	return say(ended, s)
}

// moveIn opens the house of a sender, whose log is a file of the world. leave
// closes it.
func moveIn(spec senderSpec) (w *world, h *house, leave func() error, err error) {
	if w, err = newWorld(spec.Dir); err != nil {
		return nil, nil, nil, err
	}
	f, err := os.OpenFile(filepath.Join(spec.Dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, nil, err
	}
	if h, err = openHouse(w, spec, slog.New(slog.NewTextHandler(f, nil))); err != nil {
		return nil, nil, nil, errors.Join(err, f.Close())
	}
	return w, h, func() error { return errors.Join(h.store.Close(), f.Close()) }, nil
}

func issueName(slug string) deliver.IssueName { return deliver.IssueName{List: listID, Slug: slug} }

// schedule adds the issue and makes it due, unless a call before did.
func (h *house) schedule(ctx context.Context, w *world, spec senderSpec) error {
	source, err := os.ReadFile(w.issueFile())
	if err != nil {
		return err
	}
	have, err := h.store.Issues(listID)
	if err != nil {
		return err
	}
	for _, i := range have {
		if i.Name.Slug == spec.Slug && i.State != deliver.Draft {
			return nil
		}
	}
	draft := deliver.Issue{Name: issueName(spec.Slug), Source: source, Subject: "bench", State: deliver.Draft}
	err = h.store.AddIssue(ctx, draft, func(*deliver.Issue, time.Time) error { return nil })
	if err != nil {
		return err
	}
	return h.store.ChangeIssue(ctx, issueName(spec.Slug), func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(now, deliver.Self, w.list.Zone, now)
	})
}

const (
	tickEvery = time.Second          // as the service does
	lookEvery = 2 * time.Millisecond // whether there is nothing left to do
)

// send runs the engine until the issue has been concluded, or ctx ends.
func (h *house) send(ctx context.Context, slug string, begun func() error) (*sent, error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	engine := make(chan error, 1)
	meter, err := startMeter(h.store)
	if err != nil {
		return nil, err
	}
	go func() { engine <- h.engine.Run(running) }()
	h.scheduler.Tick(ctx)
	if err = begun(); err == nil {
		err = h.conduct(ctx, slug)
	}
	s, fault := meter.stop()
	stop()
	if err := errors.Join(err, fault, <-engine); err != nil {
		return nil, err
	}
	s.Start = h.calendar.took
	if !h.calendar.began.IsZero() {
		s.Elapsed = s.Elapsed - h.calendar.began.Sub(meter.began)
	}
	return s, nil
}

// conduct ticks until the issue has been concluded, or ctx ends.
func (h *house) conduct(ctx context.Context, slug string) (err error) {
	look, ticked := time.NewTicker(lookEvery), time.Now()
	defer look.Stop()
	for over := false; err == nil && !over && ctx.Err() == nil; <-look.C {
		if quiet := h.engine.Quiet(issueName(slug)); quiet || time.Since(ticked) >= tickEvery {
			h.scheduler.Tick(ctx)
			ticked = time.Now()
			over, err = h.concluded(slug)
		}
	}
	return err
}

func (h *house) concluded(slug string) (bool, error) {
	i, err := h.store.Issue(issueName(slug))
	if err != nil {
		return false, err
	}
	if i.State == deliver.Held {
		return false, fmt.Errorf("the issue was held: %s", i.Timeline[len(i.Timeline)-1].What)
	}
	return i.State == deliver.Finished, nil
}

// timedCalendar measures the commit that starts an issue.
type timedCalendar struct {
	deliver.Calendar
	began time.Time // when the run began, by the wall
	took  time.Duration
}

// StartIssue implements [deliver.Calendar].
func (c *timedCalendar) StartIssue(ctx context.Context, name deliver.IssueName, compiled []byte, start func(*deliver.Issue, int, time.Time) error) error {
	before := time.Now()
	err := c.Calendar.StartIssue(ctx, name, compiled, start)
	c.began = time.Now()
	c.took = c.began.Sub(before)
	return err
}

// profile profiles the processor until stop is called.
func profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

func allocProfile(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC() // brings the profile up to date
	return errors.Join(pprof.Lookup("allocs").WriteTo(io.Writer(f), 0), f.Close())
}
