package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestOneConnection is the whole rhythm: dial, claim, send, and settle in the
// commit of the next claim; a lone settle when nothing is left; QUIT after 10 s.
func TestOneConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.add("a/1", 3)
		stop := w.run()
		time.Sleep(9 * time.Second)
		before := []string{
			"dial 1", "claim a/1#1", "send a/1#1",
			"settle a/1#1 accepted, claim a/1#2", "send a/1#2",
			"settle a/1#2 accepted, claim a/1#3", "send a/1#3",
			"settle a/1#3 accepted",
		}
		w.wantTrace(before...)
		time.Sleep(2 * time.Second)
		w.wantTrace(append(before, "close 1")...)
		stop()
	})
}

func TestEightConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 8)
		l := newLedger(w, "a/1", 500)
		most := 0
		w.send = func(context.Context, *conn, string) deliver.Result {
			l.mu.Lock()
			most = max(most, len(l.inFlight))
			l.mu.Unlock()
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond)
			return accepted
		}
		w.e.Add(l, never())
		w.runFor(10 * time.Minute)
		l.wantAll(500, deliver.Accepted, 1)
		if most != 8 || len(w.dials) != 8 {
			t.Errorf("at most %d in flight over %d connections", most, len(w.dials))
		}
	})
}

func TestNoticesGoFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.notices = []deliver.QueuedNotice{queued(1), {N: 2, MessageID: "left"}, {N: 3, MessageID: "bad", Attempt: 1, Notice: queued(3).Notice}}
		w.send = func(_ context.Context, _ *conn, what string) deliver.Result {
			if what == "a/1#1" {
				w.ReturnNotice(queued(4))
			}
			return accepted
		}
		w.add("a/1", 2)
		w.runFor(time.Second)
		w.wantTrace("dial 1", "claim notice 1", "send notice 1", "settle notice 1 accepted",
			"withdrawn notice 2",
			"claim notice 3", "settle notice 3 deferred again in 15m0s",
			"claim a/1#1", "send a/1#1", "settle a/1#1 accepted",
			"claim notice 4", "send notice 4", "settle notice 4 accepted",
			"claim a/1#2", "send a/1#2", "settle a/1#2 accepted", "close 1")
	})
}

func TestRunsTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.add("a/1", 50)
		w.add("b/2", 50)
		w.runFor(time.Second)
		sends := w.events("send")
		if len(sends) != 100 {
			t.Fatalf("%d sends", len(sends))
		}
		for n := range 99 {
			if sends[n][:8] == sends[n+1][:8] {
				t.Errorf("%s, then %s", sends[n], sends[n+1])
			}
		}
	})
}

func TestAddAndRemove(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.send = func(context.Context, *conn, string) deliver.Result {
			time.Sleep(time.Minute)
			return accepted
		}
		l := w.add("a/1", 9)
		w.e.Add(l, never())
		stop := w.run()
		time.Sleep(90 * time.Second)
		w.e.Remove(named("a/1"))
		w.e.Remove(named("a/1"))
		if time.Sleep(10 * time.Minute); w.count("send") != 2 || l.last(2).Result.Outcome != deliver.Accepted {
			t.Errorf("%q, and the second: %+v", w.events("send"), l.last(2))
		}
		stop()
	})
}

func TestNobodyIsSentWhatTheyNoLongerWant(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		l := newLedger(w, "a/1", 3)
		l.left[2] = true
		w.e.Add(l, never())
		w.runFor(time.Second)
		w.wantTrace("dial 1", "claim a/1#1", "send a/1#1", "settle a/1#1 accepted, withdraw a/1#2",
			"claim a/1#3", "send a/1#3", "settle a/1#3 accepted", "close 1")
	})
}

func TestACopyThatCannotBeComposed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		l := newLedger(w, "a/1", 3)
		l.bad[2] = true
		w.e.Add(l, never())
		w.runFor(time.Second)
		if n := w.count("send"); n != 2 || l.last(1).Result.Outcome != deliver.Accepted || l.last(3).Result.Outcome != deliver.Accepted {
			t.Errorf("%d sent", n)
		}
		if r := l.last(2).Result; r.Outcome != deliver.Refused || r.Blame != deliver.BlameMessage || r.Text != "a slot is missing for [address]" {
			t.Errorf("got %+v", r)
		}
		if strings.Contains(w.log.String(), "@") {
			t.Errorf("the log holds an address:\n%s", &w.log)
		}
	})
}

func TestAThousandMessagesPerConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		l := newLedger(w, "a/1", 1001)
		var sent [3]int
		w.send = func(_ context.Context, c *conn, _ string) deliver.Result {
			sent[c.n] = c.sent
			return accepted
		}
		w.e.Add(l, never())
		w.runFor(time.Second)
		if l.wantAll(1001, deliver.Accepted, 1); sent != [3]int{0, 1000, 1} {
			t.Errorf("%v sent by connection", sent)
		}
	})
}

