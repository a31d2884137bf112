package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"example.jp/kairan/deliver"
)

// life is what was heard of one sender.
type life struct {
	opened  *deliver.Balance // the books when its store was open; nil: it did not get so far
	closed  *deliver.Balance // the books when the issue was out; nil: it was not
	killed  bool
	stopped bool
}

// live runs one sender, and sends it a signal after so long; nil: it ends by
// itself, when the issue is out.
func (s *crashes) live(ctx context.Context, spec senderSpec, end os.Signal, after time.Duration) (l life, err error) {
	c, err := start(ctx, "sender", spec, s.std.err)
	if err != nil {
		return l, err
	}
	timer := time.AfterFunc(after, func() {
		if end != nil {
			_ = c.Process.Signal(end) // it may have ended by itself
		}
	})
	defer timer.Stop()
	early := s.rng.IntN(5) == 0 // also while the store is being opened
	if !early {
		timer.Stop()
	}
	fault := l.listen(c, func() {
		if !early {
			timer.Reset(after)
		}
	})
	err = c.end()
	l.killed = diedOf(err, syscall.SIGKILL)
	if l.opened == nil && diedOf(err, syscall.SIGTERM) {
		err = nil // it came before the program had begun
	}
	l.stopped = end == syscall.SIGTERM && l.closed == nil && err == nil
	switch {
	case l.killed: // and what it said last may be cut short
		return l, ctx.Err()
	case err != nil, fault != nil:
		return l, errors.Join(err, fault, ctx.Err())
	case end == nil && l.closed == nil:
		return l, errors.Join(errors.New("the sender ended before the issue was out"), ctx.Err())
	}
	return l, ctx.Err()
}

// listen hears a sender out.
func (l *life) listen(c *child, atWork func()) error {
	for {
		var s said
		if err := c.says.Decode(&s); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("the sender cannot be understood: %w", err)
		}
		switch s.Event {
		case opened:
			l.opened = &s.Books
		case running:
			atWork()
		case ended:
			l.closed = &s.Books
		}
	}
}

// diedOf says whether that signal ended a process.
func diedOf(err error, signal syscall.Signal) bool {
	exit, is := errors.AsType[*exec.ExitError](err)
	if !is {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}
