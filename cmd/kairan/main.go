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

func main() { os.Exit(runWithSignals(os.Args, time.Now, nil)) }

// runWithSignals is one process: its arguments, its streams and its signals. The first
// SIGINT or SIGTERM lets the command end in order; a second Ctrl-C ends it at
// once, which loses nobody: the next start settles what was in flight. reach is nil but in
// tests, whose feeds are served on this computer.
func runWithSignals(args []string, now func() time.Time, reach func(netip.Addr) bool) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { signal.Reset(os.Interrupt) })
	narrow()
	return runReaching(ctx, args, streams{os.Stdin, os.Stdout, os.Stderr}, now, reach)
}

// run is main without the process: arguments in, the program's name first, exit
// code out.
func run(ctx context.Context, args []string, std streams, now func() time.Time) int {
	return runReaching(ctx, args, std, now, nil)
}

func runReaching(ctx context.Context, args []string, std streams, now func() time.Time, reach func(netip.Addr) bool) int {
	a := &app{std: std, now: now, program: calledAs(args[0]), start: start, getenv: os.Getenv, reach: reach}
	root := a.command()
	root.SetArgs(args[1:])
	c, err := root.ExecuteContextC(ctx)
	return a.exitCode(c.Name(), err)
}
