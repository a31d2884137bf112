package engine

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// streaming makes the world's connections Streamers. The hooks say what the
// relay answers to an envelope and to the data; nil: it takes everything.
type streaming struct {
	*world
	envelope func(ctx context.Context, c *streamer, what string) (deliver.Result, bool)
	data     func(ctx context.Context, c *streamer, what string) deliver.Result

	mu    sync.Mutex
	conns []*streamer
}

func newStreaming(t *testing.T, connections int) *streaming {
	s := &streaming{world: newWorld(t, connections)}
	s.e.Relays[0].Transport = s
	return s
}

// Dial implements deliver.Transport.
func (s *streaming) Dial(ctx context.Context) (deliver.Conn, error) {
	c, err := s.world.Dial(ctx)
	if err != nil {
		return nil, err
	}
	x := &streamer{conn: c.(*conn), s: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, x)
	return x, nil
}

// streamer is a connection that a Streamer's rules are held to.
type streamer struct {
	*conn
	s    *streaming
	open string // the message whose data the relay waits for
	data []byte // its data, which is the connection's until it is sent
	said int    // commands and messages
}

func (c *streamer) envelope(ctx context.Context, m deliver.Message) (deliver.Result, bool) {
	what := string(m.Data)
	c.said++
	c.w.note("open %s", what)
	if c.s.envelope != nil {
		if r, ok := c.s.envelope(ctx, c, what); !ok {
			return r, false
		}
	}
	c.open, c.data = what, m.Data
	return deliver.Result{}, true
}

// Open implements Streamer, with Exchange.
func (c *streamer) Open(ctx context.Context, m deliver.Message) (deliver.Result, bool) {
	if c.open != "" {
		c.w.t.Errorf("connection %d: Open out of turn", c.n)
	}
	return c.envelope(ctx, m)
}

func (c *streamer) Exchange(ctx context.Context, next *deliver.Message) (r, opened deliver.Result, ok bool) {
	if c.open == "" {
		c.w.t.Errorf("connection %d: Exchange out of turn", c.n)
	}
	what := c.open
	c.open = ""
	if string(c.data) != what {
		c.w.t.Errorf("connection %d: %s was overwritten with %s before it was sent", c.n, what, c.data)
	}
	clear(c.data) // and so is the room behind it
	clear(c.data[len(c.data):cap(c.data)])
	c.said++
	c.w.note("send %s", what)
	r = accepted
	if c.s.data != nil {
		r = c.s.data(ctx, c, what)
	}
	if r.Broken || next == nil {
		return r, deliver.Result{}, false
	}
	opened, ok = c.envelope(ctx, *next)
	return r, opened, ok
}

// Send implements Conn; only notices go this way.
func (c *streamer) Send(ctx context.Context, m deliver.Message) deliver.Result {
	if c.open != "" {
		c.w.t.Errorf("connection %d: Send out of turn", c.n)
	}
	c.said++
	return c.conn.Send(ctx, m)
}

// unclaimed is a ledger that also takes, as every ledger must, the outcome of a reader
// whose envelope the relay did not take, and who is claimed by that.
type unclaimed struct{ *ledger }

func (u unclaimed) SettleAndClaim(ctx context.Context, settle *deliver.Settlement, claim *deliver.Reader, meanwhile func()) error {
	if settle != nil && settle.Result.Stage < deliver.StageDot && settle.Result.Stage >= deliver.StageRcpt {
		u.mu.Lock()
		u.inFlight[settle.Reader.Seq] = true
		u.mu.Unlock()
	}
	return u.ledger.SettleAndClaim(ctx, settle, claim, meanwhile)
}

// refusing answers the envelope of one message.
func refusing(what string, answers ...deliver.Result) func(context.Context, *streamer, string) (deliver.Result, bool) {
	return func(_ context.Context, _ *streamer, this string) (deliver.Result, bool) {
		if this != what || len(answers) == 0 {
			return deliver.Result{}, true
		}
		r := answers[0]
		answers = answers[1:]
		return r, false
	}
}

