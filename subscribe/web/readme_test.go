package web

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestREADMESaysWhatARequestMay: how large one may be, how long it may take, and how many
// there are at once.
func TestREADMESaysWhatARequestMay(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		fmt.Sprintf("| one form; its head; the time that both may take | %d KiB; %d KiB; %.0f seconds |", bodyLimit>>10, headerLimit>>10, readTimeout.Seconds()),
		fmt.Sprintf("| connections in all | %d,%03d; ", maxConnections/1000, maxConnections%1000),
	} {
		if !strings.Contains(string(readme), row) {
			t.Errorf("the README does not say\n%s", row)
		}
	}
}
