package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
)

// TestARelayThatTakesSoManyASession: however it says so, everybody gets a copy at
// the first attempt, nothing is held, and the number is remembered.
func TestARelayThatTakesSoManyASession(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]deliver.Result{
		"452 at MAIL":   deliver.Judge(deliver.StageMail, 452, "", ""),
		"4.5.3 at MAIL": deliver.Judge(deliver.StageMail, 452, "4.5.3", ""),
		"421 at MAIL":   deliver.Judge(deliver.StageMail, 421, "4.7.0", ""),
		"4.5.3 at RCPT": deliver.Judge(deliver.StageRcpt, 452, "4.5.3", ""),
		"5.5.3 at RCPT": deliver.Judge(deliver.StageRcpt, 554, "5.5.3", ""),
		"452 at RCPT":   deliver.Judge(deliver.StageRcpt, 452, "", ""),
		"552 at RCPT":   deliver.Judge(deliver.StageRcpt, 552, "", ""),
		"421 at RCPT":   deliver.Judge(deliver.StageRcpt, 421, "", ""),
		"452 at DATA":   deliver.Judge(deliver.StageData, 452, "", ""),
	} {
		t.Run(name, func(t *testing.T) {
			metered(t, 2, always(func(_ string, nth int, _ bool) deliver.Result {
				if nth >= 10 {
					return no
				}
				return deliver.Result{}
			}), func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
				l := newLedger(w, "a/1", 500)
				w.e.Add(run(l), never())
				w.runFor(20 * time.Second)
				l.wantFirst(500)
				if _, refused := m.counts(); refused > 8 || len(w.told()) != 0 {
					t.Errorf("%d were refused before the number was known; %q", refused, w.told())
				}
				if n := len(w.dials); n > 60 {
					t.Errorf("%d connections for 500 messages, 10 each", n)
				}
			})
		})
	}
}

// TestTheSessionIsTriedUpwards: a relay that has become more generous is found out.
func TestTheSessionIsTriedUpwards(t *testing.T) {
	t.Parallel()
	var l limits
	now := time.Now()
	for _, step := range []struct {
		n       int
		closing bool
		after   time.Duration
		want    int
	}{
		{50, true, 0, 1000}, // a 421 may have another reason
		{50, true, time.Minute, 50},
		{20, false, 2 * time.Minute, 20},
		{30, true, 3 * time.Minute, 20},
		{0, false, 5 * time.Minute, 20},
		{0, false, 2 * time.Hour, 1000},
	} {
		if step.n > 0 {
			l.learn(step.n, step.closing, now.Add(step.after))
		}
		if got := l.perConnection(1000, now.Add(step.after)); got != step.want {
			t.Errorf("%+v: got %d", step, got)
		}
	}
}

// TestAQuota: the account has had what it gets for three hours. Everybody waits,
// nobody loses an attempt, the relay is left in peace, and is found again.
func TestAQuota(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]deliver.Result{
		"452 at MAIL":   deliver.Judge(deliver.StageMail, 452, "", ""),
		"4.5.3 at RCPT": deliver.Judge(deliver.StageRcpt, 452, "4.5.3", ""),
		"452 at RCPT":   deliver.Judge(deliver.StageRcpt, 452, "", ""),
		"5.4.5 at RCPT": deliver.Judge(deliver.StageRcpt, 550, "5.4.5", ""),
		"452 at DATA":   deliver.Judge(deliver.StageData, 452, "", ""),
		"452 at end":    deliver.Judge(deliver.StageDot, 452, "", ""),
		"454 at end":    deliver.Judge(deliver.StageDot, 454, "", ""),
		"454 at MAIL":   deliver.Judge(deliver.StageMail, 454, "", ""),
		"421 at RCPT":   deliver.Judge(deliver.StageRcpt, 421, "4.7.0", ""),
		"4.3.2 at RCPT": deliver.Judge(deliver.StageRcpt, 451, "4.3.2", ""),
	} {
		t.Run(name, func(t *testing.T) {
			metered(t, 2, func() rule {
				begin, took := time.Now(), 0
				return func(_ string, _ int, dot bool) deliver.Result {
					if dot != (no.Stage == deliver.StageDot) {
						return deliver.Result{}
					}
					if took++; took > 45 && time.Since(begin) < 45*time.Minute {
						return no
					}
					return deliver.Result{}
				}
			}, func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
				l := newLedger(w, "a/1", 300)
				l.domains = 10
				w.e.Add(run(l), time.Now().Add(72*time.Hour))
				stop := w.run()
				time.Sleep(40 * time.Minute)
				synctest.Wait()
				held, why, next := w.e.NoRelay()
				if !held || !strings.Contains(why, "takes no more for now") && !strings.Contains(why, "takes no mail now") || time.Until(next) > time.Hour {
					t.Errorf("held %v: %q, tried in %s", held, why, time.Until(next))
				}
				taken, refused := m.counts()
				if taken != 45 || refused > 60 {
					t.Errorf("%d taken; refused %d times in 40 minutes", taken, refused)
				}
				if x := w.e.Waits(named("a/1")); !strings.Contains(x.Why, "no mail goes out") || !strings.Contains(strings.Join(w.told(), ""), "what is not out in ") {
					t.Errorf("%+v; %q", x, w.told())
				}
				time.Sleep(65 * time.Minute) // it is tried each hour
				stop()
				l.wantFirst(300)
			})
		})
	}
}

