package cron

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// start runs the tick until stop is called, which returns what Run did.
func start(t *testing.T, tick Tick) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tick.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func noFault(t *testing.T) func(error) {
	return func(err error) { t.Errorf("a fault was told: %v", err) }
}

func TestTicksAtItsInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		stop := start(t, Tick{Every: 30 * time.Second, Do: func(context.Context) { at = append(at, time.Now()) }, Fault: noFault(t)})
		time.Sleep(5*time.Minute + time.Second)
		stop()
		time.Sleep(5 * time.Minute)
		if len(at) != 10 {
			t.Fatalf("%d ticks in five minutes", len(at))
		}
		for i := range at[1:] {
			if d := at[i+1].Sub(at[i]); d != 30*time.Second {
				t.Errorf("tick %d came after %s", i+1, d)
			}
		}
	})
}

func TestTicksDoNotOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, runs atomic.Int32
		stop := start(t, Tick{Every: time.Second, Fault: noFault(t), Do: func(context.Context) {
			if running.Add(1) > 1 {
				t.Error("two at once")
			}
			time.Sleep(3500 * time.Millisecond)
			runs.Add(1)
			running.Add(-1)
		}})
		time.Sleep(40*time.Second + time.Millisecond)
		stop()
		if n := runs.Load(); n != 10 {
			t.Errorf("%d runs of 3.5 s in 40 s", n)
		}
	})
}

func TestPanicIsToldAndTheNextTickComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		var told []error
		runs := 0
		stop := start(t, Tick{Every: time.Second, Fault: func(err error) { told = append(told, err) }, Do: func(context.Context) {
			if runs++; runs == 1 {
				panic(boom)
			}
		}})
		time.Sleep(5*time.Second + time.Millisecond)
		stop()
		if runs != 5 {
			t.Errorf("%d runs", runs)
		}
		if len(told) != 1 || !errors.Is(told[0], boom) || !strings.Contains(told[0].Error(), "tick_test.go") {
			t.Errorf("told %v", told)
		}
	})
}

func TestRunWaitsForTheLastTick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var cancelled, finished atomic.Bool
		stop := start(t, Tick{Every: time.Second, Fault: noFault(t), Do: func(ctx context.Context) {
			<-ctx.Done()
			cancelled.Store(true)
			time.Sleep(10 * time.Second)
			finished.Store(true)
		}})
		time.Sleep(time.Second + time.Millisecond)
		stop()
		if !cancelled.Load() || !finished.Load() {
			t.Errorf("cancelled %v, finished %v", cancelled.Load(), finished.Load())
		}
	})
}

func TestTicksThatCannotRun(t *testing.T) {
	t.Parallel()
	do, fault := func(context.Context) {}, func(error) {}
	for name, tick := range map[string]Tick{
		"no interval":    {Do: do, Fault: fault},
		"too often":      {Every: 999 * time.Millisecond, Do: do, Fault: fault},
		"half a second":  {Every: 1500 * time.Millisecond, Do: do, Fault: fault},
		"nothing to do":  {Every: time.Second, Fault: fault},
		"nobody to tell": {Every: time.Second, Do: do},
	} {
		if err := tick.Run(t.Context()); err == nil {
			t.Errorf("%s: it ran", name)
		}
	}
}
