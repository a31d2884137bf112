package markdown

import (
	"testing"
)

// Each is a paragraph; the first half becomes the second.
var emphases = [][2]string{
	// Japanese: a mark may stand beside a bracket or a kana.
	{`**「重要」**なお知らせ`, `<strong>「重要」</strong>なお知らせ`},
	{`これは**「重要」**なお知らせ`, `これは<strong>「重要」</strong>なお知らせ`},
	{`*「強調」*の文`, `<em>「強調」</em>の文`},
	{`~~「取消」~~の文`, `<del>「取消」</del>の文`},
	{`__重要__です`, `<strong>重要</strong>です`},
	{`これは__重要__です`, `これは<strong>重要</strong>です`},
	{`__「重要」__です`, `<strong>「重要」</strong>です`},
	{`_「強調」_です`, `<em>「強調」</em>です`},
	{`_強調_です`, `<em>強調</em>です`},
	{`**重要：**申込み`, `<strong>重要：</strong>申込み`},
	{`**締切は月末です。**ご注意ください。`, `<strong>締切は月末です。</strong>ご注意ください。`},
	{`（**重要**）`, `（<strong>重要</strong>）`},
	{`**（重要）**`, `<strong>（重要）</strong>`},
	{`**10%引き**です`, `<strong>10%引き</strong>です`},
	{`定員は**20名**です`, `定員は<strong>20名</strong>です`},
	{`料金は**500円(税込)**です`, `料金は<strong>500円(税込)</strong>です`},
	{`**“重要”**です`, `<strong>“重要”</strong>です`},
	{`**[案内](https://www.example.jp/)**です`, `<strong><a href="https://www.example.jp/">案内</a></strong>です`},
	{"**`code`**です", `<strong><code>code</code></strong>です`},
	{`***「重要」***です`, `<em><strong>「重要」</strong></em>です`},
	{`料金は~~500~~300円`, `料金は<del>500</del>300円`},
	{`500円~~400円~~`, `500円<del>400円</del>`},
	{`これは*第5*です`, `これは<em>第5</em>です`},
	{`한국어**「중요」**입니다`, `한국어<strong>「중요」</strong>입니다`},
	// What is no mark stays.
	{`受付は10:00~12:00と13:00~15:00です`, `受付は10:00~12:00と13:00~15:00です`},
	{`6~12歳、10~20名`, `6~12歳、10~20名`},
	{`~あ~`, `~あ~`},
	{`10~~12、13~~15`, `10~~12、13~~15`},
	{`2*3*4`, `2*3*4`},
	{`A*B*C`, `A*B*C`},
	{`3cm*5cm*2`, `3cm*5cm*2`},
	{`2**10と3**4`, `2**10と3**4`},
	{`5*、4*の宿`, `5*、4*の宿`},
	{`5*ホテルと4*ホテル`, `5*ホテルと4*ホテル`},
	{`会員（*）と家族（*）`, `会員（*）と家族（*）`},
	{`大人*500円、子ども*300円`, `大人*500円、子ども*300円`},
	{`大人*1)と子ども*2)`, `大人*1)と子ども*2)`},
	{`500円*、300円*です`, `500円*、300円*です`},
	{`*123*456#`, `*123*456#`},
	{`snake_case_name`, `snake_case_name`},
	{`A_B_C`, `A_B_C`},
	{`資料_案内_2026.pdf`, `資料_案内_2026.pdf`},
	{`申込書_2026_様式`, `申込書_2026_様式`},
	{`a * b * c`, `a * b * c`},
	// English is CommonMark's.
	{`**bold** and *em*, __bold__ and _em_`, `<strong>bold</strong> and <em>em</em>, <strong>bold</strong> and <em>em</em>`},
	{`un*frigging*believable`, `un<em>frigging</em>believable`},
	{`**"quoted"**, he said`, `<strong>&#34;quoted&#34;</strong>, he said`},
	{`a**"b"**c`, `a**&#34;b&#34;**c`},
	{`foo__bar__baz`, `foo__bar__baz`},
	// The way round of those who knew the engine's fault, and a folder.
	{`これは\ **「重要」**\ なお知らせ`, `これは<strong>「重要」</strong>なお知らせ`},
	{`共有フォルダ D:\ を開きます`, `共有フォルダ D:\ を開きます`},
}

func TestEmphasis(t *testing.T) {
	t.Parallel()
	for _, e := range emphases {
		d, err := render(t, e[0])
		if err != nil {
			t.Errorf("%s: %v", e[0], err)
			continue
		}
		if want := "<p>" + e[1] + "</p>\n"; d.HTML != want {
			t.Errorf("%s\n became %s want  %s", e[0], d.HTML, want)
		}
	}
}
