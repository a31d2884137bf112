package config

import (
	"strings"
	"testing"
)

// TestLookAlikes has what a Japanese keyboard or an office program writes for TOML's signs.
func TestLookAlikes(t *testing.T) {
	for line, want := range map[string]string{
		"office = “mofa”":         `line at column 10: '“' is none of its signs; write ", as an`,
		"office = 「mofa」":         `'「' is none of its signs; write "`,
		"office ＝ \"mofa\"":       `'＝' is none of its signs; write =`,
		"office\u3000= \"mofa\"":  `write a plain space`,
		"office = \u3000\"mofa\"": `write a plain space`,
		"［relay］":                 `'［' is none of its signs; write [`,
		"a = [\"x\"、\"y\"]":       `'、' is none of its signs; write ,`,
		"a = \"x\" ＃ why":         `'＃' is none of its signs; write #`,
		"a = ×":                   "not TOML at column 5",
	} {
		_, f := decode([]byte("# 設定\n" + line + "\n"))
		if f == nil || f.Line != 2 || !strings.Contains(f.Message, strings.TrimPrefix(want, "line ")) {
			t.Errorf("%s: %+v; want %q", line, f, want)
		}
	}
}
