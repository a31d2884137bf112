package source

import (
	"slices"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
)

func TestLinksAndPicturesHaveTheirLines(t *testing.T) {
	t.Parallel()
	d, err := Parse(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: []byte("+++\nsubject = \"秋\"\n+++\n" +
		"詳しくは[**こちら** の頁](https://www.example.jp/a?b=1)。\n\n" +
		"- <https://www.example.jp/c>\n- desk@example.jp へ\n\n" +
		"[![秋祭り](https://www.example.jp/p.png)](https://www.example.jp/d)\n\n![](https://www.example.jp/q.png)\n")})
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
	if d.SubjectLine != 2 {
		t.Errorf("the subject is on line %d", d.SubjectLine)
	}
}

func TestPicturesOfAHostInJapanese(t *testing.T) {
	t.Parallel()
	list := *composetest.Centre(t)
	list.Office.PolicyURL.JA = "https://日本語.jp/policy"
	for _, image := range []string{"![地図](https://日本語.jp/m.png)", "<img src=\"https://xn--wgv71a119e.jp/m.png\" alt=\"地図\">"} {
		d, err := parse(t, &list, composetest.Source(image))
		if err != nil {
			t.Fatal(err)
		}
		composetest.Holds(t, image, d.HTML, `src="https://xn--wgv71a119e.jp/m.png"`)
	}
}
