package proof

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
)

// made is a text of known structure: what an editor writes, and what readers must get.
type made struct {
	source, html, text strings.Builder
	words              []string
	links, made        int
}

func (m *made) add(source, html, text string) {
	m.source.WriteString(source)
	m.html.WriteString(html)
	m.text.WriteString(text)
}

func (m *made) same(s string) { m.add(s, html.EscapeString(s), s) }

// word is one that stands nowhere else.
func (m *made) word(t *rapid.T) string {
	kana := []rune("あいうえおかきくけこさしすせそたちつてと")
	n := m.made
	m.made++
	w := string([]rune{kana[n%20], kana[n/20%20]})
	switch rapid.IntRange(0, 2).Draw(t, "script") {
	case 0:
		w = rapid.StringOfN(rapid.RuneFrom([]rune("市民会館行事案内総領事")), 1, 4, -1).Draw(t, "kanji") + w
	case 1:
		w = rapid.StringOfN(rapid.RuneFrom([]rune("abcdefghij")), 1, 5, -1).Draw(t, "latin") + w
	}
	m.words = append(m.words, w)
	return w
}

// phrase adds a few words with marks around some.
func (m *made) phrase(t *rapid.T) {
	for n := range rapid.IntRange(1, 5).Draw(t, "words") {
		if n > 0 {
			m.same(rapid.SampledFrom([]string{" ", "、", "「", "・", ": ", " - "}).Draw(t, "between"))
		}
		w := m.word(t)
		switch rapid.IntRange(0, 11).Draw(t, "mark") {
		case 0:
			m.add("**"+w+"**", "<strong>"+w+"</strong>", "*"+w+"*")
		case 1:
			m.add("*"+w+"*", "<em>"+w+"</em>", w)
		case 2:
			m.add("~~"+w+"~~", "<del>"+w+"</del>", "（取消："+w+"）")
		case 3:
			m.add("`"+w+"*_`", "<code>"+w+"*_</code>", w+"*_")
		case 4:
			m.links++
			to := fmt.Sprintf("https://www.example.jp/page_%d?a=1&b=2", m.links)
			m.add("["+w+"]("+to+")", `<a href="`+html.EscapeString(to)+`">`+w+"</a>", fmt.Sprintf("%s[%d]<%s>", w, m.links, to))
		case 5:
			m.add("<ruby>"+w+"<rt>よみ</rt></ruby>", "<ruby>"+w+"<rt>よみ</rt></ruby>", w+"（よみ）")
		case 6:
			m.add("{{name|"+w+"x}}", slot.Mark(0), slot.Mark(0))
			m.words = m.words[:len(m.words)-1]
		case 7:
			m.add(`\*`+w+`\_ &amp; &yen;`, "*"+w+"_ &amp; ¥", "*"+w+"_ & ¥")
		default:
			m.same(w)
		}
	}
}

func (m *made) block(t *rapid.T) {
	switch rapid.IntRange(0, 7).Draw(t, "block") {
	case 0:
		m.add("## ", "<h2>", "■ ")
		m.phrase(t)
		m.add("\n", "</h2>\n", "\n")
	case 1:
		first := rapid.IntRange(1, 12).Draw(t, "first")
		m.add("", fmt.Sprintf(`<ol start="%d">`, first), "")
		for n := range rapid.IntRange(1, 4).Draw(t, "items") {
			m.add(fmt.Sprintf("%d. ", first+n), "<li>", fmt.Sprintf("%d. ", first+n))
			m.phrase(t)
			m.add("\n", "</li>\n", "\n")
		}
		m.add("", "</ol>\n", "")
	case 2:
		m.add("", "<ul>", "")
		for range rapid.IntRange(1, 4).Draw(t, "items") {
			m.add("- ", "<li>", "・")
			m.phrase(t)
			m.add("\n", "</li>\n", "\n")
		}
		m.add("", "</ul>\n", "")
	case 3:
		m.add("> ", "<blockquote><p>", "> ")
		m.phrase(t)
		m.add("\n> ", "\n", "\n> ")
		m.phrase(t)
		m.add("\n", "</p></blockquote>\n", "\n")
	case 4:
		a, b, c, d := m.word(t), m.word(t), m.word(t), m.word(t)
		m.add("| "+a+" | "+b+" |\n|---|:-:|\n| "+c+" | "+d+" |\n",
			"<table><tr><th>"+a+"</th><th>"+b+"</th></tr><tr><td>"+c+"</td><td>"+d+"</td></tr></table>",
			a+"："+c+"\n"+b+"："+d+"\n")
	case 5:
		w := m.word(t)
		m.add("```toml\n"+w+" = \"**\" # <b>\n```\n", "<pre><code>"+w+" = &quot;**&quot; # &lt;b&gt;\n</code></pre>\n", w+" = \"**\" # <b>\n")
	case 6:
		w := m.word(t)
		m.add("!["+w+"](https://www.example.jp/a.png)\n", `<p><img src="https://www.example.jp/a.png" alt="`+w+`"></p>`+"\n", "［画像："+w+"］\n")
	default:
		m.add("　", "<p>　", "　")
		m.phrase(t)
		m.add("\n", "\n", "\n　")
		m.phrase(t)
		m.add("\n", "</p>\n", "\n")
	}
	m.add("\n", "", "\n")
}

func makeText(t *rapid.T) *made {
	m := &made{}
	for range rapid.IntRange(1, 12).Draw(t, "blocks") {
		m.block(t)
	}
	return m
}

func (m *made) check(html, text string) finding.List {
	return Check(Issue{Body: m.source.String(), First: 4, HTML: html, Text: "お知らせ 第1号\n\n" + text + "\n\n発行：見本"})
}

// TestWhatIsThereIsNotMissed: texts that are read as they were written have no finding.
func TestWhatIsThereIsNotMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := makeText(t)
		if found := m.check(m.html.String(), m.text.String()); len(found) > 0 {
			t.Fatalf("%v\n%s", found, m.source.String())
		}
	})
}

// TestEveryWordIsMissed: a word that is taken out of one of the parts is named, or the
// line that it stands on, where its neighbours read like a part of it.
func TestEveryWordIsMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := makeText(t)
		if len(m.words) == 0 {
			return
		}
		word := rapid.SampledFrom(m.words).Draw(t, "word")
		if found := m.check(strings.Replace(m.html.String(), word, "", 1), m.text.String()).Of(finding.Error); !m.names(found, word) {
			t.Fatalf("%s is not in the HTML: %v\n%s", word, found, m.source.String())
		}
		if found := m.check(m.html.String(), strings.Replace(m.text.String(), word, "", 1)).Of(finding.Warning); !m.names(found, word) {
			t.Fatalf("%s is not in the text part: %v\n%s", word, found, m.source.String())
		}
	})
}

func (m *made) names(found finding.List, word string) bool {
	before, _, _ := strings.Cut(m.source.String(), word)
	line := 4 + strings.Count(before, "\n")
	for _, f := range found {
		if strings.Contains(f.Text, word) || f.Line == line {
			return true
		}
	}
	return false
}
