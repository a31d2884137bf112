package store

import (
	"context"
	goflag "flag"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

var compactReaders = goflag.Int("compact-readers", 10_000, "how many readers there are while it is measured how long others wait for a compaction")

// waits are those of one kind of visitor.
type waits struct {
	n            int
	longest, sum time.Duration
}

// measured does something again and again while something else is done, and says how
// long it took.
func measured(t *testing.T, while func(), do ...func() error) []waits {
	t.Helper()
	all, stop := make([]waits, len(do)), atomic.Bool{}
	var g sync.WaitGroup
	for n, do := range do {
		g.Go(func() {
			for w := &all[n]; !stop.Load(); {
				began := time.Now()
				if err := do(); err != nil {
					t.Error(err)
					return
				}
				took := time.Since(began)
				w.n, w.sum, w.longest = w.n+1, w.sum+took, max(w.longest, took)
			}
		})
	}
	while()
	stop.Store(true)
	g.Wait()
	return all
}

// TestWaitsWhileCompacting: leavings and sign-ups go on, and nobody waits for the copy.
func TestWaitsWhileCompacting(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys()})
	ids := seedReaders(t, s, "japanifornia", *compactReaders)
	next, ctx := 0, context.Background()
	var left, joined atomic.Int64
	leave := func() error { defer left.Add(1); next++; return leaveOne(ctx, s, ids[next]) }
	join := func() error {
		defer joined.Add(1)
		e := sample("japanifornia", subscribe.NewID().String()+"@example.jp")
		return s.Update(ctx, func(tx subscribe.Tx) error { tx.Put(e); return nil })
	}
	// The copy waits for one of each: a small one is made before anybody else has his turn.
	amid := sync.OnceFunc(func() {
		before, until := [2]int64{left.Load(), joined.Load()}, time.Now().Add(10*time.Second)
		for (left.Load() == before[0] || joined.Load() == before[1]) && time.Now().Before(until) {
			time.Sleep(time.Millisecond)
		}
	})
	var out Compacted
	var took time.Duration
	most, fault := uint64(0), error(nil)
	during := measured(t, func() {
		began := time.Now()
		out, fault = s.Compact(ctx, func(int64, int64) {
			amid()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse+m.StackInuse)
		})
		took = time.Since(began)
	}, leave, join)
	if fault != nil {
		t.Fatal(fault)
	}
	t.Logf("%d readers: %v for %d MB, now %d MB; nothing was written for %v; heap up to %d MB", *compactReaders, took.Round(time.Millisecond), out.Before>>20, out.After>>20, out.Pause, most>>20)
	for n, what := range []string{"leavings", "sign-ups"} {
		w := during[n]
		if w.n == 0 {
			t.Errorf("no %s meanwhile", what)
			continue
		}
		t.Logf("%d %s meanwhile: %v each, the longest %v", w.n, what, (w.sum / time.Duration(w.n)).Round(time.Microsecond), w.longest)
	}
	if most>>20 > 200+uint64(*compactReaders)/10_000 || during[0].longest > 10*time.Second {
		t.Errorf("%d MB of heap; a leaving took %v", most>>20, during[0].longest)
	}
}
