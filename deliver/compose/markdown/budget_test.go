package markdown

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/finding"
)

// TestWhatIsTooMuch: each bound is said with the line on which it is met.
func TestWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	row := func(n int) string { return "|" + strings.Repeat("a|", n) + "\n|" + strings.Repeat("-|", n) + "\n" }
	for name, tc := range map[string]struct{ body, want string }{
		"quotes":            {"x\n\n" + strings.Repeat(">", 1000) + " 深い", "line 6: quotations or lists stand in one another more than 20 deep here"},
		"quotes and spaces": {strings.Repeat("> ", 22) + "a", "line 4: quotations or lists stand in one another"},
		"lists":             {"x\n\n" + strings.Repeat("- ", 25) + "a", "line 6: quotations or lists"},
		"lists by lines":    {indented(25), "line 24: quotations or lists"},
		"lists and quotes":  {strings.Repeat("- > ", 20) + "a", "line 4: quotations or lists"},
		"cells":             {"x\n\n" + row(49) + strings.Repeat("a\n", 1000), "line 7: the tables down to this one have more than 2000 cells"},
		"cells of tables":   {strings.Repeat(row(20)+strings.Repeat("a\n", 40)+"\n", 3), "line 91: the tables down to this one have more than 2000 cells"},
		"cells in a quote":  {"> |a|b|\n> |-|-|\n" + strings.Repeat("> |a|\n", 1000), "line 5: the tables down to this one"},
		"brackets":          {"x\n\n" + strings.Repeat("[a](", 20000), "line 6: there are too many marks of Markdown in one paragraph here"},
		"emphasis":          {"a" + strings.Repeat(" *_a", 20000), "line 4: there are too many marks"},
		"marks in marks":    {"x\n\n" + strings.Repeat("**a ", 200) + strings.Repeat("b** ", 200), "line 6: marks such as ** or [ stand in one another more than 100 deep here"},
		"tags in tags":      {"a" + strings.Repeat("<sub>", 200), "line 4: HTML tags stand in one another more than 100 deep"},
		"an address":        {"[a]: https://example.jp/" + strings.Repeat("x", 50<<10) + "\n\n[a] [a] [a]", "the text makes more than 100 KB of HTML; above 100 KB Gmail"},
		"a title":           {"[a]: https://example.jp/ \"" + strings.Repeat("x", 50<<10) + "\"\n\n[a] [a] [a]", "the text makes more than 100 KB of HTML"},
		"characters":        {strings.Repeat(`"`, 110<<10), "the text makes more than 100 KB of HTML"},
		"paragraphs":        {strings.Repeat("a\n\n", 6000), "line 4: the text has more than 5000 paragraphs, marks and links"},
	} {
		_, err := render(t, tc.body)
		if said := fmt.Sprint(err); !strings.Contains(said, tc.want) || len(said) > 20<<10 {
			t.Errorf("%s: got %.300v\nwant %s", name, err, tc.want)
		}
	}
}

// indented is a list in a list, and so on.
func indented(depth int) string {
	var b strings.Builder
	for n := range depth {
		b.WriteString(strings.Repeat("  ", n) + "- a\n")
	}
	return b.String()
}

// TestWhatIsNotTooMuch: what a long newsletter has is far from each bound.
func TestWhatIsNotTooMuch(t *testing.T) {
	t.Parallel()
	table := "|" + strings.Repeat("項目|", 10) + "\n|" + strings.Repeat("-|", 10) + "\n" + strings.Repeat("|"+strings.Repeat("内容|", 10)+"\n", 100)
	prose := strings.Repeat("こちら（**重要**）は[予約のページ](https://example.jp/予約)、*注意* と `番号` をご覧ください。", 20) + "\n\n"
	for name, body := range map[string]string{
		"prose of 60 KB":             strings.Repeat(prose, 20),
		"a paragraph of 12 KB":       strings.Repeat(strings.TrimSpace(prose), 4),
		"a table of 1,000 cells":     table,
		"a list of eight levels":     indented(8),
		"a quote of eight":           strings.Repeat(">", 8) + " 引用",
		"a paragraph of 1,000 lines": strings.Repeat("■ お知らせ\n", 1000),
	} {
		if _, err := render(t, body); err != nil {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

// TestWorkIsGivenUp: nobody reads on for a client that has gone.
func TestWorkIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	looks := &looked{Context: ctx, after: 3, then: cancel}
	_, err := Render(looks, Text{Body: strings.Repeat("*a* ", 10000)}, new(finding.List))
	if !errors.Is(err, context.Canceled) || looks.times > 10 {
		t.Errorf("after %d looks: %v", looks.times, err)
	}
}

// looked is a context that ends after it was asked so often.
type looked struct {
	context.Context //nolint:containedctx // it is one

	after, times int
	then         func()
}

func (l *looked) Err() error {
	if l.times++; l.times == l.after {
		l.then()
	}
	return l.Context.Err()
}
