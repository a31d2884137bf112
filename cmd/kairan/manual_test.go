package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.jp/kairan/cmd/internal/manual"
	"example.jp/kairan/deliver/compose/width"
)

// treeIn is all commands, with their help in a language.
func treeIn(t *testing.T, lang string) (*cobra.Command, *manual.Book) {
	t.Helper()
	book, err := manual.Open(lang)
	if err != nil {
		t.Fatal(err)
	}
	return (&app{program: "kairan", book: book}).command(), book
}

// every does something with a command and all below it.
func every(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		every(sub, do)
	}
}

// TestManual: each command and each flag is explained in each language, with an example, and
// nothing is explained that is not there.
func TestManual(t *testing.T) {
	t.Parallel()
	for _, lang := range manual.Languages() {
		root, book := treeIn(t, lang)
		entries, common := maps.Clone(book.Command), maps.Clone(book.Flags)
		every(root, func(c *cobra.Command) {
			name := manual.NameOf(c)
			e, found := entries[name]
			if !found {
				t.Errorf("%s.toml has no [command.%q]", lang, name)
				return
			}
			delete(entries, name)
			if e.Short == "" || strings.HasSuffix(e.Short, ".") || strings.HasSuffix(e.Short, "。") {
				t.Errorf("%s, %s: short is %q; write one line, without a full stop", lang, name, e.Short)
			}
			if !strings.Contains(e.Example, "kairan ") {
				t.Errorf("%s, %s: there is no example", lang, name)
			}
			own := maps.Clone(e.Flags)
			c.LocalFlags().VisitAll(func(f *pflag.Flag) {
				if says, _ := book.Flag(c, f); says == "" {
					t.Errorf("%s, %s: flags.%s is not explained", lang, name, f.Name)
				}
				if _, has := own[f.Name]; !has {
					delete(common, f.Name)
				}
				delete(own, f.Name)
			})
			for flag := range own {
				t.Errorf("%s, %s: flags.%s is explained, and there is no --%s", lang, name, flag, flag)
			}
			for line := range strings.Lines(book.Page(c)) {
				if n := width.Columns(strings.TrimRight(line, "\n")); n > manual.Columns {
					t.Errorf("%s, %s: a line of the help has %d columns: %s", lang, name, n, line)
				}
			}
		})
		for name := range entries {
			t.Errorf("%s.toml: there is no command %q", lang, name)
		}
		for flag := range common {
			t.Errorf("%s.toml: no command needs [flags] %s", lang, flag)
		}
	}
}

// TestManualIsTheSameInBoth: what takes its place in a sentence is the same, and examples
// are the same commands.
func TestManualIsTheSameInBoth(t *testing.T) {
	t.Parallel()
	_, en := treeIn(t, manual.English)
	_, ja := treeIn(t, manual.Japanese)
	if !slices.Equal(slices.Sorted(maps.Keys(en.Words)), slices.Sorted(maps.Keys(ja.Words))) {
		t.Errorf("the words are %v in English, and %v in Japanese", slices.Sorted(maps.Keys(en.Words)), slices.Sorted(maps.Keys(ja.Words)))
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	for word, text := range en.Words {
		if !slices.Equal(verbs.FindAllString(text, -1), verbs.FindAllString(ja.Words[word], -1)) {
			t.Errorf("%s takes other values in Japanese", word)
		}
	}
	quoted := regexp.MustCompile(`"[^"\n]*"|'[^'\n]*'| +#[^\n]*|--lang \w+`)
	for name, e := range en.Command {
		if a, b := quoted.ReplaceAllString(e.Example, ""), quoted.ReplaceAllString(ja.Command[name].Example, ""); a != b {
			t.Errorf("%s: the examples are\n%s\n---\n%s", name, a, b)
		}
	}
}

// TestExamplesOfTheManual: each is a command line that is taken.
func TestExamplesOfTheManual(t *testing.T) {
	t.Parallel()
	for _, lang := range manual.Languages() {
		_, book := treeIn(t, lang)
		for name, e := range book.Command {
			for line := range strings.Lines(strings.ReplaceAll(e.Example, "\\\n", " ")) {
				for _, words := range commandsIn(line) {
					root, _ := treeIn(t, lang)
					c, rest, err := root.Find(words)
					if err == nil {
						err = c.ParseFlags(rest)
					}
					if err == nil {
						err = c.ValidateArgs(c.Flags().Args())
					}
					if err != nil {
						t.Errorf("%s, %s: %s: %v", lang, name, strings.TrimSpace(line), err)
					}
				}
			}
		}
	}
}

var shellWords = regexp.MustCompile(`#.*|"[^"]*"|'[^']*'|&&|[|<>;]|[^\s"'|<>;]+`)

// commandsIn are the words behind `kairan` in a line for a shell.
func commandsIn(line string) (all [][]string) {
	var words []string
	taken := true // of the words of this command
	end := func() {
		if at := slices.Index(words, "kairan"); at >= 0 {
			if words[0] == "sudo" {
				at = 3 // sudo -u kairan kairan
			}
			all = append(all, words[at+1:])
		}
		words, taken = nil, true
	}
	for _, w := range shellWords.FindAllString(line, -1) {
		switch {
		case w[0] == '#':
		case w == "|" || w == "&&" || w == ";":
			end()
		case w == "<" || w == ">":
			taken = false
		case taken:
			words = append(words, strings.Trim(w, `"'`))
		}
	}
	end()
	return all
}

// TestHelpStandsInTheManual: and nowhere else, or it would be in one language.
func TestHelpStandsInTheManual(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	prose := regexp.MustCompile(`\b(Short|Long|Example): |Flags\(\)\.\w+(Var|VarP)\([^\n]*, "[^"]+"\)\n`)
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if found := prose.Find(source); found != nil && !strings.HasSuffix(f, "_test.go") {
			t.Errorf("%s: %s: help stands in cmd/internal/manual, in both languages", f, found)
		}
	}
}
