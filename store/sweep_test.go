package store

import (
	"testing"
	"time"

	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TestExpiredNoticesAreSwept: an address that was never confirmed goes with its link,
// also when no relay takes mail.
func TestExpiredNoticesAreSwept(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	s, err := Open(Options{Dir: t.TempDir(), Keys: seal.Generate(now), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	to, err := subscribe.ParseAddress("reader@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	for _, life := range []time.Duration{time.Hour, subscribe.ConfirmFor, subscribe.ConfirmFor} {
		err := s.Update(t.Context(), func(tx subscribe.Tx) error {
			tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: "news", To: to, Asked: now, Expires: now.Add(life)})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	flying, err := s.ReserveNotice(now)
	if err != nil || flying == nil || flying.Notice.Expires.Equal(now.Add(time.Hour)) {
		flying, err = s.ReserveNotice(now) // one of the two that live for a week
	}
	if err != nil || flying == nil {
		t.Fatal(err)
	}
	if err := s.ClaimNotice(t.Context(), *flying); err != nil {
		t.Fatal(err)
	}
	for after, want := range []int{1, 1} {
		now = now.Add([]time.Duration{time.Hour, subscribe.ConfirmFor}[after])
		if n, err := s.SweepNotices(t.Context()); n != want || err != nil {
			t.Errorf("sweep %d: %d gone, %v; want %d", after+1, n, err, want)
		}
	}
	if n, err := s.SweepNotices(t.Context()); n != 0 || err != nil {
		t.Errorf("the one in flight was swept: %d, %v", n, err)
	}
	if o, err := s.ReserveNotice(now); o != nil || err != nil {
		t.Errorf("reserved after the sweep: %v, %v", o, err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
