package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/sink"
)

// signalled is a server in the middle of an issue whose log the test reads.
type signalled struct {
	*killed
	log  *os.File
	line *bufio.Scanner
	held atomic.Int32  // recipients that the relay has not answered
	gate chan struct{} // closed when it may
}

func newSignalled(t *testing.T) *signalled {
	s := &signalled{killed: newKilled(t, 2000), gate: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.launch(w)
	_ = w.Close()
	s.log, s.line = r, bufio.NewScanner(r)
	t.Cleanup(func() { _ = r.Close() })
	if _, err := service.IssueSchedule.Call(t.Context(), s.client, service.Schedule{Issue: killIssue, Now: true}); err != nil {
		t.Fatal(err)
	}
	if !await(func() bool { return s.sink.Count() > 50 }) {
		t.Fatal("the issue does not go out")
	}
	return s
}

// hold makes the relay wait before it answers recipients, and waits for the first.
func (s *signalled) hold() {
	s.sink.Change(func(o *sink.Options) {
		o.Judge = func(string, int) string {
			s.held.Add(1)
			<-s.gate
			return ""
		}
	})
	if !await(func() bool { return s.held.Load() > 0 }) {
		s.t.Fatal("nothing is in flight")
	}
}

// reads reads the log until a line says what.
func (s *signalled) reads(what string) {
	s.t.Helper()
	for s.line.Scan() {
		if strings.Contains(s.line.Text(), what) {
			return
		}
	}
	s.t.Fatalf("the log ends without %q", what)
}

func (s *signalled) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.server.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// TestSignalsThatEndNothing: systemd takes an end by SIGHUP or SIGPIPE for a clean
// one, and does not start the service again.
func TestSignalsThatEndNothing(t *testing.T) {
	t.Parallel()
	s := newSignalled(t)
	s.signal(syscall.SIGHUP)
	s.reads("msg=Hangup")
	if err := s.log.Close(); err != nil { // whoever read the log is gone
		t.Fatal(err)
	}
	for range 10 {
		s.signal(syscall.SIGHUP) // each writes to it
	}
	goal := s.sink.Count() + 200
	if !await(func() bool { return s.books().Accepted >= goal }) {
		t.Error("nothing goes out any more")
	}
	s.end(syscall.SIGTERM)
	s.start()
	if b := s.books(); b.UncertainEver != 0 {
		t.Errorf("%d readers are uncertain after a stop in order", b.UncertainEver)
	}
}

// TestStopTwice: a second SIGTERM is said and changes nothing, since a stop is
// under way; a second Ctrl-C, of a person who does not want to wait, ends at once.
func TestStopTwice(t *testing.T) {
	t.Parallel()
	t.Run("SIGTERM", func(t *testing.T) {
		t.Parallel()
		s := newSignalled(t)
		s.hold()
		s.signal(syscall.SIGTERM)
		s.reads("msg=Stopping")
		s.signal(syscall.SIGTERM)
		s.reads("msg=StoppingAlready")
		close(s.gate)
		s.reads("msg=Stopped")
		if err := s.server.Wait(); err != nil {
			t.Error(err)
		}
		s.server = nil
		s.start()
		if b := s.books(); b.UncertainEver != 0 {
			t.Errorf("%d readers are uncertain", b.UncertainEver)
		}
	})
	t.Run("SIGINT", func(t *testing.T) {
		t.Parallel()
		s := newSignalled(t)
		s.hold()
		defer close(s.gate)
		s.signal(syscall.SIGINT)
		s.reads("msg=Stopping")
		ended := make(chan error, 1)
		go func(c *exec.Cmd) { ended <- c.Wait() }(s.server)
		for done := false; !done; {
			_ = s.server.Process.Signal(syscall.SIGINT)
			select {
			case <-ended:
				done = true
			case <-time.After(look):
			}
		}
		if w, ok := s.server.ProcessState.Sys().(syscall.WaitStatus); !ok || w.Signal() != syscall.SIGINT {
			t.Errorf("it ended with %v", s.server.ProcessState)
		}
		s.server = nil
	})
}

// TestServeExitCodes: what starting again cannot mend has codes that no panic has.
func TestServeExitCodes(t *testing.T) {
	t.Parallel()
	missing := t.TempDir() + "/kairan.toml"
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"-c", missing, "serve"}, exit.Config},
		{[]string{"serve", "--no-such-flag"}, exit.Config},
		{[]string{"serve", "too", "much"}, exit.Config},
		{[]string{"-c", missing, "check"}, exit.Usage},
		{[]string{"-c", missing, "issue", "ls"}, exit.Usage},
	} {
		if code, _, errs := typed(t, c.args...); code != c.want || !strings.HasPrefix(errs, "kairan: ") {
			t.Errorf("%q: exit %d, want %d\n%s", c.args, code, c.want, errs)
		}
	}
}
