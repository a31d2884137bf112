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

	"example.jp/kairan/deliver"
)

// TestOneSenderIsRefused: that list waits, with its notices, and loses nothing; the
// other goes out meanwhile, and the first by itself when its sender is taken.
func TestOneSenderIsRefused(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]deliver.Result{
		"553":       deliver.Judge(deliver.StageMail, 553, "5.7.1", ""),
		"bare 553":  deliver.Judge(deliver.StageMail, 553, "", ""),
		"550 5.1.8": deliver.Judge(deliver.StageMail, 550, "5.1.8", ""),
		"450 4.1.8": deliver.Judge(deliver.StageMail, 450, "4.1.8", ""),
		"450 4.7.1": deliver.Judge(deliver.StageMail, 450, "4.7.1", ""), // or it asks for less
		"451 4.7.0": deliver.Judge(deliver.StageMail, 451, "4.7.0", ""),
		"550 5.4.4": deliver.Judge(deliver.StageMail, 550, "5.4.4", ""),
	} {
		t.Run(name, func(t *testing.T) {
			metered(t, 4, func() rule {
				begin := time.Now()
				return func(what string, _ int, _ bool) deliver.Result {
					if (strings.HasPrefix(what, "a/") || what == "notice 1" || what == "notice 3") && time.Since(begin) < time.Hour {
						return no
					}
					return deliver.Result{}
				}
			}, func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
				a, b := newLedger(w, "a/1", 100), newLedger(w, "b/1", 100)
				w.e.Add(run(a), never())
				w.e.Add(run(b), never())
				stop := w.run()
				time.Sleep(10 * time.Second)
				w.mu.Lock()
				for n := range uint64(4) {
					o := queued(n + 1)
					o.Notice.List = string("ab"[n%2])
					w.notices = append(w.notices, o)
				}
				w.mu.Unlock()
				w.e.Wake()
				time.Sleep(time.Second)
				b.wantFirst(100)
				if w.count("settle notice 2 accepted") != 1 || w.count("settle notice 4 accepted") != 1 {
					t.Errorf("the other list's notices wait: %q", w.events("settle notice"))
				}
				time.Sleep(50 * time.Minute)
				synctest.Wait()
				if taken, refused := m.counts(); taken != 102 || refused > 30 {
					t.Errorf("%d taken, %d refused", taken, refused)
				}
				if held, _, _ := w.e.NoRelay(); held {
					t.Error("the relay is held")
				}
				if x := w.e.Waits(named("a/1")); !strings.Contains(x.Why, "refuses the sender") || x.Next.IsZero() || w.e.Waits(named("b/1")).Why != "" {
					t.Errorf("%+v", x)
				}
				if all := w.e.Held(); len(all) != 1 || all[0].List != "a" {
					t.Errorf("%+v", all)
				}
				time.Sleep(20 * time.Minute)
				stop()
				a.wantFirst(100)
				if taken, _ := m.counts(); taken != 204 || w.count("settle notice 1 accepted") != 1 || w.count("settle notice 3 accepted") != 1 {
					t.Errorf("%d taken; %q", taken, w.events("settle notice"))
				}
				if len(w.told()) != 2 || !strings.Contains(w.told()[0], "a/1: waits: the relay refuses the sender of this list") || w.told()[1] != "a/1: the relay takes mail of this list again" {
					t.Errorf("%q", w.told())
				}
			})
		})
	}
}

// TestEverySenderIsRefused is the relay's fault, and is said to be.
func TestEverySenderIsRefused(t *testing.T) {
	t.Parallel()
	metered(t, 4, func() rule {
		begin := time.Now()
		return func(string, int, bool) deliver.Result {
			if time.Since(begin) < time.Hour {
				return deliver.Judge(deliver.StageMail, 553, "5.7.1", "")
			}
			return deliver.Result{}
		}
	}, func(t *testing.T, w *world, _ *meter, run func(*ledger) deliver.Run) {
		for n := range 3 {
			w.e.Add(run(newLedger(w, fmt.Sprintf("%c/1", 'a'+n), 100)), never())
		}
		stop := w.run()
		time.Sleep(50 * time.Minute)
		if held, why, _ := w.e.NoRelay(); !held || !strings.Contains(why, "every sender is refused: MAIL: reply 553 5.7.1") || len(w.e.Held()) != 0 {
			t.Errorf("held %v, %q; %+v", held, why, w.e.Held())
		}
		time.Sleep(20 * time.Minute)
		stop()
		if n := w.count("settle"); n < 300 {
			t.Errorf("%d settled", n)
		}
	})
}

