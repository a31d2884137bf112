package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"example.jp/kairan/cmd/internal/sink"
)

// relaySpec is what a relay is to be.
type relaySpec struct {
	Faults   faults
	Record   string // a file that takes a line for each copy; "": none
	Lockstep bool   // PIPELINING is not offered
	Procs    int    // processors; 0: all
	Readers  int    // whose copies are counted: those that [recipient] names, from 0. 0: nobody's
	Dies     int    // after so many messages, without an answer to the last; 0: never
}

// counters are what a relay has seen since it began.
type counters struct {
	Messages   int64 // taken, whether or not the sender was told
	Unanswered int64 // by the script: the sender cannot know what became of the message
	Open       int   // connections
	CPU        time.Duration

	// Of the readers who are counted: how many have a copy, two, and more than two; and when
	// the first copy came, in Unix nanoseconds.
	Copies, Twice, More, First int64
}

// relay takes mail as fast as it can and forgets it.
type relay struct {
	spec                           relaySpec
	server                         sink.Server
	messages, unanswered, sessions atomic.Int64
	stop                           func() error // once

	mu      sync.Mutex
	met     map[string]bool // recipients whose first attempt has met its fault
	slice   int64           // the present slice of time
	inSlice int             // messages taken in it
	record  *bufio.Writer

	had                        []atomic.Uint32 // copies, by reader
	copies, twice, more, first atomic.Int64
}

// listen opens the relay on a free port.
func (r *relay) listen() (port int, err error) {
	r.met, r.had = map[string]bool{}, make([]atomic.Uint32, r.spec.Readers)
	r.server = sink.Server{
		Open: func() sink.Session { return &session{relay: r, id: r.sessions.Add(1)} }, Lockstep: r.spec.Lockstep, Bare: r.spec.Faults.Bare,
	}
	if err := r.server.Listen("127.0.0.1:0"); err != nil {
		return 0, fmt.Errorf("the relay has no port: %w", err)
	}
	r.stop = sync.OnceValue(r.server.Close)
	at, err := netip.ParseAddrPort(r.server.Addr())
	return int(at.Port()), err
}

// runRelay is the relay's process. It says its port, then its counters for each
// line of its input, and ends with its input.
func runRelay(_ context.Context, spec relaySpec, std streams) (err error) {
	if spec.Procs > 0 {
		runtime.GOMAXPROCS(spec.Procs)
	}
	r := &relay{spec: spec}
	if spec.Record != "" {
		f, err := os.OpenFile(spec.Record, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		r.record = bufio.NewWriterSize(f, 1<<16)
	}
	port, err := r.listen()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	say := json.NewEncoder(std.out)
	err = say.Encode(port)
	for lines := bufio.NewScanner(std.in); err == nil && lines.Scan(); {
		var c counters
		if c, err = r.counters(); err == nil {
			err = say.Encode(c)
		}
	}
	return err
}

// counters also brings the record to its file.
func (r *relay) counters() (c counters, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.record != nil {
		if err := r.record.Flush(); err != nil {
			return c, err
		}
	}
	open, _ := r.server.Connections()
	cpu, err := cpuTime()
	return counters{
		Messages: r.messages.Load(), Unanswered: r.unanswered.Load(), Open: open, CPU: cpu,
		Copies: r.copies.Load(), Twice: r.twice.Load(), More: r.more.Load(), First: r.first.Load(),
	}, err
}

// session is one connection, which meets the script's faults.
type session struct {
	relay     *relay
	id, nth   int64
	recipient string // kept only if there are faults or a record, or copies are counted
	fault     fault
	sum       uint32
}

func (s *session) Mail([]byte) sink.Reply { return s.relay.limit("MAIL", s.nth) }

func (s *session) Rcpt(path []byte) sink.Reply {
	if no := s.relay.limit("RCPT", s.nth); no != sink.OK {
		return no
	}
	if s.relay.spec.Faults.any() || s.relay.record != nil || len(s.relay.had) > 0 {
		s.recipient, _, _ = sink.Path(path)
		s.fault = s.relay.meets(s.recipient)
	}
	switch s.fault {
	case refuse:
		return "550 5.1.1 No such mailbox\r\n"
	case deferOnce:
		return "451 4.2.0 Try again later\r\n"
	case dropRcpt:
		if s.nth > 0 { // the replies of the group are not all there, and the last message's is one of them
			s.relay.unanswered.Add(1)
		}
		return sink.HangUp
	}
	return sink.OK
}

func (s *session) Data() sink.Reply {
	s.sum = 0
	if s.fault.leavesUncertain() {
		// Counted before the sender can see it, so that no count comes late.
		s.relay.unanswered.Add(1)
	}
	if s.fault == dropData {
		return sink.HangUp
	}
	return sink.OK
}

func (s *session) Write(p []byte) {
	if s.relay.record != nil {
		s.sum = crc32.Update(s.sum, castagnoli, p)
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (s *session) End() sink.Reply {
	if s.fault == dropLost {
		return sink.HangUp
	}
	if no := s.relay.limit("DOT", s.nth); no != sink.OK && s.fault != dropTaken {
		return no
	}
	s.nth++
	s.relay.take(copyTaken{conn: s.id, nth: s.nth, sum: s.sum, recipient: s.recipient})
	switch s.fault {
	case dropTaken:
		return sink.HangUp
	case slowAnswer:
		<-time.After(s.relay.spec.Faults.SlowBy)
	}
	return sink.OK
}

// limit is what a command gets now on a connection that has taken so many, and
// counts what is taken in this slice of time.
func (r *relay) limit(verb string, taken int64) sink.Reply {
	f := r.spec.Faults
	if !f.limits.any() {
		return sink.OK
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := now.UnixNano() / int64(slice); n != r.slice {
		r.slice, r.inSlice = n, 0
	}
	no := f.refuses(verb, int(taken), r.inSlice, now)
	if no == sink.OK && verb == "DOT" {
		r.inSlice++
	}
	return no
}

// meets says which fault meets this attempt.
func (r *relay) meets(recipient string) fault {
	f := r.spec.Faults.of(recipient)
	if !f.once() {
		return f
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.met[recipient] {
		return noFault
	}
	r.met[recipient] = true
	return f
}

// take counts a message, and records it before the sender can be told.
func (r *relay) take(c copyTaken) {
	if r.messages.Add(1) == int64(r.spec.Dies) {
		go r.stop() //nolint:errcheck // whoever ends the relay is told
	}
	r.countCopy(c.recipient)
	if r.record == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = fmt.Fprintf(r.record, "%d %d %08x %d %s\n", c.conn, c.nth, c.sum, time.Now().UnixNano(), c.recipient) // a full disk shows at the next flush
}

// countCopy counts what a reader has.
func (r *relay) countCopy(to string) {
	n, ok := readerNumber(to)
	if !ok || n >= len(r.had) {
		return
	}
	switch r.had[n].Add(1) {
	case 1:
		r.first.CompareAndSwap(0, time.Now().UnixNano())
		r.copies.Add(1)
	case 2:
		r.twice.Add(1)
	case 3:
		r.more.Add(1)
	}
}
