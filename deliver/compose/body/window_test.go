package body

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

//go:embed testdata/window.js
var windowScript []byte

// TestNothingIsWiderThanTheWindow: of a phone, a tablet, a desk; in light and in dark;
// with everything in the head dropped, and as the clients leave the mail that know
// least. Each text can be read.
func TestNothingIsWiderThanTheWindow(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	wide, phone := hostile(t), map[string]string{}
	for name, page := range wide {
		phone[name+", without its head's style"] = headless(page)
		phone[name+", as Yahoo! Mail leaves it"] = without(headless(page), "overflow-wrap", "word-break")
		phone[name+", as Gmail leaves it"] = without(headless(page), "overflow-wrap")
		phone[name+", as Outlook.com shows it in the dark"] = strings.Replace(page, "<html ", "<html data-ogsc data-ogsb ", 1)
	}
	maps.Copy(wide, issues(t))
	for _, dark := range []bool{false, true} {
		t.Run(fmt.Sprintf("dark %v", dark), func(t *testing.T) {
			t.Parallel()
			isRead(t, windows(t, chromium, dark, wide, 320, 600, 1200))
		})
	}
	t.Run("without its head", func(t *testing.T) { // in which its dark colours are
		t.Parallel()
		isRead(t, windows(t, chromium, false, phone, 320))
	})
}

// isRead checks that each mail fits its window, and that each of its texts is read.
func isRead(t *testing.T, all []seen) {
	for _, seen := range all {
		where := fmt.Sprintf("%s, %d px", seen.Name, seen.Window)
		if seen.Width > seen.Window || seen.Lost != "" {
			t.Errorf("%s: the mail is %d px wide, and %q stands outside", where, seen.Width, seen.Lost)
		}
		if seen.Contrast < subscribe.MinContrast {
			t.Errorf("%s: %q has a contrast of %.2f", where, seen.ContrastAt, seen.Contrast)
		}
		if seen.Size < 14 {
			t.Errorf("%s: %q is %.1f px high", where, seen.SizeAt, seen.Size)
		}
		if seen.Line < 1.5 {
			t.Errorf("%s: the lines of %q are %.2f high", where, seen.LineAt, seen.Line)
		}
		if strings.HasPrefix(seen.Name, "a preheader") && strings.Contains(seen.Text, "Donau") {
			t.Errorf("%s: the preheader is shown above the mail", where)
		}
		if !leaving.MatchString(seen.Text) {
			t.Errorf("%s: nobody sees how to leave, or whose mail it is", where)
		}
	}
}

// TestHostileSourcesAreNoWider: what was written to hold the service, and is sent.
func TestHostileSourcesAreNoWider(t *testing.T) {
	t.Parallel()
	chromium, list, mails := browser(t), composetest.Centre(t), map[string]string{}
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range composetest.HostileSources(2 << 10) {
		d, err := source.Parse(t.Context(), list, deliver.Manuscript{Source: h.Text})
		if err != nil {
			continue
		}
		issue, _, err := Make(set, list, d)
		if err != nil {
			t.Fatal(h.Name, err)
		}
		mails[h.Name] = issue.HTML
	}
	if len(mails) < 50 {
		t.Errorf("only %d sources were taken", len(mails))
	}
	for _, seen := range windows(t, chromium, false, mails, 320) {
		if seen.Width > seen.Window {
			t.Errorf("%s: the mail is %d px wide", seen.Name, seen.Width)
		}
	}
}

// leaving is what a reader must see at the end of every issue.
var leaving = regexp.MustCompile(`(配信を停止する.*見本通り1番地|Unsubscribe from this list.*1 Sample Street)`)

