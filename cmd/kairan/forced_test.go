package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestSplitWords: words are those of a shell, and what else a shell does is refused.
func TestSplitWords(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":                         nil,
		" kairan\tissue  ls ":      {"kairan", "issue", "ls"},
		`a "b c" 'd "e' f\ g`:      {"a", "b c", `d "e`, "f g"},
		`--at="tomorrow 09:00"`:    {"--at=tomorrow 09:00"},
		`"" ''`:                    {"", ""},
		`'a\b' "a\b" "a\"b\\" a\b`: {`a\b`, `a\b`, `a"b\`, "ab"},
		`'$(x)' \$x '` + "`" + `'`: {"$(x)", "$x", "`"},
		`明日\ 09:00 * ~ # {a,b} !x`: {"明日 09:00", "*", "~", "#", "{a,b}", "!x"},
	} {
		if got, err := splitWords(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", line, got, err, want)
		}
	}
	for _, line := range []string{
		"kairan; id", "kairan | sh", "kairan & id", "kairan && id", "kairan > /tmp/x", "kairan < /etc/passwd", "kairan $(id)", "kairan `id`", `kairan "$(id)"`,
		"kairan \"`id`\"", "kairan $HOME", "kairan\nid", "kairan \\\nid", "kairan\rid", "kairan (id)", `kairan "x`, `kairan 'x`, `kairan \`, "kairan \x00", "kairan 'a\x00b'",
	} {
		if words, err := splitWords(line); err == nil {
			t.Errorf("%q was taken apart: %q", line, words)
		}
	}
}

func FuzzSplitWords(f *testing.F) {
	f.Add(`kairan issue schedule a/b --at "tomorrow 09:00"`)
	f.Fuzz(func(t *testing.T, line string) {
		words, err := splitWords(line)
		if err != nil {
			return
		}
		var quoted []string
		for _, w := range words {
			if strings.ContainsRune(w, 0) {
				t.Fatalf("%q holds a NUL", w)
			}
			quoted = append(quoted, shellWord(w))
		}
		if again, err := splitWords(strings.Join(quoted, " ")); err != nil || !slices.Equal(again, words) {
			t.Fatalf("%q: %q, and again %q, %v", line, words, again, err)
		}
	})
}

// TestForced: what is typed behind ssh runs if it is about issues, and nothing else.
func TestForced(t *testing.T) {
	t.Setenv("KAIRAN_CONFIG", t.TempDir()+"/kairan.toml")
	for line, want := range map[string]string{
		"":                                    "this key runs commands about issues",
		"/bin/sh -c id":                       "no other program",
		"kairan serve":                        "not for kairan serve",
		"kairan -c /tmp/x.toml issue ls":      "there is no flag -c",
		"kairan issue ls --config /tmp/x":     "there is no flag --config",
		"kairan --demo issue ls":              "there is no flag --demo",
		"kairan init --print systemd":         "not for kairan init",
		"kairan issue new news/x.md":          "not for kairan issue new",
		"kairan forced":                       "not for kairan forced",
		"kairan subscriber remove news":       "not for kairan subscriber remove",
		"kairan issue add news/x.md":          "uses no file of the server",
		"kairan issue add news/x /etc/passwd": "uses no file of the server",
		"kairan issue add news/x - --files /": "takes no --files /",
		"kairan issue preview a/b --html /x":  "takes no --html /x",
		"kairan issue preview a/b --open":     "takes no --open true",
		"kairan issue preview a/b.md":         "uses no file of the server",
		"kairan stats --html x":               "takes no --html x",
		"kairan list close a --farewell x.md": "uses no file of the server",
	} {
		t.Setenv(sshCommand, line)
		if code, out, errs := typed(t, "forced"); code == 0 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%q: exit %d, %q, want %q\n%s", line, code, errs, want, out)
		}
	}
	for line, want := range map[string]string{
		"kairan version": "kairan ", "/usr/local/bin/kairan issue --help": "schedule", "kairan help issue": "schedule", "kairan completion bash": "__start_kairan", "kairan __complete iss": "issue",
	} {
		t.Setenv(sshCommand, line)
		if code, out, errs := typed(t, "forced"); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%q: exit %d, %q, want %q\n%s", line, code, errs, want, out)
		}
	}
}

// TestForcedCommandsAre: the rows name commands and flags that there are.
func TestForcedCommandsAre(t *testing.T) {
	t.Parallel()
	root := (&app{std: streams{strings.NewReader(""), io.Discard, new(bytes.Buffer)}, forced: true}).command()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	leaves(root, nil, func(words string) {
		if _, may := forcedCommands[words]; strings.HasPrefix(words, "issue ") && !may && words != "issue new" { // which writes a file
			t.Errorf("kairan %s is about issues, and a bound key is not for it: say so in forcedCommands, with its flags", words)
		}
	})
	for words, row := range forcedCommands {
		c, rest, err := root.Find(strings.Fields(words))
		if strings.HasPrefix(words, "__") {
			continue // cobra's own, added when it is asked for
		}
		if err != nil || len(rest) > 0 {
			t.Errorf("there is no command %q: %v", words, err)
			continue
		}
		for flag := range strings.FieldsSeq(row) {
			if name, _, _ := strings.Cut(flag, "="); c.Flags().Lookup(name) == nil {
				t.Errorf("%s has no --%s", words, name)
			}
		}
	}
}
