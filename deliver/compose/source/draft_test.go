package source

import (
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/subscribe"

	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"example.jp/kairan/deliver/compose/composetest"
)

func TestEveryFaultIsSaidWithItsLine(t *testing.T) {
	t.Parallel()
	const front = "+++\nsubject = \"x\"\n+++\n" // the body begins on line 4
	for _, tc := range []struct{ name, source, want string }{
		{"no front matter", "Hello", `line 1: the file must begin with a line "+++"`},
		{"unclosed", "+++\nsubject = \"x\"\n\nHello", `line 1: the front matter that begins here is not closed; put a line "+++"`},
		{"not TOML", "+++\nsubject = x\n+++\nHello", `line 2: the text behind the "=" stands in no quotes; write subject = "x"`},
		{"unknown key", "+++\nsubject = \"x\"\n\nsender = \"y\"\n+++\nHello", `line 4: there is no key "sender" in an issue's front matter; the keys are subject, lang, expires, preheader, keep_breaks and attachments`},
		{"expires too soon", "+++\nsubject = \"x\"\nexpires = \"30m\"\n+++\nHello", `line 3: expires is "30m"; write a time from "1h" to "240h"`},
		{"expires too late", "+++\nsubject = \"x\"\nexpires = \"241h\"\n+++\nHello", `line 3: expires is "241h"`},
		{"expires without a unit", "+++\nsubject = \"x\"\nexpires = \"3\"\n+++\nHello", `line 3: expires is "3"`},
		{"no subject", "+++\nlang = \"ja\"\n+++\nHello", "line 1: the front matter has no subject; add a line such as"},
		{"blank subject", "+++\nsubject = \" \"\n+++\nHello", "line 2: the subject is empty"},
		{"long subject", "+++\nsubject = \"" + strings.Repeat("長", 201) + "\"\n+++\nHello", "line 2: the subject has 201 characters; shorten it to 200"},
		{"line break in the subject", "+++\nsubject = \"a\\r\\nBcc: b\"\n+++\nHello", "line 2: the subject has a line break or another control character"},
		{"DEL in the subject", "+++\nsubject = \"a\\u007Fb\"\n+++\nHello", "line 2: the subject has a line break or another control character"},
		{"reply", "+++\nsubject = \"RE: x\"\n+++\nHello", "line 2: the subject begins like an answer"},
		{"full-width reply", "+++\nlang = \"ja\"\nsubject = \"Ｒｅ：x\"\n+++\nHello", "line 3: the subject begins like an answer"},
		{"forward", "+++\nsubject = \"Fwd: x\"\n+++\nHello", "line 2: the subject begins like an answer"},
		{"unknown field in the subject", "+++\nsubject = \"{{town}}\"\n+++\nHello", "line 2: {{town}}: the list centre-news has no field \"town\""},
		{"optional field in the subject", "+++\nsubject = \"{{organisation}}\"\n+++\nHello", "line 2: {{organisation}}: this field is optional"},
		{"no slot in the subject", "+++\nsubject = \"{{ name\"\n+++\nHello", `line 2: "{{" begins a merge slot, and this is none; write {{field}} or {{field|fallback}}, or, to print two braces, write \\{{`},
		{"slot in a link in the subject", "+++\nsubject = \"https://example.jp/{{name}}\"\n+++\nHello", "line 2: a merge slot cannot stand in or right behind a link address"},
		{"long with its fallback", "+++\nsubject = \"{{organisation|" + strings.Repeat("x", 201) + "}}\"\n+++\nHello", "line 2: the subject has 201 characters"},
		{"an answer with its fallback", "+++\nsubject = \"{{organisation|Re}}: News\"\n+++\nHello", "line 2: the subject begins like an answer"},
		{"language", "+++\nsubject = \"x\"\nlang = \"fr\"\n+++\nHello", `line 3: lang is "fr"; write "ja" or "en"`},
		{"empty", front + " \n\n", "line 4: the issue has no text; write it below the front matter"},
		{"undeclared field", front + "\n{{email}}", `line 5: {{email}}: the list centre-news has no field "email"; its fields are name, organisation, prefecture`},
		{"optional without fallback", front + "{{organisation}}", "line 4: {{organisation}}: this field is optional; say what a reader who left it blank reads, as in {{organisation|読者}}"},
		{"no slot", front + "a\nb {{ c", `line 5: "{{" begins a merge slot, and this is none; write {{field}} or {{field|fallback}}, or, to print two braces, write \{{`},
		{"slot in a link", front + "[a](https://example.jp/{{name}})", "line 4: a merge slot cannot stand in or right behind a link address"},
		{"slot behind a bare link", front + "https://example.jp/{{name}}", "line 4: a merge slot cannot stand in or right behind a link address"},
		{"slot in a host", front + "{{name}}.example.jp", "line 4: a merge slot cannot stand in or right behind a link address"},
		{"slot in an address", front + "{{name}}.x@example.jp", "line 4: a merge slot cannot stand in or right behind a link address"},
		{"slot behind a bare host", front + "www.example.jp{{name}}", "line 4: a merge slot cannot stand in or right behind a link address"},
		{"slot in an image", front + "![a](https://mail.example.jp/{{name}}.png)", "line 4: a merge slot cannot stand in or right behind a link address"},
		{"http", front + "a\n\n[b](http://example.jp/)", `line 6: the link to "http://example.jp/" cannot be sent: what readers see there`},
		{"javascript", front + "[a](javascript:alert(1))", `line 4: the link to "javascript:alert(1)" cannot be sent`},
		{"relative", front + "[a](/b)", `line 4: the link to "/b" cannot be sent`},
		{"name before the host", front + "[a](https://www.example.jp@example.org/)", "line 4: the link to"},
		{"foreign image", front + "![a](https://example.org/p.gif)", `line 4: the picture "https://example.org/p.gif" cannot be sent; pictures lie on the office's own web site, under https://www.example.jp/ or https://mail.example.jp/`},
		{"slot behind what a mail program may link", front + "see **https\\://example.jp/?q=**{{name}}", "line 4: a merge slot cannot stand in or right behind"},
		{"slot behind a bare link", front + "example.jp/?q={{name}}", "line 4: a merge slot cannot stand in or right behind"},
		{"reserved character in disguise", front + "a&#x10FF00;", "line 4: a character of the last private-use plane"},
		{"a control of Windows in disguise", front + "a&#x9b;b", "line 4: an invisible control character (U+009B)"},
		{"another, in digits", front + "a&#0133;b", "line 4: an invisible control character (U+0085)"},
		{"an override in disguise", front + "a&#x202E;b", "line 4: an invisible control character (U+202E)"},
		{"a table that nobody can read", front + strings.Repeat("|", 51), "line 4: a table of more than 50 columns"},
		{"too large", front + strings.Repeat("a ", MaxSource/2), "more than 128 KB cannot be sent"},
		{"data image", front + "![a](data:image/png;base64,AAAA)", "cannot be sent; pictures lie"},
		{"script", front + "a\n\n<script>alert(1)</script>", "line 6: the HTML tag <script> cannot be sent; programs do not run"},
		{"inline HTML", front + "a <b onclick=x>b</b>", "line 4: the HTML tag <b> cannot be sent with onclick"},
		{"many slots", front + strings.Repeat("{{name}} ", 501), "line 4: there are more than 500 merge slots"},
		{"a long slot", front + "{{name|" + strings.Repeat("x", 3000) + "}}", `line 4: "{{" begins a merge slot, and this is none`},
		{"many faults", front + strings.Repeat("{{nobody}}\n", 1000), "line 104: from here on there is more than can be listed"},
		{"control character", front + "a\n\x0bb", "line 5: an invisible control character (U+000B) stands here; delete it"},
		{"reserved character", front + "a\U0010FF00", "line 4: a character of the last private-use plane"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(t, composetest.Centre(t), []byte(tc.source))
			var faults finding.List
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			composetest.Holds(t, "the error", err.Error(), tc.want)
		})
	}
}

