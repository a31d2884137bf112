package main

import (
	"strings"
	"testing"
	"time"
)

// TestBeside: what a command says of itself counts, and else what its process took.
func TestBeside(t *testing.T) {
	got, err := runBeside(t.Context(), `echo {"rate":{port},"cpu":{connections}}`, 2000, 25, 100)
	if err != nil || got.Messages != 100 || got.Elapsed != 50*time.Millisecond || got.CPU != 2500*time.Microsecond {
		t.Errorf("%+v, %v", got, err)
	}
	for _, says := range []string{`{"rate":0,"cpu":1}`, "done", `{"rate":3}`} {
		if got, err := runBeside(t.Context(), "echo "+says, 1, 1, 7); err != nil || got.Messages != 7 || got.Elapsed <= 0 || got.Elapsed > time.Minute {
			t.Errorf("%s: %+v, %v", says, got, err)
		}
	}
	for command, want := range map[string]string{" ": "--beside", "false": "false failed", "/nowhere/sender": "/nowhere/sender failed"} {
		if _, err := runBeside(t.Context(), command, 1, 1, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", command, err)
		}
	}
}