func TestAfter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1795251600, 0)
	hour := now.Add(time.Hour)
	p := Policy{Retry: deliver.Retry{10 * time.Minute, 2 * time.Hour}, UncertainAfter: 30 * time.Minute}
	hold := Policy{UncertainAfter: -1}
	for _, c := range []struct {
		name    string
		p       Policy
		r       deliver.Result
		attempt int
		once    bool
		jitter  float64
		expires time.Time
		want    time.Duration // negative: never
	}{
		{"accepted", p, deliver.Result{Outcome: deliver.Accepted}, 1, false, 0, hour, -1},
		{"refused", p, deliver.Result{Outcome: deliver.Refused}, 1, false, 0, hour, -1},
		{"deferred", p, deliver.Result{Outcome: deliver.Deferred}, 1, false, 0, hour, 10 * time.Minute},
		{"deferred, with jitter", p, deliver.Result{Outcome: deliver.Deferred}, 1, false, 0.8, hour, 11 * time.Minute},
		{"deferred beyond the expiry", p, deliver.Result{Outcome: deliver.Deferred}, 2, false, 0, hour, -1},
		{"deferred until the very expiry", p, deliver.Result{Outcome: deliver.Deferred}, 1, false, 0, now.Add(10 * time.Minute), -1},
		{"deferred, by the default", Policy{}.orDefaults(), deliver.Result{Outcome: deliver.Deferred}, 1, false, 0, hour, 15 * time.Minute},
		{"our own fault", p, deliver.Result{Outcome: deliver.Deferred, Blame: deliver.BlameUs}, 2, false, 0.8, hour, 0},
		{"our own fault at the expiry", p, deliver.Result{Outcome: deliver.Deferred, Blame: deliver.BlameUs}, 2, false, 0, now, -1},
		{"uncertain", p, deliver.Result{Outcome: deliver.Uncertain}, 2, false, 0.8, hour, 30 * time.Minute},
		{"uncertain again", p, deliver.Result{Outcome: deliver.Uncertain}, 2, true, 0, hour, -1},
		{"uncertain, and held", hold, deliver.Result{Outcome: deliver.Uncertain}, 1, false, 0, hour, -1},
		{"the resend is deferred", p, deliver.Result{Outcome: deliver.Deferred}, 1, true, 0, hour, 10 * time.Minute},
		{"uncertain beyond the expiry", p, deliver.Result{Outcome: deliver.Uncertain}, 1, false, 0, now.Add(time.Minute), -1},
	} {
		want := now.Add(c.want)
		if c.want < 0 {
			want = time.Time{}
		}
		if next := c.p.after(consequence{Result: c.r}, c.attempt, c.once, now, c.expires, c.jitter); !next.Equal(want) {
			t.Errorf("%s: %s, want %s", c.name, next, want)
		}
	}
}

// TestUncertainIsSentOnceMore goes through the real loop: once more, and then
// never.
func TestUncertainIsSentOnceMore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		l := newLedger(w, "a/1", 2)
		w.send = func(_ context.Context, _ *conn, what string) deliver.Result {
			if what == "a/1#1" {
				return deliver.Judge(deliver.StageDot, 0, "", "EOF")
			}
			return accepted
		}
		w.e.Add(l, never())
		w.runFor(2 * time.Hour)
		w.wantTrace("dial 1", "claim a/1#1", "send a/1#1", "close 1",
			"settle a/1#1 uncertain again in 30m0s", "dial 2", "claim a/1#2", "send a/1#2", "settle a/1#2 accepted", "close 2",
			"dial 3", "claim a/1#1", "send a/1#1", "close 3", "settle a/1#1 uncertain")
		if s := l.last(1); !s.Reader.Resend {
			t.Errorf("got %+v", s)
		}
	})
}

func TestDeferredUntilTheExpiry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		l := newLedger(w, "a/1", 1)
		w.send = func(context.Context, *conn, string) deliver.Result {
			return deliver.Judge(deliver.StageRcpt, 450, "4.2.0", "later")
		}
		w.e.Add(l, time.Now().Add(4*time.Hour))
		w.runFor(5 * time.Hour)
		var settles []string
		for _, e := range w.events("settle") {
			settles = append(settles, strings.TrimPrefix(e, "settle a/1#1 "))
		}
		want := "deferred again in 15m0s, deferred again in 30m0s, deferred again in 1h0m0s, deferred again in 2h0m0s, deferred"
		if got := strings.Join(settles, ", "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestAnExpiredRunIsLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.send = func(context.Context, *conn, string) deliver.Result {
			time.Sleep(time.Minute)
			return accepted
		}
		l := newLedger(w, "a/1", 100)
		w.e.Add(l, time.Now().Add(150*time.Second))
		stop := w.run()
		if time.Sleep(150 * time.Second); w.e.Quiet(named("a/1")) {
			t.Error("quiet, with two copies in flight")
		}
		time.Sleep(time.Hour)
		if n := w.count("send"); n != 6 || !w.e.Quiet(named("a/1")) {
			t.Errorf("%d sent; quiet %v", n, w.e.Quiet(named("a/1")))
		}
		stop()
	})
}

