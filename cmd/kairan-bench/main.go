package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run is main without the process: arguments in, exit code out.
func run(ctx context.Context, args []string, std streams) int {
	root := &cobra.Command{
		Use: "kairan-bench", Short: "Measure sending and the public pages, with the real store and the real engine",
		SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.AddCommand(sendCommand(std), farmCommand(std), keepCommand(std), pagesCommand(std), commandsCommand(std), importCommand(std), machineCommand(std),
		part("relay", std, runRelay), part("site", std, runSite), part("sender", std, runSender), part("go-mail", std, runGoMail))
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(std.err, "kairan-bench: %v\n", err)
		return 1
	}
	return 0
}
