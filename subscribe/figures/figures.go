// Package figures says which numbers about a list may be given out: none that speaks of
// fewer than [Threshold] readers, none that is exact, and none that moves because one
// reader came or went. It is pure: whoever gives numbers out keeps what was given out
// last, which stands until [Renew] says otherwise.
package figures

import (
	"cmp"
	"slices"
	"strconv"
)

// Threshold is the fewest readers of whom a number speaks, and the fewest changes of which
// the difference of two editions does; Step is what numbers are rounded to.
const (
	Threshold = 10
	Step      = 5
)

// Number is a count as it may be given out, in readers: zero says "fewer than Threshold",
// which may be none.
type Number int

// MarshalJSON writes null for fewer than [Threshold].
func (n Number) MarshalJSON() ([]byte, error) {
	if n == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(n), 10), nil
}

// Round is a count as it may be given out.
func Round(n int) Number {
	if n < Threshold {
		return 0
	}
	return Number((n + Step/2) / Step * Step)
}

// Cell is a choice of one declared field and how many readers have made it.
type Cell struct {
	Choice string
	Count  int
}

func abs(n int) int { return max(n, -n) }

// Row is a line of a published table.
type Row struct {
	Choice string `json:"choice"`
	Number Number `json:"readers"`
}

// Table is a published table: rows in the order of the choices, and what was merged.
type Table struct {
	Rows   []Row    `json:"rows"`
	Merged []string `json:"other"`            // the choices behind Other, in their order
	Other  Number   `json:"readers_of_other"` // how many readers they have together
}

// slack is by how many readers the sum of a table must be free to differ from the total
// beside it: roundings that all lie at one end would say what each of them hides.
const slack = 4

// Publish makes the table of cells beside the total that is given out with it,
// and false where there is nothing to show: of a list that is too small, whose choices
// would all be merged, or whose roundings and total fit in one way only. Choices below the
// threshold are merged, and with them the smallest others until they are two at least and
// reach the threshold together, so that no sum gives one of them away.
func Publish(cells []Cell, total Number) (Table, bool) {
	order := make([]int, len(cells))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(cells[a].Count, cells[b].Count) })
	merged, sum := 0, 0
	for _, i := range order {
		small := cells[i].Count < Threshold
		short := merged > 0 && (merged < 2 || sum < Threshold)
		if !small && !short {
			break
		}
		merged++
		sum += cells[i].Count
	}
	if merged == len(cells) {
		return Table{}, false
	}
	var t Table
	for i, c := range cells {
		if slices.Contains(order[:merged], i) {
			t.Merged = append(t.Merged, c.Choice)
		} else {
			t.Rows = append(t.Rows, Row{c.Choice, Round(c.Count)})
		}
	}
	t.Other = Round(sum)
	if !t.isLoose(total) {
		return Table{}, false
	}
	return t, true
}

// isLoose says whether many populations have this table and this total. Each number is
// rounded by two readers at most.
func (t Table) isLoose(total Number) bool {
	numbers, sum := len(t.Rows)+1, t.Other
	for _, r := range t.Rows {
		sum += r.Number
	}
	if len(t.Merged) > 0 {
		numbers++
	}
	return len(t.Merged) == 0 || 2*numbers-abs(int(total-sum)) >= slack
}
