package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/spf13/cobra"
)

// streams are the three of a process, so that tests can have their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
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

// child is this program again, which plays a part and says values in JSON.
type child struct {
	*exec.Cmd
	part string
	in   io.WriteCloser
	says *json.Decoder
}

// start starts a part. When ctx ends it gets SIGTERM. Whoever starts it ends it,
// with [child.end] or otherwise.
func start(ctx context.Context, part string, spec any, stderr io.Writer) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	c := &child{Cmd: exec.CommandContext(ctx, exe, part, string(arg)), part: part}
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.Env = append(os.Environ(), childEnv)
	c.Stderr = stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in, c.says = in, json.NewDecoder(out)
	return c, c.Start()
}

// hear is the next value that a part says.
func hear[T any](c *child) (v T, err error) {
	if err := c.says.Decode(&v); err != nil {
		return v, fmt.Errorf("the %s ended too soon: %w", c.part, err)
	}
	return v, nil
}

// end waits for the end of a part, which comes with that of its input if it reads.
func (c *child) end() error {
	err := c.in.Close()
	for c.says.Decode(&json.RawMessage{}) == nil { // or it could not write
	}
	if fault := c.Wait(); fault != nil {
		err = errors.Join(err, fmt.Errorf("the %s failed: %w", c.part, fault))
	}
	return err
}
