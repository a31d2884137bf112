package slot

import (
	"fmt"
	"html"
	"strings"
	"unicode"
)

// Segment is a piece of a body: literal text, or a slot. It is stored with compiled
// issues.
type Segment struct {
	Lit  string `json:"lit,omitempty"`
	Slot string `json:"slot,omitempty"` // Leave, Correct or the id of a field
	Or   string `json:"or,omitempty"`   // what a reader without a value reads
}

// The slots of links, beside the ids of fields.
const (
	Leave   = "@leave"
	Correct = "@correct"
)

// Marks are characters of the last private-use plane. A source that holds such a
// character itself is refused.
const (
	first       = '\U0010F000' // of the merge slots
	MarkLeave   = '\U0010FF00'
	MarkCorrect = '\U0010FF01'
	MarkBraces  = '\U0010FF02' // a literal "{{"
	MarkOpen    = '\U0010FF03' // around a URL on the way to plain text
	MarkClose   = '\U0010FF04'
	MarkDate    = '\U0010FF05' // of the issue, until its run begins
	MarkPage    = '\U0010FF06' // the address at which anybody may read the issue, likewise
)

// Max is how many merge slots a text may have, each of which can be as long as a field.
const Max = 500

// InURL is what an editor is told of a slot in an address.
const InURL = "a merge slot cannot stand in or right behind a link address; addresses must be the same for every reader"

// Mark stands for the merge slot with this index, which is below [Max].
func Mark(i int) string { return string(first + rune(i)) }

// IsMark reports a mark.
func IsMark(r rune) bool { return r >= first }

// IsMerge reports the mark of a merge slot, in whose place a reader's own words will stand.
func IsMerge(r rune) bool { return r >= first && r < MarkLeave }

// Cut cuts a marked text at its marks, and gives it CRLF line ends before any
// transfer encoding (RFC 2046 §4.1.1). slots are the merge slots by the index of
// their marks.
func Cut(marked string, slots []Segment) ([]Segment, error) {
	marked = strings.NewReplacer("\r\n", "\r\n", "\n", "\r\n", string(MarkBraces), "{{").Replace(marked)
	var out []Segment
	for marked != "" {
		at := strings.IndexFunc(marked, IsMark)
		if at < 0 {
			return append(out, Segment{Lit: marked}), nil
		}
		if at > 0 {
			out = append(out, Segment{Lit: marked[:at]})
		}
		r := []rune(marked[at : at+4])[0]
		switch i := int(r - first); {
		case r == MarkLeave:
			out = append(out, Segment{Slot: Leave})
		case r == MarkCorrect:
			out = append(out, Segment{Slot: Correct})
		case i < len(slots):
			out = append(out, slots[i])
		default:
			return nil, fmt.Errorf("the declaration of the list has the character U+%X in it; take it out", r)
		}
		marked = marked[at+4:]
	}
	return out, nil
}

// Fill joins segments with the values of one reader, which are escaped in HTML. A
// value is one line whatever it holds, so it cannot break the form of a body.
func Fill(segments []Segment, inHTML bool, value func(Segment) string) string {
	var out strings.Builder
	for _, s := range segments {
		if s.Slot == "" {
			out.WriteString(s.Lit)
			continue
		}
		v := strings.Map(OneLine, value(s))
		if inHTML {
			v = html.EscapeString(v)
		}
		out.WriteString(v)
	}
	return out.String()
}

// OneLine maps what a value on one line may not hold to a space.
func OneLine(r rune) rune {
	if IsControl(r) {
		return ' '
	}
	return r
}

// IsControl reports what neither a header nor a value on one line may hold:
// controls, and separators that some software takes for line breaks.
func IsControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}
