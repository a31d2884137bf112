package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestShares: whoever gives each message to the first that is behind comes within one
// message of every share; and who was away is not owed more than a few when it is back.
func TestShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SliceOfN(rapid.IntRange(1, 100), 2, 5).Draw(t, "shares")
		s := shares{of: of, had: make([]float64, len(of))}
		next := func(this int) int {
			for _, n := range s.behind(this) {
				return n
			}
			return this
		}
		away, sum := rapid.IntRange(0, 300).Draw(t, "away"), 0
		for range away { // the first is not there
			n := next(1)
			if n == 0 {
				n = 1
			}
			s.give(n, +1)
		}
		was := s.had[0]
		for _, share := range of {
			sum += share
		}
		if behind := s.had[1] - was; behind > owed+1e-9 {
			t.Fatalf("it is owed %v for each unit", behind)
		}
		copy(s.had, make([]float64, len(of)))
		got := make([]int, len(of))
		for n := range 3 * sum {
			to := next(rapid.IntRange(0, len(of)-1).Draw(t, "who asks"))
			got[to]++
			s.give(to, +1)
			for k, share := range of {
				if want := float64(n+1) * float64(share) / float64(sum); float64(got[k]) > want+float64(len(of)) || float64(got[k]) < want-float64(len(of)) {
					t.Fatalf("after %d messages %d has %d of %v", n+1, k, got[k], want)
				}
			}
		}
	})
}

// farm are relays that share the load, and what they took.
type farm struct {
	*world
	mu    sync.Mutex
	taken map[string][]string
}

func newFarm(t *testing.T) *farm { return &farm{world: newWorld(t, 1), taken: map[string][]string{}} }

// relay is one of the farm. It answers each message after so long, with what says says of
// its nth; nil: it takes all.
func (f *farm) relay(name string, share, connections int, takes time.Duration, says func(what string) deliver.Result) Relay {
	return Relay{Name: name, Share: share, Beside: true, Connections: connections, Transport: dialler(func() (deliver.Conn, error) {
		return sending(func(what string) deliver.Result {
			time.Sleep(takes)
			r := accepted
			if says != nil {
				r = says(what)
			}
			if r.Outcome == deliver.Accepted {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.taken[name] = append(f.taken[name], what)
			}
			return r
		}), nil
	})}
}

func (f *farm) took(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.taken[name])
}

// deliverOneByOne has copies fall due one after the other.
func (f *farm) deliverOneByOne(l *ledger, n int, every time.Duration) {
	for range n {
		l.mu.Lock()
		l.pending = append(l.pending, deliver.Reader{Seq: subscribe.Seq(l.reserved + len(l.pending) + 1), Attempt: 1})
		l.mu.Unlock()
		f.e.Wake()
		time.Sleep(every)
	}
}

// TestSharesDecideWhileThereIsChoice, of copies and of notices.
func TestSharesDecideWhileThereIsChoice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFarm(t)
		f.e.Relays = []Relay{f.relay("three", 3, 2, 10*time.Millisecond, nil), f.relay("one", 1, 2, 10*time.Millisecond, nil)}
		l := f.add("a/1", 0)
		stop := f.run()
		f.deliverOneByOne(l, 80, 50*time.Millisecond)
		if three, one := f.took("three"), f.took("one"); three != 60 || one != 20 {
			t.Errorf("of copies that fall due one by one %d and %d", three, one)
		}
		for n := range uint64(80) {
			f.ReturnNotice(queued(n + 1))
			f.e.Wake()
			time.Sleep(50 * time.Millisecond)
		}
		stop()
		if three, one := f.took("three"), f.took("one"); three != 120 || one != 40 {
			t.Errorf("with notices that fall due one by one %d and %d", three, one)
		}
		l.wantAll(80, deliver.Accepted, 1)
		by := map[uint8]int{}
		for seq := range l.settled {
			by[l.last(seq).Reader.Relay]++
		}
		if by[0] != 60 || by[1] != 20 {
			t.Errorf("the ledger was told of copies by relay: %v", by)
		}
	})
}

