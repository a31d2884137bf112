package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.jp/kairan/subscribe"
)

const logoForm = `{ url = "https://www.example.jp/logo.png", file = "logo.png", width = 240, height = 60 }`

// The largest logo, in px: as wide as the text, and not so high that it hides it.
const (
	maxLogoWidth  = 560
	maxLogoHeight = 200
)

// Headers and footers are short: they must not push out of sight what the law asks for.
const (
	maxFaceLines = 5
	maxFaceLine  = 200 // characters
)

// face is how issues look, of an office or of one list. office is whose they are, nil
// if that is at fault; standard is what holds without a key, for the handbook.
func face(f *subscribe.Face, office func() *subscribe.Office, standard string) []row {
	return []row{
		bound("logo", &f.Logo, func(t *table, key string) subscribe.Logo { return t.logo(key, office()) }, tomlLogo).says("`{ url, file, width, height }`: `url` for issues, `file` for pages", standard),
		bound("colour", &f.Colour, (*table).colour, tomlText[subscribe.Colour]).says("of headings and buttons, such as `\"#00118f\"`", standard),
		bound("header", &f.Header, (*table).bothLines, tomlLines).says("`{ ja, en }`: up to 5 lines above the text of an issue", standard),
		bound("footer", &f.Footer, (*table).bothLines, tomlLines).says("`{ ja, en }`: up to 5 lines below it", standard),
	}
}

func tomlLogo(l subscribe.Logo) string {
	if l == (subscribe.Logo{}) {
		return ""
	}
	parts := []string{"width = " + strconv.Itoa(l.Width), "height = " + strconv.Itoa(l.Height)}
	if l.File != "" {
		parts = slices.Insert(parts, 0, "file = "+tomlString(l.File))
	}
	if l.URL != "" {
		parts = slices.Insert(parts, 0, "url = "+tomlString(l.URL))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func tomlLines(text subscribe.Text) string {
	if text == (subscribe.Text{}) {
		return ""
	}
	return tomlBoth(text)
}

// logo is a picture: for issues on the web site of the office, as those in them are, and for
// pages in a file, which is judged by [Config.Pictures].
func (t *table) logo(key string, office *subscribe.Office) (l subscribe.Logo) {
	in := t.table(key, key+" = "+logoForm)
	if in == nil {
		return l
	}
	defer in.end("url", "file", "width", "height")
	l.URL, l.File = in.text("url", ""), beside(t.r.file, in.text("file", ""))
	if l.URL == "" && l.File == "" {
		in.fault("url", "missing; write where the logo lies, for issues, or its file, for pages, or both: %s = %s", key, logoForm)
	}
	for _, side := range []struct {
		key  string
		at   *int
		most int
	}{{"width", &l.Width, maxLogoWidth}, {"height", &l.Height, maxLogoHeight}} {
		if !in.has(side.key) {
			in.fault(side.key, "missing; write in px how large the logo is shown: %s = %s", key, logoForm)
		}
		*side.at = in.number(side.key, 0, 1, side.most)
	}
	u, err := url.Parse(l.URL)
	switch {
	case l.URL == "":
	case !webPage(l.URL) || err != nil || u.Path == "" || u.Path == "/":
		in.fault("url", `%s is no address of a picture; write one such as "https://www.example.jp/logo.png"`, quote(l.URL))
	case u.Scheme != "https":
		in.fault("url", "many mail programs show no picture that comes without encryption; write %s", quote("https"+strings.TrimPrefix(l.URL, u.Scheme)))
	case office != nil && !slices.ContainsFunc(office.Hosts(subscribe.Japanese), func(h string) bool { return strings.EqualFold(h, u.Host) }):
		in.fault("url", "a logo lies on the office's own web site, under https://%s/: another host would learn who reads the mail",
			strings.Join(office.Hosts(subscribe.Japanese), "/ or https://"))
	case strings.HasSuffix(strings.ToLower(u.Path), ".svg"):
		in.fault("url", "Gmail shows no SVG; write the address of a PNG or JPEG")
	}
	return l
}

// colour can be read on white, since the list's name has it.
func (t *table) colour(key string) subscribe.Colour {
	s := t.text(key, "")
	if s == "" {
		return ""
	}
	c, err := subscribe.ParseColour(s)
	if err != nil {
		t.fault(key, `%s is no colour; write "#" and six hexadecimal digits, such as "#00118f"`, quote(s))
		return ""
	}
	if got := c.Contrast(subscribe.White); got < subscribe.MinContrast {
		t.fault(key, "%q is too light to be read on white: its contrast is %.1f:1, and %.1f:1 is needed (WCAG 2.2, 1.4.3); write a darker one", s, got, subscribe.MinContrast)
		return ""
	}
	return c
}

// bothLines is a text of some lines in both languages, if it is there.
func (t *table) bothLines(key string) (text subscribe.Text) {
	in := t.table(key, key+` = { ja = "…", en = "…" }`)
	if in == nil {
		return text
	}
	defer in.end("ja", "en")
	return subscribe.Text{JA: in.lines("ja"), EN: in.lines("en")}
}

// lines is a text of some lines, as plain as it stands.
func (t *table) lines(key string) string {
	s, ok := t.values[key].(string)
	if !ok || strings.TrimSpace(s) == "" {
		return t.need(key, "…")
	}
	s = strings.Trim(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	all := strings.Split(s, "\n")
	switch {
	case strings.ContainsFunc(strings.ReplaceAll(s, "\n", ""), func(r rune) bool { return subscribe.IsUnprintable(r) || r >= 0xF0000 }):
		t.fault(key, "has an invisible control character; write it without any")
	case len(all) > maxFaceLines:
		t.fault(key, "%d lines; write at most %d, and what is longer into the issues", len(all), maxFaceLines)
	case slices.ContainsFunc(all, func(l string) bool { return utf8.RuneCountInString(l) > maxFaceLine }):
		t.fault(key, "a line of more than %d characters; write shorter ones", maxFaceLine)
	case strings.Contains(s, "{{"):
		t.fault(key, "has a merge slot; those can stand in issues only")
	case strings.Contains(s, "http://"):
		t.fault(key, "has a link without encryption; write https:// instead of http://")
	default:
		return s
	}
	return ""
}