// hostile are mails that would be wide.
func hostile(t *testing.T) map[string]string {
	t.Helper()
	word := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 6)
	url := "https://www.example.jp/" + strings.Repeat("a/very-long_path%E3%81%82", 10) + "?q=" + strings.Repeat("x", 120)
	columns := func(n int, cell string) string {
		row := func(s string) string { return "|" + strings.Repeat(s+"|", n) + "\n" }
		return row("見出し") + row("---") + row(cell) + row("1,234") + row("")
	}
	fits := func(word string) string { // with more and more columns
		var b strings.Builder
		for n := 2; n < 6; n++ {
			b.WriteString(columns(n, word) + "\n" + columns(n, "**"+word+"** 文、文文文、文文文。") + "\n")
		}
		return b.String()
	}
	spans := func(word string) string {
		return "<table><caption>表1　参加者数</caption><tr><th rowspan=\"2\">" + word + "</th><td colspan=\"4\">" + word + "</td></tr><tr><td>" + word + "</td><td>" + word + "</td><td>a</td><td>b</td></tr></table>\n\n"
	}
	pages := map[string]string{}
	for name, text := range map[string]string{
		"a URL":                    url + "\n\n- <" + url + ">\n\n| 名前 | 場所 |\n|---|---|\n| " + url + " | <" + url + "> |\n",
		"a word":                   "# " + word + "\n\n## " + word + "\n\n" + word + " **" + word + "** [" + word + "](https://www.example.jp/)\n\n> " + word + "\n\n1. " + word + "\n",
		"code":                     "`" + word + word + "`\n\n```\n" + word + word + "\n\tx = " + strings.Repeat("f(x) + ", 40) + "\n```\n",
		"a table of two long":      "| a | b |\n|---|--:|\n| " + word + " | " + word + " |\n",
		"a table of four":          columns(4, "令和8年度の予算額"),
		"a table of five words":    columns(5, word),
		"tables that just fit":     fits("WMWMWM") + fits("mwmwmw") + fits("@%@%@%") + fits("ガガガガ") + fits("각각각각각각") + fits("ФШФШФШ") + fits("abcdefghijkl") + fits("0123456789") + fits("x"),
		"a table of ten":           columns(10, "令和8年度の予算額（千円）"),
		"a table of ten, large":    columns(10, "令和8年度の予算額（千円）") + strings.Repeat("|a|b|c|d|e|f|g|h|i|j|\n", 60),
		"a table of twelve":        columns(12, "予算"),
		"a table of forty":         columns(40, "令和8年度の予算額（千円）") + columns(40, word[:20]),
		"HTML":                     "<div align=\"center\">\n\n中央 <u>下線</u> <small>小さい</small>\n\n</div>\n\n<dl><dt>" + word + "</dt><dd>" + word + "</dd></dl>\n\n[a](https://www.example.jp/ \"題\")\n\n" + spans("文") + spans(word) + spans("1,234,567"),
		"lines far to the right":   strings.Repeat("　", 40) + "敬具\n\n- " + strings.Repeat("　", 40) + "以上\n",
		"lists in lists":           nested("- ", "  ", 14) + "\n\n" + nested("1. ", "   ", 14),
		"quotations in quotations": strings.Repeat("> ", 20) + "引用 " + word + "\n",
		"slots":                    "# {{name}}\n\n{{name}}様 `{{name}}`\n\n| a | b | c |\n|---|---|---|\n| {{name}} | {{organisation|なし}} | x |\n",
		"what is usual":            string(composetest.Sample(t, "autumn.md"))[len("+++\nsubject = \"秋の文化行事のご案内と、領事出張サービスのお知らせ\"\n+++\n"):] + "\n\nH<sub>2</sub>O<sup>2</sup> <ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字 ~~取消~~ *斜体* 注[^1] [内部](#四) [電話](tel:+81312345678)\n\n#### 四\n\n##### 五\n\n###### 六\n\n3. 三\n\n---\n\n- a\n\n  b\n\n[^1]: 注です。\n",
	} {
		pages[name] = page(t, text, nil)
	}
	pages["a picture"] = strings.Replace(page(t, "![図](https://www.example.jp/a.png)\n\n文 ![図](https://www.example.jp/b.png)\n", nil), `src="https://www.example.jp/a.png"`, `src="`+picture+`"`, 1)
	pages["a preheader"] = filled(t, composetest.Centre(t), []byte("+++\nsubject = \"お知らせ\"\npreheader = \""+word[:150]+"\"\n+++\n本文\n"))
	pages["a face"] = page(t, "本文", func(l *subscribe.List) {
		l.Name.JA, l.Office.Name.JA = word, word
		l.Face = subscribe.Face{
			Colour: "#767676", Logo: subscribe.Logo{URL: picture, Width: 560, Height: 60},
			Header: subscribe.Text{JA: "編集：広報課\n" + url + "をご覧ください。"}, Footer: subscribe.Text{JA: word + "\n" + word},
		}
	})
	return pages
}

