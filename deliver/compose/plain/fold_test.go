package plain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFold folds at twelve full-width characters, or as many columns as are given.
func TestFold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a full stop takes the letter before it along", "一二三四五六七八九十甲乙。丙丁", "一二三四五六七八九十甲\n乙。丙丁"},
		{"so do small letters and the long sound", "一二三四五六七八九コンピューター", "一二三四五六七八九コン\nピューター"},
		{"and iteration marks", "一二三四五六七八九十甲人々の丙", "一二三四五六七八九十甲\n人々の丙"},
		{"and what UAX 14 lets begin a line", "一二三四五六七八九十甲乙～丙／丁", "一二三四五六七八九十甲\n乙～丙／丁"},
		{"an opening bracket goes to the next line", "一二三四五六七八九十甲「乙丙」丁", "一二三四五六七八九十甲\n「乙丙」丁"},
		{"a closing bracket and its full stop", "一二三四五六七八九「甲乙」。丙丁", "一二三四五六七八九「甲\n乙」。丙丁"},
		{"numbers and what they count", "一二三四五六七八九十1,000円まで", "一二三四五六七八九十\n1,000円まで"},
		{"full-width numbers", "一二三四五六七八九１０：３０から", "一二三四五六七八九\n１０：３０から"},
		{"a date and its weekday", "一二三四五六12月1日（火）に開く", "一二三四五六\n12月1日（火）に開く"},
		{"per cent", "一二三四五六七八九十甲50％の割引", "一二三四五六七八九十甲\n50％の割引"},
		{"words", "一二三四五六七八九English文の途中", "一二三四五六七八九\nEnglish文の途中"},
		{"full-width words", "一二三四五六七八九十ＮＨＫの番組", "一二三四五六七八九十\nＮＨＫの番組"},
		{"a URL", "一二三 https://www.example.jp/a/b-c/d?e=f&g をどうぞ", "一二三\nhttps://www.example.jp/a/b-c/d?e=f&g\nをどうぞ"},
		{"an address", "一二三四五六七info-desk@example.jpまで", "一二三四五六七\ninfo-desk@example.jpまで"},
		{"a telephone", "一二三四五六七電話03（1234）5678へどうぞ", "一二三四五六七電話\n03（1234）5678へどうぞ"},
		{"ellipses and dashes", "一二三四五六七八九十甲……乙――丙", "一二三四五六七八九十\n甲……乙――丙"},
		{"a sign and what it points at", "一二三四五六七八九十甲※丙丁戊", "一二三四五六七八九十甲\n※丙丁戊"},
		{"a URL behind a sign", "一二三四五 ※https://example.jp/a-b", "一二三四五\n※https://example.jp/a-b"},
		{"the mark of an own character stays", "一二三四五六七八九十甲葛\U000E0100城の葛\U000E0100", "一二三四五六七八九十甲葛\U000E0100\n城の葛\U000E0100"},
		{"a first line that is indented", "　一二三四五六七八九十甲乙丙丁", "　一二三四五六七八九十甲\n乙丙丁"},
		{"lines that are indented", "　　一二三四五六七八九十甲乙丙丁", "　　一二三四五六七八九十\n　　甲乙丙丁"},
		{"a full-width space at the end", "一二三四五六七八九十甲乙　丙丁戊", "一二三四五六七八九十甲乙\n丙丁戊"},
		{"no letter alone on the last line", "一二三四五六七八九十甲ます。", "一二三四五六七八九十甲\nます。"},
		{"what cannot be cut", "━━━━━━━━━━━━━━━━━━━━", "━━━━━━━━━━━━━━━━━━━━"},
	} {
		s := japanese()
		s.Columns = 24
		got := Fold(c.text, s)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if again := Fold(got, s); again != got {
			t.Errorf("%s: folded again it is %q", c.name, again)
		}
	}
}

func TestFoldNot(t *testing.T) {
	t.Parallel()
	s := japanese()
	s.Columns = 0
	long := strings.Repeat("長い文。", 50)
	if got := laid(t, "<p>"+long+"</p>", s); got != long {
		t.Errorf("without a width it is folded: %q", got)
	}
}

func TestReadingsStayWithTheirWords(t *testing.T) {
	t.Parallel()
	s := japanese()
	s.Columns = 24
	if got := laid(t, "<p>一二三四五六七八<ruby>東京<rt>とうきょう</rt></ruby>です</p>", s); got != "一二三四五六七八\n東京（とうきょう）です" {
		t.Errorf("a word and its reading: %q", got)
	}
}

// TestMeasure: in Japanese text, signs that Western fonts have narrow are wide.
func TestMeasure(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{
		"": {0, 0}, "ab": {2, 2}, "あ": {2, 2}, "ｱ": {1, 1}, "○※…": {6, 3}, "é": {1, 1}, "か\u3099": {2, 2}, "葛\U000E0100": {2, 2}, "　": {2, 2},
	} {
		if got := [2]int{japanese().measure(text), english().measure(text)}; got != want {
			t.Errorf("%q has %v columns, want %v", text, got, want)
		}
	}
}
