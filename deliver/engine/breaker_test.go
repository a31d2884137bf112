package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// What pauses a run, and what does not.
func TestBreaker(t *testing.T) {
	t.Parallel()
	many := func(n int, r deliver.Result) (all []deliver.Result) {
		for range n {
			all = append(all, r)
		}
		return all
	}
	spread := func(every, n int, odd deliver.Result) (all []deliver.Result) {
		for i := range n {
			if i%every == every-1 {
				all = append(all, odd)
			} else {
				all = append(all, accepted)
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		results []deliver.Result
		domains int
		trips   string
	}{
		"a healthy run":                           {many(1000, accepted), 1, ""},
		"five in a hundred refused":               {spread(20, 1000, nobody), 1, ""},
		"six in a hundred refused":                {spread(16, 400, nobody), 1, "addresses were refused"},
		"the very first is refused":               {many(3, nobody), 1, ""},
		"eleven of the first":                     {many(11, nobody), 3, "the relay refuses nearly everybody (3 of 3; mostly 550 5.1.1: there is no such mailbox)"},
		"the first two":                           {many(2, nobody), 2, ""},
		"three at two domains":                    {many(3, nobody), 2, ""},
		"nine of ten":                             {append([]deliver.Result{accepted}, many(9, nobody)...), 3, "the last 6 readers tried"},
		"five in a row, then it is well again":    {append(append(many(9, accepted), many(5, nobody)...), many(9, accepted)...), 5, ""},
		"six in a row":                            {append(many(9, accepted), many(6, nobody)...), 5, "the last 6 readers tried, at all kinds of providers"},
		"six in a row at one provider":            {append(many(10, accepted), many(6, nobody)...), 1, ""},
		"everybody, in three ways":                {[]deliver.Result{nobody, policy, deliver.Judge(deliver.StageDot, 554, "", "")}, 3, "nearly everybody (3 of 3"},
		"every mailbox is full":                   {many(100, deliver.Judge(deliver.StageRcpt, 552, "5.2.2", "")), 5, "nearly everybody (3 of 3; mostly 552 5.2.2"},
		"access denied, as 5.4.1":                 {many(100, deliver.Judge(deliver.StageRcpt, 550, "5.4.1", "")), 5, "nearly everybody (3 of 3; mostly 550 5.4.1"},
		"everybody is put off":                    {many(100, deliver.Judge(deliver.StageRcpt, 451, "4.7.1", "")), 5, ""},
		"one hostile domain":                      {spread(4, 400, policy), 4, ""},
		"two hostile domains":                     {spread(2, 400, policy), 4, ""},
		"one domain knows nobody any more":        {spread(4, 400, nobody), 4, ""},
		"a list of one domain, that knows nobody": {many(11, nobody), 1, "11 of 11 addresses"},
		"a list of one domain, that is hostile":   {many(200, policy), 1, "because of us"},
		"its first copies":                        {many(199, policy), 1, ""},
		"one domain that likes no message":        {spread(4, 400, deliver.Judge(deliver.StageDot, 554, "", "")), 4, ""},
		"the message is refused":                  {many(200, deliver.Judge(deliver.StageDot, 554, "5.6.0", "")), 4, "3 of 3; mostly 554 5.6.0: it does not take the content"},
		"the message is refused, without a code":  {many(200, deliver.Judge(deliver.StageDot, 550, "", "")), 4, "3 of 3; mostly 550: it does not take the message"},
		"the message is refused now and then":     {spread(10, 400, deliver.Judge(deliver.StageDot, 554, "5.6.0", "")), 7, "5 of 50 messages were refused for what is in them"},
		"greylisting":                             {many(500, deliver.Judge(deliver.StageRcpt, 450, "4.7.1", "")), 4, ""},
		"a relay that asks for less":              {many(500, deliver.Judge(deliver.StageRcpt, 421, "4.7.0", "")), 4, ""},
		"mail that is not authenticated":          {many(500, deliver.Judge(deliver.StageRcpt, 450, "4.7.26", "")), 4, "because of us"},
		"three domains turn us away":              {many(200, policy), 3, "nearly everybody (3 of 3; mostly 550 5.7.1: its policy"},
		"three domains turn us away now and then": {spread(10, 200, policy), 3, "because of us (5.7.x and the like), at 3 domains"},
		"two in a hundred over many domains":      {spread(50, 1000, policy), 50, ""},
		"three uncertain in a row":                {append(many(50, accepted), many(3, unsure)...), 1, "3 messages in a row"},
		"three uncertain in the first window":     {append(append(many(2, unsure), accepted), many(2, unsure)...), 1, "3 of 4 messages"},
		"one uncertain in a hundred":              {spread(100, 1000, unsure), 1, ""},
		"one uncertain in fifty":                  {spread(50, 1000, unsure), 1, "without an answer"},
		"our own fault is the gate's business":    {many(500, ours), 3, ""},
		"deferrals, however many, are no breaker": {many(500, deliver.Judge(deliver.StageRcpt, 451, "4.2.0", "later")), 3, ""},
	} {
		b, relay, why := breaker{}, route{}, ""
		for i, r := range c.results {
			if why = b.note(deliver.DefaultBreaker(), outcome{r, fmt.Sprintf("d%d.example.jp", i%c.domains), false, relay.countUnanswered(r), false}); why != "" {
				break
			}
		}
		if c.trips == "" && why != "" || !strings.Contains(why, c.trips) {
			t.Errorf("%s: %q, want %q", name, why, c.trips)
		}
	}
}

// TestARuleThatIsOff: 0 switches the rule off.
func TestARuleThatIsOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		off            func(*deliver.BreakerPolicy)
		taken, refused int
		end            bool // judged when everybody has been tried
	}{
		"Nearly":   {func(p *deliver.BreakerPolicy) { p.Nearly = 0 }, 0, 3, false},
		"Few":      {func(p *deliver.BreakerPolicy) { p.Few = 0 }, 0, 3, false},
		"Most":     {func(p *deliver.BreakerPolicy) { p.Most = 0 }, 2, 3, true},
		"Straight": {func(p *deliver.BreakerPolicy) { p.Straight = 0 }, 20, 6, false},
	} {
		judge := func(p deliver.BreakerPolicy) (why string) {
			var b breaker
			for n := range c.taken + c.refused {
				r := accepted
				if n >= c.taken {
					r = nobody
				}
				why = b.note(p, outcome{Result: r, domain: fmt.Sprintf("d%d.example.jp", n)})
			}
			if c.end {
				why = b.judgeEnd(p)
			}
			return why
		}
		p := deliver.DefaultBreaker()
		if judge(p) == "" {
			t.Errorf("%s: it does not trip", name)
		}
		if c.off(&p); judge(p) != "" {
			t.Errorf("%s: it trips although it is off: %s", name, judge(p))
		}
	}
}

