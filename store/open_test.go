package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/boltfile"
	"example.jp/kairan/store/commit"
	"example.jp/kairan/store/journal"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// sample is an active entry.
func sample(list, address string) *subscribe.Subscriber {
	a, err := subscribe.ParseAddress(address)
	if err != nil {
		panic("a sample address is refused: " + err.Error())
	}
	at := time.UnixMilli(1795251600123)
	return &subscribe.Subscriber{
		ID: subscribe.NewID(), List: list, State: subscribe.Active, Address: a,
		Fields: subscribe.Fields{"name": "山田 花子", "organisation": "Example Co."}, Lang: subscribe.Japanese, Revision: 1,
		Consent: subscribe.Consent{Wording: "0123456789abcdef", Policy: "2026-04-01", Requested: at, Confirmed: at, Lang: subscribe.Japanese},
	}
}

func seedReaders(t testing.TB, s *Store, list string, n int) (ids []subscribe.ID) {
	t.Helper()
	for len(ids) < n {
		var page []*subscribe.Subscriber
		for len(page) < 5000 && len(ids) < n {
			e := sample(list, fmt.Sprintf("reader%d@example.jp", len(ids)))
			page, ids = append(page, e), append(ids, e.ID)
		}
		if err := s.Seed(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func named(list, slug string) deliver.IssueName { return deliver.IssueName{List: list, Slug: slug} }

func startIssue(t testing.TB, s *Store, name deliver.IssueName) deliver.Run {
	t.Helper()
	if err := addAndStart(t.Context(), s, name); err != nil {
		t.Fatal(err)
	}
	r, err := s.OpenRun(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func addAndStart(ctx context.Context, s *Store, name deliver.IssueName) error {
	return errors.Join(
		s.AddIssue(ctx, deliver.Issue{Name: name, Subject: "Autumn", State: deliver.Draft}, nil, nil),
		s.StartIssue(ctx, name, deliver.Form{Compiled: []byte("compiled"), Back: aBack()}, func(i *deliver.Issue, n int, now time.Time) error {
			i.Start(n, 48*time.Hour, now)
			return nil
		}))
}

func holdUntilKilled(dir string, keys *seal.Keyring) error {
	if _, err := Open(Options{Dir: dir, Keys: keys, Holder: "kairan serve"}); err != nil {
		return err
	}
	say("held")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	return nil
}

// wantRefusal opens and expects to be refused in words that hold every part.
func wantRefusal(t *testing.T, o Options, parts ...string) {
	t.Helper()
	s, err := Open(o)
	if err == nil {
		_ = s.Close()
		t.Fatal("opened")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

func TestOpenHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir, keys := filepath.Join(t.TempDir(), "data"), newKeys()
	c := command(t, "hold", dir, keys)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	began := time.Now()
	wantRefusal(t, Options{Dir: dir, Keys: keys}, dir, "in use by kairan serve", fmt.Sprintf("process %d", c.Process.Pid), "stop it first")
	if took := time.Since(began); took < 900*time.Millisecond || took > 5*time.Second {
		t.Errorf("the refusal took %s, not about a second", took)
	}
	if err := errors.Join(in.Close(), c.Wait()); err != nil {
		t.Fatal(err)
	}
	open(t, Options{Dir: dir, Keys: keys}) // the lock went with its holder
}

func TestOpenHolderIsSaidAndForgotten(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys, Holder: "kairan serve"})
	holder := filepath.Join(dir, "holder")
	if who, err := os.ReadFile(holder); err != nil || !strings.Contains(string(who), "kairan serve") {
		t.Errorf("holder %q, %v", who, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(holder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the holder outlives the lock: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := s.Update(t.Context(), func(subscribe.Tx) error { return nil }); !errors.Is(err, commit.ErrClosed) {
		t.Errorf("an update of a closed store: %v", err)
	}
}

func TestOpenRefusesAnotherFile(t *testing.T) {
	t.Parallel()
	keys := newKeys()
	t.Run("another key file", func(t *testing.T) {
		t.Parallel()
		dir := made(t, keys)
		wantRefusal(t, Options{Dir: dir, Keys: newKeys()}, "the key file is not the one", dir, "put the right key file in place")
		open(t, Options{Dir: dir, Keys: keys})
	})
	t.Run("a database whose proof of its keys is damaged", func(t *testing.T) {
		t.Parallel()
		dir := made(t, keys)
		db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(b *bolt.Tx) error {
			proof := bytes.Clone(b.Bucket(layout.Meta).Get(layout.KeyCheck))
			proof[3] ^= 1
			return b.Bucket(layout.Meta).Put(layout.KeyCheck, proof)
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, "one of both files is damaged", "kairan restore FILE")
	})
	t.Run("a database of something else", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, "is not a Kairan database", "check `data`")
	})
	t.Run("a file of something else", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), bytes.Repeat([]byte("text\n"), 4096), 0o600); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, "is damaged: neither of its two first pages", "put the last backup back")
	})
	t.Run("a file cut short", func(t *testing.T) {
		t.Parallel()
		dir := made(t, keys)
		if err := os.Truncate(filepath.Join(dir, fileName), 100); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, "is damaged", "put the last backup back")
	})
}

