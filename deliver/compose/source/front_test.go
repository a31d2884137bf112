package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
)

// TestFrontMatterSlips: what goes wrong in a front matter is said once, on its line, in
// words that say what to write, and not as the TOML library has it.
func TestFrontMatterSlips(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		`subject = ”お知らせ”`:                             `line 2: the quotation mark ” is not the one that is needed; write " before and behind the text (半角の二重引用符), as in subject = "お知らせ"`,
		`subject = “お知らせ”`:                             `line 2: the quotation mark “ is not`,
		`subject = 「お知らせ」`:                             `line 2: the quotation mark 「 is not`,
		`subject = ＂お知らせ＂`:                             `line 2: the quotation mark ＂ is not`,
		`subject = "お知らせ”`:                             `line 2: the quotation mark ” at the end is not the one that is needed; write " there`,
		`subject = "お知らせ`:                              `line 2: the closing quote is missing; write " at the end of the line`,
		`subject = 'お知らせ`:                              `line 2: the closing quote is missing; write ' at`,
		"\nsubject = \"\"\"a\nb":                       `line 3: the text that begins with three quotes is not closed`,
		`subject = "「"お知らせ"」"`:                         `line 2: a quote stands within the text; write \" for it, or Japanese quotes 「」`,
		`subject = "お知らせ",`:                            `line 2: something stands behind the closing quote; delete it`,
		`subject = "D:\新着"`:                            `line 2: a backslash \ (¥) begins a special character in quotes; write it twice`,
		`subject = "\uD800"`:                           `line 2: a backslash \ (¥) begins`,
		`subject = お知らせ`:                               `line 2: the text behind the "=" stands in no quotes; write subject = "お知らせ"`,
		`subject = reader@example.com`:                 `line 2: the text behind the "=" stands in no quotes; write subject = "秋のお知らせ"`,
		`subject =`:                                    `line 2: nothing stands behind the "="; write subject = "秋のお知らせ", or delete the line`,
		`subject＝"お知らせ"`:                               `line 2: the equals sign is full-width (＝); write a plain one (半角の =)`,
		`subject ＝ ”a=b”`:                              `line 2: the equals sign is full-width`,
		`ｓｕｂｊｅｃｔ = "お知らせ"`:                             `line 2: the letters of the key are full-width (ｓｕｂｊｅｃｔ); write subject`,
		"　subject = \"お知らせ\"":                          `line 2: a full-width or no-break space stands beside the "="`,
		"subject =　\"お知らせ\"":                           `line 2: a full-width or no-break space stands beside the "="`,
		`subject: お知らせ`:                                `line 2: a key and its value are joined by "=", not by a colon; write a line such as subject = "秋のお知らせ"`,
		`件名：お知らせ`:                                      `line 2: a key and its value are joined by "="`,
		`subject: "a = b"`:                             `line 2: a key and its value are joined by "="`,
		"＃ メモ\nsubject = \"x\"":                        `line 2: the number sign is full-width (＃); a remark begins with a plain one`,
		"subject = \"x\"\nお知らせです":                      `line 3: this is no line of a front matter`,
		"subject = \"x\"\n---":                         `line 3: a line "---" has no meaning here`,
		`subject = 2026`:                               `line 2: the value of subject is a text; put it in quotes: subject = "2026"`,
		`subject = 2026-10-01 # 発行日`:                   `line 2: the value of subject is a text; put it in quotes: subject = "2026-10-01"`,
		`subject = true`:                               `line 2: the value of subject is a text; put it in quotes: subject = "true"`,
		`subject = ["a"]`:                              `line 2: subject is one text, and no list; write subject = "秋のお知らせ"`,
		"subject = \"x\"\nexpires = 12":                `line 3: the value of expires is a text; put it in quotes: expires = "12h"`,
		"subject = \"x\"\nexpires = 12h":               `line 3: the text behind the "=" stands in no quotes; write expires = "12h"`,
		"subject = \"x\"\nlang = ja":                   `line 3: the text behind the "=" stands in no quotes; write lang = "ja"`,
		"subject = \"x\"\nsubject = \"y\"":             `line 3: the key subject stands here a second time; keep one of the two lines`,
		"subject = \"x\"\nSubject = \"y\"":             `line 3: the key subject stands here a second time`,
		`title = "x"`:                                  `line 2: there is no key "title" in an issue's front matter; it is called subject`,
		`件名 = "x"`:                                     `line 2: there is no key "件名" in an issue's front matter; it is called subject`,
		"subject = \"x\"\ndate = 2026-10-01":           `line 3: there is no key "date" in an issue's front matter; when it goes out is said to ` + "`kairan issue schedule`",
		"subject = \"x\"\nattachment = []":             `line 3: there is no key "attachment" in an issue's front matter; it is called attachments`,
		"subject = \"x\"\nkeep-breaks = true":          `line 3: there is no key "keep-breaks" in an issue's front matter; it is called keep_breaks`,
		"subject = \"x\"\n[mail]\nto = \"y\"":          `line 3: there are no sections such as [mail] in an issue's front matter; delete the line`,
		"subject = \"x\"\nkeep_breaks = yes":           `line 3: keep_breaks is written keep_breaks = true or keep_breaks = false`,
		"subject = \"x\"\nkeep_breaks = True":          `line 3: keep_breaks is written keep_breaks = true or keep_breaks = false`,
		"subject = \"x\"\nkeep_breaks = \"true\"":      `line 3: keep_breaks is written keep_breaks = true or keep_breaks = false`,
		"subject = \"x\"\nattachments = \"a.pdf\"":     `line 3: attachments is a list; put brackets around it: attachments = ["a.pdf"]`,
		"subject = \"x\"\nattachments = a.pdf":         `line 3: this list cannot be read; write the names in quotes`,
		"subject = \"x\"\nattachments = [a.pdf]":       `line 3: this list cannot be read; write the names in quotes`,
		"subject = \"x\"\nattachments = [\"a\"、\"b\"]": `line 3: this list cannot be read; write the names in quotes`,
		"subject = \"x\"\nattachments = [\"a\"":        `line 3: this list cannot be read; write the names in quotes`,
		"subject = \"x\"\nattachments = 1":             `line 3: attachments is a list of names in quotes`,
		"subject = \"x\"\nattachments = [1]":           `line 3: attachments is a list of names in quotes`,
		"subject = \"x\"\nattachments = [\"\"]":        `line 3: the name of a file is empty`,
		"subject = \"x\"\nattachments = [\"a\",\"a\"]": `line 3: attachments names "a" twice`,
		"subject = \"x\"\npreheader = \"a\\nb\"":       `line 3: the preheader has a line break`,
		"subject = \"x\"\npreheader = \"{{town}}\"":    `line 3: {{town}}: the list centre-news has no field "town"`,
		"subject = \"請求書\u202egpj.exe\"":               `line 2: an invisible control character (U+202E) stands in the subject behind "請求書"; delete it`,
		"subject = \"a\u200bb\"":                       `line 2: an invisible control character (U+200B)`,
		"subject = \"a\\u2066b\"":                      `line 2: an invisible control character (U+2066)`,
		"subject = \"a\ufffdb\"":                       `line 2: the subject has a character in it that was lost`,
		"subject = \"x\"\npreheader = \"a\u202eb\"":    `line 3: an invisible control character (U+202E) stands in the preheader`,
	} {
		_, err := parse(t, composetest.Centre(t), []byte("+++\n"+head+"\n+++\n本文\n"))
		said := fmt.Sprint(err)
		if !strings.HasPrefix(said, want) || strings.Contains(said, "\n") || strings.Contains(said, "toml") {
			t.Errorf("%q:\ngot  %v\nwant %s…, and nothing else", head, err, want)
		}
	}
}