// TestTheSecondRelayTakesTheSender that the first one refuses, copies and notices,
// and only that.
func TestTheSecondRelayTakesTheSender(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		var mu sync.Mutex
		sent := map[string][]string{}
		begin := time.Now()
		relay := func(name string) Relay {
			return Relay{Name: name, Connections: 2, Transport: dialler(func() (deliver.Conn, error) {
				return sending(func(what string) deliver.Result {
					time.Sleep(10 * time.Millisecond)
					if name == "first" && (strings.HasPrefix(what, "a/") || what == "notice 1") && time.Since(begin) < time.Hour {
						return deliver.Judge(deliver.StageMail, 553, "5.7.1", "")
					}
					mu.Lock()
					defer mu.Unlock()
					sent[name] = append(sent[name], what)
					return accepted
				}), nil
			})}
		}
		w.e.Relays = []Relay{relay("first"), relay("second")}
		w.add("a/1", 50)
		w.add("b/1", 50)
		stop := w.run()
		time.Sleep(10 * time.Second)
		for n := range uint64(2) {
			o := queued(n + 1)
			o.Notice.List = string("ab"[n])
			w.ReturnNotice(o)
		}
		w.e.Wake()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := len(sent["second"]); n != 51 || len(sent["first"]) != 51 || !slices.Contains(sent["second"], "notice 1") {
			t.Errorf("the first sent %d, the second %d: %q", len(sent["first"]), n, sent["second"])
		}
		if x := w.e.Waits(named("a/1")); x.Why != "" || len(w.e.Held()) != 0 || len(w.told()) != 1 || !strings.Contains(w.told()[0], "second is used for it meanwhile") {
			t.Errorf("%+v, %+v; %q", x, w.e.Held(), w.told())
		}
		time.Sleep(2 * time.Hour)
		w.add("a/2", 50)
		time.Sleep(10 * time.Second)
		w.add("a/3", 50)
		time.Sleep(10 * time.Second)
		stop()
		if n := len(sent["second"]); n > 101 || len(sent["first"])+n != 202 || len(sent["first"]) < 101 {
			t.Errorf("in the end the first sent %d, the second %d", len(sent["first"]), n)
		}
	})
}

// sending is a connection that only says what becomes of a message.
type sending func(what string) deliver.Result

func (s sending) Send(_ context.Context, m deliver.Message) deliver.Result { return s(string(m.Data)) }
func (s sending) Close() error                                             { return nil }

// TestASenderRefusedAtRCPT: a relay that takes MAIL, and refuses its sender with the
// first recipient. That list waits and is tried, and the other goes out.
func TestASenderRefusedAtRCPT(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]deliver.Result{
		"450 4.1.8": deliver.Judge(deliver.StageRcpt, 450, "4.1.8", ""),
		"553 5.1.8": deliver.Judge(deliver.StageRcpt, 553, "5.1.8", ""),
		"450 4.1.7": deliver.Judge(deliver.StageRcpt, 450, "4.1.7", ""),
	} {
		t.Run(name, func(t *testing.T) {
			metered(t, 4, func() rule {
				begin := time.Now()
				return func(what string, _ int, _ bool) deliver.Result {
					if strings.HasPrefix(what, "a/") && time.Since(begin) < time.Hour {
						return no
					}
					return deliver.Result{}
				}
			}, func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
				a, b := newLedger(w, "a/1", 100), newLedger(w, "b/1", 100)
				w.e.Add(run(a), never())
				w.e.Add(run(b), never())
				stop := w.run()
				time.Sleep(50 * time.Minute)
				b.wantFirst(100)
				if taken, refused := m.counts(); taken != 100 || refused > 40 {
					t.Errorf("%d taken, %d refused", taken, refused)
				}
				if x := w.e.Waits(named("a/1")); !strings.Contains(x.Why, "refuses the sender of this list (RCPT: reply") || x.Next.IsZero() {
					t.Errorf("%+v", x)
				}
				time.Sleep(80 * time.Minute) // it is tried each hour
				stop()
				if taken, _ := m.counts(); taken != 200 {
					t.Errorf("%d taken; %q", taken, w.told())
				}
			})
		})
	}
}

// TestOneReadersServerDislikesUs: one server that says so of our domain holds the
// list for seconds, and nobody but its reader waits.
func TestOneReadersServerDislikesUs(t *testing.T) {
	t.Parallel()
	metered(t, 4, always(func(what string, _ int, _ bool) deliver.Result {
		if what == "a/1#7" {
			return deliver.Judge(deliver.StageRcpt, 450, "4.1.8", "")
		}
		return deliver.Result{}
	}), func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
		w.e.Add(run(newLedger(w, "a/1", 100)), never())
		w.runFor(20 * time.Second)
		if taken, refused := m.counts(); taken != 99 || refused < 1 || refused > 4 {
			t.Errorf("%d taken, %d refused", taken, refused)
		}
	})
}
