package compose

import (
	"strings"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/body"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
)

// BackNumber makes what anybody may read of an issue, once it has begun: its text alone,
// with what stands for a reader without a value in its slots, or a sample where the text
// says nothing. When it began is not known yet.
func (c *Compiler) BackNumber(list *subscribe.List, name deliver.IssueName, d *source.Draft) (*subscribe.BackNumber, error) {
	b := &subscribe.BackNumber{List: name.List, Slug: name.Slug, Lang: d.Lang}
	html, err := body.Neutral(c.Templates, d, b.Path()+"/")
	if err != nil {
		return nil, err
	}
	text, err := body.NeutralText(c.Templates, list, d)
	if err != nil {
		return nil, err
	}
	sample := c.sample(list, d.Lang)
	neutral := func(marked string, inHTML bool) string {
		segments, fault := slot.Cut(marked, d.Slots)
		if fault != nil {
			err = fault
		}
		filled := slot.Fill(segments, inHTML, func(s slot.Segment) string {
			if s.Or != "" {
				return s.Or
			}
			return sample(s)
		})
		return strings.ReplaceAll(filled, "\r\n", "\n")
	}
	b.Subject, b.HTML, b.Text = neutral(d.Subject, false), neutral(html, true), neutral(text, false)
	for _, f := range d.Enclosed {
		b.Files = append(b.Files, subscribe.BackNumberFile{Name: f.Name, Type: f.Type, Size: f.Size, Attached: f.ID == ""})
	}
	return b, err
}