// TestStream is the rhythm: the claim stands between the envelope and the data,
// one commit settles the last and claims the next.
func TestStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 1)
		s.e.Add(unclaimed{newLedger(s.world, "a/1", 3)}, never())
		stop := s.run()
		time.Sleep(9 * time.Second)
		before := []string{
			"dial 1", "open a/1#1", "claim a/1#1",
			"send a/1#1", "open a/1#2", "settle a/1#1 accepted, claim a/1#2",
			"send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3",
			"send a/1#3", "settle a/1#3 accepted",
		}
		s.wantTrace(before...)
		time.Sleep(2 * time.Second)
		s.wantTrace(append(before, "close 1")...)
		stop()
	})
}

// TestStreamAnswers: what becomes of three readers when the relay, the reader or
// the disk does something in the middle.
func TestStreamAnswers(t *testing.T) {
	t.Parallel()
	ok := accepted
	for _, c := range []struct {
		name     string
		prepare  func(s *streaming, l *ledger)
		trace    []string
		attempts int // of the second reader; 0: none
	}{
		{"the next has left", func(_ *streaming, l *ledger) { l.left[2] = true }, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 accepted, withdraw a/1#2", "close 1",
			"dial 2", "open a/1#3", "claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 2"}, 0},
		{"the first has left", func(_ *streaming, l *ledger) { l.left[1] = true }, []string{
			"dial 1", "open a/1#1", "withdraw a/1#1", "close 1",
			"dial 2", "open a/1#2", "claim a/1#2", "send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 2"}, 1},
		{"RCPT refuses the next", func(s *streaming, _ *ledger) {
			s.envelope = refusing("a/1#2", deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "no"))
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 accepted",
			"open a/1#3", "settle a/1#2 refused, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 1"}, 1},
		{"RCPT refuses the first of all", func(s *streaming, _ *ledger) {
			s.envelope = refusing("a/1#1", deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "no"))
		}, []string{
			"dial 1", "open a/1#1", "open a/1#2", "settle a/1#1 refused, claim a/1#2", "send a/1#2", "open a/1#3",
			"settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 1"}, 1},
		{"421 at RCPT", func(s *streaming, _ *ledger) {
			s.envelope = refusing("a/1#2", deliver.Judge(deliver.StageRcpt, 421, "", "closing"))
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 accepted", "close 1",
			"dial 2", "open a/1#2", "claim a/1#2", "send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 2"}, 1},
		{"MAIL refused, our fault", func(s *streaming, _ *ledger) {
			s.envelope = refusing("a/1#2", deliver.Judge(deliver.StageMail, 530, "5.7.0", "not you"))
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 accepted", "close 1",
			"dial 2", "open a/1#2", "claim a/1#2", "send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 2"}, 1},
		{"421 at MAIL of a used connection", func(s *streaming, _ *ledger) {
			s.envelope = refusing("a/1#2", deliver.Judge(deliver.StageMail, 421, "4.7.0", "enough"))
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 accepted", "close 1",
			"dial 2", "open a/1#2", "claim a/1#2", "send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 2"}, 1},
		{"a used connection is found closed", func(s *streaming, _ *ledger) {
			s.envelope = refusing("a/1#2", deliver.Judge(deliver.StageMail, 0, "", "EOF"))
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 accepted", "close 1",
			"dial 2", "open a/1#2", "claim a/1#2", "send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 2"}, 1},
		{"the first is uncertain, nothing was said about the next", func(s *streaming, _ *ledger) {
			s.data = func(_ context.Context, _ *streamer, what string) deliver.Result {
				if what == "a/1#1" {
					return deliver.Judge(deliver.StageDot, 0, "", "EOF")
				}
				return ok
			}
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "close 1", "settle a/1#1 uncertain again in 30m0s",
			"dial 2", "open a/1#2", "claim a/1#2", "send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 2"}, 1},
		{"the first is refused at its end, the next goes on", func(s *streaming, _ *ledger) {
			s.data = func(_ context.Context, _ *streamer, what string) deliver.Result {
				if what == "a/1#1" {
					return deliver.Judge(deliver.StageDot, 554, "5.6.0", "bad")
				}
				return ok
			}
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 refused, claim a/1#2",
			"send a/1#2", "open a/1#3", "settle a/1#2 accepted, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 1"}, 1},
		{"the next cannot be composed for", func(_ *streaming, l *ledger) { l.bad[2] = true }, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "settle a/1#1 accepted, claim a/1#2",
			"open a/1#3", "settle a/1#2 refused, claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 1"}, 1},
		{"a notice comes due", func(s *streaming, _ *ledger) {
			s.data = func(_ context.Context, _ *streamer, what string) deliver.Result {
				if what == "a/1#1" {
					s.ReturnNotice(queued(7))
				}
				return ok
			}
		}, []string{
			"dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open a/1#2", "settle a/1#1 accepted, claim a/1#2", "send a/1#2",
			"settle a/1#2 accepted", "claim notice 7", "send notice 7", "settle notice 7 accepted",
			"open a/1#3", "claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 1"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStreaming(t, 1)
				l := newLedger(s.world, "a/1", 3)
				c.prepare(s, l)
				s.e.Add(unclaimed{l}, never())
				s.runFor(5 * time.Minute)
				s.wantTrace(c.trace...)
				if held := strings.Contains(strings.Join(s.told(), ""), "no mail goes out"); held != (c.name == "MAIL refused, our fault") {
					t.Errorf("held: %q", s.told())
				}
				if n := len(l.settled[2]); n != c.attempts {
					t.Errorf("%d attempts for the second", n)
				}
				for seq, all := range l.settled {
					if all[0].Reader.Attempt != 1 {
						t.Errorf("#%d began with attempt %d", seq, all[0].Reader.Attempt)
					}
				}
				l.wantClaimed()
			})
		})
	}
}