// TestASecondAttemptEndsTheRow: a relay that takes who was put off is well again.
func TestASecondAttemptEndsTheRow(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		var b breaker
		note := func(r deliver.Result, n int, again bool) (why string) {
			return b.note(deliver.DefaultBreaker(), outcome{Result: r, domain: fmt.Sprintf("d%d.example.jp", n), again: again})
		}
		for n := range 12 {
			note(accepted, n, false)
		}
		for n := range 5 {
			note(policy, n, false)
		}
		if again {
			note(accepted, 0, true)
		}
		note(policy, 5, false)
		if why := b.judgeEnd(deliver.DefaultBreaker()); (why == "") != again {
			t.Errorf("accepted in between %v: %q", again, why)
		}
	}
}

// A run that trips is taken away at once, and its reason reaches the timeline.
func TestTrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		tripped := map[deliver.IssueName]string{}
		w.paused = func(run deliver.IssueName, why string, refusals bool) {
			if !refusals {
				t.Error("its refusals are not taken back")
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			tripped[run] = why
		}
		w.send = func(context.Context, *conn, string) deliver.Result { return nobody }
		w.add("a/1", 100)
		stop := w.run()
		time.Sleep(time.Minute)
		stop()
		if !strings.Contains(tripped[named("a/1")], "addresses were refused") {
			t.Errorf("tripped: %v", tripped)
		}
		if !w.e.Quiet(named("a/1")) {
			t.Error("the engine still has it")
		}
	})
}

