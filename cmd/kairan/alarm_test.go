package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/subscribe"
)

// TestEveryTroubleIsTold in a line of its own, with what it means for readers.
func TestEveryTroubleIsTold(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, trouble := range subscribe.Troubles() {
		var out bytes.Buffer
		h := service{cfg: &config.Config{}, log: slog.New(slog.NewTextHandler(&out, nil))}
		h.alarm(trouble)
		_, line, _ := strings.Cut(out.String(), "level=")
		if told[line] || strings.Count(line, "why=") != 1 || strings.Count(line, "\n") != 1 {
			t.Errorf("trouble %d is told as %q", trouble, line)
		}
		told[line] = true
	}
}
