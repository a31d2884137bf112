package engine

import (
	"context"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// rule answers a message after so many over its connection, at its envelope or at
// its dot; zero: it takes it.
type rule func(what string, nth int, dot bool) deliver.Result

// always has nothing to remember.
func always(r rule) func() rule { return func() rule { return r } }

// meter is a relay that counts what it is asked, and answers as its rule says.
type meter struct {
	mu       sync.Mutex
	rule     rule
	taken    int
	nth      map[int]int // messages it took, by connection
	refusals []time.Time
}

// at answers to an envelope, or to the data.
func (m *meter) at(what string, conn int, dot bool) (deliver.Result, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.nth == nil {
		m.nth = map[int]int{}
	}
	r := m.rule(what, m.nth[conn], dot)
	switch {
	case r.Stage == 0 && dot:
		m.taken++
		m.nth[conn]++
		return accepted, true
	case r.Stage == 0, (r.Stage == deliver.StageDot) != dot:
		return deliver.Result{}, true
	}
	m.refusals = append(m.refusals, time.Now())
	return r, false
}

func (m *meter) counts() (taken, refused int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken, len(m.refusals)
}

// metered lets a test run over both kinds of connections.
func metered(t *testing.T, connections int, rule func() rule, test func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run)) {
	t.Helper()
	t.Run("in lockstep", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			w, m := newWorld(t, connections), &meter{rule: rule()}
			w.send = func(_ context.Context, c *conn, what string) deliver.Result {
				time.Sleep(10 * time.Millisecond)
				if r, ok := m.at(what, c.n, false); !ok {
					return r
				}
				r, _ := m.at(what, c.n, true)
				return r
			}
			test(t, w, m, func(l *ledger) deliver.Run { return l })
		})
	})
	t.Run("streaming", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			s, m := newStreaming(t, connections), &meter{rule: rule()}
			s.envelope = func(_ context.Context, c *streamer, what string) (deliver.Result, bool) {
				return m.at(what, c.n, false)
			}
			s.data = func(_ context.Context, c *streamer, what string) deliver.Result {
				time.Sleep(10 * time.Millisecond)
				r, _ := m.at(what, c.n, true)
				return r
			}
			s.send = func(_ context.Context, c *conn, what string) deliver.Result { // notices
				if r, ok := m.at(what, c.n, false); !ok {
					return r
				}
				r, _ := m.at(what, c.n, true)
				return r
			}
			test(t, s.world, m, func(l *ledger) deliver.Run { return unclaimed{l} })
		})
	})
}

// wantFirst expects that everybody has a copy, and that nobody lost an attempt.
func (l *ledger) wantFirst(readers int) {
	l.w.t.Helper()
	missing := 0
	for n := range readers {
		if s := l.last(subscribe.Seq(n + 1)); s.Result.Outcome == 0 {
			missing++
		} else if s.Result.Outcome != deliver.Accepted || s.Reader.Attempt != 1 {
			l.w.t.Errorf("#%d: %+v", n+1, s)
		}
	}
	if missing > 0 {
		l.w.t.Errorf("%d of %d have none", missing, readers)
	}
}
