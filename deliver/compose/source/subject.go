package source

import (
	"cmp"
	"strings"

	"example.jp/kairan/deliver/compose/slot"
)

// readSubject marks the slots of a subject, and makes the sample by which it is judged:
// each reader has another one, and nobody knows how long.
func (d *Draft) readSubject(m *marker, written string, line int) {
	if strings.ContainsFunc(written, slot.IsMark) { // refused by subjectFaults
		d.Subject, d.Sample = written, written
		return
	}
	if strings.Contains(written, "｛｛") {
		m.found.Warn(line, "slot", `the full-width "｛｛" begins no merge slot, and would be printed as it stands; write {{ and }} in half-width`)
	}
	d.Subject = m.mark(written, line)
	d.Slots = m.slots
	segments, _ := slot.Cut(d.Subject, d.Slots) // every mark has its slot
	d.Sample = slot.Fill(segments, false, func(s slot.Segment) string {
		f, _ := m.list.Field(s.Slot)
		return cmp.Or(s.Or, f.Label.In(d.Lang), s.Slot)
	})
}
