package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/manual"
)

// TestManPages: mandoc has nothing to say about any page, and they are read from the folder
// that they are written into, by their language.
func TestManPages(t *testing.T) {
	t.Parallel()
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("needs mandoc")
	}
	for _, lang := range manual.Languages() {
		pages, err := manPages(lang, manual.Edition{Program: "kairan v1.2.3", Date: "2026-04-01"})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		lint := []string{"-Tlint", "-Wwarning"}
		for name, text := range pages {
			file := filepath.Join(dir, name+".1")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			lint = append(lint, file)
		}
		if out, err := exec.CommandContext(t.Context(), mandoc, lint...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		out, err := exec.CommandContext(t.Context(), mandoc, "-Tutf8", filepath.Join(dir, "kairan-issue-schedule.1")).Output()
		shown := strings.NewReplacer("\b", "", "_", "").Replace(string(out))
		if err != nil || !strings.Contains(shown, `kairan issue schedule ajc-newsletter/winter --at "2026-12-01 09:00"`) || !strings.Contains(shown, "2026-04-01") {
			t.Errorf("%v\n%s", err, shown)
		}
	}
}

// TestManWrites: one page for each command that help shows, in both languages.
func TestManWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out, errs := typed(t, "man", dir)
	if code != 0 || !strings.Contains(out, "man -M "+dir) {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	for _, folder := range []string{"man1", "ja/man1"} {
		for _, page := range []string{"kairan", "kairan-issue", "kairan-issue-schedule", "kairan-help"} {
			if _, err := os.Stat(filepath.Join(dir, folder, page+".1")); err != nil {
				t.Error(err)
			}
		}
		if found, _ := filepath.Glob(filepath.Join(dir, folder, "kairan-healthz.1")); len(found) > 0 {
			t.Errorf("a hidden command has a page: %s", found)
		}
	}
}
