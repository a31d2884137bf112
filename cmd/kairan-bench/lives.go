package main

import (
	"bufio"
	"context"
	"encoding/json"
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
	opened *deliver.Balance // the books when its store was open; nil: it did not get so far
	closed *deliver.Balance // the books when the issue was out; nil: it was not
	killed bool
	stop   bool
}

// lives starts the sender again after each end, until the issue is out. It
// looks at the books each time.
func (s *story) lives(ctx context.Context, c *chapterOutcome, spec senderSpec, sink *sinkProcess, most int) error {
	planned := min(most, 1+s.dice.IntN(20))
	// A life must not be so long that the issue is out before the planned kills.
	longest := max(10*time.Millisecond, 60*time.Microsecond*time.Duration(c.readers)/time.Duration(planned))
	ever, allowed, unanswered := 0, 0, int64(0)
	for {
		how := byItself
		if c.kills < planned {
			if how = byKill; s.dice.IntN(6) == 0 {
				how = byTerm
			}
		}
		l, err := s.live(ctx, spec, how, time.Duration(s.dice.Int64N(int64(longest))))
		if err != nil {
			return err
		}
		if l.opened != nil {
			if err := c.reopened(*l.opened, ever+allowed); err != nil {
				return err
			}
			ever, allowed = l.opened.UncertainEver, 0
		}
		seen, err := sink.Idle(ctx)
		if err != nil {
			return err
		}
		// What is in doubt may grow by those whom the sink left without an answer
		// and, if the sender was killed, by one for each connection.
		allowed += int(seen.Unanswered - unanswered)
		unanswered = seen.Unanswered
		if l.killed {
			c.kills++
			allowed += spec.Connections
		}
		if l.stop {
			c.stops++
		}
		if l.closed != nil {
			c.books = *l.closed
			return c.doubts(c.books, ever+allowed)
		}
	}
}

// reopened looks at the books that a sender finds after the end of the last one.
func (c *chapterOutcome) reopened(b deliver.Balance, most int) error {
	c.books = b
	if !b.Balances() || b.InFlight != 0 || b.Audience != 0 && b.Audience != c.readers {
		return fmt.Errorf("after %d kills the books do not balance: %+v", c.kills, b)
	}
	return c.doubts(b, most)
}

func (c *chapterOutcome) doubts(b deliver.Balance, most int) error {
	if b.UncertainEver > most {
		return fmt.Errorf("after %d kills and %d stops %d readers were uncertain at some time; %d can be accounted for (one for each of %d connections at a kill, none at a stop)",
			c.kills, c.stops, b.UncertainEver, most, c.connections)
	}
	return nil
}

// live runs one sender, and ends it after so long.
func (s *story) live(ctx context.Context, spec senderSpec, how end, after time.Duration) (l life, err error) {
	cmd, err := self("sender", spec, s.std.err)
	if err != nil {
		return l, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return l, err
	}
	if err := cmd.Start(); err != nil {
		return l, err
	}
	defer endWith(ctx, cmd)()
	timer := time.AfterFunc(after, func() { send(cmd.Process, how) })
	defer timer.Stop()
	early := s.dice.IntN(5) == 0 // also while the store is being opened
	if !early {
		timer.Stop()
	}
	fault := l.listen(out, func() {
		if !early {
			timer.Reset(after)
		}
	})
	err = cmd.Wait()
	l.killed = diedOf(err, syscall.SIGKILL)
	if l.opened == nil && diedOf(err, syscall.SIGTERM) {
		err = nil // it came before the program had begun
	}
	l.stop = how == byTerm && l.closed == nil && err == nil
	switch {
	case l.killed: // and what it said last may be cut short
		return l, ctx.Err()
	case err != nil, fault != nil:
		return l, fmt.Errorf("the sender failed: %w", errors.Join(err, fault))
	case how == byItself && l.closed == nil:
		return l, errors.Join(errors.New("the sender ended before the issue was out"), ctx.Err())
	}
	return l, ctx.Err()
}

// listen hears a sender out.
func (l *life) listen(out io.Reader, atWork func()) (fault error) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var h heard
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			fault = err
			continue
		}
		switch h.Event {
		case opened:
			l.opened = &h.Books
		case running:
			atWork()
		case ended:
			l.closed = &h.Books
		}
	}
	return fault
}

func send(p *os.Process, how end) {
	switch how { // it may have ended by itself
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
