package editor

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestWhatARunWaitsFor: the one reason that an editor can do something about, or the
// instant at which it goes on.
func TestWhatARunWaitsFor(t *testing.T) {
	t.Parallel()
	daytime := subscribe.Hours{From: 9 * 60, To: 17 * 60}
	opens := time.Date(2026, 12, 2, 9, 0, 0, 0, tokyo)
	for name, c := range map[string]struct {
		set  func(*office)
		want deliver.Wait
		ends time.Duration // from now; 0: not known
	}{
		"nothing, at the relay's rate": {func(*office) {}, deliver.Wait{}, 250 * time.Second},
		"a server":                     {func(o *office) { o.Serving = false }, deliver.Wait{Why: "no server is running; start it with: kairan serve"}, 0},
		"the relay":                    {func(o *office) { o.waits = deliver.Wait{Why: "no mail goes out: x", Next: opens} }, deliver.Wait{Why: "no mail goes out: x", Next: opens}, 0},
		"its hours": {func(o *office) { o.list.Hours = daytime; o.waits = deliver.Wait{Why: "it is outside the hours"} },
			deliver.Wait{Why: "the list sends from 09:00 to 17:00 only (send_between)", Next: opens, Sure: true}, 15*time.Hour + 250*time.Second},
		"further attempts": {func(o *office) {
			o.books[first(o)] = deliver.Balance{Audience: 10, Accepted: 7, Deferred: 2, Uncertain: 1}
		},
			deliver.Wait{Why: "the relay has put off 2 messages, tried " + deliver.DefaultRetry().String() + "; 1 uncertain, sent once more after 30 minutes"}, 0},
		"those, without the uncertain": {func(o *office) {
			o.Sending.UncertainAfter = -1
			o.books[first(o)] = deliver.Balance{Audience: 10, Accepted: 7, Deferred: 2, Uncertain: 1}
		}, deliver.Wait{Why: "the relay has put off 2 messages, tried " + deliver.DefaultRetry().String()}, 0},
	} {
		o := newOffice(t)
		issue := o.has("autumn", deliver.Running, nil)
		c.set(o)
		s, err := o.Status(t.Context(), issue)
		o.must(err)
		if s.Wait.Why != c.want.Why || !s.Wait.Next.Equal(c.want.Next) || s.Wait.Sure != c.want.Sure {
			t.Errorf("%s: %+v", name, s.Wait)
		}
		if c.ends == 0 && !s.Ends.IsZero() || c.ends != 0 && !s.Ends.Equal(o.now.Add(c.ends)) {
			t.Errorf("%s: ends in %s", name, s.Ends.Sub(o.now))
		}
	}
}

// TestTheRateIsTheOneSeen, and at most what any relay is given.
func TestTheRateIsTheOneSeen(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	name := first(o)
	issue := o.has("autumn", deliver.Running, nil)
	for begun := range 6 {
		o.books[name] = deliver.Balance{Audience: 12_000, Accepted: 25 * begun, Pending: 12_000 - 25*begun}
		o.Measure(t.Context())
		o.now = o.now.Add(5 * time.Second)
	}
	s, err := o.Status(t.Context(), issue)
	o.must(err)
	if s.PerMinute < 200 || s.PerMinute > 300 || s.Ends.Sub(o.now) < 39*time.Minute {
		t.Errorf("300 a minute are seen as %v; ends in %s", s.PerMinute, s.Ends.Sub(o.now))
	}
	o.books[name] = deliver.Balance{Audience: 12_000, Accepted: 6_000, Pending: 6_000}
	o.now = o.now.Add(5 * time.Second)
	if s, err = o.Status(t.Context(), issue); err != nil || s.PerMinute != 600 {
		t.Errorf("a burst is seen as %v, %v", s.PerMinute, err)
	}
	o.issues[name].Expires = o.now.Add(5 * time.Minute)
	if s, err = o.Status(t.Context(), issue); err != nil || len(s.Warnings) != 1 || s.Warnings[0].EN != "about 3,000 messages will be given up "+clock(o.issues[name].Expires, o.list)+", before their turn comes" {
		t.Errorf("%q, %v", s.Warnings, err)
	}
	o.issues[name].State = deliver.Finished
	if o.Measure(t.Context()); len(o.rates.of) != 0 {
		t.Error("one that has ended is remembered")
	}
}

// TestWhatIsPromisedOfAScheduledIssue holds for the readers and the configuration of
// now, not of when it was scheduled.
func TestWhatIsPromisedOfAScheduledIssue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  func(*office)
		want string // of the one warning; "": none
	}{
		"nothing is wrong":               {func(*office) {}, ""},
		"the readers have become more":   {func(o *office) { o.readers = 10_000_000 }, "would reach only about 2,592,000 of 10,000,000 readers"},
		"the declaration is another":     {func(o *office) { o.list.Fields = nil; o.issues[first(o)].Source = []byte("x") }, "it cannot be composed any more: line 1: "},
		"little room":                    {func(o *office) { o.readers = 2_300_000 }, "what the relay defers then may not go out"},
		"others go out at the same time": {func(o *office) { o.readers = 1_300_000; o.has("winter", deliver.Scheduled, nil) }, "1,300,000 messages of other issues go out at about the same time, at 600 messages a minute together"},
		"others, when this one is over": {func(o *office) {
			o.readers = 1_300_000
			o.has("winter", deliver.Scheduled, func(i *deliver.Issue) { i.Due = o.now.Add(90 * 24 * time.Hour) })
		}, ""},
		"one that runs has no more to do": {func(o *office) { o.readers = 1_300_000; o.has("winter", deliver.Running, nil) }, ""},
	} {
		o := newOffice(t)
		issue := o.has("autumn", deliver.Scheduled, nil)
		c.set(o)
		s, err := o.Status(t.Context(), issue)
		o.must(err)
		if c.want == "" && s.Warnings != nil || c.want != "" && (len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].EN, c.want)) {
			t.Errorf("%s: %q", name, s.Warnings)
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.stopped, o.wrong = "the relay is down", "it was set back"
	o.has("autumn", deliver.Draft, nil)
	o.has("winter", deliver.Scheduled, nil)
	for _, list := range []string{"", "japanifornia"} {
		all, err := o.Statuses(t.Context(), list)
		if err != nil || len(all) != 2 {
			t.Fatalf("%v, %v", all, err)
		}
		if d, s := all[0], all[1]; d.Relay != o.stopped || d.Clock != "" || s.Clock != "the clock is wrong: it was set back" || s.Readers != 12_000 || !s.Ends.IsZero() {
			t.Errorf("%+v, %+v", d, s)
		}
	}
}
