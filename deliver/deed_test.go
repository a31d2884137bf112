package deliver

import (
	"strings"
	"testing"
)

func TestParseReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want, fault string }{
		{"", "", ""},
		{" letter of 20 November, case 12 ", "letter of 20 November, case 12", ""},
		{"郵送による請求　第７号", "郵送による請求　第７号", ""},
		{"asked by hanako@example.jp by telephone", "asked by [address] by telephone", ""},
		{"本人（hanako＠example.jp）より", "[address]", ""},
		{"asked by hanako @ example.jp by telephone", "asked by [address] by telephone", ""},
		{"hanako﹫example.jp", "[address]", ""},
		{"<hanako>@example.jp", "[address]", ""},
		{"hanako(home)@example.jp", "[address]", ""},
		{`of "hanako yamada"@example.jp`, "of [address]", ""},
		{"hanako(at)example.jp, hanako [AT] example.jp", "[address] [address]", ""},
		{"本人 hanako（アットマーク）example.jp", "本人 [address]", ""},
		{"hanako＜at＞example.jp", "[address]", ""},
		{"hanako at example.jp; hanako at example dot jp", "[address] [address]", ""},
		{"hanako%40example.jp hanako&#64;example.jp", "[address] [address]", ""},
		{"hanako★example.jp hanako#example.co.jp", "[address] [address]", ""},
		{"ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "[address]", ""},
		{"met at 10.30 at the office; see www.example.jp, case #12", "met at 10.30 at the office; see www.example.jp, case #12", ""},
		{strings.Repeat("あ", 200), strings.Repeat("あ", 200), ""},
		{strings.Repeat("あ", 201), "", "more than 200"},
		{"two\nlines", "", "do not print"},
		{"\x1b[31mred", "", "do not print"},
		{"turned \u202e round", "", "do not print"},
		{"\xff", "", "do not print"},
	} {
		got, err := ParseReason(c.given)
		if got != c.want || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%q: %q, %v; want %q, %q", c.given, got, err, c.want, c.fault)
		}
	}
}
