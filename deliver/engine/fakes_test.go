package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// What relays answer.
var (
	accepted = deliver.Judge(deliver.StageDot, 250, "2.0.0", "ok")
	nobody   = deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "no such mailbox")
	policy   = deliver.Judge(deliver.StageRcpt, 550, "5.7.1", "blocked")
	unsure   = deliver.Judge(deliver.StageDot, 0, "", "reset")
	ours     = deliver.Judge(deliver.StageMail, 530, "5.7.0", "log in")
)

// world is an engine between a ledger and a relay that only exist in memory. Its
// trace holds, in order, all that was committed and all that went over a wire.
type world struct {
	t *testing.T
	e *Engine

	dial   func(n int) error // the relay at connection n, 1 is the first; nil: welcome
	send   func(ctx context.Context, c *conn, what string) deliver.Result
	commit func() error                                           // fails a commit; nil: never
	paused func(run deliver.IssueName, why string, refusals bool) // nil: no breaker trips
	books  func(run deliver.IssueName) deliver.Balance
	terms  func(run deliver.IssueName) deliver.Terms

	mu      sync.Mutex
	trace   []string
	remarks []string
	dials   []time.Time
	open    int
	log     bytes.Buffer
	notices []deliver.QueuedNotice
	later   []laterNotice
	box     map[uint64]string // what became of a notice
}

var errFull = errors.New("the disk is full")

func newWorld(t *testing.T, connections int) *world {
	w := &world{t: t, box: map[uint64]string{}}
	w.e = &Engine{
		Relays: []Relay{{Transport: w, Connections: connections}}, Composer: w, Outbox: w,
		Policy: Policy{UncertainAfter: 30 * time.Minute},
		Log:    slog.New(slog.NewTextHandler(&lockedWriter{w: w}, nil)),
		Keeper: w,
	}
	return w
}

// told is what the timelines were told so far.
func (w *world) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.remarks)
}

type lockedWriter struct{ w *world }

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.log.Write(b)
}

// patient is a breaker that never trips.
func patient() deliver.BreakerPolicy {
	return deliver.BreakerPolicy{Window: 1 << 20, Hard: 1 << 20, Sender: 1 << 20, Row: 1 << 20, OneInSoMany: 1}
}

// run starts the engine; stop tells it to stop and waits until it has.
func (w *world) run() (stop func()) {
	if w.paused == nil {
		w.e.Policy.Breaker = patient()
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.e.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.open != 0 || w.e.routes[0].countOpen(0) != 0 {
			w.t.Errorf("%d connections left open, %d counted", w.open, w.e.routes[0].countOpen(0))
		}
	}
}

// runFor lets the engine work for so long, and stops it.
func (w *world) runFor(d time.Duration) {
	stop := w.run()
	time.Sleep(d)
	synctest.Wait()
	stop()
}

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

func (w *world) events(prefix string) (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.trace {
		if strings.HasPrefix(e, prefix) {
			out = append(out, e)
		}
	}
	return out
}

// The world is the keeper of its runs.
func (w *world) Terms(run deliver.IssueName) (t deliver.Terms) {
	if w.terms != nil {
		t = w.terms(run)
	}
	return t
}

func (w *world) Books(run deliver.IssueName) (b deliver.Balance) {
	if w.books != nil {
		b = w.books(run)
	}
	return b
}

func (w *world) Remark(run deliver.IssueName, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remarks = append(w.remarks, run.String()+": "+what)
}

func (w *world) Pause(run deliver.IssueName, why string, refusals bool) {
	if w.paused != nil {
		w.paused(run, why, refusals)
	}
}

func (w *world) count(prefix string) int { return len(w.events(prefix)) }

