package figures

import (
	"time"
)

// Month is what was counted of a list in a month, such as 2026-11.
type Month struct {
	Month   string
	Readers int // at its end
	Joined  int
	Left    int // or were suspended
	Issues  int // that ended in it
	Copies  int // that the relay took of an issue, on the mean
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

// PublishedMonth is a month as it may be given out.
type PublishedMonth struct {
	Month   string `json:"month"`
	Readers Number `json:"readers"`
	// Who joined and who left are given out together or not at all: one of them and the
	// ends of two months would tell the other.
	Joined Number `json:"joined"`
	Left   Number `json:"left"`
	Issues int    `json:"issues"` // which are public
	// Accepted is the rounded mean of an issue, times the issues: the exact sum, divided by
	// the issues, would be the number of readers. Who was refused is not given out, since
	// they are few, and would follow from it.
	Accepted Number `json:"accepted"`
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

// Lasts is how long what was given out stands at least.
const Lasts = 28 * 24 * time.Hour

// Renew says whether new statistics may be given out now, after those of that instant, since
// which readers have come or gone so many times. Each edition is of one instant, so that no
// number of it speaks of another; what two of them give away together is of [Threshold]
// changes at least. A clock that ran ahead then holds them up no longer than these do.
func Renew(now, at time.Time, changes int) bool {
	return changes >= Threshold && (now.Before(at) || now.Sub(at) >= Lasts)
}

// Publish makes the statistics of a list, of its last so many months.
func (h Held) Publish(months int) (p Published) {
	p.Months, p.Choices = []PublishedMonth{}, []PublishedChoices{}
	end := 0
	for i, m := range h.Months {
		before := end
		end = m.Readers
		if i > 0 {
			end = settle(m.Readers, before)
		}
		x := PublishedMonth{Month: m.Month, Readers: Round(end), Issues: m.Issues}
		if i > 0 && min(m.Joined, m.Left, end, before) >= Threshold {
			x.Joined, x.Left = Round(m.Joined), Round(m.Left)
		}
		if m.Issues > 0 && end >= Threshold {
			x.Accepted = Round(settle(m.Copies, end)) * Number(m.Issues)
		}
		p.Months = append(p.Months, x)
	}
	p.Months = p.Months[max(0, len(p.Months)-months):]
	p.Readers = Round(h.Readers)
	if len(h.Months) > 0 {
		p.Readers = Round(settle(h.Readers, end))
	}
	for _, c := range h.Choices {
		sum := 0
		for _, x := range c.Cells {
			sum += x.Count
		}
		table, shown := Publish(c.Cells, Round(sum))
		p.Choices = append(p.Choices, PublishedChoices{c.Field, shown, table})
	}
	return p
}

// settle is a count that stands beside one that it follows, and is that one while it is
// less than [Step] away: else one reader would move it from line to line.
func settle(n, follows int) int {
	if abs(n-follows) < Step {
		return follows
	}
	return n
}
