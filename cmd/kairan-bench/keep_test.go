package main

import (
	"strings"
	"testing"
)

// TestKeep: compaction and backup are measured, and those who come and go meanwhile.
func TestKeep(t *testing.T) {
	t.Parallel()
	code, out, errs := bench(t, "keep", "--readers", "5000", "--before", "100ms", "--every", "1ms")
	if code != 0 || !strings.Contains(out, "leavings meanwhile") || !strings.Contains(out, "sign-ups before") || !strings.Contains(out, "compaction: ") || !strings.Contains(out, "backup: ") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
