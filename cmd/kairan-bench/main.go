package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the list has a time zone

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are the three of a process, so that tests can have their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run is main without the process: arguments in, exit code out.
func run(ctx context.Context, args []string, std streams) int {
	root := &cobra.Command{
		Use: "kairan-bench", Short: "Measure sending, with the real store and the real engine",
		SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.AddCommand(sendCommand(std), noticeCommand(std), leaveCommand(std),
		part("sink", std, runSink), part("sender", std, runSender), part("service", std, runService),
		part("go-mail", std, runGoMail))
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(std.err, "kairan-bench: %v\n", err)
		return 1
	}
	return 0
}

// part is a hidden command that this program starts itself with: its one
// argument is what to do, as JSON.
func part[T any](name string, std streams, do func(context.Context, T, streams) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var spec T
			if err := json.Unmarshal([]byte(args[0]), &spec); err != nil {
				return fmt.Errorf("%s is started by kairan-bench itself: %w", name, err)
			}
			return do(c.Context(), spec, std)
		},
	}
}

// childEnv tells a test binary that it is to be the program.
const childEnv = "KAIRAN_BENCH_CHILD=1"

// self is this program as a child that plays a part. The caller starts it, and
// ends it by its own means.
func self(name string, spec any, stderr io.Writer) (*exec.Cmd, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	c := exec.Command(exe, name, string(arg))
	c.Env = append(os.Environ(), childEnv)
	c.Stderr = stderr
	return c, nil
}
