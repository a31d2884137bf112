// Package composetest has the lists and the issues that the tests of compose and of
// the packages below it share. It is test support.
package composetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// Consulate is a list with the address alone.
func Consulate(t testing.TB) *subscribe.List {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return &subscribe.List{
		ID: "japanifornia", ListID: "japanifornia.list-id.example.jp",
		Office: &subscribe.Office{
			ID: "consulate", Name: subscribe.Text{JA: "在サンフランシスコ日本国総領事館", EN: "Consulate General of Japan in San Francisco"},
			Postal:  subscribe.Text{JA: "カリフォルニア州サンフランシスコ市 見本通り1番地", EN: "1 Sample Street, San Francisco, California"},
			Contact: "contact@example.jp", BaseURL: "https://mail.example.jp",
			PolicyURL:  subscribe.Text{JA: "https://www.example.jp/privacy", EN: "https://www.example.jp/en/privacy"},
			PolicyDate: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
		},
		Name: subscribe.Text{JA: "ジャパニフォルニア", EN: "Japanifornia"}, Language: subscribe.Japanese,
		From:     Address(t, "japanifornia@example.jp"),
		FromName: subscribe.Text{JA: "在サンフランシスコ日本国総領事館", EN: "Consulate General of Japan, San Francisco"},
		ReplyTo:  Address(t, "contact@example.jp"), ReturnPath: Address(t, "bounce@bounce.example.jp"),
		Purpose: subscribe.Text{JA: "当館の行事と領事情報をお知らせするため", EN: "to send news of our events and consular services"},
		Zone:    zone, TextWidth: 36,
	}
}

// Centre is a list with fields, optional and required, and no Reply-To. Anybody may read
// its issues.
func Centre(t testing.TB) *subscribe.List {
	l := Consulate(t)
	l.ID, l.ListID = "centre-news", "centre-news.list-id.example.jp"
	l.Name = subscribe.Text{JA: "センターニュース", EN: "Centre News"}
	l.ReplyTo, l.Archived = subscribe.Address{}, true
	l.Zone = time.FixedZone("JST", 9*3600)
	l.Fields = []subscribe.Field{
		{ID: "name", Kind: subscribe.KindText, Label: subscribe.Text{JA: "お名前", EN: "Name"}, Required: true, Length: 40},
		{ID: "organisation", Kind: subscribe.KindText, Label: subscribe.Text{JA: "ご所属", EN: "Organisation"}, Length: 80},
		{ID: "prefecture", Kind: subscribe.KindPrefecture, Label: subscribe.Text{JA: "都道府県", EN: "Prefecture"}},
	}
	return l
}

// Address is a mail address that is good.
func Address(t testing.TB, s string) subscribe.Address {
	t.Helper()
	a, err := subscribe.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Sample is the source of one of the issues in testdata.
func Sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(Testdata(t, "issues", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Testdata is the path of a file of the module's testdata.
func Testdata(t testing.TB, path ...string) string {
	t.Helper()
	for dir := "."; len(dir) < 20; dir = filepath.Join(dir, "..") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(append([]string{dir, "testdata"}, path...)...)
		}
	}
	t.Fatal("the module's root is not found")
	return ""
}

// Source is the source of an issue with this body.
func Source(body string) []byte { return Titled("お知らせ", body) }

// Titled is the source of an issue with this subject and this body.
func Titled(subject, body string) []byte {
	return []byte("+++\nsubject = \"" + subject + "\"\n+++\n" + body)
}

// Holds checks that s holds each of the parts.
func Holds(t *testing.T, what, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			t.Errorf("%s does not hold %q:\n%s", what, p, s)
		}
	}
}

// Lacks checks that s holds none of the parts.
func Lacks(t *testing.T, what, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(s, p) {
			t.Errorf("%s holds %q", what, p)
		}
	}
}

// Bilingual is an issue of about 10 KB with a merged name, in Japanese and English.
func Bilingual(lang string) []byte {
	ja := "\n\n{{name}}様、総領事館からのお知らせです。十二月の催しと年末年始の窓口について、次のとおりご案内いたします。"
	en := "\n\nDear {{name}}, this is the monthly letter of the consulate, with the events of December and our opening hours at the turn of the year.\n\n"
	if lang == "en" {
		return []byte("+++\nsubject = \"News\"\nlang = \"en\"\n+++\n" + strings.Repeat(en, 2) + ja)
	}
	return []byte("+++\nsubject = \"お知らせ\"\n+++\n" + strings.Repeat(ja, 3) + en)
}

// Newsletter is an issue as offices write them, of about 6 KB in Japanese.
func Newsletter() []byte {
	var b strings.Builder
	b.WriteString("{{name}}様\n\nいつもお読みいただきありがとうございます。今月の催しと、窓口からのお知らせをお届けします。\n\n# 今月の催し\n\n|日時|催し|会場|定員|\n|---|---|---|---|\n")
	for day := range 8 {
		fmt.Fprintf(&b, "|12月%d日 14:00|日本語で話す会（第%d回）|センター2階 研修室|%d名|\n", day+1, day+1, 10+day)
	}
	for n := range 8 {
		fmt.Fprintf(&b, "\n## お知らせ%d\n\n年末年始は**12月28日から1月4日まで**閉館します。この間のお申し込みは[予約のページ](https://www.example.jp/reserve/%d)からお願いします。"+
			"お電話でのお問い合わせは1月5日以降に承ります。ご不便をおかけしますが、どうぞよろしくお願いいたします。\n\n- 閉館中も図書の返却口は使えます。\n- 図書の予約は続けて受け付けます。\n- 急ぎのご連絡は <https://www.example.jp/contact> をご覧ください。\n", n+1, n)
	}
	b.WriteString("\n---\n\n> 次の号は来年1月10日ごろお届けします。\n")
	return Source(b.String())
}
