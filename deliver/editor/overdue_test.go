package editor

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestStuckIssues: what has not begun, is not out by what was foretold, paused itself or
// was forgotten in a pause, or is held, is found; whatever goes on as promised is not.
func TestStuckIssues(t *testing.T) {
	t.Parallel()
	type look = func(*Editor) ([]Stuck, error)
	late, paused, held := (*Editor).Late, (*Editor).Paused, (*Editor).NotStarted
	pausedBy := func(actor string, ago time.Duration) func(o *office, i *deliver.Issue) {
		return func(o *office, i *deliver.Issue) {
			i.Timeline = append(i.Timeline, deliver.Event{At: o.now.Add(-ago), Actor: actor, What: "paused: so it is"})
			i.PausedAt = o.now.Add(-ago)
		}
	}
	running := func(ago time.Duration, pending int, resumed time.Duration) func(o *office, i *deliver.Issue) {
		return func(o *office, i *deliver.Issue) { // 12,000 readers at 600 a minute: 20 minutes
			i.Started, i.Expires = o.now.Add(-ago), o.now.Add(48*time.Hour)
			if resumed > 0 {
				i.Timeline = append(i.Timeline, deliver.Event{At: o.now.Add(-resumed), Actor: "yui", What: "resumed"})
			}
			o.books[i.Name] = deliver.Balance{Audience: 12000, Pending: pending}
		}
	}
	due := func(ago time.Duration) func(o *office, i *deliver.Issue) {
		return func(o *office, i *deliver.Issue) { i.Due = o.now.Add(-ago) }
	}
	for name, x := range map[string]struct {
		look  look
		state deliver.State
		make  func(o *office, i *deliver.Issue)
		want  string
	}{
		"due in an hour":               {late, deliver.Scheduled, due(-time.Hour), ""},
		"due a moment ago":             {late, deliver.Scheduled, due(time.Minute), ""},
		"due for long":                 {late, deliver.Scheduled, due(5 * time.Minute), "was due 5 minutes ago and has not begun"},
		"begun just now":               {late, deliver.Running, running(10*time.Minute, 6000, 0), ""},
		"a little slower than it said": {late, deliver.Running, running(34*time.Minute, 10, 0), ""},
		"not out":                      {late, deliver.Running, running(36*time.Minute, 10, 0), "was to be out by Tue 2026-12-01 17:59 JST, and 10 readers still wait"},
		"not out, with a pause":        {late, deliver.Running, running(36*time.Minute, 10, 30*time.Minute), ""},
		"out, but for what is put off": {late, deliver.Running, running(10*time.Hour, 0, 0), ""},
		"paused itself":                {paused, deliver.Paused, pausedBy(deliver.Self, 0), "is paused: so it is"},
		"paused by somebody":           {paused, deliver.Paused, pausedBy("yui", time.Minute), ""},
		"paused and forgotten":         {paused, deliver.Paused, pausedBy("yui", time.Hour), "is paused: so it is by yui"},
		"paused and resumed":           {paused, deliver.Running, pausedBy(deliver.Self, 0), ""},
		"held":                         {held, deliver.Held, func(o *office, i *deliver.Issue) { i.Hold("no room", o.now) }, "is held: no room"},
		"held and scheduled again":     {held, deliver.Scheduled, func(o *office, i *deliver.Issue) { i.Hold("no room", o.now); i.State = deliver.Scheduled }, ""},
	} {
		o := newOffice(t)
		slug := o.has("autumn", x.state, nil)
		for _, i := range o.issues {
			x.make(o, i)
		}
		all, err := x.look(o.Editor)
		if err != nil || len(all) > 0 != (x.want != "") || len(all) > 0 && (all[0].Issue.String() != slug || !strings.Contains(all[0].Why, slug+" "+x.want)) {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
}