// TestAFullDisk fails commits now and then, and for a whole minute.
func TestAFullDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 4)
		l := newLedger(w, "a/1", 200)
		start := time.Now()
		w.commit = func() error {
			if s := time.Since(start); rand.IntN(3) == 0 || s > 5*time.Second && s < time.Minute {
				return errFull
			}
			return nil
		}
		w.send = func(context.Context, *conn, string) deliver.Result {
			time.Sleep(time.Second)
			return accepted
		}
		for n := range uint64(9) {
			w.notices = append(w.notices, queued(n))
		}
		w.e.Add(l, never())
		w.runFor(time.Hour)
		l.wantAll(200, deliver.Accepted, 1)
		if n, s := w.count("send notice"), w.count("settle notice"); n != 9 || s != 9 {
			t.Errorf("%d notices sent, %d settled", n, s)
		}
	})
}

// TestStop: nobody is claimed any more, what is in flight is finished and settled.
func TestStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 8)
		w.send = func(ctx context.Context, _ *conn, _ string) deliver.Result {
			select {
			case <-time.After(10 * time.Second):
				return accepted
			case <-ctx.Done():
				return deliver.Judge(deliver.StageData, 0, "", "given up")
			}
		}
		l := w.add("a/1", 100)
		stop := w.run()
		time.Sleep(5 * time.Second)
		begun := time.Now()
		stop()
		if d := time.Since(begun); d != 5*time.Second {
			t.Errorf("the stop took %s", d)
		}
		if len(l.inFlight) != 0 || w.count("claim") != 8 {
			t.Errorf("%d in flight after %d claims", len(l.inFlight), w.count("claim"))
		}
		l.wantAll(8, deliver.Accepted, 1)
	})
}

// TestStopBeyondTheGrace: what takes longer is given up before the final dot,
// and settled.
func TestStopBeyondTheGrace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 8)
		w.e.Policy.Grace = 30 * time.Second
		w.send = func(ctx context.Context, _ *conn, _ string) deliver.Result {
			<-ctx.Done()
			return deliver.Judge(deliver.StageData, 0, "", "given up")
		}
		l := w.add("a/1", 100)
		stop := w.run()
		time.Sleep(5 * time.Second)
		begun := time.Now()
		stop()
		if d := time.Since(begun); d != 30*time.Second {
			t.Errorf("the stop took %s", d)
		}
		if len(l.inFlight) != 0 || w.count("claim") != 8 {
			t.Errorf("%d in flight after %d claims", len(l.inFlight), w.count("claim"))
		}
		l.wantAll(8, deliver.Deferred, 1)
		if held, why, _ := w.e.NoRelay(); held {
			t.Errorf("the stop was taken for a fault of the relay: %s", why)
		}
	})
}

// TestQuiet: never true while a copy is reserved or in flight. The ledger counts
// how many were ever handed out, so that a hand-out between two looks is seen.
func TestQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8)
	l := newLedger(w, "a/1", 0)
	w.send = func(context.Context, *conn, string) deliver.Result { runtime.Gosched(); return accepted }
	if !w.e.Quiet(named("a/1")) {
		t.Error("not quiet, without such a run")
	}
	w.e.Add(l, never())
	if w.e.Quiet(named("a/1")) {
		t.Error("quiet before anybody looked for readers")
	}
	stop := w.run()
	defer stop()
	look := func() (reserved, out int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.reserved, l.out
	}
	const readers = 5000
	for n, quiets := 0, 0; quiets < 1000 || n < readers; {
		if n < readers && rand.IntN(20) == 0 {
			n++
			l.mu.Lock()
			l.pending = append(l.pending, deliver.Reader{Seq: subscribe.Seq(n), Attempt: 1})
			l.mu.Unlock()
			w.e.Wake()
		}
		reserved, _ := look()
		if w.e.Quiet(named("a/1")) {
			quiets++
			if r, out := look(); r == reserved && out > 0 {
				t.Fatalf("quiet, with %d handed out", out)
			}
		}
		runtime.Gosched()
	}
}

func TestQuietWhileNothingIsDue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.send = func(context.Context, *conn, string) deliver.Result {
			time.Sleep(time.Minute)
			return deliver.Judge(deliver.StageRcpt, 450, "", "")
		}
		w.add("a/1", 1)
		stop, start := w.run(), time.Now()
		for _, c := range []struct {
			at    time.Duration
			quiet bool
		}{{30 * time.Second, false}, {2 * time.Minute, true}, {16*time.Minute + 30*time.Second, false}, {18 * time.Minute, true}} {
			time.Sleep(c.at - time.Since(start))
			synctest.Wait()
			if q := w.e.Quiet(named("a/1")); q != c.quiet {
				t.Errorf("after %s: quiet %v", c.at, q)
			}
		}
		stop()
	})
}

// gaps are the times between the dials, from the given one.
func gaps(w *world, from int) (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := from; n+1 < len(w.dials); n++ {
		out = append(out, fmt.Sprint(w.dials[n+1].Sub(w.dials[n]).Truncate(time.Second)))
	}
	return out
}