func TestFaultsAreCollected(t *testing.T) {
	t.Parallel()
	_, err := parse(t, composetest.Centre(t), []byte("\xef\xbb\xbf+++\r\nsubject = \"Re: x\"\r\nto = \"y\"\r\n+++\r\n{{nobody}}\r\n\r\n[a](http://example.jp/)\r\n"))
	if err == nil {
		t.Fatal("no error")
	}
	composetest.Holds(t, "the error", err.Error(), "line 3: there is no key", "line 2: the subject begins", "line 5: {{nobody}}", "line 7: the link")
}

func TestManySlots(t *testing.T) {
	t.Parallel()
	if _, err := parse(t, composetest.Centre(t), composetest.Source(strings.Repeat("{{name}}様 ", 400))); err != nil {
		t.Errorf("%.300v", err)
	}
}

func TestNoFieldsDeclared(t *testing.T) {
	t.Parallel()
	_, err := parse(t, composetest.Consulate(t), composetest.Source("{{name}}"))
	if err == nil {
		t.Fatal("no error")
	}
	composetest.Holds(t, "the error", err.Error(), "line 4: {{name}} is a merge slot, and the list japanifornia holds no fields")
}

func TestErrorsKeepAddressesOut(t *testing.T) {
	t.Parallel()
	_, err := parse(t, composetest.Centre(t), composetest.Source("{{reader@example.com}} [a](ftp://reader@example.com)"))
	if err == nil {
		t.Fatal("no error")
	}
	composetest.Lacks(t, "the error", err.Error(), "reader@", "example.com")
}

