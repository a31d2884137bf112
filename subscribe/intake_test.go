package subscribe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
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
	if got := w.work(); len(got) != 0 || len(w.store.owed) != owed || len(w.store.requests) != 0 {
		t.Errorf("owed to those who are not on the list: %v", kinds(got))
	}
	for _, err := range []error{w.AskJoin(t.Context(), w.asking("none", you)), w.AskCorrection(t.Context(), w.asking("none", you))} {
		if !errors.Is(err, ErrList) {
			t.Errorf("unknown list: %v", err)
		}
	}
}

func TestRequestsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fine(w.AskJoin(t.Context(), w.asking("news", you)))
	w.sleep(ConfirmFor + time.Second)
	w.fine(w.AskJoin(t.Context(), w.asking("press", me)))
	delete(w.Lists, "press")
	if got := w.work(); len(got) != 0 || len(w.store.requests) != 0 {
		t.Errorf("a request of last week and one of a list that is gone: owed %v, %d kept", kinds(got), len(w.store.requests))
	}
}

// One address cannot be flooded under many spellings, whatever is asked about it.
// TestEveryKindOfRequest has ceilings of its own, and brings a mail to somebody.
func TestEveryKindOfRequest(t *testing.T) {
	t.Parallel()
	scopes := map[string]bool{}
	for kind := RequestJoin; kind < requestKinds; kind++ {
		if scope := scopeOf(kind, "seen networks"); scopes[scope] {
			t.Errorf("kind %d is counted with another, as %q", kind, scope)
		} else {
			scopes[scope] = true
		}
		r := Request{Kind: kind, List: "news", Address: mustAddress(t, you), At: noon}
		if noticeFor(r, nil, noon) == nil && noticeFor(r, &Subscriber{State: Active}, noon) == nil {
			t.Errorf("kind %d brings no mail to anybody", kind)
		}
	}
}

func TestCeilingsOfAnAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mails := func(list, a string, times int, apart time.Duration) (at []time.Duration) {
		for range times {
			w.fine(w.AskJoin(t.Context(), w.asking(list, a)))
			for _, n := range w.work() {
				at = append(at, n.Dated().Sub(noon))
			}
			w.sleep(apart)
		}
		return at
	}
	got := mails("news", "y.o.u+1@gmail.com", 1, 0)
	if got = append(got, mails("news", "you+2@gmail.com", 9, time.Minute)...); !slices.Equal(got, []time.Duration{0, 10 * time.Minute}) {
		t.Errorf("within ten minutes: mails at %v", got)
	}
	w.sleep(time.Minute)
	if got := mails("news", "you+3@googlemail.com", 23, time.Hour); len(got) != 5 || got[4]-got[3] != 22*time.Hour {
		t.Errorf("later that day: mails at %v", got)
	}
	if got := mails("press", "you@gmail.com", 1, 0); len(got) != 1 {
		t.Error("one list stands in the way of another")
	}
	if got := mails("news", me, 1, 0); len(got) != 1 {
		t.Error("one address stands in the way of another")
	}
}

// Requests that were put down together are decided side by side, and still one by one.
func TestCeilingsWithinABatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 300 {
		w.fine(w.AskJoin(t.Context(), w.asking("news", you)))
	}
	if n, err := w.intake.Work(t.Context()); n != batch || err != nil {
		t.Errorf("one tick settled %d, %v", n, err)
	}
	w.work()
	if len(w.store.owed) != 2 || w.store.owed[1].Due.Sub(noon) != 10*time.Minute || len(w.store.requests) != 0 {
		t.Errorf("owed %d mails, %d requests are left", len(w.store.owed), len(w.store.requests))
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
			err := w.AskJoin(t.Context(), w.asking("news", a))
			if want := i > 0; errors.Is(err, ErrBusy) != want {
				t.Errorf("request %d with an intake for 2: %v", i, err)
			}
		}
	}
	if len(w.store.requests) != 2 || alarms != 0 || crowded != 1 {
		t.Errorf("%d requests, %d alarms, %d for the full intake", len(w.store.requests), alarms, crowded)
	}
	w.work()

	w.sleep(2 * time.Hour)
	w.Limits = Limits{Intake: 1000, PerHour: 3, PerNetworkHour: 1000}
	for i := range 10 {
		if err := w.AskJoin(t.Context(), w.asking("news", me)); errors.Is(err, ErrBusy) != (i >= 3) {
			t.Errorf("request %d of an hour for 3: %v", i, err)
		}
	}
	if len(w.store.requests) != 3 || alarms != 1 {
		t.Errorf("%d requests, %d alarms", len(w.store.requests), alarms)
	}
	w.sleep(time.Hour + slot)
	w.fine(w.AskJoin(t.Context(), w.asking("news", me)))
	for range 5 {
		_ = w.AskJoin(t.Context(), w.asking("news", me))
	}
	if alarms != 2 {
		t.Errorf("%d alarms after the next hour", alarms)
	}
	w.Alarm = nil
	w.sleep(time.Hour)
	for range 5 {
		_ = w.AskJoin(t.Context(), w.asking("news", me)) // nobody to tell
	}
}

