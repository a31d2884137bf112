package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/exit"
)

// A terminal is no place for a backup.
func TestBackupNotToTerminal(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/ptmx"); err != nil {
		t.Skip("there is no terminal to be had here")
	}
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	path, h := openedHere(t)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	if err := terminal.SetDeadline(time.Now().Add(10 * time.Second)); err != nil { // nobody reads what is written there
		t.Log(err)
	}
	code := run(t.Context(), []string{"kairan", "-c", path, "backup", "-"}, streams{strings.NewReader(""), terminal, &errs}, time.Now)
	if code != exit.Usage || !strings.Contains(errs.String(), "a backup is not for a terminal") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}
