package main

import (
	"context"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // lists have time zones, and a static image has no zone files
)

func main() { os.Exit(runWithSignals(os.Args, time.Now, leeway{})) }

// runWithSignals is one process: its arguments, its streams and its signals. The first
// SIGINT or SIGTERM lets the command end in order; a second Ctrl-C ends it at
// once, which loses nobody: the next start settles what was in flight. Only tests give it leeway.
func runWithSignals(args []string, now func() time.Time, more leeway) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { signal.Reset(os.Interrupt) })
	narrow()
	return runWith(ctx, args, streams{os.Stdin, os.Stdout, os.Stderr}, now, more)
}

// leeway is what tests have and people do not; the zero leeway is none.
type leeway struct {
	// reach says from where feeds may be fetched beside the public web; nil: from nowhere.
	reach func(netip.Addr) bool
	// tab is how long a shell waits for what it is to offer; 0: completeWithin.
	tab time.Duration
}

// run is main without the process: arguments in, the program's name first, exit
// code out.
func run(ctx context.Context, args []string, std streams, now func() time.Time) int {
	return runWith(ctx, args, std, now, leeway{})
}

func runWith(ctx context.Context, args []string, std streams, now func() time.Time, more leeway) int {
	a := &app{std: std, now: now, program: calledAs(args[0]), start: start, getenv: os.Getenv, leeway: more}
	root := a.command()
	root.SetArgs(args[1:])
	c, err := root.ExecuteContextC(ctx)
	return a.exitCode(c.Name(), err)
}