// TestASiblingThatIsNotAbleHoldsUpNobody: with the greatest share it has no more of the
// load than it takes, and the other is as fast as if it were alone.
func TestASiblingThatIsNotAbleHoldsUpNobody(t *testing.T) {
	t.Parallel()
	night := deliver.Rest{Hours: subscribe.Hours{From: 0, To: 23*60 + 59}} // a bubble begins at midnight UTC
	for name, c := range map[string]struct {
		change func(*Relay)
		took   int // of that one, about
		left   int // what it has and does not give back
	}{
		"held":      {func(r *Relay) { r.Transport = noLogin() }, 0, 0},
		"rests":     {func(r *Relay) { r.Rest = night }, 0, 0},
		"throttled": {func(r *Relay) { r.PerMinute = 60 }, 10, 0},
		"slow":      {func(r *Relay) { r.Transport = after(time.Second, r.Transport) }, 18, 0},
		"hangs":     {func(r *Relay) { r.Transport = after(time.Hour, r.Transport) }, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := newFarm(t)
				ill := f.relay("ill", 100, 2, 0, nil)
				c.change(&ill)
				f.e.Relays = []Relay{ill, f.relay("well", 1, 1, 10*time.Millisecond, nil)}
				f.e.Policy.Grace = time.Second
				l := f.add("a/1", 1000)
				stop := f.run()
				time.Sleep(time.Duration(1000-c.took)*10*time.Millisecond + time.Second)
				synctest.Wait()
				ill1, well := f.took("ill"), f.took("well")
				stop()
				if ill1+well != 1000-c.left || ill1 < c.took-3 || ill1 > c.took+3 {
					t.Errorf("%d and %d", ill1, well)
				}
				l.wantClaimed()
			})
		})
	}
}

func noLogin() deliver.Transport {
	return dialler(func() (deliver.Conn, error) {
		return nil, &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "", "not you")}
	})
}

// after is a relay that answers late.
func after(d time.Duration, t deliver.Transport) deliver.Transport {
	return dialler(func() (deliver.Conn, error) {
		c, err := t.Dial(context.Background())
		return late{d, c}, err
	})
}

type late struct {
	by time.Duration
	deliver.Conn
}

func (l late) Send(ctx context.Context, m deliver.Message) deliver.Result {
	select {
	case <-ctx.Done():
		return unsure
	case <-time.After(l.by):
		return l.Conn.Send(ctx, m)
	}
}

// TestASiblingTakesTheSender that one refuses, copies and notices, and only that.
func TestASiblingTakesTheSender(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFarm(t)
		strict := f.relay("strict", 100, 1, 10*time.Millisecond, func(what string) deliver.Result {
			if strings.HasPrefix(what, "a/") || what == "notice 1" {
				return deliver.Judge(deliver.StageMail, 553, "5.7.1", "")
			}
			return accepted
		})
		f.e.Relays = []Relay{strict, f.relay("mild", 1, 1, 10*time.Millisecond, nil)}
		a, b := f.add("a/1", 50), f.add("b/1", 50)
		stop := f.run()
		time.Sleep(10 * time.Second)
		for n := range uint64(2) {
			o := queued(n + 1)
			o.Notice.List = string("ab"[n])
			f.ReturnNotice(o)
		}
		f.e.Wake()
		time.Sleep(time.Second)
		stop()
		a.wantFirst(50)
		b.wantAll(50, deliver.Accepted, 1)
		if !slices.Contains(f.taken["mild"], "notice 1") || f.took("strict")+f.took("mild") != 102 || len(f.e.Held()) != 0 {
			t.Errorf("%q", f.taken)
		}
		if len(f.told()) != 1 || !strings.Contains(f.told()[0], "mild is used for it meanwhile") {
			t.Errorf("%q", f.told())
		}
	})
}

// TestRanks: one that waits is used when all that share are held or rest, and no sooner.
func TestRanks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFarm(t)
		hour := func(from int) deliver.Rest {
			return deliver.Rest{Hours: subscribe.Hours{From: from * 60, To: (from + 2) * 60}}
		}
		one, two, last := f.relay("one", 1, 1, 0, nil), f.relay("two", 1, 1, 0, nil), f.relay("last", 0, 1, 0, nil)
		one.Rest, two.Rest, last.Beside = hour(1), hour(2), false
		last.Rest = deliver.Rest{Hours: subscribe.Hours{From: 2*60 + 30, To: 4 * 60}}
		f.e.Relays = []Relay{one, two, last}
		stop := f.run()
		defer stop()
		begin := time.Now()
		for n, c := range []struct{ at, used string }{{"00:15", "one two"}, {"01:15", "two"}, {"02:15", "last"}, {"02:45", ""}, {"03:15", "one"}} {
			at, _ := subscribe.ParseHours(c.at + "-23:59")
			time.Sleep(time.Until(begin.Add(time.Duration(at.From) * time.Minute)))
			before := []int{f.took("one"), f.took("two"), f.took("last")}
			l := f.add(fmt.Sprintf("a/%d", n+1), 20)
			time.Sleep(time.Minute)
			var used []string
			for k, name := range []string{"one", "two", "last"} {
				if f.took(name) > before[k] {
					used = append(used, name)
				}
			}
			if got := strings.Join(used, " "); got != c.used {
				t.Errorf("at %s: %q", c.at, got)
			}
			w := f.e.Waits(l.name)
			if (c.used == "") != (w.Why == restWords) || c.used == "" && (!w.Sure || w.Next.UTC().Format("15:04") != "03:00") {
				t.Errorf("at %s it waits: %+v", c.at, w)
			}
			if held, _, _ := f.e.Stopped(); held {
				t.Errorf("at %s who rests is taken for one that is held", c.at)
			}
		}
	})
}