// TestStreamOfTwoRuns: an outcome is settled in its own run's books.
func TestStreamOfTwoRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 1)
		a, b := newLedger(s.world, "a/1", 2), newLedger(s.world, "b/2", 1)
		s.e.Add(a, never())
		s.e.Add(b, never())
		s.runFor(time.Second)
		s.wantTrace("dial 1", "open a/1#1", "claim a/1#1", "send a/1#1", "open b/2#1", "settle a/1#1 accepted", "claim b/2#1",
			"send b/2#1", "open a/1#2", "settle b/2#1 accepted", "claim a/1#2", "send a/1#2", "settle a/1#2 accepted", "close 1")
	})
}

// TestStreamIsPausedEverywhere: a refusal at MAIL on one connection ends the
// streams of all, after the message that each has open.
func TestStreamIsPausedEverywhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 4)
		start := time.Now()
		refused := false
		s.envelope = func(context.Context, *streamer, string) (deliver.Result, bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if !refused && time.Since(start) > 10*time.Second {
				refused = true
				return deliver.Judge(deliver.StageMail, 530, "5.7.0", "who are you"), false
			}
			return deliver.Result{}, true
		}
		s.data = func(context.Context, *streamer, string) deliver.Result {
			time.Sleep(100 * time.Millisecond)
			return accepted
		}
		l := newLedger(s.world, "a/1", 600)
		s.e.Add(unclaimed{l}, never())
		stop := s.run()
		time.Sleep(10*time.Second + 150*time.Millisecond)
		sent := s.count("send")
		if held, _, _ := s.e.NoRelay(); !held {
			t.Error("not held")
		}
		time.Sleep(800 * time.Millisecond)
		if n := s.count("send"); n > sent+3 {
			t.Errorf("%d copies sent while held", n-sent)
		}
		time.Sleep(time.Minute)
		stop()
		l.wantAll(600, deliver.Accepted, 1)
		if len(s.told()) != 2 {
			t.Errorf("%q", s.told())
		}
	})
}