// One network that asks too much is told so and until when, and takes nothing away
// from others; nor from those who ask for a correction there.
func TestCeilingOfANetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Limits = Limits{Intake: 1000, PerHour: 60, PerNetworkHour: 10}
	rung := map[Trouble]int{}
	w.Alarm = func(why Trouble) { rung[why]++ }
	w.joins("news", you, nil)
	w.sleep(25 * time.Hour)
	inNetwork := func(i int, address string) Ask {
		a := w.asking("news", address)
		a.From = netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
		return a
	}
	told := map[NetworkBusy]int{}
	for i := range 200 {
		address := fmt.Sprintf("x%d@example.jp", i)
		if i%2 == 1 {
			address = you // known or not, the answer is the same
		}
		before := w.store.commits
		err := w.AskJoin(t.Context(), inNetwork(i, address))
		var busy NetworkBusy
		if errors.As(err, &busy) != (i >= 10) || err != nil && i < 10 {
			t.Fatalf("request %d: %v", i, err)
		}
		if told[busy]++; err != nil && w.store.commits != before {
			t.Error("a refused request costs a commit")
		}
	}
	if len(w.store.requests) != 10 || len(told) != 2 {
		t.Errorf("%d requests of one network, told %v", len(w.store.requests), told)
	}
	w.fine(w.AskJoin(t.Context(), w.asking("news", me)))
	w.fine(w.AskCorrection(t.Context(), inNetwork(1, you)))
	if len(w.store.requests) != 12 || rung[TroubleNetwork] != 1 || len(rung) != 1 {
		t.Errorf("%d requests; alarms %v", len(w.store.requests), rung)
	}
	for busy := range told {
		if busy.In == 0 {
			continue
		}
		if busy.Until.Sub(w.clock) != busy.In || busy.In > window+slot {
			t.Errorf("told %+v", busy)
		}
		w.sleep(busy.In - time.Millisecond)
		if err := w.AskJoin(t.Context(), inNetwork(1, me)); !errors.As(err, new(NetworkBusy)) {
			t.Errorf("a moment before it: %v", err)
		}
		w.sleep(time.Millisecond)
	}
	w.fine(w.AskJoin(t.Context(), inNetwork(1, me)))
}

