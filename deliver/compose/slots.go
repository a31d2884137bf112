package compose

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"example.jp/kairan/subscribe"
)

// While an issue is compiled, each slot is one rune of the last private-use
// plane, which passes through Markdown, sanitiser, inliner and text conversion
// like a letter. A source that holds such a rune itself is refused.
const (
	firstReserved = '\U0010F000'
	runeLeave     = '\U0010FF00'
	runeCorrect   = '\U0010FF01'
	runeBraces    = '\U0010FF02' // a literal "{{"
	runeLess      = '\U0010FF03' // "<" and ">" on the way to plain text
	runeMore      = '\U0010FF04'
	maxSlots      = runeLeave - firstReserved
)

const reservedText = "a character of the last private-use plane (U+10F000 and up) stands here; delete it"

func reserved(r rune) bool { return r >= firstReserved }

// slot is a merge slot of the body.
type slot struct {
	Field string
	Or    string // what a reader without a value reads
}

func slotRune(i int) string { return string(firstReserved + rune(i)) }

var slotForm = regexp.MustCompile(`^\{\{([^{}\n]*)\}\}`)

const literalBraces = `to print two braces, write \{{`

// markSlots replaces the slots of a body by their runes.
func markSlots(list *subscribe.List, body string, first int, faults *Faults) (marked string, slots []slot) {
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
			out.WriteRune(runeBraces)
			at += next + 2
			continue
		}
		out.WriteString(body[at : at+next])
		at += next
		m := slotForm.FindStringSubmatch(body[at:])
		if m == nil {
			faults.add(line(at), `"{{" begins a merge slot, and this is none; write {{field}} or {{field|fallback}}, or, %s`, literalBraces)
			at += 2
			continue
		}
		s, fault := readSlot(list, m[1])
		if fault == "" && behindURL(body[:at]) {
			fault = slotInURL
		}
		switch {
		case fault != "":
			faults.add(line(at), "%s", fault)
		case slices.Contains(slots, s):
			out.WriteString(slotRune(slices.Index(slots, s)))
		case len(slots) == int(maxSlots):
			faults.add(line(at), "there are more than %d different merge slots; use fewer", int(maxSlots))
		default:
			out.WriteString(slotRune(len(slots)))
			slots = append(slots, s)
		}
		at += len(m[0])
	}
	return out.String(), slots
}

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

// readSlot reads the inside of a slot.
func readSlot(list *subscribe.List, inside string) (s slot, fault string) {
	id, or, _ := strings.Cut(inside, "|")
	s = slot{strings.TrimSpace(id), strings.TrimSpace(or)}
	f, ok := list.Field(s.Field)
	switch {
	case !ok && len(list.Fields) == 0:
		return s, fmt.Sprintf("{{%s}} is a merge slot, and the list %s holds no fields; take it out, or, %s",
			clip(inside), list.ID, literalBraces)
	case !ok:
		return s, fmt.Sprintf("{{%s}}: the list %s has no field %q; its fields are %s",
			clip(inside), list.ID, clip(s.Field), strings.Join(fieldIDs(list), ", "))
	case !f.Required && s.Or == "":
		return s, fmt.Sprintf("{{%s}}: this field is optional; say what a reader who left it blank reads, as in {{%s|%s}}",
			clip(inside), f.ID, fallbackExample(list.Language))
	}
	return s, ""
}

func fallbackExample(lang subscribe.Lang) string {
	if lang == subscribe.English {
		return "reader"
	}
	return "読者"
}

func fieldIDs(list *subscribe.List) []string {
	ids := make([]string, len(list.Fields))
	for i, f := range list.Fields {
		ids[i] = f.ID
	}
	return ids
}

// The slots of links, beside the ids of fields.
const (
	slotLeave   = "@leave"
	slotCorrect = "@correct"
)

// segment is a piece of a compiled body: literal text, or a slot.
type segment struct {
	Lit  string `json:"lit,omitempty"`
	Slot string `json:"slot,omitempty"` // slotLeave, slotCorrect or the id of a field
	Or   string `json:"or,omitempty"`
}

// segments cuts a marked text at its slots and gives it CRLF line ends, before
// any transfer encoding (RULES A-04).
func segments(marked string, slots []slot) ([]segment, error) {
	marked = strings.ReplaceAll(marked, "\r\n", "\n")
	marked = strings.ReplaceAll(marked, "\n", "\r\n")
	marked = strings.ReplaceAll(marked, string(runeBraces), "{{")
	var out []segment
	for marked != "" {
		at := strings.IndexFunc(marked, reserved)
		if at < 0 {
			return append(out, segment{Lit: marked}), nil
		}
		if at > 0 {
			out = append(out, segment{Lit: marked[:at]})
		}
		r := []rune(marked[at : at+4])[0]
		switch i := int(r - firstReserved); {
		case r == runeLeave:
			out = append(out, segment{Slot: slotLeave})
		case r == runeCorrect:
			out = append(out, segment{Slot: slotCorrect})
		case i < len(slots):
			out = append(out, segment{Slot: slots[i].Field, Or: slots[i].Or})
		default:
			return nil, fmt.Errorf("the declaration of the list has the character U+%X in it; take it out", r)
		}
		marked = marked[at+4:]
	}
	return out, nil
}

// fill joins segments with the values of one reader. A value is one line
// whatever it holds, so it cannot break the form of a body.
func fill(parts []segment, value func(segment) string, escape func(string) string) string {
	var out strings.Builder
	for _, s := range parts {
		if s.Slot == "" {
			out.WriteString(s.Lit)
			continue
		}
		out.WriteString(escape(strings.Map(oneLine, value(s))))
	}
	return out.String()
}

func oneLine(r rune) rune {
	if unsafeInHeader(r) {
		return ' '
	}
	return r
}

func plainValue(s string) string { return s }

func htmlValue(s string) string { return html.EscapeString(s) }
