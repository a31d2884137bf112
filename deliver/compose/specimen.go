package compose

import (
	"strings"

	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// tokenOctets is about how long the token of a leave link is.
const tokenOctets = 28

// Specimen is what a reader of the issue gets, as far as it is not a reader's.
func (c *Compiler) Specimen(list *subscribe.List, i *issue.Compiled) (issue.Specimen, error) {
	sample := c.sample(list, i.Lang)
	p := issue.Personal{To: list.From, Fields: map[string]string{}, CorrectURL: correctURL(list)}
	p.LeaveURL = list.URL(subscribe.ToLeave.Path(subscribe.Token{})) + strings.Repeat("x", tokenOctets)
	p.Return, p.LeaveByMail = strings.Repeat("x", subscribe.ReturnLength), strings.Repeat("x", subscribe.LeaveByMailLength)
	for _, f := range list.Fields {
		p.Fields[f.ID] = sample(slot.Segment{Slot: f.ID})
	}
	m, err := i.Message(p)
	if err != nil {
		return issue.Specimen{}, err
	}
	fill := func(part issue.Part, inHTML bool) string {
		return slot.Fill(part.Segments, inHTML, func(s slot.Segment) string {
			switch {
			case s.Slot != slot.Leave && s.Slot != slot.Correct:
				return p.Fields[s.Slot]
			case inHTML:
				return "#"
			case s.Slot == slot.Leave:
				return p.LeaveURL
			}
			return p.CorrectURL
		})
	}
	return issue.Specimen{HTML: fill(i.HTML, true), Text: fill(i.Text, false), Octets: len(m.Data)}, nil
}
