package service

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TestErasureOnceBegunEnds: an erasure that was cut off goes on, also where its day has been
// put off since. Nobody is on the list any more, so nobody would be asked about it.
func TestErasureOnceBegunEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2035, 4, 1, 12, 0, 0, 0, time.UTC)
	s := demoAt(t, func() time.Time { return now })
	l := s.Config.Lists["ajc-newsletter"]
	l.EraseBy = time.Date(2035, 4, 1, 0, 0, 0, 0, time.UTC)
	err := s.Store.Adopt(t.Context(), s.Config.Lists)
	if err == nil {
		err = crowd.Seed(t.Context(), s.Store, l, 3, now, func(i int) (string, subscribe.Fields) {
			return fmt.Sprintf("reader%d@example.jp", i), subscribe.Fields{"name": "Ume", "prefecture": "13", "business": "trade"}
		})
	}
	wall := filepath.Join(s.Config.Journal, "leavings.rewritten") // the journal cannot be written anew
	if err = errors.Join(err, os.Mkdir(wall, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.purge(t.Context(), Purging{}); err == nil {
		t.Fatal("it was not cut off")
	}
	l.EraseBy = l.EraseBy.AddDate(2, 0, 0)
	if err := os.Remove(wall); err != nil {
		t.Fatal(err)
	}
	if out, err := s.purge(t.Context(), Purging{}); err != nil || len(out.Lists) != 1 {
		t.Errorf("%+v, %v", out.Lists, err)
	}
	if holds, err := s.Store.Holds(l.ID); holds || err != nil {
		t.Errorf("something of it is there still, %v", err)
	}
	if all, err := s.Store.Erasures(l.ID); err != nil || len(all) != 1 || all[0].Due != "2035-04-01" || all[0].Readers != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	if out, err := s.purge(t.Context(), Purging{}); err != nil || len(out.Lists) != 0 {
		t.Errorf("again: %+v, %v", out.Lists, err)
	}
}

// demoAt is the service of a demo, without a server, on a clock.
func demoAt(t *testing.T, clock func() time.Time) *Service {
	t.Helper()
	dir := t.TempDir()
	cfg, err := config.Parse(filepath.Join(dir, "kairan.toml"), config.DemoSource(dir, "http://localhost:1", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1", 9))
	if err == nil {
		err = seal.Generate(time.Now()).Write(cfg.Keys)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(cfg, "test", clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
