package body

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
)

// TestAFaceReplacesNothing: a list with a logo, a colour, a header and a footer has them
// in both parts, and says all that one without them says.
func TestAFaceReplacesNothing(t *testing.T) {
	t.Parallel()
	plain := composetest.Consulate(t)
	list := composetest.Consulate(t)
	list.Face = subscribe.Face{
		Colour: "#bc002d", Logo: subscribe.Logo{URL: "https://www.example.jp/logo.png?a=1&b=2", Width: 240, Height: 60},
		Header: subscribe.Text{JA: "編集：<広報課>\n毎月1日発行", EN: "Monthly"},
		Footer: subscribe.Text{JA: "バックナンバー：https://www.example.jp/back?a=1&b=2をご覧ください。\n\nhttps://www.example.jp/a、https://www.example.jp/b.", EN: "Back numbers"},
	}
	before, _ := made(t, plain, composetest.Source("本文"))
	after, trial := made(t, list, composetest.Source("本文"))

	composetest.Holds(t, "the HTML", after.HTML, `<img class="logo" src="https://www.example.jp/logo.png?a=1&amp;b=2" width="240" height="60" alt="在サンフランシスコ日本国総領事館" style="display:block;max-width:100%;height:auto;`,
		"border-top:6px solid #bc002d;", "font-weight:bold;color:#bc002d\">ジャパニフォルニア</p>", ".name{color:"+string(subscribe.Colour("#bc002d").Lit(subscribe.Night))+" !important}",
		"編集：&lt;広報課&gt;<br>\n毎月1日発行", `<a href="https://www.example.jp/back?a=1&amp;b=2" style="color:#0017c1;text-decoration:underline">https://www.example.jp/back?a=1&amp;b=2</a>をご覧ください。<br>`,
		`https://www.example.jp/b</a>.`)
	composetest.Holds(t, "the text", after.Text, "\n編集：<広報課>\n毎月1日発行\n---", "\nバックナンバー：\nhttps://www.example.jp/back?a=1&b=2\nをご覧ください。\n\nhttps://www.example.jp/a\n、\nhttps://www.example.jp/b\n.\n---")
	composetest.Holds(t, "the copy for checking", trial.HTML+trial.Text, "logo.png", "毎月1日発行", "back?a=1")
	composetest.Lacks(t, "a plain list's mail", before.HTML+before.Text, "logo.png", "bc002d")

	law := []string{"在サンフランシスコ日本国総領事館", "カリフォルニア州サンフランシスコ市 見本通り1番地", "contact@example.jp", "https://www.example.jp/privacy", "当館の行事と領事情報をお知らせするため", string(slot.MarkLeave), string(slot.MarkCorrect)}
	composetest.Holds(t, "the HTML", after.HTML, law...)
	composetest.Holds(t, "the text", after.Text, law...)
	_, end, _ := strings.Cut(before.Text, "このメールは、")
	if !strings.HasSuffix(after.Text, end) {
		t.Errorf("the text does not end as that of a plain list:\n%s", after.Text)
	}
	_, end, _ = strings.Cut(before.HTML, "このメールは、")
	if !strings.HasSuffix(after.HTML, end) {
		t.Errorf("the HTML does not end as that of a plain list:\n%s", after.HTML)
	}
}
