package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/body"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// state is a page as somebody meets it: the tests of what is read, seen and used with a
// keyboard look at each of them in both languages.
type state struct {
	name   string
	status int
	site   func(*Site) // what its site is like beside [town]; nil: nothing
	meet   func(f *fixture, lang string) answer
}

// isFile says whether it is no page of the site, but a file that an office publishes.
func (s state) isFile() bool {
	return slices.Contains([]string{"statistics", "result of a test", "page of the office's own"}, s.name)
}

// langs are those of the pages.
var langs = []string{string(subscribe.Japanese), string(subscribe.English)}

// long is what a visitor may type that has no place at which it can be parted.
var long = strings.Repeat("w", 60) + "@" + strings.Repeat("m", 60)

// town makes of the fixture's lists an office as they are: long names, every kind of
// field, and all that may be declared.
func town(s *Site) {
	text := func(ja, en string) subscribe.Text { return subscribe.Text{JA: ja, EN: en} }
	o := s.Lists["news"].Office
	o.Name = text("在サンフランシスコ日本国総領事館", "Consulate General of Japan in San Francisco")
	o.Postal = text("〒100-0000 東京都千代田区見本1-1-1 見本ビルディング12階", "12F Mihon Building, 1-1-1 Mihon, Chiyoda-ku, Tokyo 100-0000, Japan")
	o.Phone, o.Accessibility = "03-0000-0000", text("https://example.jp/accessibility", "https://example.jp/en/accessibility")
	o.Contact, o.Disclosure = "magazine-desk-of-the-consulate-general@lists.example.jp", subscribe.ByLetter
	o.Keeping = subscribe.Keeping{
		Retention: subscribe.Retention{Consent: 35, Marks: 45, Suspended: 30, Provided: 1096, FreePages: 7, Backups: 35},
		Relay:     text("見本株式会社", "Example Company"),
	}
	news, press := s.Lists["news"], s.Lists["press"]
	news.Name = text("文化広報ニュースレター「ジャパニフォルニア」", "Japanifornia, the Newsletter of Culture and Public Affairs")
	news.Description = text("サンフランシスコ近郊の文化行事と、領事館からのお知らせをお届けします。", "Cultural events near San Francisco, and news of the Consulate.")
	news.Frequency = text("毎月1日", "Monthly, on the first")
	news.Zone = time.UTC
	news.Closes, news.EraseBy = noon.AddDate(0, 3, 0).Truncate(24*time.Hour), noon.AddDate(1, 0, 0).Truncate(24*time.Hour)
	press.Languages = []subscribe.Lang{subscribe.Japanese, subscribe.English}
	for _, k := range subscribe.Kinds() {
		field := subscribe.Field{ID: "kind-" + string(k), Kind: k, Label: text("項目（"+string(k)+"）", "An item ("+string(k)+")"), Purpose: text("記事を選ぶ際の参考にします。", "To help us choose what to write about.")}
		if k.HasLength() {
			field.Length = 20
		}
		if k.HasChoices() {
			for _, id := range strings.Fields("a b c d e f g h i") { // too many for radio buttons
				field.Choices = append(field.Choices, subscribe.Choice{ID: id, Label: text("官公庁・自治体 "+id, "Government "+id)})
			}
		}
		press.Fields = append(press.Fields, field)
	}
	s.Now = func() time.Time { return noon }
}

// days moves the clock of the pages.
func days(n int) func(*Site) {
	return func(s *Site) { s.Now = func() time.Time { return noon.AddDate(0, 0, n) } }
}

// japaneseOnly gives the lists one language, so that pages in English say so.
func japaneseOnly(s *Site) { s.Lists["news"].Languages = []subscribe.Lang{subscribe.Japanese} }

// states are all of them.
func states() []state {
	return slices.Concat(askingStates(), linkStates(), errorStates(), readingStates())
}

