package source

import (
	"testing"

	"example.jp/kairan/deliver/compose/finding"
)

// TestCharacters: what readers cannot see, and what looks like it and is fine.
func TestCharacters(t *testing.T) {
	t.Parallel()
	for s, rule := range map[string]finding.Rule{
		"\uE000": "character", "\U000F0001": "character", "\uFFFD": "character", "\uFFFE": "character", "\u0378": "character",
		"か\u3099": "nfd", "ハ\u309A": "nfd", "e\u0301": "nfd",
		"市\u200B役": "invisible", "市\uFEFF": "invisible", "a\u200Db": "invisible", "\u3164": "invisible",
		"髙﨑𠮷野①㈱№℡㎡㍿": "", "葛\U000E0100城": "", "👨\u200D👩\u200D👧": "", "🇯🇵☎️": "", "🏴\U000E0067\U000E0062\U000E007F": "",
		"あ\u3099": "", "ﾊﾟｿｺﾝ": "", "می\u200Cخواهم": "", "co\u00ADoperate": "", "‘’“”…―～〜": "", "神": "",
	} {
		got := finding.Rule("")
		var found finding.List
		checkCharacters(s, 4, &found)
		for _, f := range found {
			got = f.Rule
		}
		if got != rule {
			t.Errorf("%+q: %q, want %q", s, got, rule)
		}
	}
}
