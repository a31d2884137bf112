package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/sink"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// installed is a configuration with keys and a relay that takes mail.
func installed(t *testing.T) (path string) {
	t.Helper()
	s, err := sink.Start(sink.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	host, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscan(port, &n); err != nil {
		t.Fatal(err)
	}
	dir, own := shortDir(t), portsOn(t, ownHost(), 2)
	path = filepath.Join(dir, "kairan.toml")
	source := config.DemoSource(dir, "http://localhost:8080", own[0], own[1], host, n)
	if err := os.WriteFile(path, source, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := seal.Generate(time.Now()).Write(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	return path
}

// edit changes a file, which must hold what is to be changed.
func edit(t *testing.T, path, from, to string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(source, []byte(from)) {
		t.Fatalf("%q is not in %s", from, path)
	}
	if err := os.WriteFile(path, bytes.Replace(source, []byte(from), []byte(to), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lines are what `check` printed, by check: "ok", "FAILED" or "skipped", and why.
func lines(t *testing.T, out string) map[string]string {
	t.Helper()
	found := map[string]string{}
	name := ""
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if strings.HasPrefix(line, " ") {
			found[name] += " " + strings.Join(words, " ")
			continue
		}
		if len(words) < 2 {
			t.Fatalf("a line without a check: %q", line)
		}
		name = words[1]
		found[name] = strings.Join(append(words[:1:1], words[2:]...), " ")
	}
	return found
}

func TestCheckOfAGoodInstallation(t *testing.T) {
	t.Parallel()
	path := installed(t)
	code, out, errs := typed(t, "-c", path, "check")
	if code != exit.Done || errs != "" {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	got := lines(t, out)
	for _, name := range []string{"configuration", "templates", "files", "database", "relay"} {
		if !strings.HasPrefix(got[name], "ok") {
			t.Errorf("%s: %q", name, got[name])
		}
	}
	if !strings.Contains(got["relay"], "127.0.0.1:") || !strings.Contains(got["database"], "none yet") {
		t.Errorf("relay %q, database %q", got["relay"], got["database"])
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "data")); err == nil {
		t.Error("check made the data directory")
	}
}

// TestCheckRunsEveryCheck: one failure hides no other.
func TestCheckRunsEveryCheck(t *testing.T) {
	t.Parallel()
	path := installed(t)
	edit(t, path, "tls = \"none\"\n", "tls = \"starttls\"\nusername = \"canary-user\"\npassword_file = \"password\"\n")
	dir := filepath.Dir(path)
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte("canary-password"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	code, out, errs := typed(t, "-c", path, "check")
	got := lines(t, out)
	for name, want := range map[string]string{
		"configuration": "ok", "templates": "ok", "files": "FAILED", "keys": "FAILED", "database": "skipped", "relay": "FAILED", "bounces": "warning",
	} {
		if !strings.HasPrefix(got[name], want) {
			t.Errorf("%s: %q, want %s", name, got[name], want)
		}
	}
	if !strings.Contains(got["files"], "chmod 0400") || !strings.Contains(got["keys"], "kairan init") || !strings.Contains(got["relay"], "check [relay]") {
		t.Errorf("a failure does not say what to do:\n%s", out)
	}
	if code != exit.Usage || !strings.Contains(errs, "3 of 15 checks failed") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if strings.Contains(out+errs, "canary") {
		t.Errorf("the login is shown:\n%s%s", out, errs)
	}
}

func TestCheckExitCodes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		args  []string
		code  int
		want  map[string]string
	}{
		"a fault of the configuration": {
			spoil: func(t *testing.T, path string) {
				edit(t, path, "connections = 8", "connections = 800\nerase_by = 2030-01-01")
			},
			code: exit.Usage, want: map[string]string{"configuration": "erase_by", "templates": "ok"},
		},
		"no configuration": {
			spoil: func(t *testing.T, path string) { _ = os.Remove(path) },
			code:  exit.Usage, want: map[string]string{"configuration": "there is no "},
		},
		"no key file": {
			spoil: func(_ *testing.T, path string) { _ = os.Remove(filepath.Join(filepath.Dir(path), "keys")) },
			args:  []string{"--no-relay"},
			code:  exit.Refused, want: map[string]string{"keys": "without it no reader can be read", "relay": "skipped"},
		},
		"keys that others may read": {
			spoil: func(_ *testing.T, path string) { _ = os.Chmod(filepath.Join(filepath.Dir(path), "keys"), 0o644) },
			code:  exit.Refused, want: map[string]string{"keys": "FAILED", "database": "skipped", "relay": "ok"},
		},
		"no relay": {
			spoil: func(t *testing.T, path string) { edit(t, path, "\nport = ", "\nport = 9 # ") },
			code:  exit.Failed, want: map[string]string{"relay": "FAILED 127.0.0.1:9"},
		},
		"a file where the data directory belongs": {
			spoil: func(t *testing.T, path string) {
				if err := os.WriteFile(filepath.Join(filepath.Dir(path), "data"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			},
			code: exit.Failed, want: map[string]string{"database": "FAILED", "relay": "ok"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := installed(t)
			c.spoil(t, path)
			code, out, errs := typed(t, append([]string{"-c", path, "check"}, c.args...)...)
			if code != c.code {
				t.Errorf("exit %d, want %d\n%s%s", code, c.code, out, errs)
			}
			got := lines(t, out)
			for name, want := range c.want {
				if !strings.Contains(got[name], want) {
					t.Errorf("%s: %q, want %q", name, got[name], want)
				}
			}
		})
	}
}

// TestCheckSeesBrokenPromises: a database with a reader, and a configuration that
// has forgotten the reader's list.
func TestCheckSeesBrokenPromises(t *testing.T) {
	t.Parallel()
	path := installed(t)
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := service.Open(cfg, "a test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l := cfg.Lists["japanifornia"]
	if err := h.Store.Adopt(t.Context(), h.Config.Lists); err != nil {
		t.Fatal(err)
	}
	canary := func(int) (string, subscribe.Fields) { return "canary@example.com", nil }
	if err := crowd.Seed(t.Context(), h.Store, l, 1, time.Now(), canary); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, errs := typed(t, "-c", path, "check", "--no-relay")
	if code != exit.Done {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}

	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from, to := bytes.Index(source, []byte("[lists.japanifornia]")), bytes.Index(source, []byte("[lists.ajc-newsletter]"))
	if err := os.WriteFile(path, append(source[:from:from], source[to:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	edit(t, path, "[offices.sf]", "[offices.sf] # nobody's")
	code, out, errs = typed(t, "-c", path, "check", "--no-relay")
	got := lines(t, out)["database"]
	if code != exit.Refused || !strings.Contains(got, "japanifornia") || !strings.Contains(got, "1 reader signed") || !strings.Contains(got, "list apply") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	if strings.Contains(out+errs, "canary") {
		t.Errorf("a reader is shown:\n%s%s", out, errs)
	}

	// A server that was started before the file was edited says so as well.
	if h, err = service.Open(cfg, "a test", time.Now, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	l2, err := control.Listen(cfg.Socket, cfg.SocketGroup)
	if err != nil {
		t.Fatal(err)
	}
	server := service.Verbs.Server(h, 0)
	go func() { _ = server.Serve(l2) }()
	defer server.Close()
	code, out, errs = typed(t, "-c", path, "check", "--no-relay")
	if again := lines(t, out)["database"]; code != exit.Refused || again != got {
		t.Errorf("beside a running server: exit %d\n%s%s", code, out, errs)
	}
}

// TestCheckLeavesARunningServerAlone: it holds the database's lock.
func TestCheckLeavesARunningServerAlone(t *testing.T) {
	t.Parallel()
	path := installed(t)
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := service.Open(cfg, "a test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	code, out, errs := typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["database"]; code == exit.Done || !strings.Contains(got, "a test") {
		t.Errorf("locked by something that is no server: exit %d\n%s%s", code, out, errs)
	}
	l, err := control.Listen(cfg.Socket, cfg.SocketGroup)
	if err != nil {
		t.Fatal(err)
	}
	server := service.Verbs.Server(h, 0)
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	code, out, errs = typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["database"]; code != exit.Done || !strings.Contains(got, "a server is running") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

// TestCheckBesideAnOlderServer: in an upgrade the check of the new version runs
// beside a server that does not know its verbs, and says nothing against it.
func TestCheckBesideAnOlderServer(t *testing.T) {
	t.Parallel()
	path := installed(t)
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Socket), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := control.Listen(cfg.Socket, cfg.SocketGroup)
	if err != nil {
		t.Fatal(err)
	}
	older := &http.Server{Handler: http.NewServeMux(), ReadHeaderTimeout: time.Minute}
	go func() { _ = older.Serve(l) }()
	defer older.Close()
	code, out, errs := typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["database"]; code != exit.Done || !strings.HasPrefix(got, "ok a server of an older version is running") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	if code, _, errs := typed(t, "-c", path, "restore"); code != exit.Failed || !strings.Contains(errs, "older version") {
		t.Errorf("restore: exit %d: %s", code, errs)
	}
}

func TestHealthz(t *testing.T) {
	t.Parallel()
	healthy := true
	admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" || !healthy {
			http.Error(w, "the database cannot be read", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "ok")
	}))
	var out bytes.Buffer
	a := &app{std: streams{out: &out}}
	addr := admin.Listener.Addr().String()
	if err := a.healthz(t.Context(), addr); err != nil || out.String() != "ok\n" {
		t.Errorf("healthy: %v, %q", err, out.String())
	}
	healthy = false
	if err := a.healthz(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "the database cannot be read") {
		t.Errorf("unhealthy: %v", err)
	}
	admin.Close()
	if err := a.healthz(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("stopped: %v", err)
	}
}

// TestCheckWantsACopyOfTheKeys: `check` warns until a copy of the key file was
// shown, and again when the keys have changed since.
func TestCheckWantsACopyOfTheKeys(t *testing.T) {
	t.Parallel()
	path := installed(t)
	dir := filepath.Dir(path)
	keys, elsewhere := filepath.Join(dir, "keys"), filepath.Join(t.TempDir(), "copy")
	state := func() string {
		t.Helper()
		_, out, _ := typed(t, "-c", path, "check", "--no-relay")
		return lines(t, out)["keys"]
	}
	show := func(file string, code int, want string) {
		t.Helper()
		got, out, errs := typed(t, "-c", path, "check", "--key-copy", file)
		if got != code || !strings.Contains(out+errs, want) {
			t.Errorf("--key-copy %s: exit %d, want %d\n%s%s", file, got, code, out, errs)
		}
	}
	if got := state(); !strings.HasPrefix(got, "warning") || !strings.Contains(got, " check --key-copy FILE") {
		t.Errorf("before: %q", got)
	}
	show(keys, exit.Refused, "is the key file itself")
	show(filepath.Join(dir, "nothing"), exit.Usage, "no such file")
	show(path, exit.Refused, "no copy that could be used")
	if err := seal.Generate(time.Now()).Write(elsewhere); err != nil {
		t.Fatal(err)
	}
	show(elsewhere, exit.Refused, "Keep both until") // the wrong one may be that in use
	text, err := os.ReadFile(keys)
	if err == nil {
		err = os.WriteFile(elsewhere+".2", text, 0o644) // on a stick that knows no modes
	}
	if err != nil {
		t.Fatal(err)
	}
	show(elsewhere+".2", exit.Done, "whole copy")
	if got := state(); !strings.HasPrefix(got, "ok") || !strings.Contains(got, "a copy was shown on") {
		t.Errorf("after: %q", got)
	}
	if err := errors.Join(os.Remove(keys), seal.Generate(time.Now()).Write(keys)); err != nil {
		t.Fatal(err)
	}
	if got := state(); !strings.HasPrefix(got, "warning") || !strings.Contains(got, "of other keys") {
		t.Errorf("with other keys: %q", got)
	}
}

// TestCheckWarnsOfTheJournal that lies where the database is put back.
func TestCheckWarnsOfTheJournal(t *testing.T) {
	t.Parallel()
	path := installed(t)
	_, out, _ := typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["journal"]; !strings.HasPrefix(got, "warning") || !strings.Contains(got, "lies in the data directory") {
		t.Errorf("inside: %q", got)
	}
	edit(t, path, "\nkeys = ", "\njournal = \"apart\"\nkeys = ")
	code, out, _ := typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["journal"]; !strings.HasPrefix(got, "ok") || code != exit.Done {
		t.Errorf("outside: %q, exit %d", got, code)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.MkdirAll(cfg.Data, 0o700), os.Symlink(cfg.Data, filepath.Join(filepath.Dir(path), "link")))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, path, `"apart"`, `"link/journal"`)
	_, out, _ = typed(t, "-c", path, "check", "--no-relay")
	if got := lines(t, out)["journal"]; !strings.HasPrefix(got, "warning") {
		t.Errorf("inside, by a link: %q", got)
	}
}
