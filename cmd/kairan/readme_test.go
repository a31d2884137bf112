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

// pages of the handbook; the README leads to each.
var pages = []string{editing, operating, configuration}

const (
	handbook      = ".github/handbook/"
	editing       = handbook + "editing.md"
	operating     = handbook + "operating.md"
	configuration = handbook + "configuration.md"
)

// page reads the README, or a page of the handbook.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestREADMELeadsOn to every page, and no link between them leads nowhere.
func TestREADMELeadsOn(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob(filepath.Join(moduleRoot, handbook, "*"))
	if err != nil || len(found) != len(pages) {
		t.Errorf("the handbook has %q, %v", found, err)
	}
	anchor := func(heading string) string {
		return strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
	}
	for _, name := range append([]string{"README.md"}, pages...) {
		if name != "README.md" && !strings.Contains(page(t, "README.md"), "]("+name+")") {
			t.Errorf("the README does not lead to %s", name)
		}
		prose := regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`").ReplaceAllString(page(t, name), "")
		for _, link := range regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(prose, -1) {
			to, at, _ := strings.Cut(link[1], "#")
			if to = filepath.Join(filepath.Dir(name), to); strings.HasPrefix(link[1], "#") {
				to = name
			}
			if _, err := os.Stat(filepath.Join(moduleRoot, to)); err != nil {
				t.Errorf("%s: %s is not there: %v", name, link[1], err)
				continue
			}
			is := at == ""
			for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page(t, to), -1) {
				is = is || anchor(h[1]) == at
			}
			if !is {
				t.Errorf("%s: %s has no heading for %s", name, to, link[1])
			}
		}
	}
}

// TestPagesNameCommandsThatExist: whoever copies a command out of them, or a flag,
// gets what they say.
func TestPagesNameCommandsThatExist(t *testing.T) {
	t.Parallel()
	root := (&app{}).command()
	root.InitDefaultCompletionCmd() // as the library does when it runs
	var typed []string
	text := page(t, "README.md")
	for _, name := range pages {
		text += page(t, name)
	}
	for _, block := range regexp.MustCompile("(?ms)^```\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, "#")
			typed = append(typed, strings.Split(line, "&&")...)
		}
	}
	for _, code := range regexp.MustCompile("`(kairan [^`]+)`").FindAllStringSubmatch(text, -1) {
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
		t.Errorf("only %d commands are found", known)
	}
}

// TestHandbookHasTheRecords: those that `check` looks at, in their words.
func TestHandbookHasTheRecords(t *testing.T) {
	t.Parallel()
	table := ""
	for _, r := range origin.Needed() {
		table += "| `" + r.Type + "` " + r.At + " | " + r.Says + " |\n"
	}
	if want := "| Record | Says |\n|---|---|\n" + table + "\n"; !strings.Contains(page(t, operating), want) {
		t.Errorf("the handbook's table of records is not that of the code:\n%s", want)
	}
}

// TestHandbookNamesTheProbes: by the paths that there are. The printed proxy publishes none.
func TestHandbookNamesTheProbes(t *testing.T) {
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
		if !strings.Contains(page(t, operating), "`"+p[1]+"`") {
			t.Errorf("the handbook does not name %s", p[1])
		}
	}
}