func (w *world) wantTrace(want ...string) {
	w.t.Helper()
	if got := w.events(""); !slices.Equal(got, want) {
		w.t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func (w *world) fails() error {
	if w.commit == nil {
		return nil
	}
	return w.commit()
}

// Copy implements deliver.Composer; the reader with the number of a bad template cannot
// be composed for.
func (w *world) Copy(buf []byte, run deliver.IssueName, r deliver.Reader) (deliver.Message, error) {
	if r.Fields.Of("name") == "bad" {
		return deliver.Message{}, errors.New("a slot is missing for reader@example.jp")
	}
	return deliver.Message{Data: fmt.Appendf(buf, "%s#%d", run, r.Seq)}, nil
}

// Notice implements deliver.Composer.
func (w *world) Notice(o deliver.QueuedNotice) (deliver.Message, error) {
	if o.MessageID == "bad" {
		return deliver.Message{}, errors.New("no template")
	}
	return deliver.Message{Data: fmt.Appendf(nil, "notice %d", o.N)}, nil
}

// Dial implements deliver.Transport.
func (w *world) Dial(context.Context) (deliver.Conn, error) {
	w.mu.Lock()
	w.dials = append(w.dials, time.Now())
	n := len(w.dials)
	w.mu.Unlock()
	if w.dial != nil {
		if err := w.dial(n); err != nil {
			return nil, err
		}
	}
	w.mu.Lock()
	w.open++
	w.mu.Unlock()
	w.note("dial %d", n)
	return &conn{w: w, n: n}, nil
}

// conn is a connection to the relay.
type conn struct {
	w       *world
	n, sent int
	busy    bool
	closed  atomic.Bool // the kill closes it from a goroutine of its own
}

func (c *conn) Send(ctx context.Context, m deliver.Message) deliver.Result {
	if c.closed.Load() || c.busy {
		c.w.t.Errorf("connection %d is closed or busy, and used", c.n)
	}
	c.sent++
	c.w.note("send %s", m.Data)
	if c.w.send == nil {
		return accepted
	}
	c.busy = true
	defer func() { c.busy = false }()
	return c.w.send(ctx, c, string(m.Data))
}

func (c *conn) Close() error {
	if c.closed.Swap(true) {
		c.w.t.Errorf("connection %d closed twice", c.n)
	}
	c.w.mu.Lock()
	c.w.open--
	c.w.mu.Unlock()
	c.w.note("close %d", c.n)
	return nil
}

// laterNotice is one that is tried again.
type laterNotice struct {
	due time.Time
	o   deliver.QueuedNotice
}

// ReserveNotice implements deliver.Outbox, with ReturnNotice, ClaimNotice and SettleNotice.
func (w *world) ReserveNotice(now time.Time) (*deliver.QueuedNotice, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range w.later {
		if x := w.later[n]; !x.due.After(now) {
			w.later = slices.Delete(w.later, n, n+1)
			return &x.o, nil
		}
	}
	if len(w.notices) == 0 {
		return nil, nil
	}
	o := w.notices[0]
	w.notices = w.notices[1:]
	return &o, nil
}

func (w *world) ReturnNotice(o deliver.QueuedNotice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices = append(w.notices, o)
}

func (w *world) ClaimNotice(_ context.Context, o deliver.QueuedNotice) error {
	if err := w.fails(); err != nil {
		return err
	}
	if o.MessageID == "left" {
		w.note("withdrawn notice %d", o.N)
		return deliver.ErrWithdrawn
	}
	w.note("claim notice %d", o.N)
	return nil
}

func (w *world) SettleNotice(_ context.Context, o deliver.QueuedNotice, r deliver.Result, next time.Time) error {
	if err := w.fails(); err != nil {
		return err
	}
	w.note("settle notice %d %s%s", o.N, r.Outcome, in(next))
	if !next.IsZero() {
		if !r.Blame.Spares() {
			o.Attempt++
		}
		o.Uncertain = o.Uncertain || r.Outcome == deliver.Uncertain
		w.mu.Lock()
		defer w.mu.Unlock()
		w.later = append(w.later, laterNotice{next, o})
	}
	return nil
}

func in(next time.Time) string {
	if next.IsZero() {
		return ""
	}
	return " again in " + time.Until(next).String()
}

func queued(n uint64) deliver.QueuedNotice {
	return deliver.QueuedNotice{N: n, Attempt: 1, Notice: subscribe.Notice{Expires: time.Now().Add(time.Hour)}}
}

// bubble runs a test on a clock of its own. It fails when a goroutine is left.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// never is an expiry that a test does not reach.
func never() time.Time { return time.Now().Add(1000 * time.Hour) }
