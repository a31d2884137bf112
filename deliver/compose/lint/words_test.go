package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/markdown"
	"example.jp/kairan/deliver/compose/source"
)

// TestTextsThatAreFine have in them what looks like a fault, in good use.
func TestTextsThatAreFine(t *testing.T) {
	t.Parallel()
	check(t, [][2]string{
		{"", "詳しくは[申込案内](https://www.example.jp/a)をご覧ください。"},
		{"", "[お申し込みはこちら](https://www.example.jp/a)"},
		{"", "[こちらの予約ページから申し込む](https://www.example.jp/a)"},
		{"", "[詳細な日程表](https://www.example.jp/a)"},
		{"", "こちらは暖かくなりました。ここからは海が見えます。"},
		{"", "[Read the report](https://www.example.org/a) or [ask us](mailto:desk@example.org)"},
		{"", "[予約](https://www.example.jp/a)と[予約](https://www.example.jp/a)"},
		{"", "| 号 | 版 |\n|---|---|\n| 1 | [PDF](https://www.example.jp/1.pdf) |\n| 2 | [PDF](https://www.example.jp/2.pdf) |"},
		{"", "- 講座A [申込フォーム](https://www.example.jp/a)\n- 講座B [申込フォーム](https://www.example.jp/b)"},
		{"", "https://www.example.jp/a と https://www.example.jp/b"},
		{"", "[大使館](https://www.example.jp/)"},
		{"", "[検索](https://www.example.jp/?q=a&page=2)"},
		{"", "[資料（PDF）](https://www.example.jp/資料.pdf)"},
		{"", "[\\[議事録第4号\\]](https://www.example.jp/gijiroku)のとおりです。"},
		{"", "[\\[議事録第4号\\]][g]のとおりです。\n\n[g]: https://www.example.jp/gijiroku"},
		{"", "[これまでの歩み](https://www.example.jp/a)"},
		{"", "会場の入り口は、北側の広場に面しています。\n\n![会場](https://www.example.jp/IMG_4711.jpg)"},
		{"", "添付ファイルはありません。"},
		{"", "このメールに資料は添付していません。"},
		{"", "申込書に写真を添付してお送りください。"},
		{"", "必要書類を添付の上、お申し込みください。"},
		{"", "不審な添付ファイルを開かないでください。"},
		{"", "添付ファイル付きの迷惑メールにご注意ください。"},
		{"", "There is no attachment. Do not open attachments from strangers."},
		{"", "Attach a photograph to the form, which must be attached to the application."},
		{"", "Great importance is attached to this."},
		{"", "○ 受付は9時からです。\n\n● 会場は市民会館です。"},
		{"", "○月曜日は休みです。"},
		{"", "■■年末年始の窓口■■\n\n●●会議のご案内●●"},
		{"", "フォームを開き、こちらに必要事項を入力してください。"},
		{"", "先日郵送したお知らせに同封の封筒でご返送ください。"},
		{"", "被害の状況（確認中）をお知らせします。"},
		{"", "○日時：12月12日（土）"},
		{"", "判定は「○」か「×」で答えます。○×クイズを行います。"},
		{"", "| 曜日 | 月 | 火 |\n|---|---|---|\n| 午前 | ○ | × |\n| 午後 | ○○ | ◎ |"},
		{"", "●●●●●●●●●●\n\n■■ 今月のお知らせ ■■"},
		{"", "二〇〇〇年に始まり、二〇二六年に終わります。定員は一〇〇人です。"},
		{"", "◎○○△×の五段階"},
		{"", "買うもののToDoリスト、TODOリストの書き方"},
		{"", "The XXX Olympiad and size XXL"},
		{"", "会場は未定です。講師：未定（調整中）"},
		{"", "【日時】12月12日（土）\n\n【場所】市民会館"},
		{"", "［日時］12月12日（土）\n\n［会場］市民会館"},
		{"", "［氏名］\n\n［住所］"},
		{"", "（仮称）中央図書館の計画"},
		{"", "用紙の欄に名前を記入してください。"},
		{"", "消費税10%、前年比5%増です。100%natural%です。"},
		{"", "料金は$20から$30です。"},
		{"", "{braces} は波括弧です。箇条書きの間に文章が入ります。"},
		{"", "式は {a, b} です。`{name}` と書きます。"},
		{"", "メールは desk@example.jp へ。"},
		{"", "メールは desk＠example.jp へ（＠を半角にしてください）。"},
		{"", "![秋祭り 10月10日 市民広場](https://www.example.jp/p.png)\n\n秋祭りを市民広場で開きます。ぜひお越しください。"},
		{"", "[![申込案内](https://www.example.jp/p.png)](https://www.example.jp/a)\n\n申し込みは図書館の窓口でも受け付けています。"},
		{"", "<!-- TODO: ○○さんに確認 -->お知らせがあります。"},
		{"", "<!--\nTODO\n12月1日（月）\n-->\n\nお知らせがあります。"},
		{"", "```\nTODO\n```\n\nお知らせがあります。"},
		{"", "Please read the notes here before you come."},
		{"", "Click on the map to see more of the town."},
		{"", "Your name and the date are on the ticket."},
		{"", "{{name}}様、{{organisation|皆様}}、こんにちは。"},
	})
}

