package source

import (
	"regexp"
	"slices"
	"strings"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// marker replaces the slots of a source by their marks.
type marker struct {
	list   *subscribe.List
	found  *finding.List
	slots  []slot.Segment // by the index of their marks
	braces string         // how two literal braces are written

	uses int // slots that were met
}

// mark marks the slots of a text that begins on the line first of the file.
func (m *marker) mark(body string, first int) string {
	var out strings.Builder
	line := first
	var behind run
	pass := func(to int) { // what is no slot
		line += strings.Count(body[:to], "\n")
		behind.add(body[:to])
		body = body[to:]
	}
	for {
		next := strings.Index(body, "{{")
		if next < 0 {
			out.WriteString(body)
			return out.String()
		}
		if next > 0 && body[next-1] == '\\' {
			out.WriteString(body[:next-1])
			out.WriteRune(slot.MarkBraces)
			pass(next + 2)
			continue
		}
		out.WriteString(body[:next])
		pass(next)
		form := slotForm.FindString(body[:min(len(body), maxForm)])
		if form == "" {
			m.found.Fail(line, "slot", `"{{" begins a merge slot, and this is none; write {{field}} or {{field|fallback}}, or, to print two braces, write %s`, m.braces)
			pass(2)
			continue
		}
		s, fault := m.read(form[2 : len(form)-2])
		if rest := body[len(form):]; fault.EN == "" && (behind.isURL() || hostEnds.MatchString(rest[:min(len(rest), 100)])) {
			fault = phrase.Say(slot.InURL)
		}
		if m.uses++; fault.EN == "" && m.uses > slot.Max {
			m.found.Fail(line, "slot", "there are more than %d merge slots; use fewer", slot.Max)
			return out.String()
		}
		switch i := slices.Index(m.slots, s); {
		case fault.EN != "":
			m.found.Fail(line, "slot", "%s", fault)
		case i >= 0:
			out.WriteString(slot.Mark(i))
		default:
			out.WriteString(slot.Mark(len(m.slots)))
			m.slots = append(m.slots, s)
		}
		pass(len(form))
	}
}

// read reads the inside of a slot.
func (m *marker) read(inside string) (s slot.Segment, fault phrase.Words) {
	list := m.list
	id, or, _ := strings.Cut(inside, "|")
	s = slot.Segment{Slot: strings.TrimSpace(id), Or: strings.TrimSpace(or)}
	f, ok := list.Field(s.Slot)
	switch {
	case !ok && len(list.Fields) == 0:
		return s, phrase.Say("{{%s}} is a merge slot, and the list %s holds no fields; take it out, or, to print two braces, write %s",
			finding.Clip(inside), list.ID, m.braces)
	case !ok:
		return s, phrase.Say("{{%s}}: the list %s has no field %q; its fields are %s",
			finding.Clip(inside), list.ID, finding.Clip(s.Slot), strings.Join(fieldIDs(list), ", "))
	case !f.Required && s.Or == "":
		return s, phrase.Say("{{%s}}: this field is optional; say what a reader who left it blank reads, as in {{%s|%s}}",
			finding.Clip(inside), f.ID, subscribe.Text{JA: "読者", EN: "reader"}.In(list.Language))
	}
	return s, fault
}

var slotForm = regexp.MustCompile(`^\{\{[^{}\n]*\}\}`)

// maxForm bounds a slot with its fallback, in octets.
const maxForm = 2000

// markText is said of characters that are kept for marks.
const markText = "a character of the last private-use plane (U+10F000 and up) stands here; delete it"

var urlStart = regexp.MustCompile(`(?i)://|[a-z0-9-]\.[a-z]{2,}[/?#]|[?&][a-z0-9_-]*=`)

// hostEnds is the rest of a host or an address, of which a slot would be the beginning:
// {{name}}.example.jp.
var hostEnds = regexp.MustCompile(`^[A-Za-z0-9_.+-]*(?:@[A-Za-z0-9]|\.(?i:jp|com|org|net|info|example)\b)`)

// run is what stands before a place without a break that would end a link.
type run struct {
	text []byte // its last octets; as many as a link may have, or more
	url  bool   // it holds the beginning of one
}

const maxURL = 2000

// add lengthens the run, or begins another one.
func (r *run) add(s string) {
	if i := strings.LastIndexAny(s, " \t\n　、。「」（）<>"); i >= 0 {
		*r, s = run{text: r.text[:0]}, s[i:]
	}
	r.text = append(r.text, s...)
	if len(r.text) > 2*maxURL {
		r.url = r.isURL()
		r.text = append(r.text[:0], r.text[len(r.text)-maxURL:]...)
	}
}

// isURL says whether what comes next stands directly behind something that a mail
// program may take for a link, whatever Markdown makes of it: a reader's value would
// travel to wherever it leads.
func (r *run) isURL() bool {
	r.url = r.url || beginsURL(string(r.text))
	return r.url
}

func beginsURL(s string) bool {
	return urlStart.MatchString(strings.NewReplacer("\\", "", "*", "", "_", "", "`", "", "~", "").Replace(s))
}

func fieldIDs(list *subscribe.List) []string {
	ids := make([]string, len(list.Fields))
	for i, f := range list.Fields {
		ids[i] = f.ID
	}
	return ids
}
