package body

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

func TestNeutral(t *testing.T) {
	t.Parallel()
	texts, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	enclosed := []source.Enclosed{{Enclosure: deliver.Enclosure{Name: "図 1?.png"}, Type: "image/png", ID: "map@example.jp"}, {Enclosure: deliver.Enclosure{Name: "a.pdf"}}}
	for name, tc := range map[string]struct{ fragment, want string }{
		"a heading of the first level":   {`<h1>a</h1><h2>b</h2><h6>c</h6>`, `<h2>a</h2><h3>b</h3><h6>c</h6>`},
		"headings from the third on":     {`<h3>a</h3><h4>b</h4>`, `<h2>a</h2><h3>b</h3>`},
		"headings as they should be":     {`<h2 id="section-1">a</h2><h3>b</h3>`, `<h2 id="section-1">a</h2><h3>b</h3>`},
		"the title":                      {`<h1>お知らせ</h1><h2>b</h2>`, `<h2>b</h2>`},
		"the title, a second time":       {`<h1>a</h1><h1>お知らせ</h1>`, `<h2>a</h2><h2>お知らせ</h2>`},
		"a line in the middle":           {`<p align="center">a</p>`, `<p class="center">a</p>`},
		"a line on the left":             {`<p align="left">a</p>`, `<p>a</p>`},
		"a line pushed to the right":     {`<p>` + strings.Repeat("　", 20) + `敬具</p>`, `<p class="right">敬具</p>`},
		"lines that are drawn":           {`<p>` + strings.Repeat("━", 20) + `<br>a<br>` + strings.Repeat("─", 20) + `</p>`, `<hr class="thick"/><p>a</p><hr/>`},
		"a table":                        {`<table><thead><tr><th align="right">a</th></tr></thead><tbody><tr><td align="right">1</td></tr></tbody></table>`, `<section class="scroll" aria-label="表" tabindex="0"><table><thead><tr><th class="right" scope="col">a</th></tr></thead><tbody><tr><td class="right">1</td></tr></tbody></table></section>`},
		"two tables":                     {`<table><tr><th></th><th>b</th></tr></table><table><tr><td>1</td></tr></table>`, `<section class="scroll" aria-label="表1" tabindex="0"><table><tbody><tr><td></td><th>b</th></tr></tbody></table></section><section class="scroll" aria-label="表2" tabindex="0"><table><tbody><tr><td>1</td></tr></tbody></table></section>`},
		"a table with a caption":         {`<table><caption>料 金</caption><tr><td>1</td></tr></table>`, `<section class="scroll" aria-label="料 金" tabindex="0"><table><caption>料 金</caption><tbody><tr><td>1</td></tr></tbody></table></section>`},
		"a picture of the issue":         {`<p><img src="cid:map@example.jp" alt="地図" width="300" height="200"></p>`, `<p><img src="/at/%E5%9B%B3%201%3F.png" alt="地図" width="300" height="200"/></p>`},
		"a picture on the web":           {`<p>a<img src="https://www.example.jp/b.png?c&amp;d" alt="&lt;b&gt;"></p>`, `<p>a<a href="https://www.example.jp/b.png?c&amp;d">画像：&lt;b&gt;</a></p>`},
		"a picture that says nothing":    {`<p><img src="https://www.example.jp/b.png" alt=""></p>`, `<p><a href="https://www.example.jp/b.png">画像</a></p>`},
		"a picture on the web in a link": {`<p><a href="https://www.example.jp/"><img src="https://www.example.jp/b.png" alt="b"></a></p>`, `<p><a href="https://www.example.jp/">画像：b</a></p>`},
		"a slot":                         {`<p>` + slot.Mark(0) + `様</p>`, `<p>` + slot.Mark(0) + `様</p>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &source.Draft{Subject: "お知らせ", Lang: subscribe.Japanese, Enclosed: enclosed, Fragment: markdown.Fragment{HTML: tc.fragment}}
			if got, err := Neutral(texts, d, "/at/"); err != nil || got != tc.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tc.want)
			}
		})
	}
}
