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

// markSlots replaces the slots of a body by their runes.
func markSlots(list *subscribe.List, body string, first int, found *finding.List) (marked string, slots []slot.Segment) {
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
		m := slotForm.FindStringSubmatch(body[at:])
		if m == nil {
			found.Fail(line(at), "slot", `"{{" begins a merge slot, and this is none; write {{field}} or {{field|fallback}}, or, %s`, literalBraces)
			at += 2
			continue
		}
		s, fault := readSlot(list, m[1])
		if fault == "" && behindURL(body[:at]) {
			fault = slotInURL
		}
		switch {
		case fault != "":
			found.Fail(line(at), "slot", "%s", fault)
		case slices.Contains(slots, s):
			out.WriteString(slot.Mark(slices.Index(slots, s)))
		case len(slots) == slot.Max:
			found.Fail(line(at), "slot", "there are more than %d different merge slots; use fewer", slot.Max)
		default:
			out.WriteString(slot.Mark(len(slots)))
			slots = append(slots, s)
		}
		at += len(m[0])
	}
	return out.String(), slots
}

// readSlot reads the inside of a slot.
func readSlot(list *subscribe.List, inside string) (s slot.Segment, fault string) {
	id, or, _ := strings.Cut(inside, "|")
	s = slot.Segment{Slot: strings.TrimSpace(id), Or: strings.TrimSpace(or)}
	f, ok := list.Field(s.Slot)
	switch {
	case !ok && len(list.Fields) == 0:
		return s, fmt.Sprintf("{{%s}} is a merge slot, and the list %s holds no fields; take it out, or, %s",
			finding.Clip(inside), list.ID, literalBraces)
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
	literalBraces = `to print two braces, write \{{`
	slotInURL     = "a merge slot cannot stand in or right behind a link address; addresses must be the same for every reader"
	markText      = "a character of the last private-use plane (U+10F000 and up) stands here; delete it"
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