// TestPauseIfRefused: a list of few readers, or of one domain, is judged when everybody has
// been tried; not while a copy is in flight, and not outside the list's hours.
func TestPauseIfRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		readers  int
		accepted int // the first so many
		result   deliver.Result
		audience int // by the books; 0: they are not asked
		trips    bool
	}{
		"three unknown":                 {3, 0, nobody, 0, true},
		"eight unknown":                 {8, 0, nobody, 0, true},
		"two, which are too few":        {2, 0, nobody, 0, false},
		"eight for what we are":         {8, 0, policy, 0, true},
		"eight put off":                 {8, 0, deliver.Judge(deliver.StageRcpt, 450, "4.2.0", ""), 0, false},
		"nine of ten":                   {10, 1, nobody, 0, true},
		"five of seven":                 {7, 2, nobody, 0, false},
		"a dead address among three":    {3, 2, nobody, 0, false},
		"five at the end":               {12, 7, nobody, 0, false},
		"six at the end":                {12, 6, nobody, 0, true},
		"two, who are all there are":    {2, 0, nobody, 2, true},
		"two put off for what we are":   {2, 0, policy, 2, true},
		"one, who is all there is":      {1, 0, nobody, 1, true},
		"two, the others were before":   {2, 0, nobody, 10, false},
		"one of two":                    {2, 1, nobody, 2, false},
		"five whose mailboxes are full": {5, 0, deliver.Judge(deliver.StageRcpt, 552, "5.2.2", ""), 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w, sent := newWorld(t, 1), 0
				trips := 0
				w.paused = func(_ deliver.IssueName, _ string, refusals bool) {
					if refusals {
						trips++
					}
				}
				if c.audience > 0 {
					w.books = func(deliver.IssueName) deliver.Balance {
						return deliver.Balance{Audience: c.audience + 1, Withdrawn: 1}
					}
				}
				w.terms = func(deliver.IssueName) deliver.Terms {
					return deliver.Terms{Pace: deliver.Pace{Hours: subscribe.Hours{From: 1, To: 60}}}
				}
				w.send = func(context.Context, *conn, string) deliver.Result {
					if sent++; sent <= c.accepted {
						return accepted
					}
					return c.result
				}
				w.add("a/1", c.readers)
				stop := w.run()
				time.Sleep(time.Second)
				if w.e.PauseIfRefused(named("a/1")) {
					t.Error("before it began")
				}
				time.Sleep(time.Minute + 10*time.Second) // the hours have begun
				if got := w.e.PauseIfRefused(named("a/1")); got != c.trips || (trips == 1) != c.trips {
					t.Errorf("doubted %v, tripped %d times", got, trips)
				}
				if w.e.PauseIfRefused(named("a/1")) {
					t.Error("and once more")
				}
				stop()
			})
		})
	}
}

// TestFurtherAttemptsTripNothing: those who were put off are put off again, and
// nobody else is tried any more.
func TestFurtherAttemptsTripNothing(t *testing.T) {
	t.Parallel()
	b := breaker{}
	for i := range 1000 {
		r := accepted
		if i%100 == 7 {
			r = policy
		}
		if why := b.note(deliver.DefaultBreaker(), outcome{Result: r, domain: "example.jp"}); why != "" {
			t.Fatal(why)
		}
	}
	for range 500 {
		if why := b.note(deliver.DefaultBreaker(), outcome{Result: policy, domain: "example.jp", again: true}); why != "" {
			t.Fatal(why)
		}
	}
	if why := b.note(deliver.DefaultBreaker(), outcome{Result: unsure, again: true, row: 3}); why == "" {
		t.Error("but an unanswered one counts")
	}
}

// TestMostAreRefused: a relay that takes mail for its own domain only.
func TestMostAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		readers, domains int // every domains-th reader is at the relay's own
		trips            string
	}{
		"three of four":            {12, 4, "the relay refuses most readers (9 of 12; mostly 550: it refuses the address)"},
		"two of three, at two":     {12, 3, ""},
		"half of them":             {12, 2, ""},
		"three of four, of a few":  {4, 4, "most readers (3 of 4"},
		"two of three, of a few":   {3, 3, ""},
		"five of six, in no order": {18, 6, "most readers (15 of 18"},
	} {
		b := breaker{}
		for i := range c.readers {
			r := deliver.Judge(deliver.StageRcpt, 550, "", "")
			if i%c.domains == 0 {
				r = accepted
			}
			if why := b.note(deliver.DefaultBreaker(), outcome{Result: r, domain: fmt.Sprint("d", i%c.domains)}); why != "" && c.trips == "" {
				t.Errorf("%s: %s", name, why)
			}
		}
		if why := b.judgeEnd(deliver.DefaultBreaker()); c.trips == "" && why != "" || !strings.Contains(why, c.trips) || b.refusals != (c.trips != "") {
			t.Errorf("%s: %q, want %q", name, why, c.trips)
		}
	}
}

// TestOneRefusalOfAFewIsNone: a slow start of three copies is judged too, and one
// of them may be refused.
func TestOneRefusalOfAFewIsNone(t *testing.T) {
	t.Parallel()
	b := breaker{}
	for i, r := range []deliver.Result{accepted, nobody, accepted, nobody} {
		b.note(deliver.DefaultBreaker(), outcome{Result: r, domain: "example.jp"})
		if why := b.judgeSlowStart(deliver.DefaultBreaker()); (why != "") != (i == 3) {
			t.Errorf("after %d: %q", i+1, why)
		}
	}
}