// TestAFullMailbox says 452 as a quota does. Nobody else waits for it.
func TestAFullMailbox(t *testing.T) {
	t.Parallel()
	metered(t, 2, always(func(what string, _ int, _ bool) deliver.Result {
		if what == "a/1#7" || what == "a/1#200" {
			return deliver.Judge(deliver.StageRcpt, 452, "", "")
		}
		return deliver.Result{}
	}), func(t *testing.T, w *world, _ *meter, run func(*ledger) deliver.Run) {
		l := newLedger(w, "a/1", 300)
		l.domains = 10
		w.e.Add(run(l), time.Now().Add(5*time.Hour))
		stop := w.run()
		time.Sleep(20 * time.Second)
		l.mu.Lock()
		n := 0
		for _, all := range l.settled {
			if all[len(all)-1].Result.Outcome == deliver.Accepted {
				n++
			}
		}
		l.mu.Unlock()
		if n != 298 || len(w.told()) != 0 {
			t.Errorf("%d others have it; %q", n, w.told())
		}
		time.Sleep(6 * time.Hour)
		stop()
		if s := l.last(7); s.Reader.Attempt < 4 || !s.Next.IsZero() || s.Result.Blame != deliver.BlameNobody {
			t.Errorf("in the end: %+v", s)
		}
		if len(w.dials) > 50 {
			t.Errorf("%d connections", len(w.dials))
		}
	})
}

// TestAQuotaUntilTheExpiry: the last try comes shortly before the copies are given
// up, and not after.
func TestAQuotaUntilTheExpiry(t *testing.T) {
	t.Parallel()
	metered(t, 1, always(func(string, int, bool) deliver.Result { return deliver.Judge(deliver.StageMail, 452, "", "") }),
		func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
			ends := time.Now().Add(40 * time.Minute)
			w.e.Add(run(newLedger(w, "a/1", 10)), ends)
			w.runFor(41 * time.Minute)
			last := ends.Sub(m.refusals[len(m.refusals)-1])
			if last <= 0 || last > 5*time.Minute || len(m.refusals) > 30 || !w.e.Quiet(named("a/1")) {
				t.Errorf("tried %d times, last %s before the end; quiet %v", len(m.refusals), last, w.e.Quiet(named("a/1")))
			}
			if len(w.told()) != 1 || !strings.Contains(w.told()[0], " minutes at the latest") {
				t.Errorf("%q", w.told())
			}
		})
}

// TestARelayThatThrottles is given less over all connections, and slowly more
// again: few are refused, each is tried again within seconds, and nobody loses an
// attempt.
func TestARelayThatThrottles(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]deliver.Result{
		"454 at the dot":   deliver.Judge(deliver.StageDot, 454, "", ""),
		"454 at RCPT":      deliver.Judge(deliver.StageRcpt, 454, "", ""),
		"4.7.0 at RCPT":    deliver.Judge(deliver.StageRcpt, 450, "4.7.0", ""),
		"451 4.7.500":      deliver.Judge(deliver.StageDot, 451, "4.7.500", ""),
		"4.7.1 at MAIL":    deliver.Judge(deliver.StageMail, 450, "4.7.1", ""),
		"4.3.2 at RCPT":    deliver.Judge(deliver.StageRcpt, 432, "4.3.2", ""),
		"421 4.7.0 at dot": deliver.Judge(deliver.StageDot, 421, "4.7.0", ""),
	} {
		t.Run(name, func(t *testing.T) {
			metered(t, 8, func() rule {
				begin, second, given := time.Now(), time.Now(), 0
				return func(_ string, _ int, dot bool) deliver.Result {
					if time.Since(second) >= time.Second {
						second, given = time.Now(), 0
					}
					if dot != (no.Stage == deliver.StageDot) {
						return deliver.Result{}
					}
					if given++; given > 10 && time.Since(begin) < 150*time.Second {
						return no
					}
					return deliver.Result{}
				}
			}, func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
				l := newLedger(w, "a/1", 600)
				w.e.Add(run(l), never())
				stop := w.run()
				time.Sleep(150 * time.Second)
				taken, refused := m.counts()
				if taken != 600 || refused > 120 {
					t.Errorf("%d taken in 150 seconds, refused %d times", taken, refused)
				}
				l.wantFirst(600)
				if len(w.told()) != 1 || !strings.Contains(w.told()[0], "asks for less") {
					t.Errorf("%q", w.told())
				}
				time.Sleep(5 * time.Minute)
				w.e.Add(run(newLedger(w, "b/1", 600)), never())
				time.Sleep(5 * time.Second)
				if again, _ := m.counts(); again != 1200 {
					t.Errorf("five minutes later, %d in five seconds", again-600)
				}
				stop()
			})
		})
	}
}

