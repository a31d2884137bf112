package main

import (
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/exit"
)

// TestCheckNoticesLowCeilings: those that older samples wrote are named, the
// defaults are not.
func TestCheckNoticesLowCeilings(t *testing.T) {
	t.Parallel()
	path := installed(t)
	if _, out, _ := typed(t, "-c", path, "check", "--no-relay"); lines(t, out)["limits"] != "ok" {
		t.Errorf("the defaults: %s", lines(t, out)["limits"])
	}
	edit(t, path, "[limits]\nrequests_per_network_per_hour = 1000\n", "[limits]\nrequests_per_hour = 1000\nrequests_per_network_per_hour = 10\n")
	code, out, _ := typed(t, "-c", path, "check", "--no-relay")
	got := lines(t, out)["limits"]
	if code != exit.Done || !strings.HasPrefix(got, "warning") || !strings.Contains(got, "per_network_per_hour = 10:") {
		t.Errorf("exit %d, limits: %s", code, got)
	}
	if !strings.Contains(out, "requests_per_hour = 1000:") {
		t.Errorf("only the first is named:\n%s", out)
	}
}