func TestOpenRefusesWhatOthersOwn(t *testing.T) {
	t.Parallel()
	keys := newKeys()
	t.Run("a directory that others may write", func(t *testing.T) {
		t.Parallel()
		for _, mode := range []os.FileMode{0o770, 0o702} {
			dir := made(t, keys)
			if err := os.Chmod(dir, mode); err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, Options{Dir: dir, Keys: keys}, "can be written by others", "chmod 0700 "+dir)
		}
	})
	t.Run("a directory of another account", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() != 0 {
			t.Skip("only root can give a directory away")
		}
		dir := made(t, keys)
		if err := os.Chown(dir, 12345, -1); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, "belongs to uid 12345", "run as its owner")
	})
	t.Run("a database that others may write", func(t *testing.T) {
		t.Parallel()
		for _, mode := range []os.FileMode{0o660, 0o602} {
			dir := made(t, keys)
			file := filepath.Join(dir, fileName)
			if err := os.Chmod(file, mode); err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, Options{Dir: dir, Keys: keys}, "can be written by others", "chmod 0600 "+file)
		}
	})
	t.Run("a database of another account", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() != 0 {
			t.Skip("only root can give a file away")
		}
		dir := made(t, keys)
		if err := os.Chown(filepath.Join(dir, fileName), 12345, -1); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, fileName+" belongs to uid 12345", "chown")
	})
}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	keys := newKeys()
	t.Run("what is no file", func(t *testing.T) {
		t.Parallel()
		other, dir, folder := made(t, keys), t.TempDir(), t.TempDir()
		if err := os.Symlink(filepath.Join(other, fileName), filepath.Join(dir, fileName)); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, "is a symbolic link", "as `data`")
		if err := os.Mkdir(filepath.Join(folder, fileName), 0o700); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: folder, Keys: keys}, "is no ordinary file")
	})
	for _, name := range []string{journal.GenerationName, journal.Name} {
		t.Run("what is no file as "+name, func(t *testing.T) {
			t.Parallel()
			dir, folder := made(t, keys), made(t, keys)
			for path, make := range map[string]func(string) error{
				dir:    func(path string) error { return os.Symlink(filepath.Join(folder, fileName), path) },
				folder: func(path string) error { return os.Mkdir(path, 0o700) },
			} {
				there := filepath.Join(path, "journal", name)
				if err := errors.Join(os.Remove(there), make(there)); err != nil {
					t.Fatal(err)
				}
				wantRefusal(t, Options{Dir: path, Keys: keys}, there, "is no ordinary file")
			}
		})
	}
	t.Run("a file where the directory should be", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, Options{Dir: dir, Keys: keys}, "cannot be made")
	})
}

// made is a folder with a store in it.
func made(t *testing.T, keys *seal.Keyring) string {
	t.Helper()
	dir := t.TempDir()
	if err := open(t, Options{Dir: dir, Keys: keys}).Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestOpenAfterATornCreation: what a crash leaves of the very first opening is
// no database, and no hindrance.
func TestOpenAfterATornCreation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	torn := filepath.Join(dir, strings.Replace(boltfile.MakingPattern, "*", "1", 1))
	if err := os.WriteFile(torn, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{Dir: dir, Keys: newKeys()})
	for name, want := range map[string]os.FileMode{s.file.Path(): 0o600, filepath.Join(dir, "holder"): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if _, err := os.Stat(torn); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a part is left: %v", err)
	}
}

// TestOpenTwiceAtFirst: a service that starts for the first time, and commands of
// that moment, make one database and do not hinder each other.
func TestOpenTwiceAtFirst(t *testing.T) {
	t.Parallel()
	keys := newKeys()
	for range 20 {
		dir := t.TempDir()
		var g errgroup.Group
		begin := make(chan struct{})
		for range 4 {
			g.Go(func() error {
				<-begin
				s, err := Open(Options{Dir: dir, Keys: keys})
				var closed *Refusal
				if errors.As(err, &closed) && closed.InUse {
					return nil // for longer than a second: the computer is busy
				}
				if err != nil {
					return err
				}
				return s.Close()
			})
		}
		close(begin)
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		left, err := filepath.Glob(filepath.Join(dir, ".*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
}

func TestLastCommit(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1795251600123)
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), Now: func() time.Time { return at }})
	if got, err := s.LastCommit(); err != nil || !got.IsZero() {
		t.Fatalf("of a new store: %v, %v", got, err)
	}
	seedReaders(t, s, "japanifornia", 1)
	if got, err := s.LastCommit(); err != nil || !got.Equal(at) {
		t.Fatalf("%v, %v", got, err)
	}
	before := at
	at = at.Add(-time.Hour)
	seedReaders(t, s, "whats-new", 1)
	if got, err := s.LastCommit(); err != nil || !got.Equal(before) {
		t.Fatalf("a clock that was set back: %v, %v", got, err)
	}
	if err := s.TrustClock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.LastCommit(); err != nil || !got.Equal(at) {
		t.Fatalf("trusted: %v, %v", got, err)
	}
}
