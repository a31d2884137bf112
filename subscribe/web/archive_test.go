package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// fakeArchive is an archive of what was put there.
type fakeArchive struct {
	mu      sync.Mutex
	all     []subscribe.BackNumber
	files   map[string]string
	version uint64
	asked   int // for the heads of a list
	err     error
}

func (a *fakeArchive) BackNumbers(list string) (heads []subscribe.BackNumber, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	for _, b := range a.all {
		if b.List == list {
			b.HTML, b.Text, b.Files = "", "", nil
			heads = append(heads, b)
		}
	}
	slices.SortFunc(heads, func(x, y subscribe.BackNumber) int { return y.At.Compare(x.At) })
	return heads, a.err
}

func (a *fakeArchive) BackNumber(list, slug string) (subscribe.BackNumber, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, b := range a.all {
		if b.List == list && b.Slug == slug {
			if !b.Withdrawn.IsZero() {
				b.HTML, b.Text, b.Files = "", "", nil
			}
			return b, a.err
		}
	}
	return subscribe.BackNumber{}, errors.Join(subscribe.ErrNoBackNumber, a.err)
}

func (a *fakeArchive) BackNumberFile(list, slug, name string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if data, ok := a.files[list+"/"+slug+"/"+name]; ok {
		return []byte(data), nil
	}
	return nil, subscribe.ErrNoBackNumber
}

func (a *fakeArchive) ArchiveVersion() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.version
}

// change changes the archive as the store does.
func (a *fakeArchive) change(do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	do()
	a.version++
}

// publish puts an issue there that was sent so long before noon.
func (a *fakeArchive) publish(slug string, before time.Duration) {
	a.change(func() {
		a.all = append(a.all, subscribe.BackNumber{
			List: "news", Slug: slug, Lang: subscribe.Japanese, Subject: "号 " + slug, At: noon.Add(-before),
			HTML: "<p>" + slug + " の本文</p>", Text: "━━━━\n" + slug + " の本文\n続き\n",
		})
	})
}

func (a *fakeArchive) withdraw(slug string, before time.Duration) {
	a.change(func() {
		for i := range a.all {
			if a.all[i].Slug == slug {
				a.all[i].Withdrawn = noon.Add(-before)
			}
		}
	})
}

const day = 24 * time.Hour

// readable gives the bulletin an archive: an issue of each of three days, and one of the year
// before, which has files.
func readable(a *fakeArchive) func(*Site) {
	return func(s *Site) {
		s.Archive, s.Lists["news"].Archived = a, true
		for slug, before := range map[string]time.Duration{"third": day, "second": 2 * day, "first": 3 * day, "2026": 400 * day} {
			a.publish(slug, before)
		}
		a.change(func() {
			a.files = map[string]string{"news/2026/要項 1#.pdf": "%PDF-", "news/2026/map.png": "PNG", "news/2026/secret.pdf": "not named"}
			for i := range a.all {
				if a.all[i].Slug == "2026" {
					a.all[i].Lang, a.all[i].Subject, a.all[i].HTML = subscribe.English, `Tea & <i>"more"</i>`, `<p><img src="/lists/news/issues/2026/map.png" alt="Map"></p>`
					a.all[i].Files = []subscribe.BackNumberFile{
						{Name: "map.png", Type: "image/png", Size: 3}, {Name: "要項 1#.pdf", Type: "application/pdf", Size: 1_234_567, Attached: true},
					}
				}
			}
		})
	}
}

func newReadable(t testing.TB, change ...func(*Site)) (*fixture, *fakeArchive) {
	a := &fakeArchive{}
	made := false
	return newFixture(t, append([]func(*Site){readable(a), func(s *Site) {
		s.Now = func() time.Time {
			if !made { // the site, long ago
				made = true
				return noon.Add(-1000 * day)
			}
			return noon
		}
	}}, change...)...), a
}

// everyArchivePage is each kind of them, of the fixture's list.
var everyArchivePage = []string{
	"/lists/news/issues/", "/lists/news/years/2026", "/lists/news/years/2025", "/lists/news/issues/third", "/lists/news/issues/2026",
	"/lists/news/issues/2026/map.png", "/lists/news/issues/2026/%E8%A6%81%E9%A0%85%201%23.pdf", "/lists/news/feed.atom",
}

