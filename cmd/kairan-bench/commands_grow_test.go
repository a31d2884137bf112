//go:build !race

// Under -race what a command takes says nothing.

package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// asked measures commands at rest.
func asked(t *testing.T, program string, readers int) (by map[string]commandTook) {
	t.Helper()
	code, out, errs := bench(t, "commands", "--json", "--at-rest", "--program", program, "--readers", strconv.Itoa(readers), "--runs", "3", "--dir", t.TempDir())
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var r commandsReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	by = map[string]commandTook{}
	for _, c := range r.Took {
		by[c.Line] = c
	}
	return by
}

// TestCommandsDoNotGrow: what no command says takes long, takes no longer with more readers.
// It is CPU that counts, since the machine has other work: 20 ms more for 100,000 readers
// would be 200 ms for a million.
func TestCommandsDoNotGrow(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("commands are measured on Linux")
	}
	program := filepath.Join(t.TempDir(), "kairan")
	if out, err := exec.Command("go", "build", "-o", program, "example.jp/kairan/cmd/kairan").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	few, many := asked(t, program, 1_000), asked(t, program, 100_000)
	quick := 0
	for line, c := range many {
		if c.Long {
			continue
		}
		quick++
		if more := c.CPU + c.ServiceCPU - few[line].CPU - few[line].ServiceCPU; more > 20 {
			t.Errorf("kairan %s takes %.0f ms of CPU more with 100,000 readers than with 1,000", line, more)
		}
	}
	if quick < 40 || len(few) != len(many) {
		t.Errorf("%d commands were asked, of %d and %d", quick, len(few), len(many))
	}
}
