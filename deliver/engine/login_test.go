package engine

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestAnIdleEngineTriesItsLogin: at the start and then each hour, so that a password
// that has expired is seen before the embargo; often while it fails, and no more
// than one connection at a time.
func TestAnIdleEngineTriesItsLogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 4)
		w.e.Policy.LoginEvery = time.Hour
		var expired atomic.Bool
		w.dial = func(int) error {
			if expired.Load() {
				return &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "5.7.8", "the password has expired")}
			}
			return nil
		}
		stop := w.run()
		time.Sleep(150 * time.Minute)
		if n := w.count("dial"); n != 3 { // soon after the start, and at 60 and 120 minutes
			t.Errorf("%d logins in two and a half hours", n)
		}
		expired.Store(true)
		time.Sleep(40 * time.Minute)
		stopped, why, next := w.e.Stopped()
		if !stopped || !strings.Contains(why, "AUTH: reply 535 5.7.8") || time.Until(next) > 5*time.Minute || time.Until(next) < 0 {
			t.Errorf("stopped %v: %q, next in %s", stopped, why, time.Until(next))
		}
		if held, _, _ := w.e.NoRelay(); held {
			t.Error("a login without a message holds the relay")
		}
		if log := w.log.String(); !strings.Contains(log, "level=ERROR msg=LoginFailed") || strings.Contains(log, "the password has expired") {
			t.Errorf("the log: %s", log)
		}
		expired.Store(false)
		time.Sleep(6 * time.Minute)
		if stopped, why, _ := w.e.Stopped(); stopped {
			t.Errorf("it works again, and still: %s", why)
		}
		if log := w.log.String(); !strings.Contains(log, "LoginWorks") {
			t.Errorf("the log: %s", log)
		}
		stop()
		if n := w.count("send"); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestABusyEngineNeedsNoLogin: while a connection is open, it is the proof.
func TestABusyEngineNeedsNoLogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.e.Policy.LoginEvery = time.Hour
		w.e.Relays[0].PerMinute = 10
		l := newLedger(w, "a/1", 3000) // five hours
		w.e.Add(l, never())
		w.runFor(4 * time.Hour)
		if n := w.count("dial"); n > 6 { // its own by 1,000 messages, and one at the start
			t.Errorf("%d connections", n)
		}
	})
}

// TestAHeldRelayIsTriedWithoutWork: what held it was its login, and the issue is
// gone; nothing else would find out that it is in order again. What it said at
// MAIL, a login does not take back.
func TestAHeldRelayIsTriedWithoutWork(t *testing.T) {
	for name, mail := range map[string]bool{"by its login": false, "at MAIL": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, 1)
				w.e.Policy.LoginEvery = time.Hour
				var bad atomic.Bool
				bad.Store(true)
				w.dial = func(int) error {
					if bad.Load() && !mail {
						return &deliver.Refusal{Result: deliver.Judge(deliver.StageAuth, 535, "5.7.8", "no")}
					}
					return nil
				}
				w.send = func(_ context.Context, _ *conn, _ string) deliver.Result {
					if bad.Load() {
						return deliver.Judge(deliver.StageMail, 530, "5.7.0", "no")
					}
					return accepted
				}
				w.add("a/1", 10)
				stop := w.run()
				time.Sleep(30 * time.Minute)
				if held, _, _ := w.e.NoRelay(); !held {
					t.Error("not held")
				}
				w.e.Remove(named("a/1"))
				bad.Store(false)
				time.Sleep(30 * time.Minute)
				if held, _, _ := w.e.NoRelay(); held != mail {
					t.Errorf("held %v", held)
				}
				stop()
			})
		})
	}
}

// TestNobodyLogsInAtRest: a relay at rest is not even asked whether it takes our login.
func TestNobodyLogsInAtRest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.e.Relays[0].Rest = deliver.Rest{Hours: subscribe.Hours{From: 0, To: 60}} // a bubble begins at midnight UTC
		w.e.Policy.LoginEvery = 10 * time.Minute
		stop := w.run()
		defer stop()
		time.Sleep(59 * time.Minute)
		if n := w.count("dial"); n != 0 {
			t.Errorf("%d logins at rest", n)
		}
		if all := w.e.RelayStates(); len(all) != 1 || all[0].Why != "" || all[0].Rests.UTC().Format("15:04") != "01:00" || all[0].Share != 0 {
			t.Errorf("%+v", all)
		}
		time.Sleep(11 * time.Minute)
		if n := w.count("dial"); n == 0 {
			t.Error("none afterwards")
		}
		if all := w.e.RelayStates(); !all[0].Rests.IsZero() {
			t.Errorf("%+v", all)
		}
	})
}
