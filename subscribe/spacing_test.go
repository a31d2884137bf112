package subscribe

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Strangers ask in somebody's name all the time, for weeks: mails come ever
// farther apart, and there is never a day without one (nor a list that is silent).
func TestSpacedOutAndNeverSilent(t *testing.T) {
	t.Parallel()
	for kind, most := range map[RequestKind]int{RequestJoin: 6 + 33, RequestCorrect: 7 + 30*6} {
		var ofList, ofAddress Tally
		to := mustAddress(t, you)
		var mails []time.Time
		for now := noon; now.Before(noon.Add(30 * day)); now = now.Add(7 * time.Minute) {
			due, ok := scheduleMail(kind, NoticeConfirm, to, &ofList, &ofAddress, now)
			if !ok {
				continue
			}
			if due.Before(now) || due.Sub(now) > day {
				t.Fatalf("asked at %v, due at %v", now, due)
			}
			if n := len(mails); n > 0 && (due.Sub(mails[n-1]) > day || due.Sub(mails[n-1]) < 10*time.Minute) {
				t.Errorf("%v between mails %d and %d", due.Sub(mails[n-1]), n, n+1)
			}
			mails = append(mails, due)
		}
		if len(mails) > most || len(mails) < 29 {
			t.Errorf("%d mails in 30 days, want at most %d", len(mails), most)
		}
		if len(ofList.Times) > newest || len(ofAddress.Times) > newest {
			t.Error("a tally grows")
		}
	}
}

// Strangers ask in somebody's name about every list there is, week after week, so
// that the day is full: whoever asks about one more gets its mail within a day.
func TestOtherListsSilenceNone(t *testing.T) {
	t.Parallel()
	to := mustAddress(t, you)
	var ofAddress Tally
	var lists [100]Tally
	for now := noon; now.Before(noon.Add(10 * day)); now = now.Add(time.Hour) {
		for n := range lists {
			scheduleMail(RequestJoin, NoticeConfirm, to, &lists[n], &ofAddress, now)
		}
		fresh, other := Tally{}, ofAddress
		if due, ok := scheduleMail(RequestJoin, NoticeConfirm, to, &fresh, &other, now); !ok || due.Sub(now) > day || due.Before(now) {
			t.Fatalf("asked at %v, due at %v, %v", now, due, ok)
		}
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	ago := func(spans ...time.Duration) (at []time.Time) {
		for _, s := range spans {
			at = append(at, noon.Add(-s))
		}
		return at
	}
	to := mustAddress(t, you)
	const minute, hour = time.Minute, time.Hour
	for _, tc := range []struct {
		name              string
		kind              RequestKind
		onList, ofAddress []time.Duration
		want              time.Duration // from now
	}{
		{"the first", RequestJoin, nil, nil, 0},
		{"right after another", RequestJoin, spans(0), spans(0), 10 * minute},
		{"ten minutes after another", RequestJoin, spans(10 * minute), spans(10 * minute), 0},
		{"the third", RequestJoin, spans(10*minute, 0), spans(10*minute, 0), 30 * minute},
		{"the fourth", RequestJoin, spans(40*minute, 30*minute, 0), nil, 2 * hour},
		{"the seventh", RequestJoin, spans(50*hour, 40*hour, 30*hour, 20*hour, 10*hour, hour), nil, 21 * hour},
		{"when the others are a week old", RequestJoin, spans(9*day, 8*day, 7*day), nil, 0},
		{"the seventh correction", RequestCorrect, spans(9*hour, 8*hour, 7*hour, 6*hour, 5*hour, hour), nil, 3 * hour},
		{"right after a mail about another list", RequestJoin, nil, spans(0), 0},
		{"the fifth of a day in all", RequestJoin, nil, spans(4, 3, 2, 1), 0},
		{"the sixth of a day in all", RequestJoin, nil, spans(5, 4, 3, 2, 0), 20 * minute},
		{"the sixth, when one is a day old", RequestJoin, nil, spans(day, 4, 3, 2, 0), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			onList, ofAddress := Tally{Times: ago(tc.onList...)}, Tally{Times: ago(tc.ofAddress...)}
			due, ok := scheduleMail(tc.kind, NoticeConfirm, to, &onList, &ofAddress, noon)
			if !ok || due.Sub(noon) != tc.want {
				t.Fatalf("due in %v, %v; want %v", due.Sub(noon), ok, tc.want)
			}
			if onList.last() != due || ofAddress.last() != due || onList.Until.Before(due.Add(day)) || ofAddress.Until.Before(due.Add(day)) {
				t.Error("the mail was not counted")
			}
			if again, ok := scheduleMail(tc.kind, NoticeConfirm, to, &onList, &ofAddress, noon); tc.want > 0 && ok {
				t.Errorf("while one waits, another is due at %v", again)
			}
		})
	}
}

func spans(all ...time.Duration) []time.Duration { return all }

