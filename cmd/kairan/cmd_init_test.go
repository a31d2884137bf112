package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/templates"
)

// typed runs one command line.
func typed(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"kairan"}, args...), streams{strings.NewReader(""), &stdout, &stderr}, time.Now)
	return code, stdout.String(), stderr.String()
}

// listenApart lets a sample listen where nothing else of this computer does.
func listenApart(t *testing.T, path string) {
	t.Helper()
	own := ownHost()
	edit(t, path, `"127.0.0.1:8080"`, `"`+own+`:8080"`)
	edit(t, path, `"127.0.0.1:8081"`, `"`+own+`:8081"`)
}

func TestInitWritesWhatWorks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(shortDir(t), "new", "house")
	code, out, errs := typed(t, "init", dir)
	if code != exit.Done {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for path, mode := range map[string]fs.FileMode{"kairan.toml": 0o644, "keys": 0o600, firstIssue: 0o644} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), mode)
		}
		if !strings.Contains(out, filepath.Join(dir, path)) {
			t.Errorf("the output does not name %s:\n%s", path, out)
		}
	}
	for _, want := range []string{"KEEP A COPY OF THE KEY FILE", "never with the backups", "every reader is lost", "kairan -c " + dir + "/kairan.toml check"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not say %q:\n%s", want, out)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "kairan.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string]string{"data": cfg.Data, "keys": cfg.Keys, "data/kairan.sock": cfg.Socket} {
		if got != filepath.Join(dir, what) {
			t.Errorf("%s lies at %s", what, got)
		}
	}
	if _, err := seal.Load(cfg.Keys); err != nil {
		t.Error(err)
	}
	listenApart(t, cfg.Path)
	if code, out, errs = typed(t, "-c", cfg.Path, "check", "--no-relay"); code != exit.Done {
		t.Errorf("check of what init wrote: exit %d\n%s%s", code, out, errs)
	}
	code, out, errs = typed(t, "-c", cfg.Path, "issue", "add", filepath.Join(dir, firstIssue))
	if code != exit.Done || !strings.Contains(out, "ajc-newsletter/first added") {
		t.Errorf("adding the first issue: exit %d\n%s%s", code, out, errs)
	}
}

// TestFirstIssueShowsWhatIssuesCanDo: it is what editors learn from.
func TestFirstIssueShowsWhatIssuesCanDo(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("kairan.toml", config.Sample())
	if err != nil {
		t.Fatal(err)
	}
	text, err := printed.ReadFile("printed/first.md")
	if err != nil {
		t.Fatal(err)
	}
	list, _, _ := strings.Cut(firstIssue, "/")
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	c, draft, err := (&compose.Compiler{Templates: set}).Compile(t.Context(), cfg.Lists[list], "autumn", deliver.Manuscript{Source: text}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(draft.Findings) > 0 {
		t.Error(draft.Findings)
	}
	if _, err := c.Marshal(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"{{name}}", "{{organisation|", "\n## ", "\n- ", "\n1. ", "](https://", "![", "subject = "} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it does not show %q", want)
		}
	}
}

func TestInitNeverOverwrites(t *testing.T) {
	t.Parallel()
	for _, there := range []string{"kairan.toml", "keys", firstIssue} {
		dir := t.TempDir()
		path := filepath.Join(dir, there)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := typed(t, "init", dir)
		if code != exit.Refused || out != "" || !strings.Contains(errs, path) {
			t.Errorf("%s was there: exit %d\n%s%s", there, code, out, errs)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != "mine" {
			t.Errorf("%s was changed: %q, %v", there, got, err)
		}
		if n := countFiles(t, dir); n != 1 {
			t.Errorf("%s was there, and now there are %d files", there, n)
		}
	}
}

func TestInitLeavesNothingHalfWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	blocked := filepath.Join(dir, filepath.Dir(firstIssue))
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := typed(t, "init", dir)
	if code != exit.Failed || !strings.Contains(errs, blocked) {
		t.Errorf("exit %d: %s", code, errs)
	}
	if n := countFiles(t, dir); n != 1 {
		t.Errorf("%d files are left, want the one that was in the way", n)
	}
}