// A site with many networks, or a block of them, has a ceiling too; and who has
// asked within the hour leaves three quarters of it to who has not.
func TestCeilingsOfManyNetworks(t *testing.T) {
	t.Parallel()
	flood := func(l Limits, n int, from func(i int) netip.Addr) (w *world, answers map[string]int, rung map[Trouble]int) {
		w, answers, rung = newWorld(t), map[string]int{}, map[Trouble]int{}
		w.Limits, w.Alarm = l, func(why Trouble) { rung[why]++ }
		for i := range n {
			a := w.asking("news", fmt.Sprintf("x%d@example.jp", i))
			a.From = from(i)
			answers[answer(w.AskJoin(t.Context(), a))]++
		}
		return w, answers, rung
	}
	v6 := func(site, part, line int) netip.Addr {
		return netip.AddrFrom16([16]byte{0x2a, 0, byte(site >> 8), byte(site), 0, 1, byte(part), byte(line), 15: 1})
	}
	l := Limits{Intake: 10_000, PerHour: 10_000, PerNetworkHour: 10}
	for name, tc := range map[string]struct {
		from func(i int) netip.Addr
		want int
	}{
		"an IPv6 /64":            {func(int) netip.Addr { return v6(1, 1, 1) }, 10},
		"100 /64s of a /56":      {func(i int) netip.Addr { return v6(1, 1, i) }, 20},
		"all /56s of a /48":      {func(i int) netip.Addr { return v6(1, i, i/256) }, 40},
		"an IPv4 /24":            {func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }, 10},
		"all /24s of a /16":      {func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, byte(i), 1}) }, 80},
		"who has no address":     {func(int) netip.Addr { return netip.Addr{} }, 10},
		"one IPv4, many mapping": {func(i int) netip.Addr { return netip.AddrFrom16([16]byte{0x20, 2, 192, 0, 2, byte(i), 6: byte(i)}) }, 10},
	} {
		if w, answers, rung := flood(l, 1000, tc.from); len(w.store.requests) != tc.want || answers["network busy"] != 1000-tc.want || rung[TroubleNetwork] != 1 {
			t.Errorf("%s: %d taken, want %d; answers %v, alarms %v", name, len(w.store.requests), tc.want, answers, rung)
		}
	}

	// 100 sites that ask 40 times each, of an hour of 300.
	l.PerHour = 300
	_, answers, rung := flood(l, 4000, func(i int) netip.Addr { return v6(i%100, i/100, 0) })
	if answers["taken"] > 100*3 || answers["busy"] == 0 || rung[TroubleShare]+rung[TroubleCeiling] == 0 {
		t.Errorf("answers %v, alarms %v", answers, rung)
	}
	l.PerHour = 900
	var w *world
	w, answers, rung = flood(l, 4000, func(i int) netip.Addr { return v6(i%100, i/100, 0) })
	if answers["taken"] < 225 || answers["taken"] > 525 || rung[TroubleShare] != 1 || rung[TroubleCeiling] != 0 {
		t.Errorf("answers %v, alarms %v", answers, rung)
	}
	for i := range 250 {
		a := w.asking("news", fmt.Sprintf("honest%d@example.jp", i))
		a.From = v6(1000+i, 0, 0)
		w.fine(w.AskJoin(t.Context(), a))
	}
}

func TestWorkKeepsWhatItCannotSettle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fine(w.AskJoin(t.Context(), w.asking("news", you)))
	told := 0
	w.intake.Wake = func() { told++ }
	w.store.fault = errDisk
	if n, err := w.intake.Work(t.Context()); n != 0 || !errors.Is(err, errDisk) {
		t.Errorf("the intake cannot be read: %d, %v", n, err)
	}
	w.intake.Queue = fixedQueue(w.store.requests)
	if n, err := w.intake.Work(t.Context()); n != 0 || !errors.Is(err, errDisk) || len(w.store.requests) != 1 || told != 0 {
		t.Errorf("nothing can be written: %d, %v, %d requests, told %d times", n, err, len(w.store.requests), told)
	}
	w.store.fault = nil
	if n, err := w.intake.Work(t.Context()); n != 1 || err != nil || len(w.store.requests) != 0 || told != 1 {
		t.Errorf("afterwards: %d, %v, %d requests, told %d times", n, err, len(w.store.requests), told)
	}
}

type fixedQueue []Request

func (f fixedQueue) WaitingRequests(context.Context, int) ([]Request, error) { return f, nil }

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
		w.intake.Fault = func(err error) { faults = append(faults, err) }
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.intake.Run(ctx) }()

		w.fine(w.AskJoin(ctx, w.asking("news", you)))
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

// poison is a store in which one list's requests panic.
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

// TestIntakeSurvivesAPanic: whatever one request brings about, the others of its batch
// are decided, the intake goes on, and somebody is told.
func TestIntakeSurvivesAPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var faults []string
		w.intake.Store, w.intake.Fault = poison{w.store}, func(err error) { faults = append(faults, err.Error()) }
		for _, list := range []string{"news", "press", "news"} {
			w.fine(w.AskJoin(t.Context(), w.asking(list, fmt.Sprintf("x%d@example.jp", w.asked))))
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.intake.Run(ctx) }()
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(w.store.owed) != 2 || len(w.store.requests) != 1 {
			t.Errorf("owed %d mails, %d requests are left", len(w.store.owed), len(w.store.requests))
		}
		if len(faults) < 2 || !strings.Contains(faults[0], "panic in the intake") || !strings.Contains(faults[0], "intake_test.go") {
			t.Errorf("told %d times: %.1000q", len(faults), faults)
		}
	})
}
