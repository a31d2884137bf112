package issue

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"example.jp/kairan/deliver/compose/slot"
)

// maxValue bounds in characters what a reader's value adds to a subject, so that its
// header stays within what every relay takes.
const maxValue = 80

// subject is the subject of a copy. Its value is on one line, whatever a slot holds.
func (c *Compiled) subject(value func(slot.Segment) string) string {
	if len(c.SubjectSegments) == 0 {
		return c.Subject
	}
	return slot.Fill(c.SubjectSegments, false, func(s slot.Segment) string { return short(value(s)) })
}

// short cuts a value that is too long for a subject, between grapheme clusters.
func short(v string) string {
	if utf8.RuneCountInString(v) <= maxValue {
		return v
	}
	end, runes := 0, 0
	for g := uniseg.NewGraphemes(v); g.Next(); {
		if runes += len(g.Runes()); runes >= maxValue {
			break
		}
		_, end = g.Positions()
	}
	return v[:end] + "…"
}
