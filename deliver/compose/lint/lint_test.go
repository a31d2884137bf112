package lint

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/deliver/compose/source"
)

// now is a Friday.
var now = time.Date(2026, 11, 27, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))

// looked is what is found in a body of an issue in a language.
func looked(t *testing.T, lang, body string) finding.List {
	t.Helper()
	return lookedAt(t, "+++\nsubject = \"お知らせ\"\nlang = \""+lang+"\"\n+++\n"+body, now)
}

func lookedAt(t *testing.T, text string, now time.Time) finding.List {
	t.Helper()
	d, err := source.Parse(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: []byte(text), Files: []deliver.File{{Name: "annai.pdf", Data: []byte("%PDF-1.7\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	return Check(Issue{Draft: d, Now: now})
}

// TestNoTextHoldsTheService: what takes the square of a text would take a minute of the
// longest that there can be; this takes a tenth of a second.
func TestNoTextHoldsTheService(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"12月1日（月）", "1日", "12/1(月) ", "Mon 1 Dec ", "10時75分 ", "10:75 ", "**a", "[a](", "<!--", "締切12月1日（月）\n", "\n"} {
		d := &source.Draft{Subject: "x", Lang: "ja", First: 4}
		for n, text := range strings.Split(strings.Repeat(piece, source.MaxSource/len(piece)), "\n") {
			d.Lines = append(d.Lines, markdown.Line{Number: 4 + n, Text: text})
		}
		began := time.Now()
		found := Check(Issue{Draft: d, Now: now})
		if took := time.Since(began); took > 3*time.Second && !composetest.Race || len(found) > 2*finding.Max {
			t.Errorf("%q: %d findings in %s", piece, len(found), took)
		}
	}
}

// languageOf is that of a line of a test: Japanese, if it has any.
func languageOf(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x3000 }) {
		return "ja"
	}
	return "en"
}

func rulesOf(found finding.List) (rules []string) {
	for _, f := range found {
		rules = append(rules, string(f.Rule))
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// check holds a table of lines: a rule, or "" for none, and a text of which it is found.
func check(t *testing.T, table [][2]string) {
	t.Helper()
	for _, c := range table {
		found := looked(t, languageOf(c[1]), c[1])
		if got := strings.Join(rulesOf(found), " "); got != c[0] {
			t.Errorf("%s\nis found: %q, want %q\n%v", c[1], got, c[0], found)
		}
	}
}