// A domain gets its mails at a pace, and the big providers as they come.
func TestPaceOfADomain(t *testing.T) {
	t.Parallel()
	l := Limits{PerHour: 12_000}
	pace := func(address string, fresh bool, n int) time.Duration {
		p, ok := l.pacing(RequestJoin, mustAddress(t, address), fresh)
		if !ok {
			return 0
		}
		var tally Tally
		var due time.Time
		for range n {
			due = p.next(&tally, noon)
		}
		return due.Sub(noon)
	}
	for _, tc := range []struct {
		address string
		fresh   bool
		n       int
		want    time.Duration
	}{
		{"a@ministry.go.jp", false, 50, 0},
		{"a@ministry.go.jp", false, 550, time.Hour},
		{"a@ministry.go.jp", true, 100, 0},
		{"a@ministry.go.jp", true, 1100, time.Hour},
		{"a@gmail.com", false, 10_000, 0},
		{"a@docomo.ne.jp", false, 10_000, 0},
		{"a@t.vodafone.ne.jp", false, 10_000, 0},
		{"a@gmail.com.example.jp", false, 550, time.Hour},
	} {
		if got := pace(tc.address, tc.fresh, tc.n); got.Round(time.Second) != tc.want {
			t.Errorf("%s, new network %v: mail %d goes after %v, want %v", tc.address, tc.fresh, tc.n, got, tc.want)
		}
	}
	for address, want := range map[string]string{
		"a@dept.ministry.go.jp": "ministry.go.jp", "a@x1.example.org": "example.org", "a@city.example.lg.jp": "example.lg.jp",
	} {
		if got := receivingDomain(mustAddress(t, address)); got != want {
			t.Errorf("%s is counted for %s, want %s", address, got, want)
		}
	}
	if _, ok := (Limits{}).pacing(RequestJoin, mustAddress(t, you), true); ok {
		t.Error("without a ceiling of the installation there is a pace")
	}
}

// Every line of the table is a domain that somebody registered, once.
func TestProviders(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for line := range strings.Lines(providers) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if got := receivingDomain(mustAddress(t, "a@"+line)); got != line || seen[line] {
			t.Errorf("%q: registered is %q; or it is there twice", line, got)
		}
		seen[line] = true
	}
	if len(seen) < 50 {
		t.Errorf("%d providers", len(seen))
	}
}

// Whatever strangers have asked in a reader's name, the reader's own request for
// a correction gets its mail, and joining another list does.
func TestNobodyUsesUpAReadersWayIn(t *testing.T) {
	t.Parallel()
	for _, strangers := range []struct {
		name  string
		ask   func(w *world) error
		times int
		apart time.Duration
		wait  time.Duration // of the reader for a correction, at most
		join  time.Duration // and for joining another list
	}{
		{"four sign-ups", func(w *world) error { return w.AskJoin(w.t.Context(), w.asking("news", you)) }, 4, time.Minute, 0, 0},
		{"sign-ups for a month", func(w *world) error { return w.AskJoin(w.t.Context(), w.asking("news", you)) }, 24 * 30, time.Hour, 0, 0},
		{"four corrections", func(w *world) error { return w.AskCorrection(w.t.Context(), w.asking("news", you)) }, 4, time.Minute, 10 * time.Minute, 0},
		{"sign-ups under ever new tags", func(w *world) error {
			w.fine(w.AskJoin(w.t.Context(), w.asking("press", fmt.Sprintf("you+%d@example.jp", w.asked))))
			return w.AskJoin(w.t.Context(), w.asking("news", fmt.Sprintf("you+%d@example.jp", w.asked)))
		}, 24 * 10, 10 * time.Minute, 0, day},
		{"corrections for a month", func(w *world) error { return w.AskCorrection(w.t.Context(), w.asking("news", you)) }, 24 * 30, time.Hour, 4 * time.Hour, 0},
	} {
		t.Run(strangers.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.joins("news", you, nil)
			w.sleep(time.Minute)
			for range strangers.times {
				w.fine(strangers.ask(w))
				w.work()
				w.sleep(strangers.apart)
			}
			w.fine(w.AskCorrection(t.Context(), w.asking("news", you)))
			w.work()
			var next *Notice
			for i, n := range w.store.owed {
				if n.Kind == NoticeCorrect && !n.Dated().Before(w.clock) && n.StillOwed(nil, nil, w.active("news", you), n.Dated()) {
					next = &w.store.owed[i]
					break
				}
			}
			if next == nil || next.Dated().Sub(w.clock) > strangers.wait {
				t.Fatalf("the reader's own request: %+v of %d mails", next, len(w.store.owed))
			}
			if life := next.Expires.Sub(next.Dated()); life != CorrectFor || next.Asked != next.Dated() {
				t.Errorf("its link lives for %v", life)
			}
			w.fine(w.AskJoin(t.Context(), w.asking("press", you)))
			if got := w.work(); len(got) != 1 || got[0].To != mustAddress(t, you) || got[0].Dated().Sub(w.clock) > strangers.join {
				t.Errorf("the reader's joining of another list: %v", kinds(got))
			}
		})
	}
}

