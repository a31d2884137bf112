package figures_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/subscribe/figures"
)

var april = time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)

// heldOf is a list with a field of three choices, two months old.
func heldOf(counts []int, joined, left int) figures.Held {
	readers := 0
	for _, n := range counts {
		readers += n
	}
	return figures.Held{
		Readers: readers,
		Months:  []figures.Month{{Month: "2027-02", Readers: readers, Joined: joined, Left: left, Issues: 2, Accepted: 2 * readers}},
		Choices: []figures.Choices{{Field: "f", Cells: cells(counts...)}},
	}
}

func said(p figures.Published) string {
	text, _ := json.Marshal(p)
	return string(text)
}

// TestEditionsMoveForManyOnly: whatever happens to a small list over years, a number of an
// edition is that of the edition before, or the count behind it has moved by five; and
// within four weeks nothing moves at all.
func TestEditionsMoveForManyOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.IntRange(0, 40)
		counts := []int{small.Draw(t, "a"), small.Draw(t, "b"), small.Draw(t, "c")}
		var behind map[string]int
		at, now, last := time.Time{}, april, ""
		for range 12 {
			now = now.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "days"))
			for i := range counts {
				counts[i] = max(0, counts[i]+rapid.IntRange(-3, 3).Draw(t, "came or went"))
			}
			before := maps.Clone(behind)
			p, next := heldOf(counts, 12, 11).Publish(now, at, before)
			stands := before != nil && now.Sub(at) < figures.Lasts
			for name, n := range next {
				was, known := before[name]
				if known && n != was && (stands || max(n-was, was-n) < figures.Step) {
					t.Fatalf("%s was %d and is %d after %v", name, was, n, now.Sub(at))
				}
			}
			if stands && said(p) != last {
				t.Fatalf("within four weeks\n%s became\n%s", last, said(p))
			}
			if last = said(p); !stands {
				at = now
			}
			behind = next
		}
	})
}

// TestOfTwelveOneLeaves: no number moves by one, wherever one of a small list leaves.
func TestOfTwelveOneLeaves(t *testing.T) {
	t.Parallel()
	for a := range 20 {
		for b := range 20 {
			counts := []int{a, b, 12}
			p, behind := heldOf(counts, 10, 10).Publish(april, time.Time{}, nil)
			for i := range counts {
				if counts[i]--; counts[i] >= 0 {
					next, _ := heldOf(counts, 10, 11).Publish(april.AddDate(0, 2, 0), april, behind)
					if got, want := said(next), said(p); got != want {
						t.Fatalf("%d, %d, 12: without one of choice %d\n%s became\n%s", a, b, i, want, got)
					}
				}
				counts[i]++
			}
		}
	}
}

func TestFewIsNull(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal([]figures.Number{0, 15})
	var back []figures.Number
	if err != nil || string(text) != "[null,15]" || json.Unmarshal(text, &back) != nil || fmt.Sprint(back) != "[0 15]" {
		t.Errorf("%s, %v, %v", text, back, err)
	}
}

// TestCopiesDoNotCountReaders: whoever divides the copies of a month by its issues learns
// no more than the number of readers that stands beside them.
func TestCopiesDoNotCountReaders(t *testing.T) {
	t.Parallel()
	for readers := range 40 {
		for issues := 1; issues <= 31; issues++ {
			m := figures.Month{Month: "2027-02", Readers: readers, Issues: issues, Accepted: readers * issues, Refused: issues}
			p, _ := figures.Held{Readers: readers, Months: []figures.Month{m}}.Publish(april, time.Time{}, nil)
			if got := p.Months[0]; int(got.Accepted) != issues*int(p.Readers) || got.Refused != 0 {
				t.Fatalf("%d readers, %d issues: %+v", readers, issues, got)
			}
		}
	}
}

// TestMonthsDoNotMoveByOne: a month's end is new in each edition, and nevertheless one
// reader moves no number from line to line, nor from the edition before.
func TestMonthsDoNotMoveByOne(t *testing.T) {
	t.Parallel()
	for readers := 1; readers < 60; readers++ {
		for _, after := range []int{readers - 1, readers, readers + 1} {
			month := func(m string, n int) figures.Month {
				return figures.Month{Month: m, Readers: n, Issues: 20, Accepted: 20 * n}
			}
			first := []figures.Month{month("2027-01", readers)}
			second := []figures.Month{month("2027-01", readers), month("2027-02", after)}
			p, behind := figures.Held{Readers: readers, Months: first}.Publish(april, time.Time{}, nil)
			for _, days := range []int{2, 40} {
				next, _ := figures.Held{Readers: after, Months: second}.Publish(april.AddDate(0, 0, days), april, behind)
				once, _ := figures.Held{Readers: after, Months: second}.Publish(april, time.Time{}, nil)
				for _, q := range []figures.Published{next, once} {
					a, b := q.Months[0], q.Months[1]
					if q.Readers != p.Readers || a != p.Months[0] || b.Readers != a.Readers || b.Accepted != a.Accepted {
						t.Fatalf("%d, then %d: %s became %s", readers, after, said(p), said(q))
					}
				}
			}
		}
	}
}

// TestTheFirstMonthFollowsTheEditionBefore, which knew no month yet.
func TestTheFirstMonthFollowsTheEditionBefore(t *testing.T) {
	t.Parallel()
	_, behind := figures.Held{Readers: 13}.Publish(april, time.Time{}, nil)
	p, _ := figures.Held{Readers: 12, Months: []figures.Month{{Month: "2027-04", Readers: 12}}}.Publish(april.AddDate(0, 1, 0), april, behind)
	if p.Readers != 15 || p.Months[0].Readers != 15 {
		t.Error(said(p))
	}
}
