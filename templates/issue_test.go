package templates

import (
	"html/template"
	"strings"
	"testing"
	"time"
)

// TestIssueSaysWhoWritesAndHowToLeave: the rest is in the golden mails of those who compose.
func TestIssueSaysWhoWritesAndHowToLeave(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	for lang, want := range map[string][]string{
		Japanese: {"「便り『茶』」の配信に登録された方", "配信は、いつでも停止できます。", "配信を停止する", "2026年12月1日", "総領事館", "目的"},
		English:  {"this address is subscribed to", "You can unsubscribe at any time.", "Unsubscribe from this list", "1 December 2026", "総領事館", "目的"},
	} {
		d := Issue{
			Subject: "題", Title: "題", Date: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Format(s.Say(lang, "issue.date", nil)), List: "便り「茶」", Office: "総領事館", Postal: "見本通り1番地",
			Contact: "contact@example.jp", Purpose: "目的", PolicyURL: "https://www.example.jp/privacy",
			LeaveLink: "https://mail.example.jp/leave/AAAA", CorrectLink: "https://mail.example.jp/correct", NoReply: true,
		}
		for _, trial := range []bool{false, true} {
			d.Trial = trial
			page, err := s.IssueHTML(lang, d, template.HTML("<p>本文</p>"))
			if err != nil {
				t.Fatal(err)
			}
			text, err := s.IssueText(lang, d, "本文")
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{page, text} {
				for _, w := range append(want, "見本通り1番地", "contact@example.jp", "https://www.example.jp/privacy", "本文") {
					if !strings.Contains(part, w) {
						t.Errorf("%q is not in\n%s", w, part)
					}
				}
				if strings.Contains(part, d.LeaveLink) == trial || strings.Contains(part, d.CorrectLink) == trial {
					t.Errorf("trial %v, but the links disagree:\n%s", trial, part)
				}
			}
			for line := range strings.Lines(text) {
				if strings.Contains(line, "://") && !strings.HasPrefix(line, "https://") {
					t.Errorf("a link does not stand alone: %s", line)
				}
			}
		}
	}
}

// TestURLsOfAFace: what a list writes above and below the text is plain, and its URLs
// are links, whatever stands beside them.
func TestURLsOfAFace(t *testing.T) {
	t.Parallel()
	const a, z = `<a href="`, ` style="color:#0017c1;text-decoration:underline">`
	for written, want := range map[string][2]string{
		"編集：<広報課> & 情報課":                    {"編集：&lt;広報課&gt; &amp; 情報課", "編集：<広報課> & 情報課"},
		"一\n\n二":                            {"一<br>\n<br>\n二", "一\n\n二"},
		"https://example.jp/a をご覧ください":      {a + `https://example.jp/a"` + z + `https://example.jp/a</a> をご覧ください`, "https://example.jp/a\nをご覧ください"},
		"詳細はhttps://example.jp/a?b=1&c=2へ。": {`詳細は` + a + `https://example.jp/a?b=1&amp;c=2"` + z + `https://example.jp/a?b=1&amp;c=2</a>へ。`, "詳細は\nhttps://example.jp/a?b=1&c=2\nへ。"},
		"(https://example.jp/).":            {`(` + a + `https://example.jp/"` + z + `https://example.jp/</a>).`, "(\nhttps://example.jp/\n)."},
		`https://example.jp/"onload="x`:     {a + `https://example.jp/"` + z + `https://example.jp/</a>&#34;onload=&#34;x`, "https://example.jp/\n\"onload=\"x"},
		"https:// javascript:x":             {"https:// javascript:x", "https:// javascript:x"},
	} {
		if got := string(linked(written)); got != want[0] {
			t.Errorf("%q in HTML is %q", written, got)
		}
		if got := urlsAlone(written); got != want[1] {
			t.Errorf("%q in text is %q", written, got)
		}
	}
	if got := string(whole("領事館 & 2026年", "2026年")); got != `領事館 &amp; <span style="white-space:nowrap">2026年</span>` {
		t.Errorf("a part that is kept whole: %s", got)
	}
}
