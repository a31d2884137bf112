package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestNoticesAreSummedUp: no line of the log follows a notice, since that would tell who
// is on a list; the sums tell what became of all.
func TestNoticesAreSummedUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.notices = []deliver.QueuedNotice{queued(1), queued(2), queued(3)}
		said := []deliver.Result{{Outcome: deliver.Accepted}, deliver.Judge(deliver.StageRcpt, 550, "5.1.1", "no"), {Outcome: deliver.Accepted}}
		w.send = func(context.Context, *conn, string) (r deliver.Result) {
			r, said = said[0], said[1:]
			return r
		}
		stop := w.run()
		time.Sleep(time.Minute)
		stop()
		if got := w.log.String(); got != "" {
			t.Errorf("the log has\n%s", got)
		}
		if got := w.e.TakeNotices().String(); !strings.HasPrefix(got, "2 accepted, 0 deferred, 1 refused, 0 uncertain (") || !strings.Contains(got, "550 5.1.1: 1") {
			t.Errorf("the sums are %q", got)
		}
		if got := w.e.TakeNotices().String(); got != "0 accepted, 0 deferred, 0 refused, 0 uncertain" {
			t.Errorf("and then %q", got)
		}
	})
}
