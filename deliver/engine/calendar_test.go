package engine

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// calendar is the durable state of one issue, and of its run, in memory.
type calendar struct {
	t *testing.T
	w *world
	s *Scheduler

	now      func() time.Time
	start    func() error // fails a start; nil: never
	change   error        // fails every change
	mu       sync.Mutex
	issue    deliver.Issue
	ledger   *ledger
	starts   int
	ended    int
	refused  bool          // everybody was, as the books see it
	expiry   time.Duration // of its copies
	compiled string
	between  func(*deliver.Issue) // what an editor does between the look and the start
	log      bytes.Buffer
}

const lateWithin = 2 * time.Hour

// newCalendar has an issue to so many readers that is due in an hour.
func newCalendar(t *testing.T, readers int) *calendar {
	c := &calendar{t: t, w: newWorld(t, 2), now: time.Now, expiry: 72 * time.Hour}
	c.issue = deliver.Issue{Name: deliver.IssueName{List: "a", Slug: "1"}, Source: []byte("hello"), State: deliver.Scheduled, Due: time.Now().Add(time.Hour)}
	c.ledger = newLedger(c.w, "a/1", readers)
	c.s = &Scheduler{
		Calendar: c, Engine: c.w.e, Now: time.Now,
		Lists: subscribe.Lists{"a": {ID: "a", LateWithin: lateWithin}},
		Runs:  func(deliver.IssueName) (deliver.Run, error) { return c.ledger, nil },
		Compile: func(_ context.Context, i *deliver.Issue, _ time.Time) (deliver.Form, error) {
			return deliver.Form{Compiled: append([]byte("compiled "), i.Source...), Expiry: c.expiry}, nil
		},
		Log: slog.New(slog.NewTextHandler(&c.log, nil)),
	}
	return c
}

// run ticks every second for so long, with the engine at work.
func (c *calendar) run(d time.Duration) {
	stop := c.w.run()
	for range d / time.Second {
		c.s.Tick(c.t.Context())
		time.Sleep(time.Second)
	}
	synctest.Wait()
	stop()
}

func (c *calendar) Live() ([]*deliver.Issue, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.issue
	switch {
	case i.State == deliver.Scheduled, i.State == deliver.Running, i.State == deliver.Cancelled && c.ended == 0:
		return []*deliver.Issue{&i}, nil
	}
	return nil, nil
}

func (c *calendar) ChangeIssue(_ context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name != named("a/1") {
		return errors.New("no such issue")
	}
	if c.change != nil {
		return c.change
	}
	i := c.issue
	if err := change(&i, c.now()); err != nil {
		return err
	}
	c.issue = i
	if i.State == deliver.Cancelled {
		c.ledger.mu.Lock()
		defer c.ledger.mu.Unlock()
		c.ledger.cancelled = true
	}
	return nil
}

func (c *calendar) StartIssue(_ context.Context, _ deliver.IssueName, form deliver.Form, start func(*deliver.Issue, int, time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.between != nil {
		c.between(&c.issue)
		c.between = nil
	}
	if c.start != nil {
		if err := c.start(); err != nil {
			return err
		}
	}
	i := c.issue
	if err := start(&i, len(c.ledger.pending), c.now()); err != nil {
		return err
	}
	c.issue, c.compiled = i, string(form.Compiled)
	c.starts++
	return nil
}

func (c *calendar) Conclude(_ context.Context, _ deliver.IssueName, finish func(*deliver.Issue, deliver.Balance, bool, time.Time)) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	if len(c.ledger.inFlight) > 0 {
		if c.issue.State == deliver.Running {
			c.t.Error("asked to conclude a run of which copies are in flight")
		}
		return false, nil
	}
	if c.issue.State == deliver.Running {
		if len(c.ledger.pending)+len(c.ledger.waiting) > 0 {
			return false, nil
		}
		if c.ledger.out > 0 {
			c.t.Error("asked to conclude a run of which copies are handed out")
		}
		all := len(c.ledger.settled)
		books := deliver.Balance{Audience: all, Accepted: all}
		if c.refused {
			books = deliver.Balance{Audience: all, Refused: all}
		}
		if finish(&c.issue, books, false, c.now()); c.issue.State == deliver.Paused {
			return false, nil
		}
	}
	c.ended++
	return true, nil
}

func (c *calendar) words() string {
	var all []string
	for _, e := range c.issue.Timeline {
		all = append(all, e.What)
	}
	return strings.Join(all, "; ")
}

func (c *calendar) want(s deliver.State, words string) {
	c.t.Helper()
	if c.issue.State != s || c.words() != words {
		c.t.Errorf("got  %s: %s\nwant %s: %s", c.issue.State, c.words(), s, words)
	}
}
