package compose

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

func address(t testing.TB, s string) subscribe.Address {
	t.Helper()
	a, err := subscribe.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// consulate is a list with the address alone.
func consulate(t testing.TB) *subscribe.List {
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
		From:     address(t, "japanifornia@example.jp"),
		FromName: subscribe.Text{JA: "在サンフランシスコ日本国総領事館", EN: "Consulate General of Japan, San Francisco"},
		ReplyTo:  address(t, "contact@example.jp"), ReturnPath: address(t, "bounce@bounce.example.jp"),
		Purpose: subscribe.Text{JA: "当館の行事と領事情報をお知らせするため", EN: "to send news of our events and consular services"},
		Zone:    zone,
	}
}

// centre is a list with fields, optional and required, and no Reply-To.
func centre(t testing.TB) *subscribe.List {
	l := consulate(t)
	l.ID, l.ListID = "centre-news", "centre-news.list-id.example.jp"
	l.Name = subscribe.Text{JA: "センターニュース", EN: "Centre News"}
	l.ReplyTo = subscribe.Address{}
	l.Zone = time.FixedZone("JST", 9*3600)
	l.Fields = []subscribe.Field{
		{ID: "name", Kind: subscribe.KindText, Label: subscribe.Text{JA: "お名前", EN: "Name"}, Required: true, Length: 40},
		{ID: "organisation", Kind: subscribe.KindText, Label: subscribe.Text{JA: "ご所属", EN: "Organisation"}, Length: 80},
		{ID: "prefecture", Kind: subscribe.KindPrefecture, Label: subscribe.Text{JA: "都道府県", EN: "Prefecture"}},
	}
	return l
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "issues", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// set is every template, parsed once.
var set = sync.OnceValue(func() *templates.Set {
	s, err := templates.New()
	if err != nil {
		panic(err)
	}
	return s
})

// issue is a source with this body.
func issue(body string) []byte {
	return []byte("+++\nsubject = \"お知らせ\"\n+++\n" + body)
}

func fixed() Options {
	return Options{
		Date: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Boundary: "boundary-of-the-golden-mails",
		Key: []byte("the key of the golden mails"),
	}
}

func compiled(t testing.TB, l *subscribe.List, source []byte) *Compiled {
	t.Helper()
	d, err := Parse(l, source)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Compile(set(), l, d, fixed())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reader(t testing.TB) Personal {
	return Personal{
		To: address(t, "reader@example.com"), ID: subscribe.ID{1, 2, 3},
		LeaveURL:   "https://mail.example.jp/leave/FMlUvE0BAgMAAAAAAAAAAAAAAAAA",
		CorrectURL: "https://mail.example.jp/correct?list=japanifornia",
		Fields:     map[string]string{"name": "山田 <太郎> & 子", "prefecture": "東京都"},
	}
}

func message(t testing.TB, c *Compiled, p Personal) deliver.Message {
	t.Helper()
	m, err := c.Message(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustHold(t *testing.T, what, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			t.Errorf("%s does not hold %q:\n%s", what, p, s)
		}
	}
}

func mustNotHold(t *testing.T, what, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(s, p) {
			t.Errorf("%s holds %q", what, p)
		}
	}
}
