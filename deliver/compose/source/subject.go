package source

import (
	"cmp"
	"strings"

	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// markLine marks the slots of a subject or a preheader, and makes the sample by which
// it is judged: each reader has another one, and nobody knows how long.
func (m *marker) markLine(written string, line int, lang subscribe.Lang) (marked, sample string) {
	if strings.ContainsFunc(written, slot.IsMark) { // refused by lineFaults
		return written, written
	}
	if strings.Contains(written, "｛｛") {
		m.found.Warn(line, "printed", `the full-width "｛｛" begins no merge slot, and would be printed as it stands; write {{ and }} in half-width`)
	}
	marked = m.mark(written, line)
	segments, _ := slot.Cut(marked, m.slots) // every mark has its slot
	return marked, slot.Fill(segments, false, func(s slot.Segment) string {
		f, _ := m.list.Field(s.Slot)
		return cmp.Or(s.Or, f.Label.In(lang), s.Slot)
	})
}