func TestTextsThatAreNotMeant(t *testing.T) {
	t.Parallel()
	check(t, [][2]string{
		{"link-text", "[これ](https://www.example.jp/a)を読みました。"},
		{"link-text", "詳しくは[こちら](https://www.example.jp/a)をご覧ください。"},
		{"link-text", "[**ここ**をクリック](https://www.example.jp/a)"},
		{"link-text", "[詳細はこちら](https://www.example.jp/a)"},
		{"link-text", "[「詳しくはこちら」→](https://www.example.jp/a)"},
		{"link-text", "[このページ](https://www.example.jp/a)"},
		{"link-text", "[続きを読む](https://www.example.jp/a)"},
		{"link-text", "Click [here](https://www.example.org/a)."},
		{"link-text", "[Read more](https://www.example.org/a) and [learn more »](https://www.example.org/b)"},
		{"link-text", "[this link](https://www.example.org/a)"},
		{"link-same", "[予約](https://www.example.jp/a)と[予約](https://www.example.jp/b)"},
		{"link-short", "[案内](https://bit.ly/3abc)"},
		{"link-short", "https://t.co/abc"},
		{"link-redirect", "[案内](https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.jp%2F)"},
		{"link-redirect", "[案内](https://www.google.com/url?q=https://www.example.jp/)"},
		{"link-internal", "[案内](https://localhost:8080/a)"},
		{"link-internal", "[案内](https://portal/a)"},
		{"link-internal", "[案内](https://files.city.local/a)"},
		{"link-internal", "[案内](https://192.168.0.10/a)"},
		{"link-internal", "内部用：https://192.168.10.5/admin"},
		{"link-internal", "詳細は https://intra/admin まで"},
		{"link-internal", "[案内](https://annai.pdf)"},
		{"link-end", "[案内](https://www.example.jp/a。)"},
		{"link-end", "[案内](<https://www.example.jp/a >)"},
		{"link-tracking", "[案内](https://www.example.jp/?utm_source=mail&utm_medium=mail)"},
		{"link-tracking", "[案内](https://www.example.jp/?p=1&fbclid=abc)"},
		{"attachment", "添付のPDFをご覧ください。"},
		{"attachment", "詳細は添付資料をご参照ください。"},
		{"attachment", "チラシを添付します。"},
		{"attachment", "日程は別添のとおりです。"},
		{"attachment", "申込書を同封しております。"},
		{"attachment", "Please see the attached flyer."},
		{"attachment", "The programme is attached."},
		{"attachment", "The form is attached to this e-mail."},
		{"placeholder", "【写真2：IMG_4711 会場の入り口】"},
		{"placeholder", "## 2. [HEADLINE] of the month"},
		{"placeholder", "{% for item in site.data.members.of_the_council.elected %}"},
		{"placeholder", "会場は○○市民会館です。"},
		{"placeholder", "〇〇様"},
		{"placeholder", "担当：△△課 ××"},
		{"placeholder", "●●様"},
		{"placeholder", "担当は●●部です。"},
		{"placeholder", "日時：〇月〇日（〇）"},
		{"placeholder", "12月○日に開きます。"},
		{"placeholder", "令和○年の予定"},
		{"placeholder", "第○回の会議"},
		{"placeholder", "期限は＿＿月＿＿日です。"},
		{"placeholder", "期限は__月__日です。"},
		{"placeholder", "電話 03-XXXX-XXXX"},
		{"placeholder", "会場はXXXです。"},
		{"placeholder", "ＸＸＸ会館"},
		{"placeholder", "YYYY年MM月DD日に開催"},
		{"placeholder", "xx月xx日"},
		{"placeholder", "会場は？？？です。"},
		{"placeholder", "氏名は〓〓です。"},
		{"placeholder", "テキストテキストテキスト"},
		{"placeholder", "（地図を挿入）"},
		{"placeholder", "文章が入ります。文章が入ります。"},
		{"placeholder", "ここに紹介の文章が入ります。"},
		{"placeholder", "講師：TBD"},
		{"placeholder", "TODO: ここを直す"},
		{"placeholder", "Lorem ipsum dolor sit amet"},
		{"placeholder", "ここに本文を入力してください"},
		{"placeholder", "会場は市民会館（要確認）です。"},
		{"placeholder", "［日付］に開催します。"},
		{"placeholder", "日時は［日付］です。"},
		{"placeholder", "%name%様"},
		{"placeholder", "$name$様"},
		{"placeholder", "Enter your text here"},
		{"alt picture-only", "![](https://www.example.jp/poster.png)"},
		{"alt", "![](https://www.example.jp/poster.png)\n\n秋祭りを市民広場で開きます。ぜひお越しください。"},
		{"alt", "![poster.png](https://www.example.jp/poster.png)\n\n秋祭りを市民広場で開きます。ぜひお越しください。"},
		{"alt", "![IMG_1234](https://www.example.jp/poster.png)\n\n秋祭りを市民広場で開きます。ぜひお越しください。"},
		{"picture-only", "![秋祭り 10月10日 市民広場](https://www.example.jp/p.png)"},
		{"address-width", "メールは ｄｅｓｋ＠ｅｘａｍｐｌｅ．ｊｐ へ。"},
		{"address-width", "メールは desk＠example.jp へ。"},
	})
}