// askingStates are the pages for everybody.
func askingStates() []state {
	crowd := func(f *fixture) {
		f.desk.err = subscribe.NetworkBusy{Until: noon.Add(35 * time.Minute), In: 35 * time.Minute}
	}
	join := func(list, email string) func(*fixture, string) answer {
		return func(f *fixture, lang string) answer {
			return f.post("/lists/"+list, "email", email, "lang", lang)
		}
	}
	ask := func(list, email string) func(*fixture, string) answer {
		return func(f *fixture, lang string) answer {
			return f.post("/correct", "email", email, "list", list, "lang", lang)
		}
	}
	busy := func(meet func(*fixture, string) answer) func(*fixture, string) answer {
		return func(f *fixture, lang string) answer { crowd(f); return meet(f, lang) }
	}
	return []state{
		{"home", 200, nil, gets("/")},
		{"home of two offices", 200, twoOffices, gets("/")},
		{"home with a closed list", 200, days(200), gets("/")},
		{"home with a list of one language", 200, japaneseOnly, gets("/")},
		{"form", 200, nil, gets("/lists/news")},
		{"form with fields", 200, nil, gets("/lists/press")},
		{"form with nothing in it", 422, nil, join("news", "")},
		{"form with an error", 422, nil, join("news", long)},
		{"form of another site", 200, nil, func(f *fixture, lang string) answer {
			return f.post("/lists/news", "email", "you@example.jp", "lang", lang, nameReview, "1")
		}},
		{"form when crowded", 429, nil, busy(join("news", "you@example.jp"))},
		{"sent", 200, nil, join("news", "you@example.jp")},
		{"sent to a long address", 200, nil, join("news", long+".example")},
		{"sent after a slip", 200, nil, join("news", "you@gmial.com")},
		{"closed", 200, days(200), gets("/lists/news")},
		{"closed to who asks", 410, days(200), join("news", "you@example.jp")},
		{"erased", 200, days(400), gets("/lists/news")},
		{"correct: ask", 200, nil, gets("/correct")},
		{"correct: ask with a list", 200, nil, gets("/correct?list=press")},
		{"correct: ask with errors", 422, nil, ask("", long)},
		{"correct: ask when crowded", 429, nil, busy(ask("news", "you@example.jp"))},
		{"correct: asked", 200, nil, ask("news", "you@example.jp")},
		{"correct: asked after a slip", 200, nil, ask("news", "you@docmo.ne.jp")},
	}
}

// linkStates are the pages that a link in a mail leads to.
func linkStates() []state {
	get := func(list, name string) func(*fixture, string) answer {
		return func(f *fixture, lang string) answer { return f.get(f.path(list, name) + "?lang=" + lang) }
	}
	post := func(list, name string, pairs ...string) func(*fixture, string) answer {
		return func(f *fixture, lang string) answer { return f.post(f.path(list, name)+"?lang="+lang, pairs...) }
	}
	late := func(f *fixture) string { return f.late("news", "confirm") }
	faulty := func(meet func(*fixture, string) answer) func(*fixture, string) answer {
		return func(f *fixture, lang string) answer {
			f.desk.err = subscribe.Faults{}
			for _, field := range f.lists["press"].Fields {
				f.desk.err = append(f.desk.err.(subscribe.Faults), subscribe.Fault{Field: field.ID, Reason: subscribe.ReasonRequired})
			}
			return meet(f, lang)
		}
	}
	long := []string{"name", long, "organisation", long, "email", long, "erase", "organisation"}
	return []state{
		{"confirm", 200, nil, get("news", "confirm")},
		{"confirm with fields", 200, nil, get("press", "confirm")},
		{"confirm with errors", 422, nil, faulty(post("press", "confirm", long[:4]...))},
		{"confirm after a change", 422, nil, post("press", "confirm", "wording", "00")},
		{"confirmed", 200, nil, post("news", "confirm")},
		{"late", 200, nil, func(f *fixture, lang string) answer { return f.get(late(f) + "?lang=" + lang) }},
		{"late when crowded", 429, nil, func(f *fixture, lang string) answer {
			f.desk.err = subscribe.NetworkBusy{Until: noon.Add(35 * time.Minute), In: 35 * time.Minute}
			return f.post(late(f) + "?lang=" + lang)
		}},
		{"late and asked again", 200, nil, func(f *fixture, lang string) answer {
			f.desk.err = subscribe.ErrLate
			return f.post(late(f) + "?lang=" + lang)
		}},
		{"late and closed", 200, days(200), func(f *fixture, lang string) answer { return f.get(late(f) + "?lang=" + lang) }},
		{"move", 200, nil, get("news", "confirm move")},
		{"moved", 200, nil, post("news", "confirm move")},
		{"leave", 200, nil, get("news", "leave")},
		{"leave by a correction", 200, nil, func(f *fixture, lang string) answer {
			return f.get(wayOut(f.links("news", noon)["correct"]) + "?lang=" + lang)
		}},
		{"left", 200, nil, post("news", "leave")},
		{"correct", 200, nil, get("press", "correct")},
		{"correct without fields", 200, nil, get("news", "correct")},
		{"correct with nothing", 422, nil, post("press", "correct", "name", "")},
		{"correct with errors", 422, nil, faulty(post("press", "correct", long...))},
		{"corrected", 200, nil, post("press", "correct", "name", "花子")},
		{"corrected the address", 200, nil, post("press", "correct", "email", "new@example.com")},
		{"block", 200, nil, get("press", "block")},
		{"blocked", 200, nil, post("press", "block")},
	}
}