// TestInitConfiguresLast: where the configuration stands everything else is done,
// so that an init that is killed before that is carried on and none after it.
func TestInitConfiguresLast(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := premisesIn(dir)
	p.data, p.journal = filepath.Join(dir, "data"), filepath.Join(dir, "journal")
	p.uid, p.gid = os.Geteuid(), os.Getegid()
	p.config = filepath.Join(dir, "no", strings.Repeat("x", 300)) // no file can have such a name
	var out bytes.Buffer
	a := &app{std: streams{strings.NewReader(""), &out, &out}, now: time.Now}
	if err := a.init(p); err == nil {
		t.Fatal("the configuration was written")
	}
	for _, folder := range []string{p.data, p.journal} {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			t.Errorf("%s was to be made before the configuration: %v", folder, err)
		}
	}
}

func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInitUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"init", "a", "b"}, "init --help"},
		{[]string{"init", "--print", "apache"}, "systemd, nginx and postfix"},
		{[]string{"init", "--print", ""}, "systemd, nginx and postfix"},
		{[]string{"init", "--print", "nginx", "--system"}, "one of them"},
	} {
		code, out, errs := typed(t, c.args...)
		if code != exit.Usage || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit %d, %q, %q", c.args, code, out, errs)
		}
	}
	if os.Geteuid() != 0 {
		if code, _, errs := typed(t, "init", "--system", t.TempDir()); code != exit.Usage || !strings.Contains(errs, "root") {
			t.Errorf("--system by somebody: exit %d, %q", code, errs)
		}
	}
}

// TestInitCarriesOn: an init that is killed at any moment leaves nothing that the
// next one stumbles over, and no copy of keys beside the key file.
func TestInitCarriesOn(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	whole := t.TempDir()
	if code, _, errs := typed(t, "init", whole); code != exit.Done {
		t.Fatal(errs)
	}
	finish := func(dir, what string) {
		before, _ := os.ReadFile(filepath.Join(dir, "keys"))
		_, complete := os.Stat(filepath.Join(dir, "kairan.toml"))
		code, _, errs := typed(t, "init", dir)
		if want := map[bool]int{true: exit.Refused, false: exit.Done}[complete == nil]; code != want {
			t.Errorf("%s: exit %d, want %d: %s", what, code, want, errs)
		}
		after, err := os.ReadFile(filepath.Join(dir, "keys"))
		if err != nil || before != nil && !bytes.Equal(before, after) {
			t.Errorf("%s: the keys were changed: %v", what, err)
		}
		if n := countFiles(t, dir); n != 3 && complete != nil {
			t.Errorf("%s: %d files, want 3", what, n)
		}
		listenApart(t, filepath.Join(dir, "kairan.toml"))
		if code, out, errs := typed(t, "-c", filepath.Join(dir, "kairan.toml"), "check", "--no-relay"); code != exit.Done {
			t.Errorf("%s: check: exit %d\n%s%s", what, code, out, errs)
		}
	}
	for n := range 3 { // as many files are in their places, and parts of the next lie about
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(firstIssue)), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"keys", firstIssue, "kairan.toml"}[:n] {
			content, err := os.ReadFile(filepath.Join(whole, name))
			if err := errors.Join(err, os.WriteFile(filepath.Join(dir, name), content, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		for _, part := range []string{".kairan-keys-123", ".kairan-init-123", filepath.Dir(firstIssue) + "/.kairan-init-4"} {
			if err := os.WriteFile(filepath.Join(dir, part), []byte("data 1 2026"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		finish(dir, fmt.Sprintf("%d files", n))
	}
	for n := range 20 {
		dir := t.TempDir()
		c := exec.Command(self, "init", dir)
		c.Args[0] = program
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(n) * 3 * time.Millisecond) // the whole takes about 40 ms
		_ = c.Process.Kill()
		_ = c.Wait()
		finish(dir, fmt.Sprintf("killed after %d ms", n*3))
	}
}