// picture is 2000 px wide.
const picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='2000' height='500'%3E%3Crect width='2000' height='500' fill='green'/%3E%3C/svg%3E"

func nested(mark, indent string, depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(indent, i) + mark + "項目" + strings.Repeat("あ", 30) + "\n")
	}
	return b.String()
}

// page is the HTML part of an issue of the centre.
func page(t *testing.T, text string, change func(*subscribe.List)) string {
	t.Helper()
	list := composetest.Centre(t)
	if change != nil {
		change(list)
	}
	return filled(t, list, composetest.Source(text))
}

// filled is the HTML part of an issue with long values in its slots.
func filled(t *testing.T, list *subscribe.List, source []byte) string {
	t.Helper()
	issue, _ := made(t, list, source)
	cut, err := slot.Cut(issue.Of("2026年12月1日", "https://mail.example.jp/").HTML, []slot.Segment{{Slot: "a"}, {Slot: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	return slot.Fill(cut, true, func(slot.Segment) string { return "https://mail.example.jp/leave/" + strings.Repeat("W", 90) })
}

var styleElement = regexp.MustCompile(`(?s)<style>.*?</style>`)

func headless(page string) string { return styleElement.ReplaceAllString(page, "") }

// without drops declarations of these properties, as clients do which do not know them.
func without(page string, properties ...string) string {
	return regexp.MustCompile(`(`+strings.Join(properties, "|")+`):[^;"]*;?`).ReplaceAllString(page, "")
}

// seen is what window.js finds.
type seen struct {
	Name                       string
	Window, Width              int
	Contrast, Size, Line       float64
	ContrastAt, SizeAt, LineAt string
	Text, Lost                 string
}

// browser is the path of Chromium.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("chromium is not installed; in CI the mails must be looked at")
	}
	t.Skip("chromium is not installed, so nobody looks at the mails")
	return ""
}

// windows shows each mail in windows of these widths.
func windows(t *testing.T, chromium string, dark bool, mails map[string]string, widths ...int) (all []seen) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><body>`)
	for name, page := range mails {
		for _, w := range widths {
			fmt.Fprintf(&b, `<iframe name="%s" width="%d" height="900" style="border:0" srcdoc="%s"></iframe>`, html.EscapeString(name), w, html.EscapeString(page))
		}
	}
	fmt.Fprintf(&b, "<script>%s</script>", windowScript)
	dir := t.TempDir()
	file := filepath.Join(dir, "mails.html")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	scheme := map[bool]string{true: "0", false: "1"}[dark]
	out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--blink-settings=preferredColorScheme="+scheme, "--virtual-time-budget=10000", "--dump-dom", "file://"+file).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, found, _ := strings.Cut(string(out), "<pre>")
	found, _, _ = strings.Cut(found, "</pre>")
	if err := json.Unmarshal([]byte(html.UnescapeString(found)), &all); err != nil || len(all) != len(mails)*len(widths) {
		t.Fatalf("chromium looked at %d of %d windows, %v:\n%.2000s", len(all), len(mails)*len(widths), err, out)
	}
	return all
}
