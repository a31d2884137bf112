package web

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// TestFeed holds what RFC 4287 asks of a feed.
func TestFeed(t *testing.T) {
	t.Parallel()
	f, a := newReadable(t)
	a.change(func() {
		a.all = append(a.all, subscribe.BackNumber{
			List: "news", Slug: "odd", Lang: subscribe.Japanese, Subject: "<b>&\x02 \"号\" ]]>", At: noon.Add(-time.Hour).In(time.FixedZone("JST", 9*3600)),
			Text: "━━━━━\r\n■ " + strings.Repeat("長い本文", 200),
		})
	})
	got := f.get("/lists/news/feed.atom", "Accept-Language", "en")
	got.want(t, 200)
	if kind := got.header.Get("Content-Type"); kind != "application/atom+xml; charset=utf-8" {
		t.Error(kind)
	}
	var feed atomFeed
	d := xml.NewDecoder(strings.NewReader(got.body))
	if err := d.Decode(&feed); err != nil {
		t.Fatal(err)
	}
	const base = "https://lists.example.jp"
	if feed.ID != "tag:news.lists.example.jp,2026:issues" || feed.Title != "お知らせ" || feed.Updated != "2026-11-21T11:00:00Z" || feed.Author != (atomAuthor{"見本事務所", base}) {
		t.Errorf("%+v", feed)
	}
	want := []atomLink{{"self", "application/atom+xml", "", base + "/lists/news/feed.atom"}, {"alternate", "text/html", "ja", base + "/lists/news/issues/"}}
	if len(feed.Links) != 2 || feed.Links[0] != want[0] || feed.Links[1] != want[1] {
		t.Errorf("%+v", feed.Links)
	}
	if !strings.Contains(got.body, `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja">`) || !strings.HasPrefix(got.body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {
		t.Errorf("%.300s", got.body)
	}
	ids := map[string]bool{}
	for i, slug := range []string{"odd", "third", "second", "first", "2026"} {
		e := feed.Entries[i]
		if ids[e.ID] = true; e.ID != "tag:news.lists.example.jp,2026:issues/"+slug || e.Link.Href != base+"/lists/news/issues/"+slug || e.Published != e.Updated || e.Title == "" {
			t.Errorf("%+v", e)
		}
	}
	odd, first := feed.Entries[0], feed.Entries[3]
	if odd.Title != "<b>&\ufffd \"号\" ]]>" || odd.Published != "2026-11-21T11:00:00Z" || !strings.HasPrefix(odd.Summary, "長い本文") || len([]rune(odd.Summary)) != 201 {
		t.Errorf("%+v", odd)
	}
	if first.Summary != "first の本文 続き" || len(ids) != 5 || len(feed.Entries) != 5 {
		t.Errorf("%+v of %d", first, len(feed.Entries))
	}
	if !strings.Contains(got.body, `<entry xml:lang="en">`) {
		t.Error("the language of an issue is not said")
	}
	empty, _ := newReadable(t, func(s *Site) { s.Archive = &fakeArchive{} })
	empty.get("/lists/news/feed.atom").want(t, 200, "<updated>2026-04-01T00:00:00Z</updated>")
	empty.get("/lists/news/issues/").want(t, 200, "公開している号は、まだありません。")
}
