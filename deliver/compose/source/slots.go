package source

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// marker replaces the slots of a source by their marks.
type marker struct {
	list   *subscribe.List
	found  *finding.List
	slots  []slot.Segment // by the index of their marks
	braces string         // how two literal braces are written
}

// mark marks the slots of a text that begins on the line first of the file.
func (m *marker) mark(body string, first int) string {
	var out strings.Builder
	line := func(at int) int { return first + strings.Count(body[:at], "\n") }
	for at := 0; at < len(body); {
		next := strings.Index(body[at:], "{{")
		if next < 0 {
			out.WriteString(body[at:])
			break
		}
		if next > 0 && body[at+next-1] == '\\' {
			out.WriteString(body[at : at+next-1])
			out.WriteRune(slot.MarkBraces)
			at += next + 2
			continue
		}
		out.WriteString(body[at : at+next])
		at += next
		form := slotForm.FindStringSubmatch(body[at:])
		if form == nil {
			m.found.Fail(line(at), "slot", `"{{" begins a merge slot, and this is none; write {{field}} or {{field|fallback}}, or, to print two braces, write %s`, m.braces)
			at += 2
			continue
		}
		s, fault := m.read(form[1])
		if fault == "" && behindURL(body[:at]) {
			fault = slotInURL
		}
		switch {
		case fault != "":
			m.found.Fail(line(at), "slot", "%s", fault)
		case slices.Contains(m.slots, s):
			out.WriteString(slot.Mark(slices.Index(m.slots, s)))
		case len(m.slots) == slot.Max:
			m.found.Fail(line(at), "slot", "there are more than %d different merge slots; use fewer", slot.Max)
		default:
			out.WriteString(slot.Mark(len(m.slots)))
			m.slots = append(m.slots, s)
		}
		at += len(form[0])
	}
	return out.String()
}

// read reads the inside of a slot.
func (m *marker) read(inside string) (s slot.Segment, fault string) {
	list := m.list
	id, or, _ := strings.Cut(inside, "|")
	s = slot.Segment{Slot: strings.TrimSpace(id), Or: strings.TrimSpace(or)}
	f, ok := list.Field(s.Slot)
	switch {
	case !ok && len(list.Fields) == 0:
		return s, fmt.Sprintf("{{%s}} is a merge slot, and the list %s holds no fields; take it out, or, to print two braces, write %s",
			finding.Clip(inside), list.ID, m.braces)
	case !ok:
		return s, fmt.Sprintf("{{%s}}: the list %s has no field %q; its fields are %s",
			finding.Clip(inside), list.ID, finding.Clip(s.Slot), strings.Join(fieldIDs(list), ", "))
	case !f.Required && s.Or == "":
		return s, fmt.Sprintf("{{%s}}: this field is optional; say what a reader who left it blank reads, as in {{%s|%s}}",
			finding.Clip(inside), f.ID, subscribe.Text{JA: "読者", EN: "reader"}.In(list.Language))
	}
	return s, ""
}

var slotForm = regexp.MustCompile(`^\{\{([^{}\n]*)\}\}`)

// What several faults say.
const (
	slotInURL = "a merge slot cannot stand in or right behind a link address; addresses must be the same for every reader"
	markText  = "a character of the last private-use plane (U+10F000 and up) stands here; delete it"
)

var urlStart = regexp.MustCompile(`(?i)://|[a-z0-9-]\.[a-z]{2,}[/?#]|[?&][a-z0-9_-]*=`)

// behindURL says whether what comes next stands directly behind something that a
// mail program may take for a link, whatever Markdown makes of it: a reader's
// value would travel to wherever it leads.
func behindURL(before string) bool {
	if i := strings.LastIndexAny(before, " \t\n　、。「」（）<>"); i >= 0 {
		before = before[i:]
	}
	return urlStart.MatchString(strings.NewReplacer("\\", "", "*", "", "_", "", "`", "", "~", "").Replace(before))
}

func fieldIDs(list *subscribe.List) []string {
	ids := make([]string, len(list.Fields))
	for i, f := range list.Fields {
		ids[i] = f.ID
	}
	return ids
}
