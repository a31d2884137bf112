package plain

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver/compose/slot"
)

// writer draws a fragment, and keeps what a reader must find in the text of it.
type writer struct {
	*rapid.T
	words []string
	out   strings.Builder
}

// longest is what cannot be cut, and wider than any line.
var longest = []string{"https://www.example.jp/" + strings.Repeat("path/", 30), strings.Repeat("abcde", 30), strings.Repeat("━", 70)}

// word is one that stands nowhere else.
func (w *writer) word() string {
	n := len(w.words)
	word := fmt.Sprintf("語%c%c%c", 'a'+n/26%26, 'a'+n%26, 'z')
	w.words = append(w.words, word)
	return word
}

func (w *writer) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(w.T, label)
}

// inline draws words with marks between them, and markup around some.
func (w *writer) inline(depth int) string {
	var b strings.Builder
	for range rapid.IntRange(1, 12).Draw(w.T, "words") {
		b.WriteString(w.word())
		between := w.pick("between", "", "", "、", "。", "が、", "ッ", "ー", "」と", "（", "）", "……", " ", "　", "12,000円", "100％", "ＮＨＫ", "々", "！", "～", "／", "「W」", slot.Mark(0)+"様", "※", longest[0]+" ", longest[1], longest[2])
		if strings.Contains(between, "W") {
			between = strings.ReplaceAll(between, "W", w.word())
		}
		b.WriteString(between)
		if depth == 0 || !rapid.Bool().Draw(w.T, "markup") {
			continue
		}
		switch tag := w.pick("tag", "strong", "em", "code", "del", "a", "link", "mail", "img", "ruby", "sup"); tag {
		case "link":
			fmt.Fprintf(&b, `<a href="https://example.jp/%d">%s</a>`, len(w.words)%3, w.inline(0))
		case "mail":
			fmt.Fprintf(&b, `<a href="mailto:a@example.jp">%s</a>`, w.inline(0))
		case "img":
			fmt.Fprintf(&b, `<img alt="%s">`, w.word())
		case "ruby":
			fmt.Fprintf(&b, `<ruby>%s<rp>(</rp><rt>%s</rt><rp>)</rp></ruby>`, w.word(), w.word())
		default:
			fmt.Fprintf(&b, `<%s>%s</%s>`, tag, w.inline(depth-1), tag)
		}
	}
	return b.String()
}

func (w *writer) blocks(depth int) {
	for range rapid.IntRange(1, 4).Draw(w.T, "blocks") {
		kind := w.pick("block", "p", "h2", "h3", "ul", "ol", "blockquote", "table", "hr")
		switch {
		case kind == "hr":
			w.out.WriteString("<hr>")
		case kind == "table":
			w.table()
		case strings.HasPrefix(kind, "h") || kind == "p" || depth == 0:
			kind = strings.NewReplacer("ul", "p", "ol", "p", "blockquote", "p").Replace(kind)
			fmt.Fprintf(&w.out, "<%s>%s</%s>\n", kind, w.inline(1), kind)
		case kind == "blockquote":
			w.out.WriteString("<blockquote>\n")
			w.blocks(depth - 1)
			w.out.WriteString("</blockquote>\n")
		default:
			w.out.WriteString("<" + kind + ">")
			for range rapid.IntRange(1, 3).Draw(w.T, "items") {
				w.out.WriteString("<li>" + w.inline(0))
				w.blocks(depth - 1)
				w.out.WriteString("</li>")
			}
			w.out.WriteString("</" + kind + ">\n")
		}
	}
}

func (w *writer) table() {
	columns := rapid.IntRange(1, 4).Draw(w.T, "columns")
	w.out.WriteString("<table>")
	for i := range rapid.IntRange(1, 4).Draw(w.T, "rows") {
		w.out.WriteString("<tr>")
		for range columns - rapid.IntRange(0, 1).Draw(w.T, "missing") {
			tag, cell := []string{"th", "td"}[min(i, 1)], ""
			if rapid.Bool().Draw(w.T, "filled") {
				cell = w.inline(1)
			} else if rapid.Bool().Draw(w.T, "short") {
				cell = w.word()
			}
			fmt.Fprintf(&w.out, "<%s%s>%s</%s>", tag, w.pick("span", "", "", "", " colspan=2", " rowspan=2"), cell, tag)
		}
		w.out.WriteString("</tr>")
	}
	w.out.WriteString("</table>\n")
}

// letters are those of a text: however it is folded, quoted and indented.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

// TestSameWords: whatever the HTML says, the text part says.
func TestSameWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := &writer{T: rt}
		w.blocks(2)
		s := rapid.SampledFrom([]Style{japanese(), english()}).Draw(rt, "language")
		s.Columns = rapid.SampledFrom([]int{0, 40, 72, 120}).Draw(rt, "columns")
		got, err := Text(w.out.String(), s)
		if err != nil {
			rt.Fatal(err)
		}
		found := letters(got)
		for _, word := range w.words {
			if !strings.Contains(found, word) {
				rt.Fatalf("%s is not in\n%s", word, got)
			}
		}
	})
}

// TestLines: what holds for every line.
func TestLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := &writer{T: rt}
		w.blocks(3)
		s := rapid.SampledFrom([]Style{japanese(), english()}).Draw(rt, "language")
		s.Columns = rapid.SampledFrom([]int{40, 72, 120}).Draw(rt, "columns")
		got, err := Text(w.out.String(), s)
		if err != nil {
			rt.Fatal(err)
		}
		if strings.ContainsAny(got, joint+hardness+string(slot.MarkOpen)+string(slot.MarkClose)) || strings.Contains(got, "\n\n\n") {
			rt.Fatalf("what is not to be seen, or two blank lines, in\n%q", got)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if s.measure(line) > s.Columns && !strings.Contains(line, "https://") && !strings.Contains(line, longest[1]) && !strings.Contains(line, longest[2]) {
				rt.Fatalf("%d columns, more than %d: %s\n%s", s.measure(line), s.Columns, line, got)
			}
			text := strings.TrimLeft(line, "> 　")
			first, _ := utf8.DecodeRuneInString(text)
			last, _ := utf8.DecodeLastRuneInString(text)
			if strings.ContainsRune("、。」）ー々ッ！％…～／", first) && text != "" || strings.ContainsRune("「（［", last) && !strings.Contains(w.out.String(), string(last)+"<") {
				rt.Fatalf("begins or ends as no line may: %s\n%s", line, got)
			}
			if clean(line) != line {
				rt.Fatalf("blanks at the end of %q", line)
			}
		}
	})
}

// FuzzText: whatever the HTML is, there is a text of it, and soon.
func FuzzText(f *testing.F) {
	f.Add("<p>a</p>")
	f.Add(`<ul><li><table><tr><td><a href="https://example.jp/">x</a><blockquote><ol start="-3"><li>`)
	f.Add("<ol class=notes><li><p><sup><a href=#note-1>1</a></sup><ruby>a<rt>b</ruby><del><hr>")
	f.Fuzz(func(t *testing.T, fragment string) {
		for _, s := range []Style{japanese(), english()} {
			got, err := Text(fragment, s)
			if err == nil && strings.ContainsAny(got, joint+string(slot.MarkOpen)) && !strings.ContainsAny(fragment, joint+string(slot.MarkOpen)) {
				t.Errorf("a mark is left in %q", got)
			}
		}
	})
}