// TestFrontMatterOfManySlips: each of them is said, and what can be read is judged.
func TestFrontMatterOfManySlips(t *testing.T) {
	t.Parallel()
	_, err := parse(t, composetest.Centre(t), []byte("+++\nsubject = ”x”\nlang = \"fr\"\nexpires = 12\ntitle＝x\n+++\n{{nobody}}\n"))
	var faults finding.List
	if !errors.As(err, &faults) || len(faults) != 5 {
		t.Fatalf("got %v, want five faults", err)
	}
	for i, line := range []int{2, 3, 4, 5, 7} {
		if faults[i].Line != line {
			t.Errorf("fault %d is of line %d, want %d: %s", i, faults[i].Line, line, faults[i].Text)
		}
	}
}

// TestFences: whatever stands in place of the lines around the front matter is named.
func TestFences(t *testing.T) {
	t.Parallel()
	const key = "subject = \"x\"\n"
	for source, want := range map[string]string{
		"---\nsubject: x\n---\ny":      `line 1: the front matter stands between lines "+++", not "---", and has "=", not a colon: the file must begin with a line "+++", a line such as subject = "秋のお知らせ", and a line "+++"`,
		"＋＋＋\n" + key + "＋＋＋\ny":       `this line must be three plain plus signs, +++ (半角)`,
		"++\n" + key + "+++\ny":        `this line must be three plain plus signs`,
		"++++\n" + key + "++++\ny":     `this line must be three plain plus signs`,
		"本文\n\n+++\n" + key + "+++\ny": `line 1: move what stands above the "+++" of line 3 below the front matter: the file must begin with a line "+++"`,
		key + "+++\ny":                 `the line "+++" above this one is missing`,
		"+++\n" + key + "＋＋＋\ny":       `line 3: the front matter ends with a line of three plain plus signs, "+++" (半角); write it here`,
		"+++\n" + key + "---\ny":       `line 3: the front matter ends with a line of three plain plus signs`,
		"+++\n" + key + "\ny":          `line 1: the front matter that begins here is not closed`,
		"":                             `line 1: the file must begin with a line "+++"`,
		"+++\n" + strings.Repeat("#\n", 9<<10) + "+++\ny": `line 1: the front matter that begins here has 17 KB; it holds a few short keys: is the line "+++" after its last key missing?`,
	} {
		_, err := parse(t, composetest.Centre(t), []byte(source))
		if said := fmt.Sprint(err); !strings.Contains(said, want) || strings.Contains(said, "\n") {
			t.Errorf("%.40q:\ngot  %v\nwant %s", source, err, want)
		}
	}
}

