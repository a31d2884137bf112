//go:build unix

package seal

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestLoadRefusesOtherKinds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	// A pipe without a writer must not hang the start either.
	for _, path := range []string{dir, pipe} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "not an ordinary file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