// TestFront: what is looked at besides the text.
func TestFront(t *testing.T) {
	t.Parallel()
	japanese, english := strings.Repeat("秋の催しをお知らせします。", 10), strings.Repeat("The events of this autumn. ", 10)
	for _, c := range []struct{ front, body, want string }{
		{"subject = \"12月1日（火）の会\"", "本文", ""},
		{"subject = \"12月1日（月）の会\"", "本文", "line 2: 12月1日 is a Tuesday（火） in 2026"},
		{"subject = \"秋\"\npreheader = \"12月1日（月）の会\"", "本文", "line 3: 12月1日 is a Tuesday（火） in 2026"},
		{"subject = \"秋祭り（11月20日開催）\"", "本文", "line 2: 11月20日 lies in the past"},
		{"subject = \"11月20日開催の秋祭りの報告\"", "本文", ""},
		{"subject = \"News of 1 November 2026\"", "本文", ""},
		{"subject = \"○○のお知らせ\"", "本文", `line 2: "○○" looks like a place`},
		{"subject = \"テスト配信\"", "本文", "line 2: the subject \"テスト配信\" looks like one that was to be replaced"},
		{"subject = \"【 】秋のお知らせ\"", "本文", "line 2: the subject has brackets with nothing in them"},
		{"subject = \"【重要】秋のお知らせ\"", "本文", ""},
		{"lang = \"en\"\nsubject = \"IMPORTANT NEWS FOR READERS\"", english, "line 3: the subject is in capitals"},
		{"lang = \"en\"\nsubject = \"NEWS\"", english, ""},
		{"lang = \"en\"\nsubject = \"JASSO and NEDO\"", english, ""},
		{"subject = \"News\"", english, `write lang = "en"`},
		{"subject = \"News\"", english + japanese, ""},
		{"lang = \"en\"\nsubject = \"News\"", japanese, `write lang = "ja"`},
		{"lang = \"en\"\nsubject = \"News\"", japanese + english, ""},
		{"subject = \"秋\"\nattachments = [\"annai.pdf\"]", "添付のPDFをご覧ください。", ""},
	} {
		found := lookedAt(t, "+++\n"+c.front+"\n+++\n"+c.body, now)
		if c.want == "" && len(found) > 0 || c.want != "" && (len(found) != 1 || !strings.Contains(found.Error(), c.want)) {
			t.Errorf("%s\n%s: %v", c.front, c.body, found)
		}
	}
}

func TestClipping(t *testing.T) {
	t.Parallel()
	d, err := source.Parse(t.Context(), composetest.Centre(t), deliver.Manuscript{Source: composetest.Source("本文")})
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]int{80 << 10: 0, 95 << 10: 1} {
		if found := Check(Issue{Draft: d, HTML: size, Now: now}); len(found) != want || want == 1 && !strings.HasPrefix(found.Error(), "the HTML part has 95 KB") {
			t.Errorf("%d octets: %v", size, found)
		}
	}
}

// TestSamplesAreFine: the issues that the repository shows have no fault.
func TestSamplesAreFine(t *testing.T) {
	t.Parallel()
	clean, err := filepath.Glob(composetest.Testdata(t, "issues", "clean", "*.md"))
	if err != nil || len(clean) < 20 {
		t.Errorf("%d clean issues, %v", len(clean), err)
	}
	for _, file := range clean {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := lookedAt(t, string(text), now.AddDate(0, -2, 0)); len(found) > 0 {
			t.Errorf("%s: %v", file, found)
		}
	}
	for _, text := range [][]byte{composetest.Sample(t, "newsletter.md"), composetest.Bilingual("ja"), composetest.Bilingual("en")} {
		if found := lookedAt(t, string(text), now); len(found) > 0 {
			t.Errorf("%s\n%v", text, found)
		}
	}
}

// TestWhatTheDraftSaysIsNotRepeated: a slot in the wrong braces is said once.
func TestWhatTheDraftSaysIsNotRepeated(t *testing.T) {
	t.Parallel()
	d := &source.Draft{Subject: "x", Lang: "ja", Fragment: markdown.Fragment{Lines: []markdown.Line{{Number: 4, Text: "｛name｝様"}, {Number: 5, Text: "{name}様"}}}, First: 4}
	if found := Check(Issue{Draft: d, Now: now}); len(found) != 2 {
		t.Errorf("%v", found)
	}
	d.Findings.Warn(4, "printed", "x")
	if found := Check(Issue{Draft: d, Now: now}); len(found) != 1 || found[0].Line != 5 {
		t.Errorf("%v", found)
	}
}
