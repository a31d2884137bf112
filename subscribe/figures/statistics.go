package figures

import (
	"fmt"
	"time"
)

// Month is what was counted of a list in a month, such as 2026-11.
type Month struct {
	Month    string
	Readers  int // at its end
	Joined   int
	Left     int // or were suspended
	Issues   int // that ended in it
	Accepted int // copies of these that the relay took
	Refused  int
}

// Choices are how often each choice of a field was made, in the order of the choices.
type Choices struct {
	Field string
	Cells []Cell
}

// Held is what statistics of a list are made of. All of it is exact, and for nobody's eyes.
type Held struct {
	Readers int
	Months  []Month // complete ones, oldest first
	Choices []Choices
}

// PublishedMonth is a month as it may be given out. Copies are the rounded mean of an issue,
// times the issues: their exact sum, divided by the issues, would be the number of readers.
type PublishedMonth struct {
	Month    string `json:"month"`
	Readers  Number `json:"readers"`
	Joined   Number `json:"joined"`
	Left     Number `json:"left"`
	Issues   int    `json:"issues"`   // which are public
	Accepted Number `json:"accepted"` // zero: fewer than Threshold an issue
	Refused  Number `json:"refused"`
}

// PublishedChoices is the table of a field. Shown is false where none may be given out.
type PublishedChoices struct {
	Field string `json:"field"`
	Shown bool   `json:"shown"`
	Table
}

// Published are the statistics of a list as they may be given out.
type Published struct {
	Readers Number             `json:"readers"`
	Months  []PublishedMonth   `json:"months"`
	Choices []PublishedChoices `json:"choices"`
}

// Lasts is how long what was given out stands: what two editions that are closer could
// give away together is one or two readers.
const Lasts = 28 * 24 * time.Hour

// Publish makes the statistics of a list, and what is to be remembered of them. before is
// what stood behind the last ones, nil if there were none, and at is when these were made:
// as long as they stand ([Lasts]), every number in them is given out again as it was, and
// afterwards it moves only where the count has moved far enough ([Settle]).
func (h Held) Publish(now, at time.Time, before map[string]int) (p Published, behind map[string]int) {
	behind = map[string]int{}
	stands := before != nil && now.Sub(at) < Lasts && !now.Before(at)
	// A count that was not given out before is held by the one that it follows: the end of
	// a month by that of the month before, or one reader would move it from line to line.
	settle := func(name, follows string, n int) int {
		was, given := before[name]
		_, now := behind[follows]
		switch {
		case given && stands:
			n = was
		case given:
			n = Settle(n, before, name)
		case now:
			n = Settle(n, behind, follows)
		default:
			n = Settle(n, before, follows)
		}
		behind[name] = n
		return n
	}
	p.Months, p.Choices = []PublishedMonth{}, []PublishedChoices{}
	end, sent := "readers", "" // the months that the next one follows
	for _, m := range h.Months {
		x := PublishedMonth{Month: m.Month, Issues: m.Issues}
		x.Readers = Round(settle(m.Month+" readers", end, m.Readers))
		x.Joined = Round(settle(m.Month+" joined", "", m.Joined))
		x.Left = Round(settle(m.Month+" left", "", m.Left))
		end = m.Month + " readers"
		if m.Issues > 0 {
			each := func(what string, n int) Number {
				mean := settle(m.Month+what, sent+what, (n+m.Issues/2)/m.Issues)
				return Round(mean) * Number(m.Issues)
			}
			x.Accepted, x.Refused = each(" accepted each", m.Accepted), each(" refused each", m.Refused)
			sent = m.Month
		}
		p.Months = append(p.Months, x)
	}
	p.Readers = Round(settle("readers", end, h.Readers))
	for _, c := range h.Choices {
		cells, sum := make([]Cell, len(c.Cells)), 0
		for i, x := range c.Cells {
			cells[i] = Cell{x.Choice, settle(fmt.Sprintf("%s/%s", c.Field, x.Choice), "", x.Count)}
			sum += cells[i].Count
		}
		table, shown := Publish(cells, Round(sum))
		p.Choices = append(p.Choices, PublishedChoices{c.Field, shown, table})
	}
	return p, behind
}
