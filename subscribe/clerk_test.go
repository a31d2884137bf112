package subscribe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("news", you, nil)
	w.sleep(25 * time.Hour)
	owed := len(w.store.owed)
	w.fine(w.AskCorrection(t.Context(), w.asking("news", me)))
	w.fine(w.AskCorrection(t.Context(), w.asking("press", you)))
	if got := w.work(); len(got) != 0 || len(w.store.owed) != owed || len(w.store.slips) != 0 {
		t.Errorf("owed to those who are not on the list: %v", kinds(got))
	}
	for _, err := range []error{w.Request(t.Context(), w.asking("none", you)), w.AskCorrection(t.Context(), w.asking("none", you))} {
		if !errors.Is(err, ErrList) {
			t.Errorf("unknown list: %v", err)
		}
	}
}

func TestSlipsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fine(w.Request(t.Context(), w.asking("news", you)))
	w.sleep(ConfirmFor + time.Second)
	w.fine(w.Request(t.Context(), w.asking("press", me)))
	delete(w.Lists, "press")
	if got := w.work(); len(got) != 0 || len(w.store.slips) != 0 {
		t.Errorf("a slip of last week and one of a list that is gone: owed %v, %d kept", kinds(got), len(w.store.slips))
	}
}

// One address cannot be flooded, whatever is asked about it (RULES F-03).
func TestCeilingsOfAnAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mails := func(ask func() error, times int, apart time.Duration) int {
		before := len(w.store.owed)
		for range times {
			w.fine(ask())
			w.work()
			w.sleep(apart)
		}
		return len(w.store.owed) - before
	}
	join := func(list, a string) func() error {
		return func() error { return w.Request(t.Context(), w.asking(list, a)) }
	}
	if n := mails(join("news", "y.o.u+1@gmail.com"), 1, 0) + mails(join("news", "you+2@googlemail.com"), 9, 0); n != 1 {
		t.Errorf("%d mails within a moment", n)
	}
	w.sleep(Apart)
	if n := mails(join("news", "you@gmail.com"), 20, Apart); n != PerListAndDay-1 {
		t.Errorf("%d more mails about one list in a day", n)
	}
	if n := mails(join("press", "you@gmail.com"), 20, Apart); n != PerDay-PerListAndDay {
		t.Errorf("%d more mails in all in a day", n)
	}
	w.sleep(day)
	n := 0
	for range 28 {
		n += mails(join("news", "you@gmail.com"), 2, 12*time.Hour)
	}
	if n != PerMonth-PerDay {
		t.Errorf("%d more mails in a month", n)
	}
	if n := mails(join("news", me), 1, 0); n != 1 {
		t.Error("one address stands in the way of another")
	}
}

// Slips that were put down together are decided side by side, and still one by one.
func TestCeilingsWithinABatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 300 {
		w.fine(w.Request(t.Context(), w.asking("news", you)))
	}
	if n, err := w.clerk.Work(t.Context()); n != batch || err != nil {
		t.Errorf("one tick settled %d, %v", n, err)
	}
	w.work()
	if len(w.store.owed) != 1 || len(w.store.slips) != 0 {
		t.Errorf("owed %d mails, %d slips are left", len(w.store.owed), len(w.store.slips))
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.joins("news", you, nil)
	alarms := 0
	crowded := 0
	w.Alarm = func(why Trouble) {
		if why == TroubleCeiling {
			alarms++
		} else {
			crowded++
		}
	}
	w.sleep(25 * time.Hour)

	w.Limits = Limits{Intake: 2, PerHour: 1000, PerNetworkHour: 1000}
	for i := range 5 {
		for _, a := range []string{you, fmt.Sprintf("x%d@example.jp", i)} { // known or not
			err := w.Request(t.Context(), w.asking("news", a))
			if want := i > 0; errors.Is(err, ErrBusy) != want {
				t.Errorf("request %d with a tray for 2: %v", i, err)
			}
		}
	}
	if len(w.store.slips) != 2 || alarms != 0 || crowded != 1 {
		t.Errorf("%d slips, %d alarms, %d for the full tray", len(w.store.slips), alarms, crowded)
	}
	w.work()

	w.sleep(time.Hour)
	w.Limits = Limits{Intake: 1000, PerHour: 3, PerNetworkHour: 1000}
	for i := range 10 {
		if err := w.Request(t.Context(), w.asking("news", me)); errors.Is(err, ErrBusy) != (i >= 3) {
			t.Errorf("request %d of an hour for 3: %v", i, err)
		}
	}
	if len(w.store.slips) != 3 || alarms != 1 {
		t.Errorf("%d slips, %d alarms", len(w.store.slips), alarms)
	}
	w.sleep(time.Hour)
	w.fine(w.Request(t.Context(), w.asking("news", me)))
	for range 5 {
		_ = w.Request(t.Context(), w.asking("news", me))
	}
	if alarms != 2 {
		t.Errorf("%d alarms after the next hour", alarms)
	}
	w.Alarm = nil
	w.sleep(time.Hour)
	for range 5 {
		_ = w.Request(t.Context(), w.asking("news", me)) // nobody to tell
	}
}