// errorStates are those of each kind of error.
func errorStates() []state {
	fails := func(err error) func(*fixture, string) answer {
		return func(f *fixture, lang string) answer {
			f.desk.err = err
			return f.post(f.path("news", "leave") + "?lang=" + lang)
		}
	}
	return []state{
		{"error: not found", 404, nil, gets("/none")},
		{"error: late", 404, nil, func(f *fixture, lang string) answer { return f.get(f.late("press", "correct") + "?lang=" + lang) }},
		{"error: no such link", 404, nil, gets("/confirm/none")},
		{"error: at two offices", 404, twoOffices, gets("/none")},
		{"error: busy", 503, nil, fails(subscribe.ErrBusy)},
		{"error: broken", 500, nil, fails(errors.New("broken"))},
		{"error: method", 405, nil, func(f *fixture, lang string) answer { return f.send(http.MethodPut, "/?lang="+lang, "") }},
		{"error: too large", 413, nil, func(f *fixture, lang string) answer {
			return raw(f.t, f.serve(), request("POST", "/lists/news?lang="+lang, formKind, strings.Repeat("a", bodyLimit+1)))
		}},
		{"error: cross-site", 403, nil, func(f *fixture, lang string) answer {
			return f.send(http.MethodPost, "/correct?lang="+lang, "", "Sec-Fetch-Site", "cross-site")
		}},
	}
}

// readingStates are the pages without a form.
func readingStates() []state {
	return []state{
		{"privacy", 200, nil, gets("/privacy")},
		{"privacy of an office", 200, nil, gets("/privacy/office")},
		{"privacy of two offices", 200, twoOffices, gets("/privacy")},
		{"privacy of a list of one language", 200, japaneseOnly, gets("/privacy")},
		{"home with issues", 200, sampleArchive, gets("/")},
		{"form with issues", 200, sampleArchive, gets("/lists/news")},
		{"archive", 200, sampleArchive, gets("/lists/news/issues/")},
		{"archive of a year", 200, sampleArchive, gets("/lists/news/years/2025")},
		{"archive without issues", 200, sampleArchive, gets("/lists/press/issues/")},
		{"issue", 200, sampleArchive, gets("/lists/news/issues/autumn")},
		{"issue in another language", 200, sampleArchive, gets("/lists/news/issues/english")},
		{"issue that was withdrawn", 410, sampleArchive, gets("/lists/news/issues/gone")},
		{"archive", 200, library, gets("/lists/news/issues/")},
		{"archive of a year", 200, library, gets("/lists/news/issues/?year=2025")},
		{"archive with nothing in it", 200, func(s *Site) { s.Archive, s.Lists["news"].Archived = &fakeArchive{}, true }, gets("/lists/news/issues/")},
		{"back number", 200, library, gets("/lists/news/issues/rich")},
		{"back number with files", 200, library, gets("/lists/news/issues/2026")},
		{"back number that was withdrawn", 410, func(s *Site) { library(s); s.Archive.(*fakeArchive).withdraw("rich", time.Hour) }, gets("/lists/news/issues/rich")},
		{"home with an archive", 200, library, gets("/")},
		{"form with an archive", 200, library, gets("/lists/news")},
		{"statistics", 200, nil, statistics},
		{"result of a test", 200, nil, result},
		{"page of the office's own", 200, nil, elsewhere},
	}
}

// rich is what an editor may write, at its widest.
const rich = `+++
subject = "秋の催し"
+++
## 申請に必要なもの

詳しくは https://www.example.jp/a/very/long/path/to/a/page/that/has/no/place/to/be/parted.html をご覧ください。[^1]

| 会場 | 所在地 | 開始 | 終了 | 定員（人） | 電話番号 |
|---|---|---|---|--:|---|
| 見本市民会館大ホール | 見本通り1丁目 | 10:00 | 16:00 | 1,200 | 03-0000-0000 |

| | 一般 | 学生 |
|---|---|---|
| 料金 | 1,000円 | 500円 |

### 引用

> 引用です。

1. 一
   - 二

    curl https://www.example.jp/a/very/long/path/to/a/page.json --header "Accept: application/json"

━━━━━━━━━━━━━━━━━━━━━━━━

![会場の地図](https://www.example.jp/map.png)

[^1]: 注です。
`

