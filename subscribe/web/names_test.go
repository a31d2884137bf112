package web

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

var (
	links = regexp.MustCompile(`(?s)<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>`)
	aloud = regexp.MustCompile(` aria-label="([^"]*)"`) // which begins with what is seen (WCAG 2.5.3)
	tags  = regexp.MustCompile(`<[^>]*>`)
	// What an office has sent is called as it has called it, and stands beside its date.
	written = regexp.MustCompile(`(?s)<ol class="issues">.*?</ol>|<div class="content".*?</div>|<dd><time.*?</dd>`)
)

// TestLinksOfOneNameLeadToOnePlace, on each page: whoever goes from link to link hears
// nothing but their names (WCAG 2.4.4, 2.4.9).
func TestLinksOfOneNameLeadToOnePlace(t *testing.T) {
	t.Parallel()
	all := meet(t, append(states(), state{"home with two archives", 200, func(s *Site) {
		library(s)
		s.Lists["press"].Archived = true
		a := s.Archive.(*fakeArchive)
		a.change(func() {
			other := a.all[0]
			other.List, other.Slug, other.Subject = "press", "other", "その他"
			a.all = append(a.all, other)
		})
	}, gets("/")}))
	for _, m := range all {
		to := map[string]string{}
		for _, a := range links.FindAllStringSubmatch(written.ReplaceAllString(m.body, ""), -1) {
			name := strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(a[2], "")))
			if said := aloud.FindStringSubmatch(a[0]); said != nil {
				if !strings.HasPrefix(html.UnescapeString(said[1]), name) {
					t.Errorf("%s, %s: %q is read out as %q", m.name, m.lang, name, said[1])
				}
				name = html.UnescapeString(said[1])
			}
			if before, known := to[name]; known && before != a[1] {
				t.Errorf("%s, %s: %q leads to %s and to %s", m.name, m.lang, name, before, a[1])
			}
			to[name] = a[1]
		}
	}
}

// TestALanguageIsSaidOnce on a card: a list of one language says that as a sentence.
func TestALanguageIsSaidOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, town, japaneseOnly)
	for lang, want := range map[string][2]string{"en": {"This list and its pages are in Japanese only.", "In Japanese<"}, "ja": {"日本語で配信", "日本語のみ"}} {
		card, _, _ := strings.Cut(f.get("/?lang="+lang).body, `href="/lists/press`)
		if strings.Count(card, want[0]) != 1 || strings.Contains(card, want[1]) {
			t.Errorf("%s: the card is\n%s", lang, card)
		}
	}
}

// TestALinkThatIsTooOldSaysSo, with the way to a new one: an hour may be too short for
// whoever fills in a form (WCAG 2.2.1). Before, the page has said how long it works.
func TestALinkThatIsTooOldSaysSo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fresh := `<a href="/correct?lang=ja">`
	for _, name := range []string{"correct", "block", "confirm move"} {
		f.get(f.late("press", name)+"?lang=ja").want(t, 404, "<h1>このリンクは有効期間を過ぎています</h1>", fresh)
	}
	f.post(f.late("press", "correct")+"?lang=en", "name", "you").want(t, 404, "This link has expired", "Nothing has changed.", `<a href="/correct?lang=en">`)
	f.get(f.path("press", "correct")+"?lang=ja").want(t, 200, "1時間", fresh)
	f.get("/correct/none?lang=ja").want(t, 404, "ページが見つかりません", fresh)
	for _, email := range []string{"", "new@example.com"} {
		f.post(f.path("press", "correct")+"?lang=ja", "name", "花子", "email", email).want(t, 200, fresh)
	}
}

// TestWhatAPurposeIsIsSaid beside the button: an office writes a few words, which are no
// sentence before the link that follows.
func TestWhatAPurposeIsIsSaid(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.get("/lists/news?lang=ja").want(t, 200, "利用目的：お知らせの配信<br>")
	f.get("/lists/news?lang=en").want(t, 200, "Purpose of use: To send the bulletin<br>")
}
