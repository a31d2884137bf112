package service

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestWeek: what is scheduled takes its slot, others are free or are filled by a feed, and
// nothing lies further ahead than a week but what has not ended.
func TestWeek(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	s := &Service{now: func() time.Time { return now }}
	all := ^uint64(0)
	l := &subscribe.List{ID: "news", Zone: time.UTC, Slots: subscribe.Slots{Of: []subscribe.Slot{{Minutes: 1, Hours: 1 << 9, Days: all, Months: all, Weekdays: all}}}}
	of := func(slug string, state deliver.State, due time.Time) *deliver.Issue {
		return &deliver.Issue{Name: deliver.IssueName{List: "news", Slug: slug}, State: state, Due: due}
	}
	issues := []*deliver.Issue{
		of("first", deliver.Scheduled, now.Add(time.Hour)), of("far", deliver.Scheduled, now.Add(200*time.Hour)), of("draft", deliver.Draft, time.Time{}),
		of("paused", deliver.Paused, now.Add(-300*time.Hour)), of("gone", deliver.Finished, now.Add(-time.Hour)),
	}
	for _, fed := range []bool{false, true} {
		if l.Feed = nil; fed {
			l.Feed = &subscribe.Feed{}
		}
		got := s.week(l, issues)
		if len(got) != 8 || got[0].Issue != "news/first" || got[1].Issue != "news/paused" {
			t.Fatalf("%+v", got)
		}
		for _, x := range got[2:] {
			if x.State != FreeSlot || x.Fed != fed || !x.At.After(now.Add(time.Hour)) || x.At.After(now.Add(upcomingFor)) {
				t.Errorf("%+v", x)
			}
		}
	}
}
