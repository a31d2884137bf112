package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"example.jp/kairan/deliver"
)

// relayProcess is the relay as its starter sees it.
type relayProcess struct {
	*child
	Port int
}

// startRelay starts a relay in a process of its own; it ends with this one.
func startRelay(spec relaySpec, stderr io.Writer) (*relayProcess, error) {
	c, err := start(context.Background(), "relay", spec, stderr)
	if err != nil {
		return nil, err
	}
	port, err := hear[int](c)
	if err != nil {
		return nil, errors.Join(err, c.end())
	}
	return &relayProcess{c, port}, nil
}

// ask asks for the counters.
func (p *relayProcess) ask() (c counters, err error) {
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		return c, fmt.Errorf("the relay has ended: %w", err)
	}
	return hear[counters](p.child)
}

// await asks for the counters until they please, at most for 20 seconds.
func (p *relayProcess) await(ctx context.Context, pleases func(counters) bool) (c counters, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		if c, err = p.ask(); err != nil || pleases(c) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return c, fmt.Errorf("%s messages have come to the relay, and %d connections are open: %w", deliver.Thousands(int(c.Messages)), c.Open, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// idle waits until no connection is open: what a sender that was killed had
// written is still read to its end.
func (p *relayProcess) idle(ctx context.Context) (counters, error) {
	return p.await(ctx, func(c counters) bool { return c.Open == 0 })
}