// TestFrontMatterIsTaken: what is right in other ways than most is read.
func TestFrontMatterIsTaken(t *testing.T) {
	t.Parallel()
	d, err := parse(t, composetest.Centre(t), []byte("\ufeff\ufeff\n\n+++ \n\tSubject = '葛\U000e0100城市👨\u200d👩\u200d👧のお知らせ' # 件名\nexpires\t=\t\"72h\"\nkeep_breaks = true\n"+
		"attachments = [\n  \"annai.pdf\",\n  \"地図.png\",\n]\npreheader = \" 秋の行事 \"\n+++\t\n本文\n"),
		deliver.File{Name: "annai.pdf", Data: composetest.PDF(100)}, deliver.File{Name: "地図.png", Data: composetest.PNG(t, 2, 2)})
	if err != nil {
		t.Fatal(err)
	}
	if d.Subject != "葛\U000e0100城市👨\u200d👩\u200d👧のお知らせ" || d.Expires != 72*time.Hour || !d.KeepBreaks || fmt.Sprint(d.Attachments) != "[annai.pdf 地図.png]" || d.Preheader != "秋の行事" {
		t.Errorf("read %+v", d)
	}
	if len(d.Findings) > 0 || d.First != 13 || d.SubjectLine != 4 {
		t.Errorf("found %v; the subject is on line %d, and the body begins on line %d", d.Findings, d.SubjectLine, d.First)
	}
	d, err = parse(t, composetest.Centre(t), []byte("+++\nsubject = \"x\"\npreheader = \"x\"\n+++\ny"))
	if err != nil {
		t.Fatal(err)
	}
	composetest.Holds(t, "the warnings", d.Findings.Error(), "line 3: the preheader says the same as the subject")
}
