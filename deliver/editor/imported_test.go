package editor

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestImportStartsSlowly: an issue that starts within a week of an import waits once, and
// that is in its forecast; one before the import, or later, goes on as before, and a list
// that has a slow start of its own keeps it.
func TestImportStartsSlowly(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.imported = o.now
	for _, c := range []struct {
		what string
		own  int
		at   time.Duration
		want int
	}{
		{"at once", 0, 0, importSlow},
		{"within the week", 0, subscribe.ImportedFor - 1, importSlow},
		{"after it", 0, subscribe.ImportedFor, 0},
		{"before the import", 0, -1, 0},
		{"with its own", 3, 0, 3},
	} {
		l := *o.list
		l.StartSlow = c.own
		run := deliver.IssueName{List: l.ID, Slug: "a"}
		o.issues[run] = &deliver.Issue{Name: run, Started: o.now.Add(c.at)}
		k := &Keeper{Store: o, Lists: subscribe.Lists{l.ID: &l}}
		if got := k.Terms(run).Slow; got != c.want {
			t.Errorf("%s: slow after %d, want %d", c.what, got, c.want)
		}
		e := &Editor{Store: o, Sending: Sending{Pace: paces(0)}}
		f, _, err := e.judgePlan(plan{list: &l, issue: run, due: o.now.Add(c.at), lifetime: 72 * time.Hour, readers: 12_000})
		if waits := f.Last.After(o.now.Add(c.at)); err != nil || waits != (c.want > 0 && c.want == importSlow) {
			t.Errorf("%s: the last goes out at %v, %v", c.what, f.Last, err)
		}
	}
}
