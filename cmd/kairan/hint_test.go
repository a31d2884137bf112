package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// A command that is printed can be pasted: it names the program as it was called.
func TestHint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arg0         string
		flags        []string
		text, pasted string
	}{
		{"kairan", nil, "see `kairan issue ls`", "see `kairan issue ls`"},
		{"./kairan", nil, "see `kairan issue ls`", "see `./kairan issue ls`"},
		{"/opt/a b/kairan", nil, "with: kairan list apply", "with: '/opt/a b/kairan' list apply"},
		{"kairan", []string{"-c", "my conf.toml"}, "kairan issue resume x/y", "kairan -c 'my conf.toml' issue resume x/y"},
		{"kairan", []string{"-c", "50%.toml"}, "kairan issue add", "kairan -c 50%.toml issue add"},
		{"kairan", []string{"-c", "a.toml"}, "kairan -c b.toml check", "kairan -c b.toml check"},
		{"/tmp/kairan", []string{"-c", "a.toml"}, "kairan -c 'b c.toml' serve", "/tmp/kairan -c 'b c.toml' serve"},
		{"kairan", []string{"--demo"}, "start it with: kairan serve", "start it with: kairan demo"},
		{"kairan", []string{"--demo"}, "or kairan demo, or (kairan list ls)", "or kairan demo, or (kairan --demo list ls)"},
		{"kairan", []string{"-c", "a.toml"}, "make keys with: kairan init", "make keys with: kairan init"},
		{"/home/editor/.cache/go-build/9f/" + strings.Repeat("9f", 32) + "-d/kairan", []string{"--demo"}, "kairan issue ls", "go run . --demo issue ls"},
		{"/elsewhere/9f/" + strings.Repeat("9f", 32) + "-d/kairan", nil, "kairan issue ls", "go run . issue ls"},
		{"./kairan", nil, "sudo -u kairan kairan check", "sudo -u kairan ./kairan check"},
		{"./kairan", nil, "in /etc/kairan list, my-kairan list, kairan.db, the kairan listed", "in /etc/kairan list, my-kairan list, kairan.db, the kairan listed"},
	} {
		var out bytes.Buffer
		a := &app{std: streams{out: &out, err: &out}, now: time.Now, program: calledAs(c.arg0)}
		root := a.command()
		if err := root.ParseFlags(c.flags); err != nil {
			t.Fatal(err)
		}
		if got := a.hint(c.text); got != c.pasted {
			t.Errorf("%s %v: %q, want %q", c.arg0, c.flags, got, c.pasted)
		}
		a.say(c.text+" %s", "kairan list ls") // a subject or a name is not ours to change
		if got := out.String(); got != c.pasted+" kairan list ls" {
			t.Errorf("%s %v says %q, want %q", c.arg0, c.flags, got, c.pasted)
		}
	}
}

// Every text for people in what a server says of an issue is hinted, whatever is
// added to it.
func TestHinted(t *testing.T) {
	t.Parallel()
	const said = "see `kairan restore`"
	i := service.Issue{Warnings: []string{said}, Events: []deliver.Event{{What: said}}, Waits: deliver.Wait{Why: said}}
	for _, text := range []*string{&i.Relay, &i.Clock, &i.Copy} {
		*text = said
	}
	var out bytes.Buffer
	a := &app{std: streams{out: &out, err: &out}, now: time.Now, program: "./kairan"}
	a.command()
	got, err := json.Marshal(a.hinted(i))
	if err != nil || strings.Contains(string(got), "`kairan") || strings.Count(string(got), "`./kairan restore`") != 6 {
		t.Errorf("%s, %v", got, err)
	}
}

// What --help says is to be pasted as well, but for how a command is written.
func TestHintHelp(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"restore", "check", "init", "help"} {
		var out bytes.Buffer
		if code := run(t.Context(), []string{"./kairan", command, "--help"}, streams{strings.NewReader(""), &out, &out}, time.Now); code != exit.Done {
			t.Errorf("%s: exit %d", command, code)
		}
		_, examples, found := strings.Cut(out.String(), "\nExamples:\n")
		if !found || strings.Contains(examples, "\n  kairan ") || !strings.Contains(examples, "./kairan "+command) {
			t.Errorf("%s --help says\n%s", command, examples)
		}
	}
}

// static links a program that needs no library.
const static = "CGO_ENABLED=0"

// linkOnce links the program. It takes seconds, and `go run` keeps what it has linked
// for whoever runs it next.
var linkOnce = sync.OnceFunc(func() {
	c := exec.Command("go", "run", ".", "version")
	c.Env = append(os.Environ(), static)
	_ = c.Run() // whoever runs it next says what is wrong
})

// The real program, run by `go run` and by its path, prints commands that work.
func TestHintPasted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || testing.Short() {
		t.Skip("runs a shell, and builds the program")
	}
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	linkOnce()
	dir := filepath.Join(t.TempDir(), "a house")
	run := func(line string) string {
		c := exec.CommandContext(t.Context(), "sh", "-c", line)
		c.Dir = top
		c.Env = append(os.Environ(), "KAIRAN_CONFIG=", static)
		out, _ := c.CombinedOutput()
		return string(out)
	}
	for line := range strings.SplitSeq(run("go run ./cmd/kairan init '"+dir+"'"), "\n") {
		at, line, found := strings.Cut(line, "2. ")
		if !found || strings.TrimSpace(at) != "" {
			continue
		}
		if !strings.HasPrefix(line, "go run ./cmd/kairan -c '") {
			t.Fatalf("it says %q", line)
		}
		if out := run(line); !strings.Contains(out, "config") || strings.Contains(out, "no such file") {
			t.Errorf("%s: %s", line, out)
		}
		return
	}
	t.Error("init says nothing to go on with")
}
