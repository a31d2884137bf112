package engine

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// TestARelayThatRefuses: everything is held, nobody is claimed, one connection
// probes at a time, less and less often; then everything goes on by itself.
func TestARelayThatRefuses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 4)
		start, trying := time.Now(), atomic.Int32{}
		w.dial = func(n int) error {
			if at := trying.Add(1); n > 4 && at > 1 && time.Since(start) < time.Hour {
				t.Errorf("%d probes at a time", at)
			}
			defer trying.Add(-1)
			time.Sleep(300 * time.Millisecond) // longer than an idle worker waits
			if time.Since(start) < time.Hour {
				return &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "5.7.8", "not you")}
			}
			return nil
		}
		l := w.add("a/1", 100)
		stop := w.run()
		time.Sleep(59 * time.Minute)
		if held, why, next := w.e.NoRelay(); !held || why != "the relay cannot be used: AUTH: reply 535 5.7.8: it does not take our login" || time.Until(next) > 5*time.Minute {
			t.Errorf("held %v, %q, next %s", held, why, time.Until(next))
		}
		if n := w.count(""); n != 0 {
			t.Errorf("while held: %q", w.events(""))
		}
		if got, want := strings.Join(gaps(w, 3)[:10], " "), "1s 2s 4s 8s 16s 32s 1m4s 2m8s 4m16s 5m0s"; got != want {
			t.Errorf("probes after %s\nwant         %s", got, want)
		}
		time.Sleep(6 * time.Minute)
		l.wantAll(100, deliver.Accepted, 1)
		if held, _, _ := w.e.NoRelay(); held {
			t.Error("still held")
		}
		want := "a/1: no mail goes out: the relay cannot be used: AUTH: reply 535 5.7.8: it does not take our login; tried again every 5 minutes at the latest, and no copy loses an attempt; what is not out in 42 days is given up|a/1: the relay takes mail again"
		if got := strings.Join(w.told(), "|"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		stop()
	})
}

// TestOurSenderIsRefused: a refusal at MAIL pauses all connections at once, and
// uses up nobody's attempt.
func TestOurSenderIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 4)
		start := time.Now()
		w.send = func(_ context.Context, c *conn, _ string) deliver.Result {
			if s := time.Since(start); s > 10*time.Second && s < 10*time.Minute {
				return deliver.Judge(deliver.StageMail, 550, "5.1.8", "who are you")
			}
			if time.Sleep(time.Second); c.sent == 1 { // so that some end well after the first was refused
				time.Sleep(time.Duration(c.n) * 200 * time.Millisecond)
			}
			return accepted
		}
		l := w.add("a/1", 100)
		stop := w.run()
		time.Sleep(9 * time.Minute)
		if n := w.count("send") - 4*11; n > 10 { // one a second each, until the first refusal
			t.Errorf("%d copies sent while held", n)
		}
		time.Sleep(11 * time.Minute)
		stop()
		again := 0
		for seq, all := range l.settled {
			for _, s := range all {
				if s.Reader.Attempt != 1 {
					t.Errorf("#%d: attempt %d", seq, s.Reader.Attempt)
				}
			}
			if again += len(all) - 1; l.last(seq).Result.Outcome != deliver.Accepted {
				t.Errorf("#%d: %+v", seq, l.last(seq))
			}
		}
		if len(l.settled) != 100 || again == 0 {
			t.Errorf("%d readers, %d of their copies sent again", len(l.settled), again)
		}
		if len(w.told()) != 2 {
			t.Errorf("got %q", w.told())
		}
		l.wantClaimed()
	})
}

// TestBrokenConnections: three in a row hold; one that works ends the row.
func TestBrokenConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		var sent atomic.Int32
		w.send = func(context.Context, *conn, string) deliver.Result {
			if n := sent.Add(1); n == 3 || n > 6 {
				return accepted
			}
			return deliver.Judge(deliver.StageRcpt, 0, "", "reset") // 1, 2, and 4, 5, 6
		}
		l := w.add("a/1", 10)
		stop := w.run()
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if held, why, _ := w.e.NoRelay(); !held || sent.Load() != 6 || why != "the relay cannot be used: RCPT: reset" {
			t.Errorf("held %v, %q after %d", held, why, sent.Load())
		}
		time.Sleep(time.Hour)
		if len(l.settled) != 10 {
			t.Errorf("%d settled", len(l.settled))
		}
		for seq := range l.settled {
			if l.last(seq).Result.Outcome != deliver.Accepted {
				t.Errorf("#%d: %+v", seq, l.last(seq))
			}
		}
		stop()
	})
}

// TestARelayThatHasEnoughOfAConnection: 421 at MAIL after some messages is no
// fault; the next connection takes the rest, at once.
func TestARelayThatHasEnoughOfAConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.send = func(_ context.Context, c *conn, _ string) deliver.Result {
			if c.sent > 10 {
				return deliver.Judge(deliver.StageMail, 421, "4.7.0", "too many messages in this session")
			}
			return accepted
		}
		l := w.add("a/1", 1000)
		w.runFor(time.Minute)
		for seq := range l.settled {
			if s := l.last(seq); s.Result.Outcome != deliver.Accepted || s.Reader.Attempt != 1 {
				t.Errorf("#%d: %+v", seq, s)
			}
		}
		if len(l.settled) != 1000 || len(w.told()) != 0 {
			t.Errorf("%d settled; %q", len(l.settled), w.told())
		}
	})
}

