package deliver

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

func TestWithdraw(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	public, withdrawn := func() *subscribe.BackNumber { return &subscribe.BackNumber{} }, func() *subscribe.BackNumber { return &subscribe.BackNumber{Withdrawn: now} }
	none := func() *subscribe.BackNumber { return nil }
	for name, tc := range map[string]struct {
		state State
		back  func() *subscribe.BackNumber
		undo  bool
		want  string // in the error; or, if it begins with "!", in the timeline
	}{
		"a finished one":               {Finished, public, false, "!withdrawn from the archive"},
		"one that runs":                {Running, public, false, "!withdrawn from the archive"},
		"one that is withdrawn":        {Finished, withdrawn, false, "a/b is finished and cannot be withdrawn; it has been withdrawn already"},
		"a draft":                      {Draft, none, false, "before it starts"},
		"a scheduled one":              {Scheduled, none, false, "before it starts"},
		"a cancelled one":              {Cancelled, none, false, "since it was cancelled"},
		"one from before the archive":  {Finished, none, false, "its list had none when it began"},
		"back":                         {Finished, withdrawn, true, "!put back into the archive"},
		"back, and it stands":          {Finished, public, true, "has not been withdrawn"},
		"back, and it was never there": {Draft, none, true, "a/b is draft and cannot be put back into the archive; nobody is shown an issue before it starts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, back := &Issue{Name: IssueName{"a", "b"}, State: tc.state}, tc.back()
			do := i.Withdraw
			if tc.undo {
				do = i.Republish
			}
			err := do(back, "hanako", now)
			want, done := strings.CutPrefix(tc.want, "!")
			switch {
			case done && (err != nil || len(i.Timeline) != 1 || !strings.HasPrefix(i.Timeline[0].What, want) || back.Withdrawn.IsZero() != tc.undo || i.State != tc.state):
				t.Errorf("%v, %+v, %+v", err, i.Timeline, back)
			case !done && (err == nil || !strings.Contains(err.Error(), want) || len(i.Timeline) != 0):
				t.Errorf("%v, %+v; want %q", err, i.Timeline, want)
			}
		})
	}
}
