package cron

import (
	"context"
	"errors"
	"fmt"
	"time"

	robfig "github.com/robfig/cron/v3"
)

// Tick is one thing done at regular intervals.
type Tick struct {
	Every time.Duration         // whole seconds, at least one
	Do    func(context.Context) // its context ends when Run is told to end
	Fault func(error)           // told of a panic in Do, with the stack; called by one goroutine
}

// Run does Do at each full second that is Every after the last tick, until ctx
// ends; it returns nil then, after a Do that is under way. A tick that comes
// while Do is still running is left out. The error is a Tick that cannot run.
func (t Tick) Run(ctx context.Context) error {
	switch {
	case t.Every < time.Second || t.Every%time.Second != 0:
		// robfig would round it in silence.
		return fmt.Errorf("a tick comes every so many whole seconds, at least one; got %s", t.Every)
	case t.Do == nil || t.Fault == nil:
		return errors.New("a tick needs something to do and somebody to tell of a panic")
	}
	log := faults(t.Fault)
	// Recover goes inside: SkipIfStillRunning would keep its turn for ever when a
	// panic passed through it.
	c := robfig.New(robfig.WithLogger(log), robfig.WithLocation(time.UTC),
		robfig.WithChain(robfig.SkipIfStillRunning(log), robfig.Recover(log)))
	c.Schedule(robfig.Every(t.Every), robfig.FuncJob(func() {
		if ctx.Err() == nil {
			t.Do(ctx)
		}
	}))
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// faults is robfig's logger: of all it says, only panics are of interest.
type faults func(error)

func (faults) Info(string, ...any) {}

func (f faults) Error(err error, what string, more ...any) {
	f(fmt.Errorf("%s in a tick: %w %s", what, err, fmt.Sprint(more...)))
}
