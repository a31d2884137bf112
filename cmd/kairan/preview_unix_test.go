//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPreviewWaitsForNoPipe: what is watched may become anything while it is being saved.
func TestPreviewWaitsForNoPipe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "winter.md")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	in := sight{file: file}
	if _, err := in.sum(t.Context(), &app{}); err == nil || !strings.HasSuffix(err.Error(), "winter.md is no file any more") {
		t.Error(err)
	}
}
