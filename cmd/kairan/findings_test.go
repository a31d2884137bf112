package main

import (
	"bytes"
	"testing"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

func TestCounted(t *testing.T) {
	t.Parallel()
	var l finding.List
	a := &app{}
	if got := a.counted(l); got != "nothing found" {
		t.Error(got)
	}
	l.Warn(1, "alt", "a")
	if got := a.counted(l); got != "1 warning" {
		t.Error(got)
	}
	l.Fail(1, "link", "b")
	l.Fail(2, "link", "b")
	if got := a.counted(l); got != "2 errors, 1 warning" {
		t.Error(got)
	}
	if got := a.counted(l.Of(finding.Error)); got != "2 errors" {
		t.Error(got)
	}
}

// TestFindingsOfNoLine: what is found in the whole of a text names the file alone.
func TestFindingsOfNoLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{std: streams{out: &out}}
	var l finding.List
	l.Warn(0, "clipping", "it is long")
	l.Warn(7, "alt", "it is blank")
	a.printFindings(&out, "a.md", l)
	a.lookAt(&out, l)
	const want = "a.md: warning: it is long [clipping]\na.md:7: warning: it is blank [alt]\nLook at this: it is long\nLook at line 7: it is blank\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}

// TestFindingsInJapanese: an editor in Japan reads what is wrong in Japanese, with its line
// where text editors look for it.
func TestFindingsInJapanese(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{std: streams{out: &out}, getenv: func(key string) string { return map[string]string{"LANG": "ja_JP.UTF-8"}[key] }}
	var l finding.List
	l.Fail(0, "encoding", "this file is %s; %s", "Shift_JIS", phrase.Key("save it as UTF-8 (文字コードをUTF-8にして保存してください)"))
	l.Warn(7, "link-text", "the link text %q stands here twice, and leads to different places; say in each what is there", "案内")
	a.printFindings(&out, "a.md", l)
	a.lookAt(&out, l)
	const want = "a.md: エラー: このファイルの文字コードはShift_JISです。文字コードをUTF-8にして保存してください [encoding]\n" +
		"a.md:7: 注意: リンクの文字「案内」が2度あり、つながる先が違います。それぞれに内容を書いてください [link-text]\n" +
		"確認: このファイルの文字コードはShift_JISです。文字コードをUTF-8にして保存してください\n" +
		"確認: 7行目: リンクの文字「案内」が2度あり、つながる先が違います。それぞれに内容を書いてください\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
	if got := a.counted(l); got != "エラー1件、注意1件" {
		t.Error(got)
	}
}