// errTooMany is how a relay refuses a connection that is one too many.
var errTooMany = &deliver.Refusal{Result: deliver.Judge(deliver.StageGreeting, 421, "4.7.0", "too many connections")}

// TestARefusalIsQuickerThanALogin: the connections that a relay refuses are answered before
// those that it takes have logged in, and nothing is held for that.
func TestARefusalIsQuickerThanALogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 8)
		taken := 0
		w.dial = func(int) error {
			w.mu.Lock()
			full := taken >= 2
			taken++
			w.mu.Unlock()
			if full {
				time.Sleep(20 * time.Millisecond)
				return errTooMany
			}
			time.Sleep(time.Second)
			return nil
		}
		l := w.add("a/1", 100)
		w.runFor(20 * time.Minute)
		if l.wantAll(100, deliver.Accepted, 1); len(w.told()) != 0 {
			t.Errorf("got %q", w.told())
		}
	})
}

// TestARelayThatTakesFewConnections: a connection refused while another works
// waits by itself, and nothing is held.
func TestARelayThatTakesFewConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 8)
		w.dial = func(int) error {
			time.Sleep(100 * time.Millisecond)
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.open >= 2 {
				return errTooMany
			}
			return nil
		}
		w.send = func(context.Context, *conn, string) deliver.Result {
			time.Sleep(time.Second)
			return accepted
		}
		l := w.add("a/1", 1000)
		w.runFor(20 * time.Minute)
		if l.wantAll(1000, deliver.Accepted, 1); len(w.told()) != 0 {
			t.Errorf("got %q", w.told())
		}
		if n := len(w.dials); n > 100 {
			t.Errorf("%d dials", n)
		}
	})
}

// TestAProbeWithNothingToSay: a reader who has left shows nothing about the
// relay, so the next probe follows at once.
func TestAProbeWithNothingToSay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 2)
		l := newLedger(w, "a/1", 50)
		for n := range l.pending[:40] {
			l.left[l.pending[n].Seq] = true
		}
		w.dial = func(n int) error {
			if n <= 2 {
				return &deliver.Refusal{Result: deliver.Judge(deliver.StageDial, 0, "", "connection refused")}
			}
			return nil
		}
		w.e.Add(l, never())
		stop := w.run()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := w.count("send"); n != 10 {
			t.Errorf("%d sent", n)
		}
		stop()
	})
}

// TestTheSecondRelayTakesOver: while the first refuses us the second sends, and
// when the first takes mail again it is used again.
func TestTheSecondRelayTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		var down atomic.Bool
		down.Store(true)
		var first, second atomic.Int32
		w.e.Relays = []Relay{
			{Name: "first", Connections: 1, Transport: dialler(func() (deliver.Conn, error) {
				if down.Load() {
					return nil, &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "", "not you")}
				}
				return &counting{n: &first}, nil
			})},
			{Name: "second", Connections: 1, Transport: dialler(func() (deliver.Conn, error) { return &counting{n: &second}, nil })},
		}
		w.e.Policy.ProbeEvery = 5 * time.Second
		w.add("a/1", 20)
		stop := w.run()
		time.Sleep(time.Second)
		if second.Load() != 20 || first.Load() != 0 {
			t.Errorf("the first sent %d, the second %d", first.Load(), second.Load())
		}
		if held, _, _ := w.e.NoRelay(); held {
			t.Error("held, although the second relay works")
		}
		down.Store(false)
		w.add("b/2", 50)
		time.Sleep(30 * time.Second)
		w.add("c/3", 10)
		time.Sleep(30 * time.Second)
		w.add("d/4", 7)
		before := second.Load()
		time.Sleep(10 * time.Second)
		if second.Load() != before || first.Load()+second.Load() != 87 || first.Load() < 7 {
			t.Errorf("back: the first sent %d, the second %d (%d before)", first.Load(), second.Load(), before)
		}
		stop()
	})
}

type dialler func() (deliver.Conn, error)

func (d dialler) Dial(context.Context) (deliver.Conn, error) { return d() }

type counting struct{ n *atomic.Int32 }

func (c *counting) Send(context.Context, deliver.Message) deliver.Result {
	time.Sleep(10 * time.Millisecond)
	c.n.Add(1)
	return accepted
}

func (c *counting) Close() error { return nil }

// TestARelayThatFlaps fills no timeline: the waits grow over its good moments too.
func TestARelayThatFlaps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		n := 0
		w.send = func(context.Context, *conn, string) deliver.Result {
			if n++; n%2 == 0 {
				return ours
			}
			return accepted
		}
		w.add("a/1", 10_000)
		w.runFor(time.Hour)
		if len(w.told()) > 50 {
			t.Errorf("%d lines in an hour's timeline", len(w.told()))
		}
	})
}
