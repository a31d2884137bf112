package backups

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var night = time.Date(2026, 11, 27, 3, 0, 7, 999, time.FixedZone("JST", 9*60*60))

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func ownFolder(t *testing.T) Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "backups")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return Folder(dir)
}

func names(t *testing.T, f Folder) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(string(f))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestPut: a backup is there whole, under its date, or not at all.
func TestPut(t *testing.T) {
	t.Parallel()
	f := ownFolder(t)
	if err := os.WriteFile(filepath.Join(string(f), ".kairan-backup-123.part"), []byte("of a run that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	made, err := f.Put(night, Encrypted, text("a backup"))
	if err != nil || made.Name != "kairan-2026-11-26T180007Z.age" || made.Octets != 8 {
		t.Fatalf("%+v, %v", made, err)
	}
	info, err := os.Stat(f.Path(made))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
	next, err := f.Put(night, Encrypted, text("another"))
	if err != nil || next.Name != "kairan-2026-11-26T180008Z.age" {
		t.Errorf("another of the same second: %+v, %v", next, err)
	}
	for _, fault := range []error{syscall.ENOSPC, errors.New("the database is closed")} {
		_, err := f.Put(night.Add(time.Hour), Encrypted, func(w io.Writer) error { return errors.Join(text("half of it")(w), fault) })
		if !errors.Is(err, fault) || !strings.Contains(err.Error(), "nothing was left behind") {
			t.Errorf("%v: %v", fault, err)
		}
	}
	if got := names(t, f); !slices.Equal(got, []string{made.Name, next.Name}) {
		t.Errorf("what lies there: %v", got)
	}
	if b, err := os.ReadFile(f.Path(made)); err != nil || string(b) != "a backup" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestRedate: what was made under a clock that ran ahead is kept no longer for that, and
// nothing takes the place of another one.
func TestRedate(t *testing.T) {
	t.Parallel()
	f, now := ownFolder(t), time.Date(2026, 11, 27, 3, 0, 0, 999, time.UTC)
	for name, what := range map[string]string{
		"kairan-2026-11-27T030000Z.age": "now", "kairan-2027-11-27T030000Z.age": "a year ahead", "kairan-2027-11-28T030000Z.db": "and a day", "kairan-2026-11-26T030000Z.age": "of yesterday",
	} {
		if err := os.WriteFile(filepath.Join(string(f), name), []byte(what), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := f.Redate(now); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := names(t, f), []string{"kairan-2026-11-26T030000Z.age", "kairan-2026-11-27T025959Z.age", "kairan-2026-11-27T030000Z.age", "kairan-2026-11-27T030000Z.db"}; !slices.Equal(got, want) {
		t.Errorf("what lies there: %v, want %v", got, want)
	}
	if b, err := os.ReadFile(filepath.Join(string(f), "kairan-2026-11-27T030000Z.age")); err != nil || string(b) != "now" {
		t.Errorf("it was replaced: %q, %v", b, err)
	}
}

// TestForgetWhatIsNotWhole: what a run that was killed has left is kept no longer than a backup.
func TestForgetWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	f := ownFolder(t)
	for name, at := range map[string]time.Time{".kairan-backup-1.part": night.AddDate(0, 0, -36), ".kairan-backup-2.part": night} {
		path := filepath.Join(string(f), name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Forget(night.AddDate(0, 0, -35)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, f); !slices.Equal(got, []string{".kairan-backup-2.part"}) {
		t.Errorf("left: %v", got)
	}
}

// TestForget: by the date in the name and no other, and only what has a name of ours.
func TestForget(t *testing.T) {
	t.Parallel()
	f := ownFolder(t)
	for _, name := range []string{
		"kairan-2026-10-20T030000Z.age", "kairan-2026-10-21T030000Z.db", "kairan-2026-10-22T030000Z.age", "kairan-2026-11-27T030000Z.age",
		"kairan-2026-10-20T030000Z.age.txt", "kairan-2026-10-20.age", "kairan-before.db", "old.age", "kairan-2026-13-20T030000Z.age", "xkairan-2026-10-20T030000Z.age",
	} {
		if err := os.WriteFile(filepath.Join(string(f), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(string(f), "kairan-2026-10-19T030000Z.age"), 0o700); err != nil {
		t.Fatal(err)
	}
	last := time.Date(2026, 10, 22, 3, 0, 0, 0, time.UTC)
	gone, err := f.Forget(last)
	if err != nil || len(gone) != 2 || gone[0].Name != "kairan-2026-10-20T030000Z.age" || gone[1].Name != "kairan-2026-10-21T030000Z.db" {
		t.Errorf("gone: %v, %v", gone, err)
	}
	if all, err := f.All(); err != nil || len(all) != 2 || !all[0].At.Equal(last) {
		t.Errorf("left: %v, %v", all, err)
	}
	if got := names(t, f); len(got) != 9 {
		t.Errorf("what lies there: %v", got)
	}
	if gone, err := f.Forget(last.AddDate(1, 0, 0)); err != nil || len(gone) != 2 {
		t.Errorf("the last one stays: %v, %v", gone, err)
	}
}