func TestOtherEncodingsAreRefusedByName(t *testing.T) {
	t.Parallel()
	text := string(composetest.Source("サンフランシスコの秋の行事についてお知らせします。ご予約はお早めにお願いします。"))
	sjis, _ := japanese.ShiftJIS.NewEncoder().String(text)
	euc, _ := japanese.EUCJP.NewEncoder().String(text)
	jis, _ := japanese.ISO2022JP.NewEncoder().String(text)
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	for want, source := range map[string]string{
		"this file is Shift_JIS; save it as UTF-8":         sjis,
		"this file is EUC-JP; save it as UTF-8":            euc,
		"this file is ISO-2022-JP (JIS); save it as UTF-8": jis,
		"this file is UTF-16; save it as UTF-8":            utf16,
		"this file is one of Word":                         "PK\x03\x04\x14\x00\x06\x00",
		"this file is not text in UTF-8":                   "+++\nsubject = \"\xff\xff\"\n+++\nx",
	} {
		_, err := parse(t, composetest.Consulate(t), []byte(source))
		if found, is := err.(finding.List); !is || !strings.Contains(found.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestByteOrderMarkAndLineEnds(t *testing.T) {
	t.Parallel()
	source := string(composetest.Sample(t, "newsletter.md"))
	want, err := parse(t, composetest.Centre(t), []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	for _, ends := range []string{"\r\n", "\r"} {
		got, err := parse(t, composetest.Centre(t), []byte("\xef\xbb\xbf"+strings.ReplaceAll(source, "\n", ends)))
		if err != nil {
			t.Fatal(err)
		}
		if got.HTML != want.HTML || got.Subject != want.Subject {
			t.Errorf("line ends %q make another draft", ends)
		}
	}
}

func TestSubjectIsWarnedOf(t *testing.T) {
	t.Parallel()
	d, err := parse(t, composetest.Consulate(t), []byte("+++\nsubject = \""+strings.Repeat("長", 41)+"\"\n+++\nx"))
	if err != nil {
		t.Fatal(err)
	}
	composetest.Holds(t, "the warnings", d.Findings.Error(), "line 2: the subject is longer than 40 full-width characters")
}

func TestLanguageOfTheIssue(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]subscribe.Lang{
		"+++\nsubject = \"x\"\n+++\ny": subscribe.Japanese, "+++\nsubject = \"x\"\nlang = \"en\"\n+++\ny": subscribe.English,
	} {
		d, err := parse(t, composetest.Consulate(t), []byte(source))
		if err != nil || d.Lang != want {
			t.Errorf("got %v, %v; want %s", d, err, want)
		}
	}
}

func parse(t *testing.T, list *subscribe.List, text []byte, files ...deliver.File) (*Draft, error) {
	t.Helper()
	return Parse(t.Context(), list, deliver.Manuscript{Source: text, Files: files})
}