// One network that asks too much is answered like all others, and takes nothing
// away from them.
func TestCeilingOfANetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Limits = Limits{Intake: 1000, PerHour: 20, PerNetworkHour: 10}
	for i := range 200 {
		a := w.asking("news", fmt.Sprintf("x%d@example.jp", i))
		a.From = netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
		w.fine(w.Request(t.Context(), a))
	}
	if len(w.store.slips) != 10 {
		t.Errorf("%d slips of one network", len(w.store.slips))
	}
	w.fine(w.Request(t.Context(), w.asking("news", me)))
	if len(w.store.slips) != 11 {
		t.Error("an honest request was not kept")
	}
	w.sleep(time.Hour)
	a := w.asking("news", you)
	a.From = netip.MustParseAddr("192.0.2.1")
	w.fine(w.Request(t.Context(), a))
	if len(w.store.slips) != 12 {
		t.Error("the network is still shut out in the next hour")
	}
}

func TestWorkKeepsWhatItCannotSettle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fine(w.Request(t.Context(), w.asking("news", you)))
	told := 0
	w.clerk.Owed = func() { told++ }
	w.store.fault = errDisk
	if n, err := w.clerk.Work(t.Context()); n != 0 || !errors.Is(err, errDisk) {
		t.Errorf("the tray cannot be read: %d, %v", n, err)
	}
	w.clerk.Tray = fixedTray(w.store.slips)
	if n, err := w.clerk.Work(t.Context()); n != 0 || !errors.Is(err, errDisk) || len(w.store.slips) != 1 || told != 0 {
		t.Errorf("nothing can be written: %d, %v, %d slips, told %d times", n, err, len(w.store.slips), told)
	}
	w.store.fault = nil
	if n, err := w.clerk.Work(t.Context()); n != 1 || err != nil || len(w.store.slips) != 0 || told != 1 {
		t.Errorf("afterwards: %d, %v, %d slips, told %d times", n, err, len(w.store.slips), told)
	}
}

type fixedTray []Slip

func (f fixedTray) Slips(context.Context, int) ([]Slip, error) { return f, nil }

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		owed := func() int {
			w.store.mu.Lock()
			defer w.store.mu.Unlock()
			return len(w.store.owed)
		}
		var faults []error
		w.clerk.Fault = func(err error) { faults = append(faults, err) }
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.clerk.Run(ctx) }()

		w.fine(w.Request(ctx, w.asking("news", you)))
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if owed() != 0 {
			t.Error("work began on arrival, which would show in the time of answers")
		}
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if owed() != 1 {
			t.Errorf("a tick later %d mails are owed", owed())
		}
		w.store.mu.Lock()
		w.store.fault = errDisk
		w.store.mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Errorf("stopped with %v", err)
		}
		if len(faults) == 0 || !errors.Is(faults[0], errDisk) {
			t.Errorf("told of %v", faults)
		}
	})
}

// poison is a store in which one list's slips panic.
type poison struct{ Store }

type poisonTx struct{ Tx }

func (p poison) Update(ctx context.Context, op func(Tx) error) error {
	return p.Store.Update(ctx, func(tx Tx) error { return op(poisonTx{tx}) })
}

func (p poisonTx) ByAddress(list string, a Address) (*Subscriber, error) {
	if list == "press" {
		panic("as a bug does")
	}
	return p.Tx.ByAddress(list, a)
}

// TestClerkSurvivesAPanic: whatever one slip brings about, the others of its batch
// are decided, the Clerk goes on, and somebody is told.
func TestClerkSurvivesAPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var faults []string
		w.clerk.Store, w.clerk.Fault = poison{w.store}, func(err error) { faults = append(faults, err.Error()) }
		for _, list := range []string{"news", "press", "news"} {
			w.fine(w.Request(t.Context(), w.asking(list, fmt.Sprintf("x%d@example.jp", w.asked))))
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.clerk.Run(ctx) }()
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(w.store.owed) != 2 || len(w.store.slips) != 1 {
			t.Errorf("owed %d mails, %d slips are left", len(w.store.owed), len(w.store.slips))
		}
		if len(faults) < 2 || !strings.Contains(faults[0], "panic in the Clerk") || !strings.Contains(faults[0], "clerk_test.go") {
			t.Errorf("told %d times: %.1000q", len(faults), faults)
		}
	})
}