// TestARelayThatThrottlesInWords: of a reply that says so in words alone a few go by
// the retry table, and then no more than the relay takes are asked.
func TestARelayThatThrottlesInWords(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]deliver.Result{
		"450 at RCPT": deliver.Judge(deliver.StageRcpt, 450, "", "slow down"), "451 at the dot": deliver.Judge(deliver.StageDot, 451, "", "rate"),
	} {
		t.Run(name, func(t *testing.T) {
			metered(t, 8, func() rule {
				second, given := time.Now(), 0
				return func(_ string, _ int, dot bool) deliver.Result {
					if time.Since(second) >= time.Second {
						second, given = time.Now(), 0
					}
					if dot != (no.Stage == deliver.StageDot) {
						return deliver.Result{}
					}
					if given++; given > 10 {
						return no
					}
					return deliver.Result{}
				}
			}, func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
				l := newLedger(w, "a/1", 600)
				w.e.Add(run(l), never())
				stop := w.run()
				time.Sleep(10 * time.Minute)
				if taken, refused := m.counts(); taken+refused < 600 || refused > 120 {
					t.Errorf("%d taken in ten minutes, %d put off", taken, refused)
				}
				stop()
			})
		})
	}
}

// TestOneReadersServerThrottles: what is said to one reader only is no reason for
// ever to be spared attempts.
func TestOneReadersServerThrottles(t *testing.T) {
	t.Parallel()
	metered(t, 2, always(func(what string, _ int, _ bool) deliver.Result {
		if what == "a/1#7" {
			return deliver.Judge(deliver.StageRcpt, 454, "4.7.0", "")
		}
		return deliver.Result{}
	}), func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
		l := newLedger(w, "a/1", 100)
		w.e.Add(run(l), time.Now().Add(5*time.Hour))
		w.runFor(6 * time.Hour)
		if _, refused := m.counts(); refused > 30 || l.last(7).Reader.Attempt < 2 || !l.last(7).Next.IsZero() {
			t.Errorf("refused %d times; %+v", refused, l.last(7))
		}
	})
}

// TestGreylisting is about one pair: the copy is deferred by the table. Where it is
// many in a row it may be the rate, and no more than one a second are asked.
func TestGreylisting(t *testing.T) {
	t.Parallel()
	metered(t, 4, always(func(string, int, bool) deliver.Result { return deliver.Judge(deliver.StageRcpt, 450, "4.7.1", "") }),
		func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
			l := newLedger(w, "a/1", 1000)
			w.e.Add(run(l), never())
			stop := w.run()
			time.Sleep(time.Minute)
			if _, n := m.counts(); n < 50 || n > 100 {
				t.Errorf("%d in a minute", n)
			}
			w.mu.Lock()
			w.notices = []deliver.QueuedNotice{queued(1)}
			w.mu.Unlock()
			w.e.Wake()
			time.Sleep(time.Second)
			if w.count("settle notice") != 1 {
				t.Error("the notice waits")
			}
			stop()
			for seq := range l.settled {
				if d := time.Until(l.last(seq).Next); d < 13*time.Minute {
					t.Errorf("#%d again in %s", seq, d)
				}
			}
			if held, _, _ := w.e.NoRelay(); held {
				t.Error("held")
			}
		})
}

// TestAnEndAtTheDataIsLearnt: a relay that closes behind so many messages, and says
// so only at the end of the next one's data, is given so many.
func TestAnEndAtTheDataIsLearnt(t *testing.T) {
	t.Parallel()
	metered(t, 2, always(func(_ string, nth int, dot bool) deliver.Result {
		if dot && nth >= 10 {
			return deliver.Judge(deliver.StageDot, 421, "4.4.2", "")
		}
		return deliver.Result{}
	}), func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
		w.e.Add(run(newLedger(w, "a/1", 500)), never())
		w.runFor(2 * time.Minute)
		if taken, refused := m.counts(); taken != 500 || refused > 6 {
			t.Errorf("%d taken, %d refused", taken, refused)
		}
	})
}

// TestARelayThatThrottlesTwoLists: what may be about the sender of one is the rate,
// if it is said to both; both are given less, and neither is held for long.
func TestARelayThatThrottlesTwoLists(t *testing.T) {
	t.Parallel()
	metered(t, 2, func() rule {
		var second time.Time
		n := 0
		return func(_ string, _ int, dot bool) deliver.Result {
			if dot {
				return deliver.Result{}
			}
			if time.Since(second) >= time.Second {
				second, n = time.Now(), 0
			}
			if n++; n > 10 {
				return deliver.Judge(deliver.StageMail, 451, "4.7.1", "")
			}
			return deliver.Result{}
		}
	}, func(t *testing.T, w *world, m *meter, run func(*ledger) deliver.Run) {
		a, b := newLedger(w, "a/1", 300), newLedger(w, "b/1", 300)
		w.e.Add(run(a), never())
		w.e.Add(run(b), never())
		w.runFor(3 * time.Minute)
		a.wantFirst(300)
		b.wantFirst(300)
		if taken, refused := m.counts(); taken != 600 || refused > 150 {
			t.Errorf("%d taken, %d refused", taken, refused)
		}
	})
}
