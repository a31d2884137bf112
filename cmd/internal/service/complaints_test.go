package service

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/figures"
)

// TestFewComplaintsAreNotTold: whoever complains has left, and is known by that where few do.
func TestFewComplaintsAreNotTold(t *testing.T) {
	t.Parallel()
	for came, want := range map[int]int{0: 0, 1: 0, figures.Threshold - 1: 0, figures.Threshold: figures.Threshold, 40: 40} {
		got, err := issueAnswer(editor.Status{
			Issue: &deliver.Issue{}, List: &subscribe.List{Zone: time.UTC},
			Books: deliver.Balance{Audience: 100, Accepted: 100, Bounced: 3, Complaints: came},
		}, nil)
		if err != nil || got.Balance.Complaints != want || got.Balance.Bounced != 3 {
			t.Errorf("of %d complaints %+v is told, %v", came, got.Balance, err)
		}
	}
}