// TestLookAtTheRefusals: a slow start that went badly is not gone on with, at
// shares that would not yet stop a run in full swing.
func TestLookAtTheRefusals(t *testing.T) {
	t.Parallel()
	for bad, goesOn := range map[int]bool{1: true, 2: false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 2)
			tripped := ""
			w.paused = func(_ deliver.IssueName, why string, _ bool) { w.mu.Lock(); defer w.mu.Unlock(); tripped = why }
			w.terms = func(deliver.IssueName) deliver.Terms {
				return deliver.Terms{Pace: deliver.Pace{Slow: 20, SlowFor: 15 * time.Minute}}
			}
			left := bad
			w.send = func(context.Context, *conn, string) deliver.Result {
				w.mu.Lock()
				defer w.mu.Unlock()
				if left--; left >= 0 {
					return nobody
				}
				return accepted
			}
			w.add("a/1", 50)
			w.runFor(16 * time.Minute)
			if n := w.count("send a/1"); (n == 50) != goesOn || !goesOn && (n != 20 || !strings.Contains(tripped, "2 of 20 addresses")) {
				t.Errorf("%d refused of 20: %d copies, %q", bad, n, tripped)
			}
		})
	}
}

// TestUncertainInARowOnARelay: three runs that take turns meet them together.
func TestUncertainInARowOnARelay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		tripped := map[deliver.IssueName]string{}
		w.paused = func(run deliver.IssueName, why string, _ bool) { w.mu.Lock(); defer w.mu.Unlock(); tripped[run] = why }
		w.send = func(context.Context, *conn, string) deliver.Result { return as(accepted, deliver.Uncertain) }
		for _, name := range []string{"a/1", "b/1", "c/1"} {
			w.add(name, 10)
		}
		w.runFor(time.Minute)
		if len(tripped) != 3 || w.count("send") != 5 {
			t.Errorf("%d copies; %v", w.count("send"), tripped)
		}
	})
}

// as is a result with another outcome.
func as(r deliver.Result, o deliver.Outcome) deliver.Result { r.Outcome = o; return r }

// TestWhatTripsARunOnce: what was in flight at the trip, and ends after the run
// was resumed, does not pause it again.
func TestWhatTripsARunOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 4)
		trips := 0
		w.paused = func(deliver.IssueName, string, bool) { w.mu.Lock(); defer w.mu.Unlock(); trips++ }
		n := 0
		w.send = func(context.Context, *conn, string) deliver.Result {
			w.mu.Lock()
			n++
			mine := n
			w.mu.Unlock()
			if mine == 1 {
				time.Sleep(time.Minute)
			}
			if mine <= 12 {
				return nobody
			}
			return accepted
		}
		l := w.add("a/1", 300)
		stop := w.run()
		time.Sleep(30 * time.Second)
		w.e.Add(l, never()) // resumed
		time.Sleep(time.Hour)
		stop()
		if trips != 1 || w.count("send a/1") != 300 {
			t.Errorf("%d trips, %d copies", trips, w.count("send a/1"))
		}
	})
}

// TestTheRowBeginsAnew when an operator lets a run go on.
func TestTheRowBeginsAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		trips, n := 0, 0
		w.paused = func(deliver.IssueName, string, bool) { w.mu.Lock(); defer w.mu.Unlock(); trips++ }
		w.send = func(context.Context, *conn, string) deliver.Result {
			if n++; n <= 4 {
				return as(accepted, deliver.Uncertain)
			}
			return accepted
		}
		l := w.add("a/1", 20)
		stop := w.run()
		time.Sleep(time.Minute)
		w.e.Add(l, never())
		time.Sleep(time.Minute)
		stop()
		if trips != 1 || w.count("send") != 20 {
			t.Errorf("%d trips, %d copies", trips, w.count("send"))
		}
	})
}

// TestWhatCameBackTrips: a relay that takes everything and reports later stops an issue to
// stale addresses as one that refuses them does.
func TestWhatCameBackTrips(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  deliver.BounceKind
		n     int
		trips string
	}{
		"ten of two hundred": {deliver.BouncedHard, 10, ""},
		"eleven":             {deliver.BouncedHard, 11, "addresses were refused, or came back"},
		"our policy":         {deliver.BouncedOurs, 5, "because of us"},
		"full mailboxes":     {deliver.BouncedSoft, 100, ""},
	} {
		b, p, why := &breaker{}, deliver.DefaultBreaker(), ""
		for i := range 190 {
			why += b.note(p, outcome{Result: accepted, domain: fmt.Sprint(i % 7)})
		}
		for i := range c.n {
			why = b.cameBack(p, outcome{Result: deliver.Bounce{Kind: c.kind}.Result(), domain: fmt.Sprint(i % 7)})
		}
		if (why == "") != (c.trips == "") || !strings.Contains(why, c.trips) || b.refusals != (c.trips != "") {
			t.Errorf("%s: %q", name, why)
		}
	}
}
