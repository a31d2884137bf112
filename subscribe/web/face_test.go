package web

import (
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"example.jp/kairan/subscribe"
)

// linked finds what a page loads.
func linked(page, before string) string {
	if m := regexp.MustCompile(before + `="([^"]+)"`).FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

// TestFace: a list's pages have its colour and its logo, and nothing of them comes from
// another host; pages of its office have the office's.
func TestFace(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(s *Site) {
		s.Lists["news"].Face = subscribe.Face{Colour: "#bc002d", Logo: subscribe.Logo{URL: "https://example.jp/logo.png", File: "/etc/logo.png", Width: 240, Height: 60}}
		s.Pictures = map[string]subscribe.Picture{"/etc/logo.png": {Type: "image/png", Ending: "png", Body: []byte("octets")}}
		s.Lists["press"].Office.Phone = "03-0000-0000"
		s.Lists["press"].Office.Accessibility = subscribe.Text{JA: "https://example.jp/a", EN: "https://example.jp/en/a"}
	})
	home, news, press := f.get("/?lang=ja").body, f.get("/lists/news?lang=ja").body, f.get("/lists/press?lang=en").body
	standard, own := stylesheetOf(t, home), stylesheetOf(t, news)
	if own == standard || stylesheetOf(t, press) != standard {
		t.Errorf("the sheets are %s, %s and %s", standard, own, stylesheetOf(t, press))
	}
	sheet := f.get(own)
	if !strings.HasPrefix(sheet.body, f.get(standard).body) || !strings.HasSuffix(sheet.body,
		":root{--key:#bc002d;--key-hover:#840020}\n@media screen and (prefers-color-scheme:dark){:root{--key:#e394a7;--key-hover:#f1cad3}}\n") {
		t.Errorf("the sheet ends with %q", sheet.body[len(sheet.body)-160:])
	}
	logo := linked(news, `<img class="logo" src`)
	if a := f.get(logo); a.body != "octets" || a.header.Get("Content-Type") != "image/png" || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
		t.Errorf("the logo at %q is %q", logo, a.body)
	}
	if !strings.Contains(news, `width="240" height="60" alt="見本事務所"`) || strings.Contains(news, "https://example.jp/logo.png") || strings.Contains(home+press, "<img") {
		t.Error("the logo is shown otherwise, or elsewhere")
	}
	icons := map[string]string{home: `fill="#0017c1"/><text`, news: `fill="#bc002d"/><text`, press: `fill="#0017c1"/><text`}
	letters := map[string]string{home: ">見<", news: ">見<", press: ">S<"}
	for page, want := range icons {
		a := f.get(linked(page, `<link rel="icon" href`))
		if !strings.Contains(a.body, want) || !strings.Contains(a.body, letters[page]) || a.header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("an icon is %s, want %s", a.body, want)
		}
	}
	small := f.get("/favicon.ico") // for browsers that show no SVG
	picture, err := png.Decode(strings.NewReader(small.body[22:]))
	if err != nil || !strings.HasPrefix(small.body, "\x00\x00\x01\x00\x01\x00\x20\x20") || small.header.Get("Content-Type") != "image/vnd.microsoft.icon" {
		t.Fatalf("/favicon.ico is %d %q: %v", small.status, small.body[:22], err)
	}
	for at, want := range map[image.Point]color.Color{{0, 0}: color.NRGBA{}, {16, 4}: color.NRGBA{0, 0x17, 0xc1, 255}, {16, 9}: color.NRGBA{255, 255, 255, 255}} {
		if got := picture.At(at.X, at.Y); got != want {
			t.Errorf("/favicon.ico is %v at %v, want %v", got, at, want)
		}
	}
	for _, want := range []string{`href="tel:0300000000">03-0000-0000</a>`, `href="https://example.jp/en/a"`} {
		if !strings.Contains(press, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// TestLogoIsThere: a site does not start without a picture that it shows.
func TestLogoIsThere(t *testing.T) {
	t.Parallel()
	s := Site{Desk: &fakeDesk{}, Links: subscribe.Tokens{}, Lists: sampleLists(t), Order: []string{"news", "press"}, Templates: newSet(t)}
	s.Lists["news"].Face.Logo.File = "/etc/logo.png"
	if _, err := New(s); err == nil || !strings.Contains(err.Error(), "/etc/logo.png") {
		t.Errorf("the error is %v", err)
	}
}

// TestTint: whatever colour an office may have, what stands on it can be read (WCAG 1.4.3),
// on light and on dark screens.
func TestTint(t *testing.T) {
	t.Parallel()
	const page, soft, onLit subscribe.Colour = "#1a1a1a", "#333333", "#1a1a1a"
	for _, c := range []subscribe.Colour{"#000000", "#0017c1", "#bc002d", "#767676", "#007a33", "#7a3e00", "#800080", "#cc0000"} {
		if c.Contrast(subscribe.White) < subscribe.MinContrast {
			t.Fatalf("%s is refused at start", c)
		}
		x := tint(c)
		for what, got := range map[string]float64{
			"text on a button":                   subscribe.White.Contrast(subscribe.Colour(x.Key)),
			"text under the pointer":             subscribe.White.Contrast(subscribe.Colour(x.KeyHover)),
			"text on a dark screen":              onLit.Contrast(subscribe.Colour(x.Lit)),
			"text under the pointer on a dark":   onLit.Contrast(subscribe.Colour(x.LitHover)),
			"what has the colour on a dark page": page.Contrast(subscribe.Colour(x.Lit)),
			"what has the colour in a dark box":  soft.Contrast(subscribe.Colour(x.Lit)),
		} {
			if got < subscribe.MinContrast {
				t.Errorf("%s: %s has a contrast of %.2f", c, what, got)
			}
		}
	}
}

// TestOfficesThatShareAHost are all named at the foot of its start page.
func TestOfficesThatShareAHost(t *testing.T) {
	t.Parallel()
	for base, site := range map[string]bool{"https://lists.example.jp": true, "https://other.example.jp": false} {
		f := newFixture(t, func(s *Site) {
			other := *s.Lists["press"].Office
			other.ID, other.Name, other.Contact, other.BaseURL = "other", subscribe.Text{JA: "別の事務所", EN: "Other Office"}, "other@example.jp", base
			s.Lists["press"].Office = &other
		})
		page := f.send("GET", "/?lang=en", "", "Host", "unknown.example").body
		_, foot, _ := strings.Cut(page, "<footer")
		for _, want := range []string{"<dt>Sample Office</dt>", "mailto:office@example.jp", "<dt>Other Office</dt>", "mailto:other@example.jp"} {
			if !strings.Contains(foot, want) {
				t.Errorf("the footer has no %s:\n%s", want, foot)
			}
		}
		if strings.Contains(page, `<p class="site">`) != site {
			t.Errorf("on paper the pages of %s are elsewhere", base)
		}
	}
}
