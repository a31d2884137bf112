package compose

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
)

// TestWhatIsMadeKeepsNobodyElse: what is kept, and what else is made, is there while one
// thing takes long; whoever wants this very thing waits, and it is made once.
func TestWhatIsMadeKeepsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r recent[string, int]
		made := map[string]int{}
		var mu sync.Mutex
		create := func(takes time.Duration) func(string) (int, error) {
			return func(key string) (int, error) {
				mu.Lock()
				made[key]++
				mu.Unlock()
				time.Sleep(takes) // of the bubble's clock
				return len(key), nil
			}
		}
		if _, err := r.get(t.Context(), "kept", create(0)); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if v, err := r.get(t.Context(), "slow", create(time.Minute)); v != 4 || err != nil {
					t.Errorf("%d, %v", v, err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		for _, key := range []string{"kept", "other"} {
			if _, err := r.get(t.Context(), key, create(time.Second)); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("the others waited %s", took)
		}
		wg.Wait()
		if made["slow"] != 1 || made["kept"] != 1 || len(r.making) != 0 {
			t.Errorf("made %v; %d under way", made, len(r.making))
		}
	})
}

// TestWaitingEndsWithItsContext: of whoever waits, and not of those who wait with them;
// and what was given up by one is made by the next.
func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r recent[string, string]
		first, gone := context.WithCancel(t.Context())
		go func() {
			_, err := r.get(first, "a", func(string) (string, error) { <-first.Done(); return "", first.Err() })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the first has %v", err)
			}
		}()
		synctest.Wait()
		impatient, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := r.get(impatient, "a", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the impatient has %v", err)
		}
		var wg sync.WaitGroup
		var makes atomic.Int32
		for range 3 {
			wg.Go(func() {
				v, err := r.get(t.Context(), "a", func(string) (string, error) { makes.Add(1); return "made", nil })
				if v != "made" || err != nil {
					t.Errorf("a patient one has %q, %v", v, err)
				}
			})
		}
		synctest.Wait()
		gone()
		wg.Wait()
		if makes.Load() != 1 {
			t.Errorf("made %d times", makes.Load())
		}
	})
}

// TestAPanicLeavesNobodyWaiting is for the others, who have a service to run.
func TestAPanicLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	var r recent[string, int]
	func() {
		defer func() { _ = recover() }()
		_, _ = r.get(t.Context(), "a", func(string) (int, error) { panic("a fault of ours") })
	}()
	if v, err := r.get(t.Context(), "a", func(string) (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}

// TestARunWaitsForNoEditor: editors are served one after the other, for as long as they
// wait, and a run begins meanwhile.
func TestARunWaitsForNoEditor(t *testing.T) {
	t.Parallel()
	c, l, m := &Compiler{Templates: set()}, composetest.Consulate(t), deliver.Manuscript{Source: composetest.Sample(t, "autumn.md")}
	if err := c.editors.take(t.Context()); err != nil { // by somebody with much text
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := c.Compile(ctx, l, "autumn", m, time.Now()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an editor whose turn it is not has %v", err)
	}
	if _, _, err := c.CompileRun(t.Context(), l, "autumn", m, time.Now()); err != nil {
		t.Error(err)
	}
	if _, _, err := c.Compile(t.Context(), l, "autumn", m, time.Now()); err != nil { // it is kept
		t.Error(err)
	}
	c.editors.leave()
	if _, err := c.Draft(t.Context(), composetest.Centre(t), m); err != nil {
		t.Error(err)
	}
}
