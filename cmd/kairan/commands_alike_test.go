package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/manual"
)

// commandLines says how each command is asked in a town. Those with an address are
// asked about somebody of each standing, by standard input; of the others only the
// output counts, which must show nothing of anybody.
var commandLines = map[string]struct {
	args    []string
	address bool   // it reads one from standard input
	not     string // why it is not asked
}{
	"demo":               {not: "it has readers of its own"},
	"serve":              {not: "it runs"},
	"init":               {not: "it makes an installation"},
	"issue preview":      {not: "it opens a browser, and knows no readers"},
	"man":                {not: "it writes what is part of the program"},
	"check":              {},
	"version":            {},
	"whoami":             {args: []string{"--json"}},
	"healthz":            {},
	"status":             {args: []string{"--json"}},
	"audit show":         {},
	"audit verify":       {},
	"compact":            {args: []string{"--json"}},
	"keys ls":            {},
	"keys rotate":        {not: "it is for a stopped server; its story is keys-rotate"},
	"backup":             {args: []string{"town.backup"}},
	"restore":            {},
	"list close":         {args: []string{otherList, "--farewell", otherList + "/farewell.md", "--yes"}},
	"purge":              {args: []string{"--dry-run", "--json"}},
	"archive export":     {args: []string{"archive", "--json"}},
	"list show":          {args: []string{townList, "--json"}},
	"list embed":         {args: []string{townList, "--lang", "en"}},
	"list ls":            {args: []string{"--json"}},
	"list feed":          {args: []string{townList, "--json"}},
	"list apply":         {},
	"issue new":          {args: []string{townList + "/second.md"}},
	"issue add":          {args: []string{townList + "/first.md"}},
	"issue lint":         {args: []string{townList + "/first.md"}},
	"issue ls":           {},
	"issue show":         {args: []string{townList + "/first"}},
	"issue status":       {args: []string{townList + "/first", "--json"}},
	"issue report":       {args: []string{townList + "/first"}},
	"issue test":         {args: []string{townList + "/first"}},
	"issue schedule":     {args: []string{townList + "/first", "--at", "tomorrow 09:00", "--yes"}},
	"issue reschedule":   {args: []string{townList + "/first", "--at", "tomorrow 09:30", "--yes"}},
	"issue approve":      {args: []string{townList + "/first"}},
	"issue embargo":      {args: []string{townList + "/first", "tomorrow 08:00"}},
	"issue pause":        {args: []string{townList + "/first"}},
	"issue resume":       {args: []string{townList + "/first"}},
	"issue cancel":       {args: []string{townList + "/first", "--yes"}},
	"issue resend":       {args: []string{townList + "/first", "--to", "uncertain", "--yes"}},
	"relay-log":          {address: true}, // which is no log; see TestTwoWorlds
	"issue withdraw":     {args: []string{townList + "/first", "--yes"}},
	"issue rm":           {args: []string{townList + "/second"}},
	"forced":             {not: "it runs others; see TestForced"},
	"bounce":             {not: "see TestBouncesTellNothing"},
	"custody procedure":  {args: []string{"ajc"}},
	"custody ls":         {},
	"custody export":     {not: "see TestExportsTellNothing"},
	"subscriber import":  {args: []string{townList, "-"}}, // of nothing; see TestImportTellsNothing
	"stats":              {args: []string{"--office", "ajc", "--html", "stats.html"}},
	"subscriber remove":  {args: []string{townList}, address: true},
	"subscriber unblock": {address: true},
}

// TestEveryCommandIsMeasured: `kairan-bench commands` says of each how it is asked, or why
// not, and those that it lets take long say so in their help.
func TestEveryCommandIsMeasured(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile(filepath.Join(moduleRoot, "cmd", "kairan-bench", "commands.txt"))
	if err != nil {
		t.Fatal(err)
	}
	root, book := treeIn(t, manual.Japanese)
	leaves(root, nil, func(words string) {
		all := regexp.MustCompile(`(?m)^(quick|long|not) `+words+`\b`).FindAllSubmatch(table, -1)
		if all == nil {
			t.Errorf("kairan %s: say in cmd/kairan-bench/commands.txt how it is asked", words)
		}
		for _, m := range all {
			how, takes := string(m[1]), book.Command[words].Takes
			if how == "long" && takes == "" || how == "quick" && takes != "" && words != "restore" && words != "subscriber import" { // which have something short, too
				t.Errorf("kairan %s is %s, and its help says that it takes %q", words, how, takes)
			}
		}
	})
}

// write writes a file of an editor.
func (w *town) write(name, text string) {
	w.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(w.file(name)), 0o700), os.WriteFile(w.file(name), []byte(text), 0o600)); err != nil {
		w.t.Fatal(err)
	}
}

// leaves are the commands that do something, by their words.
func leaves(c *cobra.Command, words []string, do func(string)) {
	for _, sub := range c.Commands() {
		if sub.Name() == "help" || sub.Name() == "completion" {
			continue
		}
		here := append(slices.Clone(words), sub.Name())
		if sub.HasSubCommands() {
			leaves(sub, here, do)
		} else {
			do(strings.Join(here, " "))
		}
	}
}

// runCommand runs the program, and returns what it said and its exit code.
func (w *town) runCommand(input string, args ...string) string {
	c := exec.Command(program, args...)
	c.Dir = w.work
	c.Env = append(os.Environ(), "KAIRAN_CONFIG="+w.file("kairan.toml"), clockEnv+"="+w.file("clock"))
	c.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		w.t.Fatal(err)
	}
	said := out.String() + c.ProcessState.String()
	w.secrets.record("output of kairan "+strings.Join(args, " "), said)
	return said
}

// TestNoCommandTells runs every command there is: what it says of somebody is the same
// whatever their standing, and nothing that it says shows anything of a reader.
func TestNoCommandTells(t *testing.T) {
	t.Parallel()
	about := 0
	for _, x := range commandLines {
		if x.address {
			about++
		}
	}
	w := newTown(t, about+1)
	w.write(townList+"/first.md", "+++\nsubject = \"お知らせ\"\n+++\n\n{{name}} 様\n\n本日のお知らせです。\n")
	w.write(otherList+"/farewell.md", "+++\nsubject = \"Thank you\"\n+++\n\nThis was the last issue.\n")
	seen := map[string]bool{}
	leaves((&app{std: streams{strings.NewReader(""), io.Discard, io.Discard}}).command(), nil, func(words string) {
		seen[words] = true
		x, ok := commandLines[words]
		switch {
		case !ok:
			t.Errorf("kairan %s: say in commandLines how it is asked", words)
		case x.not != "":
		case x.address:
			first := ""
			for _, at := range standings {
				said := w.runCommand(w.take(at).address+"\n", append(strings.Fields(words), x.args...)...)
				if at == standings[0] {
					first = said
				} else if said != first {
					t.Errorf("kairan %s says of who is %s\n%sand of who is %s\n%s", words, at, said, standings[0], first)
				}
			}
		default:
			w.runCommand("", append(strings.Fields(words), x.args...)...)
		}
	})
	w.readFiles()
	for words := range commandLines {
		if !seen[words] {
			t.Errorf("there is no command kairan %s any more", words)
		}
	}
}
