package finding

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"example.jp/kairan/deliver/phrase"
)

func TestSorted(t *testing.T) {
	t.Parallel()
	var l List
	l.Warn(7, "weekday", "b")
	l.Fail(7, "link", "a")
	l.Warn(2, "subject-length", "c")
	l.Warn(2, "subject-length", "c")
	l.Warn(0, "clipping", "d")
	if got, want := l.Sorted().Lines(), []string{"d", "line 2: c", "line 7: a", "line 7: b"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if len(l) != 5 {
		t.Error("the list itself was changed")
	}
}

// TestBounded: an editor reads ten lines of a kind, and not ten thousand.
func TestBounded(t *testing.T) {
	t.Parallel()
	var l List
	for n := range 60 {
		l.Warn(n+1, "link-text", "w")
		l.Fail(n+1, "link", "e")
	}
	l.Warn(2000, "alt", "x")
	got := l.Bounded()
	if len(got) != 21 {
		t.Fatalf("%d findings", len(got))
	}
	if s := strings.Join(got.Lines(), "\n"); strings.Count(s, "(and 50 more like this)") != 2 || !strings.Contains(s, "line 10: w (and 50 more") || !strings.HasSuffix(s, "line 2000: x") {
		t.Error(s)
	}
	if l[18].Text != "w" {
		t.Error("the list itself was changed")
	}
	err, ok := errors.AsType[List](l.Err())
	if !ok || len(err) != 21 || strings.Count(err.Error(), "\n") != 9 || !strings.HasSuffix(err.Error(), "e (and 50 more like this)") {
		t.Errorf("%d findings, as an error %q", len(err), err.Error())
	}
	if err := l.Of(Warning).Err(); err != nil {
		t.Errorf("warnings alone: %v", err)
	}
}

// TestFindingsSteerNoTerminal: a finding shows a piece of the text as it is, but for what
// would do something where it is shown.
func TestFindingsSteerNoTerminal(t *testing.T) {
	t.Parallel()
	var l List
	l.Fail(1, "link", "write %s", "https://www.example.jp/a\x1b[31m\u202eb\n\u2028\u009bc秋")
	if want := "write https://www.example.jp/aU+001B[31mU+202EbU+000AU+2028U+009Bc秋"; l[0].Text != want {
		t.Errorf("%q", l[0].Text)
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"秋祭り": "秋祭り", "\U0010F000様": "…様", "desk@example.jp": "…", "desk＠example.jp": "…", strings.Repeat("長", 61): strings.Repeat("長", 60) + "…",
	} {
		if got := Clip(s); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
}

// TestListInBothLanguages: as an error, a list is as long in both, line by line.
func TestListInBothLanguages(t *testing.T) {
	t.Parallel()
	var l List
	l.Fail(3, "empty", "the issue has no text; write it below the front matter")
	l.Warn(4, "link-text", "w")
	for range 2 * Max {
		l.Fail(5, "file", "the file is empty")
	}
	w := phrase.Of(l.Err())
	lines := strings.Split(w.JA, "\n")
	if w.EN != l.Err().Error() || lines[0] != "3行目: 本文がありません。冒頭の項目の下に書いてください" || len(lines) != strings.Count(w.EN, "\n")+1 {
		t.Errorf("%+v", w)
	}
	if last := lines[len(lines)-2]; last != "5行目: ファイルが空です（ほかに、同様の箇所が89あります）" {
		t.Error(last)
	}
}
