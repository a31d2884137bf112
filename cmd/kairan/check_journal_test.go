package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
)

// TestCheckMakesNoJournal: where the folder of the journal is written wrongly, a check says so,
// and makes none there beside a database that has its own elsewhere.
func TestCheckMakesNoJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, err := config.Parse("kairan.toml", config.Sample())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data, cfg.Journal, cfg.Keys, cfg.Socket = filepath.Join(dir, "data"), filepath.Join(dir, "jurnal"), filepath.Join(dir, "keys"), filepath.Join(dir, "socket")
	keys := seal.Generate(time.Now())
	if err := keys.Write(cfg.Keys); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(store.Options{Dir: cfg.Data, Journal: filepath.Join(dir, "journal"), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	a := &app{now: time.Now}
	if _, err := a.checkDatabase(t.Context(), cfg, new(service.Examined)); err == nil {
		t.Error("the database was opened")
	}
	if _, err := checkJournal(cfg); err == nil || !strings.Contains(err.Error(), "there is no folder "+cfg.Journal) {
		t.Errorf("it says %v", err)
	}
	if _, err := os.Stat(cfg.Journal); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a journal now: %v", err)
	}
}