// neutral is what is shown of it.
func neutral(text string) string {
	office := subscribe.Office{ID: "office", PolicyURL: subscribe.Text{JA: "https://www.example.jp/privacy"}}
	l := &subscribe.List{ID: "news", Office: &office, Language: subscribe.Japanese}
	d, err := source.Parse(context.Background(), l, deliver.Manuscript{Source: []byte(text)})
	if err != nil {
		panic(err)
	}
	set, err := parsed()
	if err != nil {
		panic(err)
	}
	html, err := body.Neutral(set, d, "/lists/news/issues/rich/")
	if err != nil {
		panic(err)
	}
	return html
}

// library is an archive of several years.
func library(s *Site) {
	a := &fakeArchive{}
	readable(a)(s)
	a.publish("rich", time.Hour)
	a.change(func() { a.all[len(a.all)-1].HTML = neutral(rich) })
}

// gets is a page that is asked for.
func gets(path string) func(*fixture, string) answer {
	return func(f *fixture, lang string) answer {
		if strings.Contains(path, "?") {
			return f.get(path + "&lang=" + lang)
		}
		return f.get(path + "?lang=" + lang)
	}
}

// statistics is the file that an office may publish, which no page leads to.
func statistics(f *fixture, lang string) answer {
	f.t.Helper()
	in := subscribe.Lang(lang)
	l := templates.StatisticsList{
		ID: "news", Name: f.lists["news"].Name.In(in), Readers: "12,345", AsOf: writeDate(noon, in),
		Tables: []templates.StatisticsTable{
			{Label: f.lists["press"].Fields[2].Label.In(in), Rows: []templates.StatisticsRow{
				{Label: subscribe.Text{JA: "東京都", EN: "Tokyo"}.In(in), Number: "1,230", Width: 200}, {Label: subscribe.Text{JA: "大阪府", EN: "Osaka"}.In(in), Number: "620", Width: 100},
			}},
			{Label: f.lists["press"].Fields[3].Label.In(in)},
		},
	}
	for i := range 12 {
		l.Bars = append(l.Bars, templates.Bar{X: 50 * i, Y: 60, Width: 46, Height: 100})
		l.Months = append(l.Months, templates.StatisticsMonth{Month: noon.AddDate(0, i, 0).Format("2006-01"), Numbers: strings.Fields("12,345 130 20 2 24,690")})
	}
	few := templates.StatisticsList{ID: "press", Name: f.lists["press"].Name.In(in), Readers: "10", AsOf: l.AsOf}
	page, err := newSet(f.t).Statistics(lang, templates.StatisticsData{Office: f.lists["news"].Office.Name.In(in), Lists: []templates.StatisticsList{l, few}})
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{http.StatusOK, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, string(page)}
}

// result is the page on which an office publishes its test, before that.
func result(f *fixture, lang string) answer {
	f.t.Helper()
	o := f.lists["news"].Office
	page, err := newSet(f.t).Accessibility(lang, templates.AccessibilityData{
		Office: o.Name.In(subscribe.Lang(lang)), Contact: o.Contact, Base: o.BaseURL,
		Pages: []templates.AccessibilityPage{{Name: f.lists["news"].Name.In(subscribe.Lang(lang)), URL: o.BaseURL + "/lists/news"}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{http.StatusOK, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, string(page)}
}

// elsewhere is the form that an office puts into a page of its own site, with little style.
func elsewhere(f *fixture, lang string) answer {
	f.t.Helper()
	l, in := f.lists["news"], subscribe.Lang(lang)
	form, err := newSet(f.t).Embed(lang, templates.EmbedData{
		ListID: l.ID, List: l.Name.In(in), Host: "lists.example.jp", Action: l.URL("/lists/news"), ListPage: l.URL("/lists/news"), Privacy: l.URL("/privacy/office"),
	})
	if err != nil {
		f.t.Fatal(err)
	}
	name := l.Office.Name.In(in)
	return answer{http.StatusOK, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, `<!doctype html>
<html lang="` + lang + `">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>` + name + `</title>
<style>:focus-visible { outline: 3px solid }</style>
</head>
<body>
<main>
<h1>` + name + `</h1>
` + form + `</main>
</body>
</html>
`}
}

// met is a state that was met, with the site that it was met at.
type met struct {
	state
	lang string
	*fixture
	answer
}

// meet meets these states in every language.
func meet(t *testing.T, these []state) (all []met) {
	t.Helper()
	for _, s := range these {
		for _, lang := range langs {
			f := newFixture(t, town, func(site *Site) {
				if s.site != nil {
					s.site(site)
				}
			})
			a := s.meet(f, lang)
			if a.status != s.status || !strings.Contains(a.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s, %s: status %d, want %d, or in the other language\n%s", s.name, lang, a.status, s.status, f.log)
			}
			all = append(all, met{s, lang, f, a})
		}
	}
	return all
}