// TestArchive: what went out is found by year, and read.
func TestArchive(t *testing.T) {
	t.Parallel()
	f, a := newReadable(t)
	all := f.get("/lists/news/issues/?lang=ja")
	all.want(t, 200, "お知らせ バックナンバー | 見本事務所", `<h2 id="year-2026">2026年</h2>`, `<h2 id="year-2025">2025年</h2>`, `href="#year-2025"`,
		`<time datetime="2026-11-20">2026年11月20日</time> <a href="/lists/news/issues/third?lang=ja">号 third</a>`,
		`<a href="/lists/news/issues/2026?lang=ja" hreflang="en" lang="en">Tea &amp; &lt;i&gt;`,
		`<link rel="canonical" href="https://lists.example.jp/lists/news/issues/">`, `<link rel="alternate" type="application/atom+xml" title="お知らせ バックナンバー" href="/lists/news/feed.atom">`)
	if strings.Index(all.body, "号 third") > strings.Index(all.body, "号 second") {
		t.Error("the latest issue is not the first")
	}
	f.get("/lists/news/years/2025?lang=en").want(t, 200, `<h1 id="year-2025">Archive for 2025</h1>`, `href="/lists/news/years/2026?lang=en"`, `href="#year-2025" aria-current="page">2025`, "17\u00a0October 2025")
	f.get("/lists/news/issues/second?lang=en").want(t, 200, `<h1 lang="ja">号 second</h1>`, `<div class="content" lang="ja">`, "<p>second の本文</p>", "Next issue", "Previous issue",
		"<time datetime=\"2026-11-19\">19\u00a0November 2026</time>", `href="/lists/news/issues/third?lang=en"`, `href="/lists/news/issues/first?lang=en"`, `href="/lists/news?lang=en"`)
	f.get("/lists/news/issues/2026?lang=en").want(t, 200, `<h1>Tea &amp;`, `<img src="/lists/news/issues/2026/map.png" alt="Map">`,
		`<a href="/lists/news/issues/2026/%E8%A6%81%E9%A0%85%201%23.pdf" download>要項 1#.pdf</a> <span class="hint">1.2 MB</span>`)
	home, form := f.get("/?lang=ja"), f.get("/lists/news?lang=ja")
	for _, page := range []answer{home, form} {
		page.want(t, 200, `最新号</span> <time datetime="2026-11-20">2026年11月20日</time> <a href="/lists/news/issues/third?lang=ja">`, `href="/lists/news/issues/?lang=ja"`)
	}
	if strings.Contains(home.body, "/lists/press/issues/") || a.asked != 1 {
		t.Errorf("a list without an archive leads to one, or the heads were read %d times", a.asked)
	}
	for _, none := range []string{
		"/lists/news/years/2024", "/lists/news/years/02026", "/lists/news/years/", "/lists/news/issues/none", "/lists/news/issues/2026/secret.pdf", "/lists/news/issues/2026/none", "/lists/none/issues/",
		"/lists/none/feed.atom", "/lists/news/issues/2026/..%2fthird", "/lists/news/issues/THIRD",
	} {
		f.get(none).want(t, 404)
	}
	a.err = errors.New("disk full")
	f.get("/lists/news/issues/third").want(t, 500)
	a.change(func() {})
	for _, path := range []string{"/lists/news/issues/", "/lists/news/feed.atom"} {
		f.get(path).want(t, 500)
	}
	f.get("/").want(t, 200, `href="/lists/news?lang=`)
}

// TestLongArchive: a page shows whole years, and so many that it does not become endless.
func TestLongArchive(t *testing.T) {
	t.Parallel()
	f, a := newReadable(t)
	for i := range 2500 { // ten years of every working day
		a.publish(fmt.Sprintf("daily-%d", i), time.Duration(i)*36*time.Hour)
	}
	first := f.get("/lists/news/issues/?lang=en")
	first.want(t, 200, `href="/lists/news/years/2016?lang=en">2016</a>`, `href="#year-2026">`)
	if first.body = first.body[:min(len(first.body), 100_000)]; strings.Contains(first.body, `id="year-2025"`) || !strings.Contains(first.body, "</html>") {
		t.Error("the first page goes on for ever")
	}
	f.get("/lists/news/years/2016?lang=en").want(t, 200, `id="year-2016"`, "daily-2499")
	if n := strings.Count(f.get("/lists/news/feed.atom").body, "<entry>"); n != perFeed {
		t.Errorf("the feed tells of %d issues", n)
	}
}

