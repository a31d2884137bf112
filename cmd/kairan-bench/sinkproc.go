package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// sinkProcess is the sink as its starter sees it.
type sinkProcess struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	Port int
}

// startSink starts a sink in a process of its own; it ends with this one.
func startSink(spec sinkSpec, stderr io.Writer) (*sinkProcess, error) {
	cmd, err := self("sink", spec, stderr)
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the sink could not be started: %w", err)
	}
	p := &sinkProcess{cmd: cmd, in: in, out: bufio.NewReader(out)}
	line, err := p.out.ReadString('\n')
	if err == nil {
		p.Port, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the sink did not say its port: %w", err), p.Close())
	}
	return p, nil
}

// Counters asks what the sink has seen so far.
func (p *sinkProcess) Counters() (c counters, err error) {
	if _, err := io.WriteString(p.in, "counters\n"); err != nil {
		return c, fmt.Errorf("the sink has ended: %w", err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return c, fmt.Errorf("the sink has ended: %w", err)
	}
	return c, json.Unmarshal([]byte(line), &c)
}

// Idle waits until no connection is open: what a sender that was killed had
// written is still read to its end.
func (p *sinkProcess) Idle(ctx context.Context) (c counters, err error) {
	for wait := time.Now().Add(20 * time.Second); time.Now().Before(wait); {
		if c, err = p.Counters(); err != nil || c.Open == 0 {
			return c, err
		}
		select {
		case <-ctx.Done():
			return c, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return c, fmt.Errorf("%d connections to the sink stay open", c.Open)
}

// await waits until so many messages have been taken.
func (p *sinkProcess) await(ctx context.Context, messages int64) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		c, err := p.Counters()
		if err != nil || c.Messages >= messages {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("of %s messages %s have come: %w", thousands(int(messages)), thousands(int(c.Messages)), ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Close ends the sink.
func (p *sinkProcess) Close() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }
