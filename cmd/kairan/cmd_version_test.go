package main

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/exit"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	code, verb, errs := typed(t, "version")
	if code != exit.Done || !strings.HasPrefix(verb, "kairan ") || !strings.Contains(verb, "commit ") || !strings.Contains(verb, runtime.Version()) {
		t.Errorf("exit %d: %q %s", code, verb, errs)
	}
	if _, flag, _ := typed(t, "--version"); flag != verb {
		t.Errorf("--version says %q, and version %q", flag, verb)
	}
	_, out, _ := typed(t, "version", "--json")
	var b build
	if err := json.Unmarshal([]byte(out), &b); err != nil || b.Go != runtime.Version() || b.Version == "" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestBuildSaysItsCommit(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.time", Value: "2026-11-27T00:00:00Z"}, {Key: "vcs.modified", Value: "false"},
	}}
	if got, want := buildOf(info).String(), "v1.2.3, commit 0123abcd, "+runtime.Version(); !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	info.Settings[2].Value = "true"
	if got := buildOf(info).String(); !strings.Contains(got, "commit 0123abcd with changes") {
		t.Errorf("%q hides that the program is no commit", got)
	}
	if got := buildOf(&debug.BuildInfo{}).String(); !strings.HasPrefix(got, "devel, commit unknown") {
		t.Errorf("without anything known: %q", got)
	}
}

// TestServeBeginsItsLogShortly: the first line says which program this is and
// where its configuration lies; the configuration itself is asked for.
func TestServeBeginsItsLogShortly(t *testing.T) {
	t.Parallel()
	path := installed(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"kairan", "-c", path, "serve"}, streams{strings.NewReader(""), &out, &errs}, time.Now)
	first, _, _ := strings.Cut(errs.String(), "\n")
	for _, want := range []string{"msg=Starting", "version=", "commit=", "go=" + runtime.Version(), "config=" + path} {
		if !strings.Contains(first, want) {
			t.Errorf("exit %d; no %s in the first line: %s", code, want, first)
		}
	}
	for line := range strings.Lines(errs.String()) {
		if len(line) > 500 {
			t.Errorf("a line of %d octets: %.200s", len(line), line)
		}
	}
	if code, toml, errs := typed(t, "-c", path, "check", "--effective"); code != exit.Done || !strings.Contains(toml, "\n[sending]\n") || !strings.Contains(toml, "probe_every = ") {
		t.Errorf("exit %d: %s%s", code, toml, errs)
	}
}