// TestArchiveAsked: a path that was copied with what stands behind it, or without the slash at
// its end, is the same page.
func TestArchiveAsked(t *testing.T) {
	t.Parallel()
	f, _ := newReadable(t)
	for path, as := range map[string]string{
		"/lists/news/issues": "/lists/news/issues/", "/lists/news/issues/third/": "/lists/news/issues/third", "/lists/news/issues/third%E3%80%82": "/lists/news/issues/third",
		"/lists/news/years/2026/": "/lists/news/years/2026", "/lists/news/feed.atom/": "/lists/news/feed.atom", "/lists/news/issues/2026/map.png>": "/lists/news/issues/2026/map.png",
	} {
		if got, want := f.get(path), f.get(as); got.status != 200 || got.body != want.body || got.header.Get("ETag") != want.header.Get("ETag") {
			t.Errorf("%s is not %s: %d", path, as, got.status)
		}
	}
}

// TestNoArchive: of a list that has none, or that is erased, there is none of its pages.
func TestNoArchive(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Site){
		"not archived": func(s *Site) { s.Lists["news"].Archived = false },
		"no archive":   func(s *Site) { s.Archive = nil },
		"erased":       func(s *Site) { s.Lists["news"].EraseBy, s.Lists["news"].Zone = noon.Truncate(day), time.UTC },
	} {
		f, _ := newReadable(t, change)
		never := f.get("/lists/news/none")
		for _, path := range everyArchivePage {
			if a := f.get(path); a.status != 404 || a.body != never.body {
				t.Errorf("%s: %s is there: %d", name, path, a.status)
			}
		}
		for _, path := range []string{"/", "/lists/news"} {
			if a := f.get(path); strings.Contains(a.body, "/issues/") || strings.Contains(a.body, "atom") {
				t.Errorf("%s: %s leads to an archive", name, path)
			}
		}
	}
}

// TestNothingBeforeItIsSent: of what has not begun no page knows anything; a page is as if it
// never was.
func TestNothingBeforeItIsSent(t *testing.T) {
	t.Parallel()
	f, a := newReadable(t)
	pages := append([]string{"/", "/lists/news", "/lists/news/issues/none"}, everyArchivePage...)
	seen := func() (all []string) {
		for _, path := range pages {
			x := f.get(path)
			x.header.Del("Date")
			all = append(all, fmt.Sprint(path, x.status, x.header, x.body))
		}
		return all
	}
	before := seen()
	a.change(func() {}) // an issue was added and scheduled: the version may go up
	if after := seen(); !slices.Equal(before, after) {
		t.Error("a page changed")
	}
}

// TestWithdrawn: it is gone at once, for everybody and from everywhere.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	f, a := newReadable(t)
	paths := []string{"/lists/news/issues/2026", "/lists/news/issues/2026/map.png", "/lists/news/issues/third"}
	tags := map[string]string{}
	for _, path := range paths {
		tags[path] = f.get(path).header.Get("ETag")
	}
	a.withdraw("2026", 0)
	a.withdraw("third", 0)
	for _, path := range paths {
		for _, headers := range [][]string{{}, {"If-None-Match", tags[path]}, {"If-None-Match", "*"}, {"If-Modified-Since", noon.Format(http.TimeFormat)}} {
			for _, method := range []string{"GET", "HEAD"} {
				got := f.send(method, path, "", headers...)
				got.want(t, 410)
				if method == "GET" {
					got.want(t, 410, "公開を終了", `href="/lists/news/issues/?lang=ja"`, "office@example.jp")
				}
				if got.header.Get("Last-Modified")+got.header.Get("Vary") != "" || !strings.Contains(got.header.Get("Cache-Control"), "no-store") {
					t.Errorf("%s %s: %v", method, path, got.header)
				}
			}
		}
	}
	for _, path := range []string{"/", "/lists/news", "/lists/news/issues/", "/lists/news/issues/second", "/lists/news/issues/first", "/lists/news/feed.atom"} {
		f.get(path).none(t, "third", "issues/2026", "Tea &")
	}
	f.get("/lists/news/years/2025").want(t, 404)
}

