package main

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"example.jp/kairan/cmd/internal/agefile"
	"example.jp/kairan/cmd/internal/backups"
	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/crowd"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

var (
	backupKills = flag.Int("backup-kills", 6, "how often TestBackupKilled kills a backup")
	backupSeed  = flag.Uint64("backup-seed", 0, "of the moments at which it kills; 0: drawn")
)

// TestBackupKilled kills the program at random points of a backup: what has a name of
// ours in the folder is whole, and what has none is gone after the next one.
func TestBackupKilled(t *testing.T) {
	t.Parallel()
	const readers = 3000
	seed := *backupSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path, cfg := withBackups(t, id.Recipient().String(), readers)
	folder := backups.Folder(cfg.Backup.Folder)
	takes, left, cut := runBackup(t, path, time.Minute), 0, 0
	for range *backupKills {
		runBackup(t, path, time.Duration(dice.Int64N(int64(takes))))
		all, err := os.ReadDir(string(folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if strings.HasSuffix(e.Name(), ".part") {
				left++
				continue
			}
			wholeBackup(t, cfg, filepath.Join(string(folder), e.Name()), id.String(), readers)
			if err := os.Remove(filepath.Join(string(folder), e.Name())); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := filepath.Glob(filepath.Join(cfg.Data, store.BackupPattern)); err == nil {
			cut += len(n)
		}
	}
	runBackup(t, path, time.Minute)
	all, err := folder.All()
	entries, fault := os.ReadDir(string(folder))
	if err := errors.Join(err, fault); err != nil || len(all) != 1 || len(entries) != 1 {
		t.Errorf("after the next one lie there: %v, %v", entries, err)
	}
	if n, err := filepath.Glob(filepath.Join(cfg.Data, ".*")); err != nil || len(n) > 0 {
		t.Errorf("beside the database are left: %v, %v", n, err)
	}
	t.Logf("%d kills within %v; at %d a copy lay beside the database, at %d in the folder", *backupKills, takes.Round(time.Millisecond), cut, left)
}

// withBackups is an installation with readers and a folder for backups.
func withBackups(t *testing.T, recipient string, readers int) (path string, cfg *config.Config) {
	t.Helper()
	dir := shortDir(t)
	path, folder := filepath.Join(dir, "kairan.toml"), filepath.Join(dir, "backups")
	source := string(config.DemoSource(dir, "http://localhost", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1", 9))
	source += "\n[backup]\nfolder = '" + folder + "'\nrecipients = ['" + recipient + "']\n"
	if err := errors.Join(os.WriteFile(path, []byte(source), 0o600), os.Mkdir(folder, 0o700)); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	keys := seal.Generate(time.Now())
	if err := keys.Write(cfg.Keys); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(store.Options{Dir: cfg.Data, Journal: cfg.Journal, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	who := func(n int) (string, subscribe.Fields) { return killReader(n), nil }
	if err := errors.Join(crowd.Seed(t.Context(), s, cfg.Lists["japanifornia"], readers, time.Now(), who), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path, cfg
}

// runBackup runs `kairan backup` and kills it after so long, if it has not ended.
func runBackup(t *testing.T, path string, after time.Duration) (lived time.Duration) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	c := exec.Command(self, "-c", path, "backup")
	c.Args[0], c.Stdout, c.Stderr = program, &said, &said
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	killer := time.AfterFunc(after, func() { _ = c.Process.Kill() })
	err = c.Wait()
	if lived = time.Since(began); err != nil && (killer.Stop() || c.ProcessState.ExitCode() >= exit.Failed) {
		t.Fatalf("the backup failed by itself: %v: %s", err, &said)
	}
	killer.Stop()
	return lived
}

// wholeBackup says whether a file opens for its recipient, and holds every reader.
func wholeBackup(t *testing.T, cfg *config.Config, path, identity string, readers int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	keys, err := seal.Load(cfg.Keys)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := agefile.Reader(f, strings.NewReader(identity))
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	found, err := store.Verify(store.Options{Keys: keys}, plain, t.TempDir())
	if err != nil || found.Entries != readers {
		t.Errorf("%s is not whole: %+v, %v", filepath.Base(path), found, err)
	}
}
