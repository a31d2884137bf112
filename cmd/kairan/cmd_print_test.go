package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web"
	"example.jp/kairan/templates"
)

// TestPrintWritesFiles: what is written is what is printed, under the names that
// it has in place; nothing is overwritten, and half of it is not left behind.
func TestPrintWritesFiles(t *testing.T) {
	t.Parallel()
	for what, s := range surroundings() {
		dir := filepath.Join(t.TempDir(), "new")
		code, out, errs := typed(t, "init", "--print", what, dir)
		if code != exit.Done || errs != "" {
			t.Fatalf("%s: exit %d: %s", what, code, errs)
		}
		var parts []string
		for _, name := range s.files {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, string(text))
			if !strings.Contains(out, filepath.Join(dir, name)+"\n") || strings.Contains(out, "DIR") {
				t.Errorf("%s: the output does not name %s:\n%s", what, name, out)
			}
		}
		if whole := strings.Join(parts, "\n# "+strings.Repeat("-", 75)+"\n\n"); whole != snippet(t, what) {
			t.Errorf("%s: the files are not what is printed", what)
		}
		last := filepath.Join(dir, s.files[len(s.files)-1])
		if err := os.WriteFile(last, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range s.files[:len(s.files)-1] {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		if code, _, errs := typed(t, "init", "--print", what, dir); code == exit.Done || !strings.Contains(errs, "ever overwritten") {
			t.Errorf("%s: exit %d, %s", what, code, errs)
		}
		left, err := os.ReadDir(dir)
		if text, _ := os.ReadFile(last); err != nil || len(left) != 1 || !bytes.Equal(text, []byte("mine")) {
			t.Errorf("%s: %v is left (%v)", what, left, err)
		}
	}
}

// TestNginxKnowsThePaths: the log names every path that there is, and none that
// there is not.
func TestNginxKnowsThePaths(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(installed(t))
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Site{
		Desk: &subscribe.Desk{}, Links: subscribe.Tokens{}, Lists: cfg.Lists, Order: cfg.Order, Templates: set, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	first := regexp.MustCompile(`^/([a-z]+)`)
	there := map[string]bool{}
	for _, method := range site.Stack() {
		for _, r := range method {
			if m := first.FindStringSubmatch(r.Path); m != nil {
				there[m[1]] = true
			}
		}
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`<kairan_page>/\(+([a-z|]+)\)`).FindAllStringSubmatch(snippet(t, "nginx"), -1) {
		for _, word := range strings.Split(m[1], "|") {
			named[word] = true
		}
	}
	if len(there) < 6 {
		t.Fatalf("only %v", there)
	}
	for word := range there {
		if !named[word] {
			t.Errorf("the printed log of nginx does not name /%s", word)
		}
	}
	for word := range named {
		if !there[word] {
			t.Errorf("the printed log of nginx names /%s, which there is not", word)
		}
	}
}

// TestChecksOfAccessibilityAreDone: what the printed page says that machines check, a test
// does.
func TestChecksOfAccessibilityAreDone(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(moduleRoot, "templates/accessibility/checks.toml"))
	if err != nil {
		t.Fatal(err)
	}
	names, checks := declarations(t), regexp.MustCompile(`(?m)^test = "(.+)"$`).FindAllSubmatch(source, -1)
	if len(checks) == 0 {
		t.Error("no check is found")
	}
	for _, c := range checks {
		if names[string(c[1])].kind != aTest {
			t.Errorf("%s is no test", c[1])
		}
	}
}