// TestArchiveOfOtherOffices: as with the pages of lists.
func TestArchiveOfOtherOffices(t *testing.T) {
	t.Parallel()
	f, _ := newReadable(t, twoOffices)
	address := f.serve()
	for host, hidden := range map[string]string{"lists.example.jp": "", "press.example.org:8443": "noindex"} {
		for _, path := range everyArchivePage {
			got := raw(t, address, strings.Replace(request("GET", path, "", ""), "Host: lists.example.jp", "Host: "+host, 1))
			if got.status != 200 || got.header.Get("X-Robots-Tag") != hidden {
				t.Errorf("%s at %s: %d, robots %q", path, host, got.status, got.header.Get("X-Robots-Tag"))
			}
		}
	}
}

// TestFilesOfTheArchive: a picture is shown, an attachment is kept, and neither runs.
func TestFilesOfTheArchive(t *testing.T) {
	t.Parallel()
	f, _ := newReadable(t)
	picture, pdf := f.get("/lists/news/issues/2026/map.png"), f.get("/lists/news/issues/2026/%E8%A6%81%E9%A0%85%201%23.pdf")
	for _, x := range []struct {
		got               answer
		kind, said, bytes string
	}{
		{picture, "image/png", "", "PNG"},
		{pdf, "application/pdf", "attachment; filename*=utf-8''%E8%A6%81%E9%A0%85%201#.pdf", "%PDF-"},
	} {
		h := x.got.header
		if h.Get("Content-Type") != x.kind || h.Get("Content-Disposition") != x.said || x.got.body != x.bytes || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox;") {
			t.Errorf("%s: %v, %q", x.kind, h, x.got.body)
		}
	}
}

// sampleArchive gives the lists of [town] an archive as offices have one.
func sampleArchive(s *Site) {
	a := &fakeArchive{}
	s.Archive = a
	for _, l := range s.Lists {
		l.Archived = true
	}
	for i := range 30 {
		a.publish(fmt.Sprintf("no-%d", i), time.Duration(30*i+31)*day)
		a.all[i].Subject = []string{"文化講座と映画上映会のお知らせ", "年末年始の休館日と、旅券・証明の窓口について", "ジャパニフォルニア 11月号（秋の茶会ほか）"}[i%3]
	}
	a.all = append(a.all, subscribe.BackNumber{
		List: "news", Slug: "autumn", Lang: subscribe.Japanese, Subject: "【お知らせ】秋の茶会と日本映画上映会（11月）", At: noon.Add(-2 * day),
		HTML: `<p>総領事館では、11月に次の行事を行います。<strong>いずれも入場無料です。</strong></p>
<h2>秋の茶会</h2>
<p>お申し込みは<a href="https://example.jp/tea">茶会のページ</a>からお願いします。</p>
<section class="scroll" aria-label="表" tabindex="0"><table><thead><tr><th scope="col">日</th><th scope="col">時刻</th><th scope="col">会場</th></tr></thead><tbody><tr><td>11月3日</td><td>14時</td><td>総領事公邸</td></tr><tr><td>11月4日</td><td>10時</td><td>日本庭園</td></tr></tbody></table></section>
<p class="center"><img src="/lists/news/issues/autumn/map.png" alt="会場の地図" width="600" height="400"></p>
<h2>日本映画上映会</h2>
<blockquote><p>上映後に、監督のお話があります。</p></blockquote>
<ul><li>日時：11月10日 18時30分</li><li>会場：市立図書館</li></ul>
<hr class="thick">
<pre>https://example.jp/a-very-long-address/that-goes-on-and-on/and-does-not-end/in-the-first-screen</pre>`,
		Files: []subscribe.BackNumberFile{
			{Name: "map.png", Type: "image/png", Size: 3}, {Name: "秋の茶会_募集要項（令和8年度）.pdf", Type: "application/pdf", Size: 1_234_567, Attached: true},
		},
	}, subscribe.BackNumber{
		List: "news", Slug: "english", Lang: subscribe.English, Subject: "Tea ceremony and films in November", At: noon.Add(-3 * day), HTML: "<p>Two events await you.</p>\n<h2>Tea</h2>\n<p>Free of charge.</p>",
	}, subscribe.BackNumber{List: "news", Slug: "gone", Lang: subscribe.Japanese, Subject: "Gone", At: noon.Add(-4 * day), Withdrawn: noon.Add(-3 * day)})
}
