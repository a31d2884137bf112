package service

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
)

// TestDoubts: what is amiss with backups is said, and nobody misses one before it could
// be there.
func TestDoubts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.Local)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	c := config.Backup{Folder: "/backups", WarnAfter: 3, VerifyWarn: 100}
	hand := c
	hand.Folder, hand.VerifyWarn = "", 0
	const verified = "a backup was last verified on 2026-08-18, 101 days ago"
	for name, x := range map[string]struct {
		known Backups
		c     config.Backup
		want  []string
	}{
		"nothing was ever served":   {Backups{}, c, nil},
		"it runs since yesterday":   {Backups{Since: ago(1)}, c, nil},
		"none for four days":        {Backups{Since: ago(4)}, c, []string{"no backup has ever been made"}},
		"all is well":               {Backups{Since: ago(300), Made: ago(1), Verified: ago(99)}, c, nil},
		"the last is too old":       {Backups{Since: ago(300), Made: ago(4), Verified: ago(99)}, c, []string{"the last good backup was made on 2026-11-23, 4 days ago"}},
		"verified too long ago":     {Backups{Since: ago(300), Made: ago(1), Verified: ago(101)}, c, []string{verified}},
		"never verified":            {Backups{Since: ago(101), Made: ago(1)}, c, []string{"no backup has ever been verified (kairan restore --verify FILE)"}},
		"by hand, nobody verifies":  {Backups{Since: ago(300), Made: ago(1)}, hand, nil},
		"the folder cannot be used": {Backups{Since: ago(1), Fault: "there is no folder"}, c, []string{"no backup can be made: there is no folder"}},
		"the folder is empty":       {Backups{Since: ago(9), Made: ago(1), Missing: true}, c, []string{"no backup lies in /backups"}},
		"all of it": {Backups{Since: ago(300), Made: ago(4), Verified: ago(101), Missing: true}, c,
			[]string{"no backup lies in /backups", "the last good backup was made on 2026-11-23, 4 days ago", verified}},
		"another data key since": {Backups{Since: ago(300), Made: ago(4), Verified: ago(99), Rekeyed: ago(2)}, c,
			[]string{"the data key was changed on 2026-11-25, and nobody can read the backups from before: make one (kairan backup)"}},
		"the clock was once ahead": {Backups{Since: ago(-9), Made: ago(-9), Verified: ago(-9)}, c, nil},
	} {
		if got := x.known.Doubts(x.c, now); !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// TestBackupByNight: one each night into the folder, for the recipients alone, until it is
// too old; what is amiss is said where somebody looks.
func TestBackupByNight(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Date(2026, 11, 27, 1, 50, 0, 0, time.Local)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(filepath.Join(dir, "k.toml"), config.DemoSource(dir, "http://localhost:1", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1", 2525))
	if err := errors.Join(err, seal.Generate(now).Write(filepath.Join(dir, "keys"))); err != nil {
		t.Fatal(err)
	}
	cfg.Backup.Folder, cfg.Backup.Recipients = filepath.Join(dir, "backups"), []string{id.Recipient().String()}
	s, err := Open(cfg, "a test", func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.beginBackups(t.Context())
	at := func(day, hour, want int, doubts string) {
		t.Helper()
		now = time.Date(2026, 11, day, hour, 10, 0, 0, time.Local)
		s.night(t.Context())
		s.sweepBackups(t.Context())
		s.lookOut()
		said := ""
		for _, a := range s.Alarms() {
			said += a.Name + ": " + a.Why
		}
		files, err := s.backupFolder().All()
		if len(files) != want || err != nil && want > 0 || doubts == "" != (said == "") || !strings.Contains(said, doubts) {
			t.Errorf("day %d, %d h: %d backups, want %d; %q, want %q (%v)", day, hour, len(files), want, said, doubts, err)
		}
	}
	at(27, 2, 0, "there is no folder "+cfg.Backup.Folder)
	if err := os.Mkdir(cfg.Backup.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	at(27, 1, 0, "")
	at(27, 3, 1, "")
	at(27, 4, 1, "")
	at(28, 2, 2, "")
	for d := range 36 {
		at(29+d, 2, min(3+d, 36), "")
	}
	all, err := s.backupFolder().All()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.backupFolder().Path(all[0]))
	if err != nil || !bytes.HasPrefix(text, []byte("age-encryption.org/v1\n")) || bytes.Contains(text, []byte("japanifornia")) {
		t.Errorf("it is not for its recipients alone: %v", err)
	}
	plain, err := agefile.Reader(bytes.NewReader(text), strings.NewReader(id.String()))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Load(cfg.Keys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Verify(store.Options{Keys: keys}, plain, dir); err != nil {
		t.Error(err)
	}
	for range 2 { // a client that goes away holds nobody up
		o, err := Backup.Call(t.Context(), &control.Client[Service]{Local: s}, struct{}{})
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, agefile.HeadLen)
		if _, err := io.ReadFull(o, head); err != nil || !agefile.Is(head) {
			t.Errorf("what is handed out begins with %q, %v", head, err)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(cfg.Data, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
