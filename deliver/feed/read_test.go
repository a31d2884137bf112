package feed

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

var site = &url.URL{Scheme: "https", Host: "www.example.jp", Path: "/news/feed.xml"}

// forms are feeds of each kind with one entry.
var forms = map[string]string{
	"rss2": `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>省</title><item><title>予算の公表</title><link>https://www.example.jp/yosan.html</link>
<guid isPermaLink="false">tag:1</guid><pubDate>Tue, 01 Dec 2026 09:00:00 +0900</pubDate><description>&lt;p&gt;予算を&lt;b&gt;公表&lt;/b&gt;しました。&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description></item></channel></rss>`,
	"rss1": `<?xml version="1.0" encoding="UTF-8"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://www.example.jp/"><title>省</title></channel><item rdf:about="https://www.example.jp/yosan.html"><title>予算の公表</title><link>https://www.example.jp/yosan.html</link>
<dc:date>2026-12-01T09:00:00+09:00</dc:date><description>予算を公表しました。</description></item></rdf:RDF>`,
	"atom": `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>省</title><entry><id>tag:1</id><title type="html">予算の&lt;i&gt;公表&lt;/i&gt;</title><link href="/yosan.html"/>
<updated>2026-12-01T09:00:00+09:00</updated><summary>予算を公表しました。</summary></entry></feed>`,
	"json": `{"version": "https://jsonfeed.org/version/1.1", "title": "省", "items": [{"id": "tag:1", "url": "https://www.example.jp/yosan.html", "title": "予算の公表",
"content_html": "<p>予算を公表しました。</p>", "date_published": "2026-12-01T09:00:00+09:00"}]}`,
}

func TestRead(t *testing.T) {
	t.Parallel()
	for form, text := range forms {
		all, err := Read([]byte(text), "", site)
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %v, %v", form, all, err)
		}
		e := all[0]
		if e.Title != "予算の公表" || e.Link != "https://www.example.jp/yosan.html" || e.Summary != "予算を公表しました。" || !e.Date.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: %+v", form, e)
		}
		if form != "rss1" && e.ID != "tag:1" {
			t.Errorf("%s: id %q", form, e.ID)
		}
	}
}

// TestEncodings: as the header says, or the declaration; and where the header is wrong.
func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form, is, declared, header string
		to                         encoding.Encoding
	}{
		{form: "rss2", is: "Shift_JIS", declared: "Shift_JIS", to: japanese.ShiftJIS},
		{form: "rss2", is: "Shift_JIS", declared: "x-sjis", header: "text/xml", to: japanese.ShiftJIS},
		{form: "rss1", is: "EUC-JP", declared: "EUC-JP", to: japanese.EUCJP},
		{form: "atom", is: "EUC-JP", declared: "", header: "application/atom+xml; charset=euc-jp", to: japanese.EUCJP},
		{form: "rss1", is: "Shift_JIS", declared: "Shift_JIS", header: "text/xml; charset=UTF-8", to: japanese.ShiftJIS},
		{form: "rss2", is: "ISO-2022-JP", declared: "ISO-2022-JP", to: japanese.ISO2022JP},
		{form: "json", is: "Shift_JIS", header: "application/json; charset=Shift_JIS", to: japanese.ShiftJIS},
		{form: "json", is: "EUC-JP", header: "application/feed+json; charset=EUC-JP", to: japanese.EUCJP},
		{form: "atom", is: "UTF-16", declared: "UTF-16", to: unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
		{form: "rss2", is: "UTF-8", declared: "UTF-8", header: "text/xml; charset=Shift_JIS", to: encoding.Nop},
	} {
		text := forms[c.form]
		if c.declared == "" {
			text = strings.Replace(text, ` encoding="UTF-8"`, "", 1)
		}
		text = strings.Replace(text, `encoding="UTF-8"`, `encoding="`+c.declared+`"`, 1)
		body, err := c.to.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		all, err := Read([]byte(body), c.header, site)
		if err != nil || len(all) != 1 || all[0].Title != "予算の公表" {
			t.Errorf("%s in %s, declared %q, sent as %q: %v, %v", c.form, c.is, c.declared, c.header, all, err)
		}
	}
	for _, label := range []string{"ISO-8859-1", "windows-1252", "KOI8-R", "x-user-defined", "Shift_JIS"} {
		text := strings.Replace(forms["rss2"], "予算の公表", "The mayor’s café", 1)
		if all, err := Read([]byte(text), "text/xml; charset="+label, site); err != nil || len(all) != 1 || all[0].Title != "The mayor’s café" {
			t.Errorf("UTF-8 sent as %s: %v, %v", label, all, err)
		}
	}
	latin := "<?xml version='1.0' encoding='ISO-8859-1'?><rss version='2.0'><channel><item><title>caf\xe9</title></item></channel></rss>"
	if all, err := Read([]byte(latin), "text/xml", site); err != nil || len(all) != 1 || all[0].Title != "café" {
		t.Errorf("%v, %v", all, err)
	}
	if all, err := Read([]byte("<?xml version='1.0' encoding='UTF-8'?><rss><channel><item><title>\x83\x83\x83\xff</title></item></channel></rss>"), "", site); err == nil || !strings.Contains(err.Error(), "characters cannot be read") {
		t.Errorf("%v, %v", all, err)
	}
}

