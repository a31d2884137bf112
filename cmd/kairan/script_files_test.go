package main

import (
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// thirdEnv draws every third script, where all would take too long.
const thirdEnv = "KAIRAN_SCRIPT_THIRD"

var cutShort = regexp.MustCompile(`(?m)^(\[.*\] )?(stop|skip)\b`)

// scripts are the files that are told: all, or every third, drawn by the seed in thirdEnv.
// It refuses one that would pass without having been told to its end.
func scripts(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("..", "..", "testdata", "script", "*.txtar"))
	if err != nil || len(all) == 0 {
		t.Fatalf("there are no scripts: %v", err)
	}
	for _, name := range all {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if cutShort.Match(b) {
			t.Errorf("%s: stop and skip end a script early and let it pass; to end the server, say shutdown", name)
		}
	}
	seed := os.Getenv(thirdEnv)
	if seed == "" {
		return all
	}
	drawn := slices.DeleteFunc(all, func(name string) bool { return crc32.ChecksumIEEE([]byte(seed+filepath.Base(name)))%3 != 0 })
	if len(drawn) == 0 {
		t.Fatalf("%s=%s draws none", thirdEnv, seed)
	}
	t.Logf("%s=%s: %d scripts", thirdEnv, seed, len(drawn))
	return drawn
}
