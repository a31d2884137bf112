package markdown

import (
	"slices"
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
)

// read is a text with what was found in it.
type read struct {
	*Fragment

	Findings finding.List
}

// render reads a text that begins on line 4 of its file.
func render(t *testing.T, body string) (read, error) {
	t.Helper()
	return renderText(t, Text{Body: body})
}

func renderText(t *testing.T, text Text) (read, error) {
	t.Helper()
	var found finding.List
	text.First = 4
	if text.Hosts == nil {
		text.Hosts = []string{"www.example.jp", "mail.example.jp"}
	}
	text.Show = func(line int, name string) (File, bool) {
		found.Fail(line, "file", "there is no file %s", name)
		return File{}, false
	}
	f, err := Render(t.Context(), text, &found)
	if err == nil {
		err = found.Err()
	}
	return read{f, found.Sorted()}, err
}

func TestLinksAndPicturesHaveTheirLines(t *testing.T) {
	t.Parallel()
	d, err := render(t, "詳しくは[**こちら** の頁](https://www.example.jp/a?b=1)。\n\n"+
		"- <https://www.example.jp/c>\n- desk@example.jp へ\n\n"+
		"[![秋祭り](https://www.example.jp/p.png)](https://www.example.jp/d)\n\n![](https://www.example.jp/q.png)\n")
	if err != nil {
		t.Fatal(err)
	}
	links := []Link{
		{4, "こちら の頁", "https://www.example.jp/a?b=1"},
		{6, "https://www.example.jp/c", "https://www.example.jp/c"},
		{7, "desk@example.jp", "mailto:desk@example.jp"},
		{9, "秋祭り", "https://www.example.jp/d"},
	}
	if !slices.Equal(d.Links, links) {
		t.Errorf("%+v", d.Links)
	}
	pictures := []Picture{{9, "秋祭り", "https://www.example.jp/p.png"}, {11, "", "https://www.example.jp/q.png"}}
	if !slices.Equal(d.Pictures, pictures) {
		t.Errorf("%+v", d.Pictures)
	}
}

func TestLinesAreAsTheyAreRead(t *testing.T) {
	t.Parallel()
	d, err := render(t, "## 期日 <!-- 案 -->\n\n**12月1日**\\（火）に[会場](https://www.example.jp/a)で\n`x`を<ruby>催<rt>もよお</rt></ruby>します[^1]。\n\n"+
		"```\n3月1日\n```\n\n| 日 | 時 |\n|--|--|\n| 1日 | \U0010F000 |\n\n- 期限は__月__日\n\n[a]: https://www.example.jp/a\n[^1]: 注")
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{
		{4, "期日 ", true, false}, {6, "12月1日\\（火）に会場で", false, false}, {7, "\ufffcを催します。", false, false},
		{13, "| 日 | 時 | ", false, true}, {15, "| 1日 | \U0010F000 | ", false, true}, {17, "期限は__月__日", false, false}, {20, "注", false, false},
	}
	if !slices.Equal(d.Lines, want) {
		t.Errorf("%+v", d.Lines)
	}
}

func TestPicturesOfAHostInJapanese(t *testing.T) {
	t.Parallel()
	for _, image := range []string{"![地図](https://日本語.jp/m.png)", "<img src=\"https://xn--wgv71a119e.jp/m.png\" alt=\"地図\">"} {
		d, err := renderText(t, Text{Body: image, Hosts: []string{"日本語.jp"}})
		if err != nil {
			t.Fatal(err)
		}
		composetest.Holds(t, image, d.HTML, `src="https://xn--wgv71a119e.jp/m.png"`)
	}
}
