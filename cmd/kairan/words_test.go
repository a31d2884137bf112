package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWhoShowsARelaysWords: a relay names readers in its replies, and by the type
// that holds them they cannot be shown by oversight. These two places ask for them:
// `check`, before anybody was named, and `issue test`, which names the testers.
func TestWhoShowsARelaysWords(t *testing.T) {
	t.Parallel()
	may := []string{"cmd/kairan/check_relay.go", "deliver/editor/testers.go", "deliver/outcome.go", "deliver/refusal.go"}
	var do []string
	for _, f := range goFiles(t) {
		source, err := os.ReadFile(filepath.Join(moduleRoot, f.path))
		if err != nil {
			t.Fatal(err)
		}
		if !f.test() && strings.Contains(string(source), ".Disclose()") {
			do = append(do, f.path)
		}
	}
	if slices.Sort(do); !slices.Equal(do, may) {
		t.Errorf("the words of a relay are asked for in %q, and may be in %q", do, may)
	}
}
