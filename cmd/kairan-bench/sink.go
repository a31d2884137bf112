package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// sinkSpec is what a sink is to be.
type sinkSpec struct {
	Faults   faults
	Record   string // a file that takes a line for each copy; "": none
	Lockstep bool   // PIPELINING is not offered
	Procs    int    // processors; 0: all
}

// counters are what a sink has seen since it began.
type counters struct {
	Messages    int64 // taken, whether or not the sender was told
	Bytes       int64 // of their data
	Connections int64
	Open        int64 // connections
	Refused     int64
	Deferred    int64
	Unanswered  int64 // by the script: the sender cannot know what became of the message
	CPU         time.Duration
}

// sink takes mail as fast as it can and forgets it.
type sink struct {
	spec                                    sinkSpec
	messages, bytes, connections, open      atomic.Int64
	refused, deferred, unanswered, sessions atomic.Int64

	mu      sync.Mutex
	met     map[string]bool // recipients whose first attempt has met its fault
	slice   int64           // of time, in which
	inSlice int             // were taken
	record  *bufio.Writer
}

// runSink is the sink's process. It prints its port, then answers each line of
// its input with its counters, and ends with its input.
func runSink(_ context.Context, spec sinkSpec, std streams) error {
	if spec.Procs > 0 {
		runtime.GOMAXPROCS(spec.Procs)
	}
	s := &sink{spec: spec, met: map[string]bool{}}
	if spec.Record != "" {
		f, err := os.OpenFile(spec.Record, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		s.record = bufio.NewWriterSize(f, 1<<16)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("the sink has no port: %w", err)
	}
	defer l.Close()
	go s.accept(l)
	fmt.Fprintln(std.out, l.Addr().(*net.TCPAddr).Port)
	for lines := bufio.NewScanner(std.in); lines.Scan(); {
		c, err := s.counters()
		if err != nil {
			return err
		}
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s\n", b)
	}
	return nil
}

func (s *sink) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				fmt.Fprintf(os.Stderr, "kairan-bench: the sink takes no connections any more: %v\n", err)
			}
			return
		}
		s.connections.Add(1)
		s.open.Add(1)
		go func() {
			defer s.open.Add(-1)
			(&session{sink: s, conn: c, id: s.sessions.Add(1), buf: make([]byte, 64<<10)}).serve()
		}()
	}
}

// counters also brings the record to its file.
func (s *sink) counters() (counters, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.record != nil {
		if err := s.record.Flush(); err != nil {
			return counters{}, err
		}
	}
	cpu, err := cpuTime()
	return counters{
		Messages: s.messages.Load(), Bytes: s.bytes.Load(), Connections: s.connections.Load(), Open: s.open.Load(),
		Refused: s.refused.Load(), Deferred: s.deferred.Load(), Unanswered: s.unanswered.Load(), CPU: cpu,
	}, err
}

// meets says which fault meets this attempt.
func (s *sink) meets(recipient string) fault {
	f := s.spec.Faults.of(recipient)
	if !f.once() {
		return f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.met[recipient] {
		return noFault
	}
	s.met[recipient] = true
	return f
}

// take counts a message, and records it before the sender can be told.
func (s *sink) take(c copyTaken) {
	s.messages.Add(1)
	if s.record == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.record, "%d %d %08x %d %s\n", c.conn, c.nth, c.sum, time.Now().UnixNano(), c.recipient) // a full disk shows at the next flush
}

// copyTaken is one line of the record.
type copyTaken struct {
	conn, nth int64 // the connection, and which of its messages; both from 1
	sum       uint32
	at        int64 // when it was taken, before the sender was told; in Unix nanoseconds
	recipient string
}

// readRecord reads what a sink has recorded.
func readRecord(path string) (out []copyTaken, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c copyTaken
		if _, err := fmt.Sscanf(lines.Text(), "%d %d %x %d %s", &c.conn, &c.nth, &c.sum, &c.at, &c.recipient); err != nil {
			return nil, fmt.Errorf("line %d of the sink's record cannot be read: %w", len(out)+1, err)
		}
		out = append(out, c)
	}
	return out, nil
}
