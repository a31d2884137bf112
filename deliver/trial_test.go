package deliver

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// TestTrialDue: once an hour before the start and once ten minutes before; at once where it
// was scheduled later than that, or was replaced; and again where the clock was set back.
func TestTrialDue(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	before := func(d time.Duration) time.Time { return due.Add(-d) }
	for name, x := range map[string]struct {
		now, tried time.Time
		change     func(*Issue)
		want       bool
	}{
		"more than an hour before":      {before(time.Hour + time.Second), time.Time{}, nil, false},
		"an hour before":                {before(time.Hour), time.Time{}, nil, true},
		"tried an hour before":          {before(59 * time.Minute), before(time.Hour), nil, false},
		"tried for another start":       {before(59 * time.Minute), before(90 * time.Minute), nil, true},
		"until ten minutes before":      {before(10*time.Minute + time.Second), before(time.Hour), nil, false},
		"ten minutes before":            {before(10 * time.Minute), before(time.Hour), nil, true},
		"tried ten minutes before":      {before(9 * time.Minute), before(10 * time.Minute), nil, false},
		"scheduled for soon":            {before(2 * time.Minute), time.Time{}, nil, true},
		"scheduled for now":             {before(time.Minute), time.Time{}, nil, false},
		"tried before it was replaced":  {before(50 * time.Minute), before(time.Hour), func(i *Issue) { i.note(before(55*time.Minute), "yui", wasReplaced) }, true},
		"tried since it was replaced":   {before(50 * time.Minute), before(54 * time.Minute), func(i *Issue) { i.note(before(55*time.Minute), "yui", wasReplaced) }, false},
		"tried before it was scheduled": {before(50 * time.Minute), before(time.Hour), func(i *Issue) { _ = i.Schedule(due, "yui", time.UTC, before(55*time.Minute)) }, true},
		"tried in what is to come":      {before(50 * time.Minute), before(40 * time.Minute), nil, true},
		"tried at another relay":        {before(59 * time.Minute), before(time.Hour), func(i *Issue) { i.Tried[0].Relay = "other" }, true},
		"at its start":                  {due, time.Time{}, nil, false},
		"a draft":                       {before(time.Hour), time.Time{}, func(i *Issue) { i.State = Draft }, false},
	} {
		i := &Issue{State: Scheduled, Due: due}
		i.NoteTried(TriedOf("relay", nil, x.tried))
		if x.change != nil {
			x.change(i)
		}
		r := RelayNow{Name: "relay"}
		if got := i.TrialDue(r, x.now); got != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
		if r.Why = "it is held"; i.TrialDue(r, x.now) {
			t.Errorf("%s: a relay is asked that is held", name)
		}
		if r.Why, r.Rests = "", true; i.TrialDue(r, x.now) {
			t.Errorf("%s: a relay is asked that rests", name)
		}
		r.Rests = false
		now := x.now.Add(time.Second)
		if r.Why, r.Back = "", x.now; i.TrialDue(r, now) != (i.Within(now) && i.Due.Sub(now) > time.Minute) {
			t.Errorf("%s: whether a relay is asked that was held", name)
		}
	}
}

// TestNoteTried: the last trial of each relay is kept.
func TestNoteTried(t *testing.T) {
	t.Parallel()
	i, now := &Issue{}, time.Now()
	i.NoteTried(TriedOf("one", &Refusal{Judge(StageAuth, 535, "5.7.8", "no")}, now))
	i.NoteTried(TriedOf("two", nil, now))
	i.NoteTried(TriedOf("one", nil, now.Add(time.Hour)))
	if len(i.Tried) != 2 || lastAt(i.Tried, "one").Stage != 0 || !lastAt(i.Tried, "two").At.Equal(now) || !lastAt(i.Tried, "three").At.IsZero() {
		t.Errorf("%+v", i.Tried)
	}
}

// TestTrialOfNamesNobody: a relay is asked about a return path that is nobody's, to the first
// tester, or else to the contact.
func TestTrialOfNamesNobody(t *testing.T) {
	t.Parallel()
	address := func(s string) subscribe.Address {
		a, err := subscribe.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	l := &subscribe.List{From: address("news@example.jp"), ReturnPath: address("bounce@example.jp"), Office: &subscribe.Office{Contact: "03-1234-5678"}}
	want := func(from, to string) {
		t.Helper()
		if got := TrialOf(l).Envelope; got.From != from || got.To != to {
			t.Errorf("%+v, want %s to %s", got, from, to)
		}
	}
	want("bounce@example.jp", "news@example.jp")
	l.Office.Contact = "koho@example.jp"
	want("bounce@example.jp", "koho@example.jp")
	l.Testers = []subscribe.Address{address("tester@example.jp"), address("other@example.jp")}
	l.Delimiter = "+"
	want("bounce+"+strings.Repeat("a", subscribe.ReturnLength)+"@example.jp", "tester@example.jp")
}