func TestWhatIsNoFeed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"page":    {"<!DOCTYPE html>\n<html><body>メンテナンス中</body></html>", "has become a web page"},
		"bare":    {"\n<html lang=ja>", "has become a web page"},
		"xhtml":   {"<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN'><html/>", "has become a web page"},
		"nothing": {" \n", "is empty"},
		"half":    {forms["rss2"][:290], "no whole feed"},
		"json":    {forms["json"][:100], "no whole JSON Feed"},
		"other":   {"<?xml version='1.0'?><sitemap/>", "no whole feed"},
		"words":   {"Service Unavailable", "no whole feed"},
		"control": {"<rss><\u009b2J\u202eevil/></rss>", "invalid XML name:  2Jevil"},
		"deep":    {"<rss><channel>" + strings.Repeat("<x:a>", 1_000), "nested deeper"},
		"nested":  {`{"items": ` + strings.Repeat("[", 9_000), "nested deeper"},
		"many":    {"<rss><channel>" + strings.Repeat("<item/>", 500_000), "nested deeper"},
		"large":   {strings.Repeat(" ", MaxOctets+1), "more than 4 MB"},
		"entries": {"<rss><channel>" + strings.Repeat("<item><title>x</title></item>", maxEntries+1) + "</channel></rss>", "has 5001 entries"},
	} {
		all, err := Read([]byte(c.text), "", site)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %d entries, %v; want %q", name, len(all), err, c.want)
		}
	}
}

// TestHostileFeeds: the memory and the time of what was made to cost much are bounded.
func TestHostileFeeds(t *testing.T) {
	t.Parallel()
	bomb := "<!DOCTYPE rss [<!ENTITY a 'xxxxxxxxxx'>"
	for n := 'b'; n < 'm'; n++ {
		bomb += fmt.Sprintf("<!ENTITY %c '%s'>", n, strings.Repeat(fmt.Sprintf("&%c;", n-1), 10))
	}
	bomb += "]><rss version='2.0'><channel><item><title>&l;</title></item></channel></rss>"
	for name, text := range map[string]string{
		"entities":   bomb,
		"external":   "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'><channel><item><title>&x;</title></item></channel></rss>",
		"comments":   "<rss version='2.0'><channel><item><e:x xmlns:e='e'>" + strings.Repeat("x<!---->", 60_000) + "</e:x></item></channel></rss>",
		"cdata":      "<rss version='2.0'><channel><item><e:x xmlns:e='e'>" + strings.Repeat("<![CDATA[x]]>", 190_000) + "</e:x></item></channel></rss>",
		"attributes": "<rss version='2.0' " + strings.Repeat("a='' ", 400_000) + "><channel/></rss>",
		"spaces":     "<rss version='2.0'><channel><item><title>" + strings.Repeat("<b> ", 500_000) + "</title></item></channel></rss>",
		"tags":       "<rss version='2.0'><channel><item><title>" + strings.Repeat("&lt;", 900_000) + "</title></item></channel></rss>",
		"namespaces": "<rss version='2.0'><channel>" + strings.Repeat("<item xmlns:a='b' xmlns:c='d'><title>x</title></item>", 4_000) + "</channel></rss>",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		all, err := Read([]byte(text), "", site)
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 10*time.Second || mb > 1_000 {
			t.Errorf("%s took %s and %d MB (%v)", name, took, mb, err)
		} else {
			t.Logf("%s: %s, %d MB in all, %d entries, %v", name, took.Round(time.Millisecond), mb, len(all), err)
		}
		for _, e := range all {
			if len(e.Title) > 4*maxTitle || strings.Contains(e.Title, "root:") {
				t.Errorf("%s: %.100q", name, e.Title)
			}
		}
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"  予算の\n  公表 ": "予算の 公表", "A &amp; B": "A & B", "<p>一</p><p>二</p>": "一 二", "a<b>c</b>d": "acd", "<script>x</script>残り": "残り", "<株>例 &lt;1&gt;": "<株>例 <1>",
		"3 < 4": "3 < 4", "\u202e逆\u200b": "逆", "\ue000字\ufffd": "〓字〓", "か\u3099": "が", "<!-- x -->一": "一", strings.Repeat("長", 201): strings.Repeat("長", 199) + "…",
	} {
		if got := plainText(s, maxTitle); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestLinkOf(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"../a.html": "https://www.example.jp/a.html", "http://other.example/x?a=1": "https://other.example/x?a=1", "//cdn.example/x": "https://cdn.example/x",
		"javascript:alert(1)": "", "data:text/html,x": "", "mailto:a@example.jp": "", "https://user:pw@example.jp/": "", "https://localhost/": "", "https://!/": "", "": "",
		"https://www.example.jp/" + strings.Repeat("a", maxLink): "",
	} {
		if got := linkOf(s, site); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range forms {
		f.Add([]byte(text), "text/xml; charset=utf-8")
	}
	f.Add([]byte("<rss><channel><item><title>&x;<![CDATA[<b>]]></title>"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		began := time.Now()
		all, err := Read(body, contentType, site)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		if err != nil && len(all) > 0 {
			t.Error("entries beside an error")
		}
		for _, e := range all {
			if e.Title == "" || strings.ContainsAny(e.Title+e.Summary+e.Link, "\n\r\x00") || len([]rune(e.Title)) > max(maxTitle, maxLink) {
				t.Errorf("%+v", e)
			}
		}
	})
}
