package figures_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

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
		Months:  []figures.Month{{Month: "2027-02", Readers: readers, Joined: joined, Left: left, Issues: 2, Copies: readers}},
		Choices: []figures.Choices{{Field: "f", Cells: cells(counts...)}},
	}
}

func said(p figures.Published) string {
	text, _ := json.Marshal(p)
	return string(text)
}

// TestRenew: an edition stands for four weeks, and until ten have come or gone.
func TestRenew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		days, changes int
		want          bool
	}{{0, 100, false}, {27, 100, false}, {28, 9, false}, {28, 10, true}, {4000, 9, false}, {-1, 9, false}, {-1, 10, true}} {
		if got := figures.Renew(april.AddDate(0, 0, c.days), april, c.changes); got != c.want {
			t.Errorf("after %d days and %d changes: %v", c.days, c.changes, got)
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
			for refused := range min(readers, 4) + 1 {
				m := figures.Month{Month: "2027-02", Readers: readers, Issues: issues, Copies: readers - refused}
				p := figures.Held{Readers: readers, Months: []figures.Month{m}}.Publish(24)
				if got := p.Months[0]; int(got.Accepted) != issues*int(p.Readers) {
					t.Fatalf("%d readers, %d issues: %+v", readers, issues, got)
				}
			}
		}
	}
}

// TestMonthsDoNotMoveByOne: one reader moves no number from line to line, however many
// months lie between; and a month that is given out is so in each edition that has it.
func TestMonthsDoNotMoveByOne(t *testing.T) {
	t.Parallel()
	for readers := 1; readers < 60; readers++ {
		for _, after := range []int{readers - 1, readers + 1} {
			h := figures.Held{Readers: readers}
			for n := range 30 {
				m := figures.Month{Month: fmt.Sprint(n), Readers: readers, Issues: 20, Copies: readers}
				if n > 25 {
					h.Readers, m.Readers, m.Copies, m.Joined, m.Left = after, after, after, max(0, after-readers), max(0, readers-after)
				}
				h.Months = append(h.Months, m)
			}
			p := h.Publish(24)
			if len(p.Months) != 24 || p.Months[0].Month != "6" {
				t.Fatal(said(p))
			}
			for _, x := range p.Months {
				if x.Readers != p.Readers || int(x.Accepted) != 20*int(p.Readers) || x.Joined+x.Left != 0 {
					t.Fatalf("%d, then %d: %s", readers, after, said(p))
				}
			}
		}
	}
}

// guesses are all values that the counts behind what was said may have, for whoever knows
// the rules: of all worlds that are looked at.
type guesses map[string]*guess

type guess struct {
	counts map[string]map[int]bool
	edge   bool // worlds beyond those looked at would be said so, too
}

func (g guesses) add(said string, edge bool, counts map[string]int) {
	x := g[said]
	if x == nil {
		x = &guess{counts: map[string]map[int]bool{}}
		g[said] = x
	}
	x.edge = x.edge || edge
	for of, n := range counts {
		if x.counts[of] == nil {
			x.counts[of] = map[int]bool{}
		}
		x.counts[of][n] = true
	}
}

// wantNobodyPinned: a count below the threshold may be one of three at least.
func (g guesses) wantNobodyPinned(t *testing.T) {
	t.Helper()
	whole, found := 0, 0
	for said, x := range g {
		if x.edge {
			continue
		}
		whole++
		for of, ns := range x.counts {
			for n := range ns {
				if n < figures.Threshold && len(ns) < 3 && found < 5 {
					found++
					t.Errorf("%s: %s can only be one of %v", said, of, ns)
				}
			}
		}
	}
	t.Logf("of %d that may be said, %d were looked at whole", len(g), whole)
	if whole < 50 {
		t.Error("too few to prove anything")
	}
}

// TestNoMonthPinsWhoCameOrWent: from the ends of two months, and the present, nobody
// concludes how few came, or went.
func TestNoMonthPinsWhoCameOrWent(t *testing.T) {
	t.Parallel()
	const last, most, later = 44, 26, 8
	g := guesses{}
	for start := range last + 1 {
		for joined := range most + 1 {
			for left := range min(most, start+joined) + 1 {
				for since := -later; since <= later; since++ {
					end := start + joined - left
					now := max(0, end+since)
					h := figures.Held{Readers: now, Months: []figures.Month{
						{Month: "1", Readers: start, Joined: start, Issues: 1, Copies: start},
						{Month: "2", Readers: end, Joined: joined, Left: left, Issues: 1, Copies: end},
					}}
					edge := start == last || joined == most || left == most || since == later || since == -later
					g.add(fmt.Sprint(h.Publish(24)), edge, map[string]int{"joined": joined, "left": left, "end": end, "start": start, "now": now})
				}
			}
		}
	}
	g.wantNobodyPinned(t)
}

// TestBesideTheReadersNoChoiceIsPinned is the same for a table of choices, beside the
// readers now and at the end of a month.
func TestBesideTheReadersNoChoiceIsPinned(t *testing.T) {
	t.Parallel()
	const most = 26
	g := guesses{}
	for a := range most {
		for b := range most {
			for c := 28; c < 44; c++ {
				for since := -7; since <= 7; since++ {
					h := heldOf([]int{a, b, c}, 0, 0)
					h.Months[0].Readers += since
					edge := max(a, b) == most-1 || c == 28 || c == 43 || since == 7 || since == -7
					g.add(fmt.Sprint(h.Publish(24)), edge, map[string]int{"a": a, "b": b})
				}
			}
		}
	}
	g.wantNobodyPinned(t)
}
