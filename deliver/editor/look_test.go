package editor

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/finding"
)

// closing is an issue with a day to act by: the day after tomorrow, in these tests.
const closing = "申込期限：12月3日（木）\n"

func found(t *testing.T, l finding.List, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(l.Lines(), "\n")
}

// TestDaysAreJudgedFromTheStart: of an issue that is scheduled, whoever asks; else from
// now on, and when it is scheduled, from then on.
func TestDaysAreJudgedFromTheStart(t *testing.T) {
	t.Parallel()
	const passed = "line 4: 12月3日 lies in the past when readers get this (2026-12-03)"
	ctx := t.Context()
	o := newOffice(t)
	m := deliver.Manuscript{Source: composetest.Source(closing)}
	s, err := o.Add(ctx, who, autumn, m)
	if got := found(t, s.Findings, err); got != "" {
		t.Error(got)
	}
	l, err := o.LintStored(ctx, autumn)
	if got := found(t, l, err); got != "" {
		t.Error(got)
	}
	s, err = o.Foresee(ctx, who, autumn, When{At: "2026-12-03 20:00"})
	if got := found(t, s.Findings, err); got != "" {
		t.Error(got)
	}
	s, err = o.Foresee(ctx, who, autumn, When{At: "2026-12-04 09:00"})
	if got := found(t, s.Findings, err); !strings.HasPrefix(got, passed) || o.issues[first(o)].State != deliver.Draft {
		t.Error(got)
	}
	s, err = o.Foresee(ctx, who, autumn, When{Soon: true})
	if got := found(t, s.Findings, err); got != "" {
		t.Error(got)
	}
	s, err = o.Schedule(ctx, who, autumn, When{At: "2026-12-04 09:00"})
	if got := found(t, s.Findings, err); !strings.HasPrefix(got, passed) {
		t.Error(got)
	}
	for what, look := range map[string]func() (finding.List, error){
		"stored": func() (finding.List, error) { return o.LintStored(ctx, autumn) },
		"given":  func() (finding.List, error) { return o.Lint(ctx, o.list.ID, "autumn", m) },
		"added":  func() (finding.List, error) { s, err := o.Add(ctx, who, autumn, m); return s.Findings, err },
		"seen":   func() (finding.List, error) { p, err := o.Preview(ctx, autumn, &m); return p.Findings, err },
	} {
		l, err := look()
		if got := found(t, l, err); !strings.HasPrefix(got, passed) {
			t.Errorf("%s: %q", what, got)
		}
	}
	l, err = o.Lint(ctx, o.list.ID, "other", m)
	if got := found(t, l, err); got != "" {
		t.Error(got)
	}
}

// TestLint: what keeps an issue from being added is found, and no error; what is found
// by several is one list by line.
func TestLint(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for text, want := range map[string]string{
		"本文": "",
		"[ここ](https://www.example.jp/)\n\n○○様": "link-text placeholder",
		"no front matter":            "front-matter",
		"[a](ftp://www.example.jp/)": "link",
		"[a](ftp://www.example.jp/)\n\n12月2日（月）、[ここ](https://www.example.jp/)":   "link link-text weekday",
		"12月2日（月）\n\n" + strings.Repeat("[ここ](https://www.example.jp/)\n\n", 30): "weekday" + strings.Repeat(" link-text", 10),
	} {
		source := composetest.Source(text)
		if text == "no front matter" {
			source = []byte(text)
		}
		l, err := o.Lint(t.Context(), o.list.ID, "", deliver.Manuscript{Source: source})
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		var rules []string
		for _, f := range l {
			rules = append(rules, string(f.Rule))
		}
		if got := strings.Join(rules, " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	long := composetest.Source(strings.Repeat("この段落は、とても長いお知らせの一つです。\n\n", 1100))
	l, err := o.Lint(t.Context(), o.list.ID, "", deliver.Manuscript{Source: long})
	if err != nil || len(l) != 1 || l[0].Rule != "clipping" || l[0].Level != finding.Error {
		t.Errorf("%v, %v", l, err)
	}
	_, err = o.Add(t.Context(), who, autumn, deliver.Manuscript{Source: long})
	wantError[finding.List](t, err, "Gmail cuts a mail")
	if len(o.issues) > 0 {
		t.Error("something was stored")
	}
}
