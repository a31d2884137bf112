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

// end is how a sender's life ends, if the issue is not out before.
type end int

const (
	byItself end = iota // when the issue is out
	byKill              // SIGKILL
	byTerm              // SIGTERM
)

// life is what was heard of one sender.
type life struct {
	opened  *deliver.Balance // the books when its store was open; nil: it did not get so far
	closed  *deliver.Balance // the books when the issue was out; nil: it was not
	killed  bool
	stopped bool
}

// live runs one sender, and ends it after so long.
func (s *crashes) live(ctx context.Context, spec senderSpec, how end, after time.Duration) (l life, err error) {
	c, err := start(ctx, "sender", spec, s.std.err)
	if err != nil {
		return l, err
	}
	timer := time.AfterFunc(after, func() { how.befall(c.Process) })
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
	l.stopped = how == byTerm && l.closed == nil && err == nil
	switch {
	case l.killed: // and what it said last may be cut short
		return l, ctx.Err()
	case err != nil, fault != nil:
		return l, errors.Join(err, fault, ctx.Err())
	case how == byItself && l.closed == nil:
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

// befall ends a process, which may have ended by itself.
func (e end) befall(p *os.Process) {
	switch e {
	case byKill:
		_ = p.Kill()
	case byTerm:
		_ = p.Signal(syscall.SIGTERM)
	}
}

// diedOf says whether that signal ended a process.
func diedOf(err error, signal syscall.Signal) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}
