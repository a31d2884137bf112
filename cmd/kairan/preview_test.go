package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/subscribe"
)

// TestPreviewFollowsTheFile: the page shows what is saved, and ends with the command. What
// the list's readers gave is not in it.
func TestPreviewFollowsTheFile(t *testing.T) {
	t.Parallel()
	path := installed(t)
	seedOne(t, path)
	file := filepath.Join(t.TempDir(), "winter.md")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("+++\nsubject = \"{{name}}様へ\"\n+++\n冬のお知らせ")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	a := &app{std: streams{strings.NewReader(""), w, w}, now: time.Now}
	command := a.command()
	command.SetArgs([]string{"-c", path, "issue", "preview", file, "--list", "ajc-newsletter", "--open"})
	ended := make(chan error, 1)
	go func() { ended <- command.ExecuteContext(ctx) }()
	said := bufio.NewReader(r)
	link := ""
	for link == "" {
		l, err := said.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		link = regexp.MustCompile(`http://127\.0\.0\.1:\d+/open/[0-9a-f]{32}`).FindString(l)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	get := func(url string) (*http.Response, error) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return browser.Do(q)
	}
	root := ""
	page := func() string {
		a, err := get(link)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		root = a.Request.URL.String() // whereto the link leads
		b, _ := io.ReadAll(a.Body)
		if bytes.Contains(b, []byte("reader-1@")) || bytes.Contains(b, []byte("山田太郎")) {
			t.Errorf("a reader is in it: %s", b)
		}
		return string(b)
	}
	if got := page(); !strings.Contains(got, "<h1>［お名前］様へ</h1>") || !strings.Contains(got, `data-state="good"`) {
		t.Errorf("at first: %s", got)
	}
	events, err := get(root + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	lines := bufio.NewReader(events.Body)
	next := func() {
		for {
			l, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(l, "data:") {
				return
			}
		}
	}
	next()
	for _, step := range []struct{ text, want string }{
		{"+++\nsubject = \"{{nobody}}\"\n+++\n冬のお知らせ", `data-state="stale"`},
		{"+++\nsubject = \"Winter\"\n+++\n冬のお知らせ", "<h1>Winter</h1>"},
		{strings.Repeat("x", 200<<10), "larger than"},
	} {
		write(step.text)
		for got := ""; !strings.Contains(got, step.want); got = page() {
			next()
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := get(link); err == nil {
		t.Error("the page outlives the command")
	}
}

// seedOne gives a list with fields a reader.
func seedOne(t *testing.T, path string) {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := service.Open(cfg, "a test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	who := func(int) (string, subscribe.Fields) {
		return "reader-1@readers.example", subscribe.Fields{"name": "山田太郎", "prefecture": "jp13"}
	}
	err = crowd.Seed(t.Context(), s.Store, cfg.Lists["ajc-newsletter"], 1, time.Now(), who)
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	with := func(name string) func(string) string {
		return func(n string) string { return strings.Repeat("x", strings.Count(n, name)) }
	}
	for _, tc := range []struct {
		system, variable string
		want             []string
	}{
		{"darwin", "none", []string{"open", "LINK"}},
		{"windows", "none", []string{"rundll32", "url.dll,FileProtocolHandler", "LINK"}},
		{"linux", "none", nil},
		{"linux", "WAYLAND_DISPLAY", []string{"xdg-open", "LINK"}},
		{"freebsd", "DISPLAY", []string{"xdg-open", "LINK"}},
	} {
		if got := opening(tc.system, "LINK", with(tc.variable)); !slices.Equal(got, tc.want) {
			t.Errorf("%s with %s: %q", tc.system, tc.variable, got)
		}
	}
	if got := forwarding("192.0.2.1 50000 192.0.2.2 22", "127.0.0.1:4567"); !strings.Contains(got, "ssh -N -L 4567:127.0.0.1:4567 ") || forwarding("", "127.0.0.1:4567") != "" {
		t.Error(got)
	}
}

// TestFilesBesideAreFollowed: a picture that is saved anew is shown anew.
func TestFilesBesideAreFollowed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, a := sight{file: filepath.Join(dir, "winter.md")}, &app{}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[[32]byte]string{}
	differs := func(when string) {
		t.Helper()
		sum, err := in.sum(t.Context(), a)
		if again, _ := in.sum(t.Context(), a); err != nil || again != sum {
			t.Errorf("%s: %v", when, err)
		}
		if before, there := seen[sum]; there {
			t.Errorf("%s it looks as %s", when, before)
		}
		seen[sum] = when
	}
	write("winter.md", "+++\nsubject = \"Winter\"\n+++\n![The way](map.png)")
	differs("without its picture")
	write("map.png", "a")
	differs("with its picture")
	write("map.png", "ab")
	differs("with another picture")
	write("winter.md", "+++\nsubject = \"Winter\"\n+++\n")
	differs("with another text")
}
