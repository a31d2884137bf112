package manual

import (
	"slices"
	"strings"
	"testing"

	"example.jp/kairan/deliver/compose/width"
)

func TestLocale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", English},
		{"", "", "ja_JP.UTF-8", Japanese},
		{"", "", "ja", Japanese},
		{"", "", "ja.eucJP", Japanese},
		{"", "", "jam_JM.UTF-8", English},
		{"", "", "fr_FR.UTF-8", English},
		{"", "C", "ja_JP.UTF-8", English},
		{"", "ja_JP.UTF-8", "en_US.UTF-8", Japanese},
		{"C.UTF-8", "ja_JP.UTF-8", "ja_JP.UTF-8", English},
		{"ja_JP.UTF-8", "C", "C", Japanese},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		if got := Locale(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%v: %s, want %s", env, got, c.want)
		}
	}
}

func TestReflow(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("号は、冒頭にTOMLの項目を置いたMarkdownのファイルです。", 5)
	for _, c := range []struct{ text, want string }{
		{"one\ntwo\n\nthree", "one two\n\nthree"},
		{"号は、\n下書きです\nLIST が\n名前です。", "号は、下書きです LIST が名前です。"},
		{strings.Repeat("words ", 12) + "\n--hyphenated /etc/kairan", strings.TrimSpace(strings.Repeat("words ", 12)) + "\n--hyphenated /etc/kairan"},
		{"run:\n\n  kairan  demo\n\nthen", "run:\n\n  kairan  demo\n\nthen"},
	} {
		if got := reflow(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	for line := range strings.SplitSeq(reflow(long), "\n") {
		if n := width.Columns(line); n > Columns || strings.HasPrefix(line, "、") || strings.HasPrefix(line, "。") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestStartIsSaidInBoth: each sentence before a start, with as much in it.
func TestStartIsSaidInBoth(t *testing.T) {
	t.Parallel()
	books := map[string]*Book{}
	for _, lang := range Languages() {
		b, err := Open(lang)
		if err != nil {
			t.Fatal(err)
		}
		books[lang] = b
	}
	units := []string{"second", "minute-long", "hour", "day-long"} // which English has in its lengths of time
	for key, ja := range books[Japanese].Start {
		en, both := books[English].Start[key]
		if !both && !slices.Contains(units, key) || both && strings.Count(en, "%") != strings.Count(ja, "%") {
			t.Errorf("%s: %q and %q", key, en, ja)
		}
	}
	for key := range books[English].Start {
		if books[Japanese].Start[key] == "" {
			t.Errorf("%s: not in Japanese", key)
		}
	}
}

// TestColumns: text beside a name begins in one column, and below a long one.
func TestColumns(t *testing.T) {
	t.Parallel()
	got := columns([]pair{{"ls", "list"}, {"-c, --config FILE", strings.Repeat("word ", 15)}, {"--a-name-that-leaves-no-room X", "below"}})
	want := `  ls                 list
  -c, --config FILE  word word word word word word word word word word word word
                     word word word
  --a-name-that-leaves-no-room X
                     below
`
	if strings.ReplaceAll(got, " \n", "\n") != want {
		t.Errorf("\n%s", got)
	}
}
