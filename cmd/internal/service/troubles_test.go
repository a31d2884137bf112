package service

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/subscribe"
)

// TestEveryTroubleIsTold in a line of its own, with what it means for readers.
func TestEveryTroubleIsTold(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, trouble := range subscribe.Troubles() {
		var out bytes.Buffer
		s := Service{Config: &config.Config{}, log: slog.New(slog.NewTextHandler(&out, nil)), now: time.Now}
		s.trouble(trouble)
		_, line, _ := strings.Cut(out.String(), "level=")
		if told[line] || strings.Count(line, "why=") != 1 || strings.Count(line, "\n") != 1 {
			t.Errorf("trouble %d is told as %q", trouble, line)
		}
		told[line] = true
	}
}

func TestSeldom(t *testing.T) {
	t.Parallel()
	now, told := time.Unix(1795251600, 0), 0
	tell := seldom(func() time.Time { return now }, func(error) { told++ })
	for range 480 { // two minutes of the intake's ticks
		tell(errors.New("the same"))
		now = now.Add(250 * time.Millisecond)
	}
	if told != 2 {
		t.Errorf("the same fault was told %d times in two minutes", told)
	}
	tell(errors.New("another"))
	tell(errors.New("the same"))
	now = now.Add(-time.Hour) // the clock was set back
	tell(errors.New("the same"))
	if told != 5 {
		t.Errorf("told %d times, want 5: what is new is told at once", told)
	}
}