// TestStreamingProbe: while the relay is held one message goes out at a time,
// without an envelope behind it.
func TestStreamingProbe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 3)
		s.envelope = func(_ context.Context, _ *streamer, _ string) (deliver.Result, bool) {
			if s.count("open") <= 3 {
				return deliver.Judge(deliver.StageMail, 451, "4.3.0", "not yet"), false
			}
			return deliver.Result{}, true
		}
		probes := 0
		s.data = func(_ context.Context, _ *streamer, what string) deliver.Result {
			if held, _, _ := s.e.NoRelay(); held {
				probes++
				time.Sleep(5 * time.Second) // the others must wait for the probe
				if trace := s.events(""); trace[len(trace)-1] != "send "+what {
					t.Errorf("during the probe: %q", trace)
				}
			}
			return accepted
		}
		l := newLedger(s.world, "a/1", 50)
		s.e.Add(unclaimed{l}, never())
		s.runFor(time.Minute)
		l.wantAll(50, deliver.Accepted, 1)
		if probes != 1 {
			t.Errorf("%d probes", probes)
		}
	})
}

// TestStreamPerConnection: the cap counts messages, refused envelopes included.
func TestStreamPerConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 1)
		s.e.Relays[0].PerConnection = 10
		l := newLedger(s.world, "a/1", 101)
		s.e.Add(unclaimed{l}, never())
		s.runFor(time.Second)
		l.wantAll(101, deliver.Accepted, 1)
		if len(s.dials) != 11 || s.count("open") != 101 {
			t.Errorf("%d connections, %d envelopes", len(s.dials), s.count("open"))
		}
	})
}

// TestStopInMidStream: what is claimed is finished and settled; an envelope that
// is out goes no further, and its reader stays unclaimed.
func TestStopInMidStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 4)
		s.envelope = func(context.Context, *streamer, string) (deliver.Result, bool) {
			time.Sleep(3 * time.Second)
			return deliver.Result{}, true
		}
		s.data = func(ctx context.Context, _ *streamer, _ string) deliver.Result {
			select {
			case <-time.After(3 * time.Second):
				return accepted
			case <-ctx.Done():
				return deliver.Judge(deliver.StageData, 0, "", "given up")
			}
		}
		l := newLedger(s.world, "a/1", 100)
		s.e.Add(unclaimed{l}, never())
		stop := s.run()
		time.Sleep(10 * time.Second) // 3 opening, 3 data, 3 opening the next, 1 of its data
		stop()
		if len(l.inFlight) != 0 || l.out != 0 || s.count("claim")+s.count("settle") != 12 {
			t.Errorf("%d in flight, %d handed out: %q", len(l.inFlight), l.out, s.events(""))
		}
		l.wantAll(8, deliver.Accepted, 1)
		l.wantClaimed()
	})
}

// TestStreamBeyondTheGrace: the dot's reply does not come; it is uncertain, and
// the reader behind it as it was.
func TestStreamBeyondTheGrace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 2)
		s.e.Policy.Grace = 30 * time.Second
		s.data = func(ctx context.Context, _ *streamer, _ string) deliver.Result {
			<-ctx.Done()
			return deliver.Judge(deliver.StageDot, 0, "", "closed")
		}
		l := newLedger(s.world, "a/1", 100)
		s.e.Add(unclaimed{l}, never())
		stop := s.run()
		time.Sleep(5 * time.Second)
		begun := time.Now()
		stop()
		if d := time.Since(begun); d != 30*time.Second || len(l.inFlight) != 0 || l.out != 0 || len(l.settled) != 2 {
			t.Errorf("after %s: %d in flight, %d handed out, %d settled", d, len(l.inFlight), l.out, len(l.settled))
		}
		for seq := range l.settled {
			if l.last(seq).Result.Outcome != deliver.Uncertain {
				t.Errorf("#%d: %+v", seq, l.last(seq))
			}
		}
	})
}

// TestGivenBackIsNotQuiet: a reader who was looked for in vain while another
// connection had them reserved is still to be sent to.
func TestGivenBackIsNotQuiet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStreaming(t, 2)
		l := newLedger(s.world, "a/1", 1)
		s.envelope = func(context.Context, *streamer, string) (deliver.Result, bool) {
			time.Sleep(time.Second) // the other connection finds nothing
			return deliver.Judge(deliver.StageMail, 451, "4.3.0", "not now"), false
		}
		s.e.Add(unclaimed{l}, never())
		stop := s.run()
		for range 100 {
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
			if s.e.Quiet(named("a/1")) {
				t.Fatalf("quiet after %q", s.events(""))
			}
		}
		stop()
	})
}
