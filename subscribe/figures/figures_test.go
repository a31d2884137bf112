package figures_test

import (
	"fmt"
	"testing"

	"example.jp/kairan/subscribe/figures"
)

func cells(counts ...int) (cells []figures.Cell) {
	for i, n := range counts {
		cells = append(cells, figures.Cell{Choice: string(rune('a' + i)), Count: n})
	}
	return cells
}

func published(c []figures.Cell) string {
	sum := 0
	for _, c := range c {
		sum += c.Count
	}
	table, shown := figures.Publish(c, figures.Round(sum))
	return fmt.Sprint(shown, table)
}

func TestPublish(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts []int
		want   string
	}{
		{[]int{30, 22, 18}, "true {[{a 30} {b 20} {c 20}] [] 0}"},
		{[]int{40, 30, 3}, "true {[{a 40}] [b c] 35}"},      // one small choice takes another along
		{[]int{40, 6, 7}, "true {[{a 40}] [b c] 15}"},       // two reach the threshold
		{[]int{50, 20, 1, 2}, "true {[{a 50}] [b c d] 25}"}, // two that do not
		{[]int{50, 20, 0, 0}, "true {[{a 50}] [b c d] 20}"}, // nobody is a number too
		{[]int{20, 3}, "false {[] [] 0}"},
		{[]int{4, 5}, "false {[] [] 0}"},
		{nil, "false {[] [] 0}"},
	} {
		if got := published(cells(c.counts...)); got != c.want {
			t.Errorf("%v: %s, want %s", c.counts, got, c.want)
		}
	}
}

// TestNoTablePinsAChoice asks what anybody can conclude who knows the rules: all
// populations that give the same table are possible, and a choice below the threshold
// must have several counts among them.
func TestNoTablePinsAChoice(t *testing.T) {
	t.Parallel()
	const most = 72 // readers; all populations that give a total of 70 are here
	type behind struct {
		counts [3]map[int]bool
	}
	tables := map[string]*behind{}
	for a := range most + 1 {
		for b := range most + 1 - a {
			for c := range most + 1 - a - b {
				population := cells(a, b, c)
				total := figures.Round(a + b + c) // is published too
				table, shown := figures.Publish(population, total)
				k := fmt.Sprint(total, shown, table)
				if tables[k] == nil {
					tables[k] = &behind{[3]map[int]bool{{}, {}, {}}}
				}
				for i, n := range []int{a, b, c} {
					tables[k].counts[i][n] = true
				}
			}
		}
	}
	for k, behind := range tables {
		for i, counts := range behind.counts {
			for n := range counts {
				if n < figures.Threshold && len(counts) < 3 {
					t.Errorf("%s: choice %d can only be one of %v", k, i, counts)
				}
			}
		}
	}
}