// TestARelayThatDiesPausesNothing where another shares the load: it is held, and nobody is
// uncertain but who was on the way to it. Alone it pauses the run, as ever.
func TestARelayThatDiesPausesNothing(t *testing.T) {
	t.Parallel()
	for name, siblings := range map[string]int{"with another": 1, "alone": 0} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := newFarm(t)
				n, paused := 0, ""
				f.paused = func(_ deliver.IssueName, why string, _ bool) { paused = why }
				dying := f.relay("dying", 1, 8, 10*time.Millisecond, func(string) deliver.Result {
					f.mu.Lock()
					defer f.mu.Unlock()
					if n++; n > 100 {
						return unsure
					}
					return accepted
				})
				f.e.Relays = []Relay{dying, f.relay("well", 1, 1, 10*time.Millisecond, nil)}[:1+siblings]
				f.e.Policy.UncertainAfter = -1
				l := f.add("a/1", 1000)
				f.runFor(time.Minute)
				uncertain := 0
				for seq := range 1000 {
					if l.last(subscribe.Seq(seq+1)).Result.Outcome == deliver.Uncertain {
						uncertain++
					}
				}
				probes := 6 // in a minute
				if siblings == 0 && !strings.Contains(paused, "in a row without an answer") || siblings > 0 && (paused != "" || uncertain > 8+probes || f.took("dying")+f.took("well")+uncertain != 1000) {
					t.Errorf("paused: %q; %d and %d, %d uncertain", paused, f.took("dying"), f.took("well"), uncertain)
				}
			})
		})
	}
}

// TestNothingLeftWaits: whatever is left to a relay begins at once, also where its
// connections find other work in the same instant.
func TestNothingLeftWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := newFarm(t)
		due, late := map[string]time.Time{}, 0
		begins := func(next deliver.Transport) deliver.Transport {
			return dialler(func() (deliver.Conn, error) {
				c, err := next.Dial(context.Background())
				return before{c, func(what string) {
					f.mu.Lock()
					defer f.mu.Unlock()
					if time.Since(due[what]) > 10*time.Millisecond {
						late++
					}
				}}, err
			})
		}
		f.e.Relays = []Relay{f.relay("quick", 1, 64, 20*time.Millisecond, nil), f.relay("slow", 100, 3, time.Second, nil)}
		for n := range f.e.Relays {
			f.e.Relays[n].Transport = begins(f.e.Relays[n].Transport)
		}
		l := f.add("a/1", 0)
		stop := f.run()
		const bursts, each = 400, 8
		for n := range bursts {
			f.mu.Lock()
			for k := range each {
				due[fmt.Sprintf("a/1#%d", n*each+k+1)] = time.Now()
			}
			f.mu.Unlock()
			l.mu.Lock()
			for k := range each {
				l.pending = append(l.pending, deliver.Reader{Seq: subscribe.Seq(n*each + k + 1), Attempt: 1})
			}
			l.mu.Unlock()
			f.e.Wake()
			time.Sleep(30 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		stop()
		l.wantAll(bursts*each, deliver.Accepted, 1)
		if late > 0 || f.took("slow") < 3*bursts*30/1000 {
			t.Errorf("%d begin late; the slow one took %d", late, f.took("slow"))
		}
	})
}

// before is a connection that says when a message begins.
type before struct {
	deliver.Conn
	begins func(what string)
}

func (b before) Send(ctx context.Context, m deliver.Message) deliver.Result {
	b.begins(string(m.Data))
	return b.Conn.Send(ctx, m)
}

// TestWhoIsBusyGivesBack what was left to it in the instant in which it found other work.
func TestWhoIsBusyGivesBack(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	f.e.Relays = []Relay{f.relay("one", 1, 1, 0, nil), f.relay("two", 1, 1, 0, nil)}
	f.e.open()
	one, two := f.e.routes[0], f.e.routes[1]
	l := f.add("a/1", 1)
	two.beIdle()
	one.count(+1) // so that it is ahead
	if j, err := f.e.next(one, f.e.now()); !j.none() || err != nil || len(two.hand) != 1 {
		t.Fatalf("%+v, %v; %d left to the other", j, err, len(two.hand))
	}
	f.e.beBusy(two)
	if run := f.e.runs[0]; len(two.hand) != 0 || l.out != 0 || run.flying != 0 || run.dry {
		t.Errorf("%d left, %d out, %d flying, dry %v", len(two.hand), l.out, run.flying, run.dry)
	}
	if j, err := f.e.next(one, f.e.now()); j.route != one || err != nil {
		t.Errorf("%+v, %v", j, err)
	}
}
