package web

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// TestAListThatCloses says until when, then since when, and what can still be done; a POST
// reaches nobody and is answered alike, whatever is in it.
func TestAListThatCloses(t *testing.T) {
	t.Parallel()
	now, ended := noon, time.Time{}
	f := newFixture(t, func(s *Site) {
		s.Now = func() time.Time { return now }
		s.Endings = func(id string) time.Time {
			if id == "press" {
				return ended
			}
			return time.Time{}
		}
	})
	l := f.lists["news"]
	l.Zone = time.UTC
	l.Closes, l.EraseBy = noon.Truncate(24*time.Hour), noon.Truncate(24*time.Hour).AddDate(0, 0, 30)
	day, gone := writeDate(l.Closes, subscribe.Japanese), writeDate(l.EraseBy, subscribe.Japanese)
	f.get("/lists/news").want(t, 200, "お申し込みは、"+day+"まで受け付けます。", "<form")
	f.get("/lists/press").none(t, "Sign-ups are taken until")

	now = l.Closes.Add(24 * time.Hour)
	f.get("/lists/news").want(t, 200, "お申し込みの受付は、"+day+"をもって終了しました。", gone+"に消去します", `href="/correct?list=news&amp;lang=ja"`, "office@example.jp")
	f.get("/lists/news").none(t, "<form")
	f.get("/lists/news?lang=en").want(t, 200, "Sign-ups for Bulletin are closed", writeDate(l.Closes, subscribe.English))
	f.get("/").want(t, 200, "お申し込みの受付は、"+day+"をもって終了しました。")
	first := f.post("/lists/news", "email", "you@example.jp", "lang", "ja")
	first.want(t, 410, "受付は終了しました")
	for _, other := range []answer{
		f.post("/lists/news", "email", "other@example.jp", "lang", "ja"), f.post("/lists/news", "email", "no address", "lang", "ja"),
		f.post("/lists/news", "email", "you@example.jp", "lang", "ja", "website", "x"),
	} {
		if other.body != first.body || other.status != first.status {
			t.Error("not everybody is answered alike")
		}
	}
	f.get(f.late("news", "confirm")).want(t, 200, "受付は終了しました")
	f.post(f.late("news", "confirm")).want(t, 410, "受付は終了しました")
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
	f.get(f.path("news", "confirm")).want(t, 200, "同意して登録する")
	f.post(f.path("news", "confirm")).want(t, 200, "登録の確認を受け付けました")
	left := f.post(f.path("news", "leave"))
	left.want(t, 200, "配信を停止しました")
	left.none(t, `href="/lists/news`)
	f.get(f.path("news", "correct")).want(t, 200, "<form")
	f.desk.take()

	now, ended = l.EraseBy, noon
	f.get("/lists/news").want(t, 200, gone+"に消去することとしており、以後は保存していません。")
	f.get("/lists/news").none(t, "/correct?list=news")
	f.get("/").none(t, "/lists/news")
	f.get("/correct").none(t, `value="news"`)
	f.post(f.path("news", "leave")).want(t, 200, "配信を停止しました")
	f.desk.take()
	for _, list := range []string{"news", "press"} {
		f.get(f.path(list, "confirm")).none(t, "<form")
		if a := f.post(f.path(list, "confirm"), "name", "x"); a.status != 410 || strings.Contains(a.body, "<form") {
			t.Errorf("%s has ended, and its link is answered %d", list, a.status)
		}
	}
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
	f.post(f.path("press", "confirm move")).want(t, 200)
}