// While one mail waits, there is no second one; but one that will say something
// else is owed, since the one that waits will not go out any more.
func TestOneWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func() []Notice {
		w.fine(w.AskJoin(t.Context(), w.asking("news", you)))
		return w.work()
	}
	first := ask()
	second := ask()
	if len(first) != 1 || len(second) != 1 || second[0].Due.Sub(w.clock) != 10*time.Minute || second[0].Asked != w.clock {
		t.Fatalf("owed %+v, then %+v", first, second)
	}
	if third := ask(); len(third) != 0 {
		t.Errorf("while one waits: %v", kinds(third))
	}
	// The reader joins, leaves and is back within the ten minutes.
	w.sleep(time.Minute)
	w.fine(w.Confirm(t.Context(), w.link(first[0]), Answers{}))
	w.sleep(time.Minute)
	s := w.active("news", you)
	w.fine(w.Leave(t.Context(), w.leaveLink(*s)))
	w.sleep(time.Minute)
	if back := ask(); len(back) != 1 || back[0].Kind != NoticeConfirm || !back[0].Due.IsZero() {
		t.Errorf("who has left and is back: %v", kinds(back))
	}
	mark, err := (&memoryTx{memory: w.store}).Mark("news", mustAddress(t, you))
	w.fine(err)
	if second[0].StillOwed(nil, mark, nil, second[0].Due) {
		t.Error("a mail that was asked for before its reader left goes out after that")
	}

	// Likewise while an "already subscribed" waits that a stranger has caused, and
	// once the office has lifted a block.
	for name, out := range map[string]func(){
		"left": func() { w.fine(w.Leave(t.Context(), w.leaveLink(*w.active("news", you)))) },
		"blocked": func() {
			w.fine(w.Block(t.Context(), must[Token](t)(w.Tokens.Mint(Link{Purpose: ToBlock, List: w.Lists["news"], Address: mustAddress(t, you), Lang: Japanese, Issued: w.clock}))))
			w.fine(w.Unblock(t.Context(), mustAddress(t, you)))
		},
	} {
		w.joins("news", you, nil)
		if strangers := append(ask(), ask()...); len(strangers) != 2 || strangers[1].Due.IsZero() {
			t.Fatalf("strangers: %+v", strangers)
		}
		out()
		w.sleep(time.Minute)
		if back := ask(); len(back) != 1 || back[0].Kind != NoticeConfirm || !back[0].Due.IsZero() {
			t.Errorf("who has %s and is back: %v", name, kinds(back))
		}
	}

	// Removed by the office while an "already subscribed" waits.
	w.joins("news", me, nil)
	for range 2 {
		w.fine(w.AskJoin(t.Context(), w.asking("news", me)))
		w.work()
	}
	w.fine(w.Remove(t.Context(), "news", mustAddress(t, me)))
	w.fine(w.AskJoin(t.Context(), w.asking("news", me)))
	if got := w.work(); len(got) != 1 || got[0].Kind != NoticeConfirm || got[0].Dated().Sub(w.clock) > 10*time.Minute {
		t.Errorf("after a removal: %v", kinds(got))
	}
}

// After a move a correction can be asked for at once, at the new address, even
// if strangers asked for it.
func TestCorrectionAfterAMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, to := range []string{me, fresh} { // who is on the list already, and who is not
		w.joins("news", you, nil)
		if to == me {
			w.joins("news", me, nil)
		}
		tok := w.asksToCorrect("news", you)
		for range 5 {
			w.fine(w.AskCorrection(t.Context(), w.asking("news", to)))
			w.work()
		}
		w.fine(w.Correct(t.Context(), tok, Changes{NewAddress: to}))
		w.fine(w.Confirm(t.Context(), w.link(w.one(NoticeMove, to)), Answers{}))
		w.fine(w.AskCorrection(t.Context(), w.asking("news", to)))
		if got := w.work(); len(got) != 1 || got[0].Kind != NoticeCorrect || !got[0].Due.IsZero() {
			t.Errorf("right after the move: %v", kinds(got))
		}
	}
}

// A flood at one domain is slowed down, and those from new networks do not wait
// behind it.
func TestFloodAtOneDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Limits = Limits{Intake: 10_000, PerHour: 12_000, PerNetworkHour: 1000}
	w.intake.Limits = w.Limits
	var rung []Trouble
	w.intake.Alarm = func(why Trouble) { rung = append(rung, why) }
	for i := range 900 {
		a := w.asking("news", fmt.Sprintf("staff%d@ministry.go.jp", i))
		a.From = mustAddr("192.0.2.1")
		w.fine(w.AskJoin(t.Context(), a))
	}
	w.work()
	within := 0
	for _, n := range w.store.owed {
		if n.Dated().Sub(w.clock) <= time.Hour {
			within++
		}
	}
	if within > 560 || len(w.store.owed) != 900 {
		t.Errorf("%d mails, %d of them within the hour", len(w.store.owed), within)
	}
	if !slices.Equal(rung, []Trouble{TroubleDomain}) {
		t.Errorf("alarms %v", rung)
	}
	w.fine(w.AskJoin(t.Context(), w.asking("news", "honest@ministry.go.jp")))
	if got := w.work(); len(got) != 1 || !got[0].Due.IsZero() {
		t.Errorf("the honest one waits: %+v", got)
	}
}
