package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.jp/kairan/deliver/origin"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestREADMENamesCommandsThatExist: whoever copies a command out of it, or a flag,
// gets what it says.
func TestREADMENamesCommandsThatExist(t *testing.T) {
	t.Parallel()
	root := (&app{}).command()
	root.InitDefaultCompletionCmd() // as the library does when it runs
	var typed []string
	for _, block := range regexp.MustCompile("(?ms)^```\n(.*?)^```").FindAllStringSubmatch(readme(t), -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, "#")
			typed = append(typed, strings.Split(line, "&&")...)
		}
	}
	for _, code := range regexp.MustCompile("`(kairan [^`]+)`").FindAllStringSubmatch(readme(t), -1) {
		typed = append(typed, code[1])
	}
	known := 0
	for _, line := range typed {
		words := strings.Fields(line)
		for len(words) > 0 && words[0] != "kairan" {
			if words[0] == "sudo" && len(words) > 3 {
				words = words[3:] // sudo -u ACCOUNT
				continue
			}
			words = nil
		}
		if len(words) < 2 {
			continue
		}
		c, rest, err := root.Find(words[1:])
		if err != nil || c == root {
			t.Errorf("there is no such command: %s", line)
			continue
		}
		known++
		for _, w := range rest {
			if name, ok := strings.CutPrefix(strings.TrimRight(w, "),"), "--"); ok && c.Flag(name) == nil && root.PersistentFlags().Lookup(name) == nil {
				t.Errorf("%s has no --%s", c.CommandPath(), name)
			}
		}
	}
	if known < 20 {
		t.Errorf("only %d commands are found in the README", known)
	}
}

// TestREADMEHasTheRecords: those that `check` looks at, in their words.
func TestREADMEHasTheRecords(t *testing.T) {
	t.Parallel()
	table := ""
	for _, r := range origin.Needed() {
		table += "| `" + r.Type + "` " + r.At + " | " + r.Says + " |\n"
	}
	if want := "| Record | Says |\n|---|---|\n" + table + "\n"; !strings.Contains(readme(t), want) {
		t.Errorf("the README's table of records is not that of the code:\n%s", want)
	}
}

// TestREADMENamesTheProbes: by the paths that there are. The printed proxy publishes none.
func TestREADMENamesTheProbes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join("..", "internal", "service", "admin.go"))
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile(`"GET (/[a-z/]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(paths) != 4 {
		t.Fatalf("%d probes", len(paths))
	}
	proxy, err := os.ReadFile(filepath.Join("printed", "kairan.conf"))
	if err != nil || bytes.Contains(proxy, []byte("8081")) {
		t.Errorf("the printed proxy speaks of the administrative listener (%v)", err)
	}
	for _, p := range paths {
		if !strings.Contains(readme(t), "`"+p[1]+"`") {
			t.Errorf("the README does not name %s", p[1])
		}
	}
}
