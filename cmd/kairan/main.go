package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // lists have time zones, and a static image has no zone files
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, time.Now)
	stop()
	os.Exit(code)
}

// streams are the three of a process, so that tests can have their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run is main without the process: arguments in, exit code out.
func run(ctx context.Context, args []string, std streams, now func() time.Time) int {
	a := &app{std: std, now: now}
	root := a.command()
	root.SetArgs(args)
	return exitCode(root.ExecuteContext(ctx), std.err)
}
