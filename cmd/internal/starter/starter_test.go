package starter

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/source"
)

func TestText(t *testing.T) {
	t.Parallel()
	g := Ground{
		Site: "https://www.example.jp/", Now: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		Fields: []Field{{ID: "town", Label: "お住まい"}, {ID: "organisation", Label: "ご所属", Text: true}, {ID: "name", Label: "お名前", Required: true, Text: true}},
	}
	for lang, want := range map[string][]string{
		"ja": {`subject = "2026年12月のお知らせ"`, "# {{organisation|読者}}（ご所属）", "# {{name}}（お名前）", "\n+++\n\n{{name}} 様\n\nいつも", "(https://www.example.jp/)"},
		"en": {`subject = "News of December 2026"`, "# {{organisation|reader}} (ご所属)", "\n+++\n\nDear {{name}},\n\nThank"},
	} {
		g.Lang = lang
		text, err := Text(g)
		for _, w := range want {
			if err != nil || !strings.Contains(string(text), w) {
				t.Errorf("in %s: no %q, %v, in\n%s", lang, w, err, text)
			}
		}
	}
	g.Lang = "en"
	for _, fields := range [][]Field{nil, {{ID: "town", Label: "お住まい", Required: true}}} {
		g.Fields = fields
		if text, err := Text(g); err != nil || !strings.Contains(string(text), "\n+++\n\nThank") {
			t.Errorf("%v, with nothing to greet by:\n%s", err, text)
		}
	}
	g.Fields = []Field{{ID: "town", Label: "Town", Required: true}, {ID: "organisation", Label: "Organisation", Text: true}}
	if text, _ := Text(g); !strings.Contains(string(text), "\nDear {{organisation|reader}},\n") {
		t.Errorf("by its only text:\n%s", text)
	}
}

// TestEveryKeyIsExplained: the keys stand in it as they are written.
func TestEveryKeyIsExplained(t *testing.T) {
	t.Parallel()
	list := composetest.Centre(t)
	_, err := source.Parse(t.Context(), list, deliver.Manuscript{Source: []byte("+++\nnone = 1\n+++\nx")})
	_, says, _ := strings.Cut(err.Error(), "the keys are ")
	says, _, _ = strings.Cut(says, "\n")
	keys := regexp.MustCompile(`[a-z_]+`).FindAllString(strings.Replace(says, " and ", ", ", 1), -1)
	if len(keys) < 6 {
		t.Fatalf("%v", err)
	}
	for _, lang := range []string{"ja", "en"} {
		text, err := Text(Ground{Lang: lang, Site: "https://www.example.jp/", Now: time.Now(), Fields: []Field{{ID: "name", Label: "お名前", Required: true, Text: true}}})
		if err != nil {
			t.Fatal(err)
		}
		m := deliver.Manuscript{Files: []deliver.File{{Name: "annai.pdf", Data: []byte("%PDF-1.7\n")}, {Name: "programme.pdf", Data: []byte("%PDF-1.7\n")}}}
		m.Source = regexp.MustCompile(`(?m)^# ([a-z_]+ = )`).ReplaceAll(text, []byte("$1"))
		if _, err := source.Parse(t.Context(), list, m); err != nil {
			t.Errorf("in %s, with every key: %v\n%s", lang, err, m.Source)
		}
		for _, key := range keys {
			if !strings.Contains("\n"+string(m.Source), "\n"+key+" = ") {
				t.Errorf("in %s, %s is not explained", lang, key)
			}
		}
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]string{
		"ニュース 第12号":          "ニュース 第13号",
		"第 9 号：冬":            "第 10 号：冬",
		"第９９号":               "第１００号",
		"第009号":              "第010号",
		"通巻第128号":            "通巻第129号",
		"Letter, Vol. 7":     "Letter, Vol. 8",
		"vol.19 冬":           "vol.20 冬",
		"News No. 41":        "News No. 42",
		"Issue #3":           "Issue #4",
		"Letter #10: winter": "Letter #11: winter",
		// What is no number of issues, or more than one:
		"第3回講演会":            "",
		"第2号館の休館":           "",
		"12月号":              "",
		"2026年12月のお知らせ":     "",
		"Vol. 3 No. 12":     "",
		"国道1号":              "",
		"Casino. 5 reasons": "",
		"第三号":               "",
		"News":              "",
	} {
		source := "+++\nlang = \"ja\"\nsubject = \"" + subject + "\"\n+++\n第12号です。\n"
		next, said := After(source)
		if want == "" && (next != source || !strings.Contains(said[0], "change it")) {
			t.Errorf("%s became %s, and it says %q", subject, next, said)
		}
		if want != "" && (next != strings.Replace(source, subject, want, 1) || !strings.Contains(said[0], " became ")) {
			t.Errorf("%s became %s, and it says %q", subject, next, said)
		}
	}
	_, said := After("+++\nsubject = \"第12号\"\npreheader = \"第12号の見どころ\"\n+++\n\n# ニュース 第12号\n")
	if len(said) != 2 || said[1] != "Its text still says 第12号, in line 3, 6." {
		t.Errorf("%q", said)
	}
	if next, said := After("no front matter"); next != "no front matter" || said != nil {
		t.Errorf("%q, %q", next, said)
	}
}
