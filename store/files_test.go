package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
)

func addFiles(t *testing.T, s *Store, name deliver.IssueName, files ...deliver.File) {
	t.Helper()
	m := deliver.Manuscript{Source: []byte("text"), Files: files}
	if err := s.AddIssue(t.Context(), deliver.Issue{Name: name, Source: m.Source, Files: m.Enclosures(), State: deliver.Draft}, files, nil); err != nil {
		t.Fatal(err)
	}
}

// TestFilesAreSealed: neither the name nor the content of a file can be read in the
// database, and a file that was moved to another issue does not open.
func TestFilesAreSealed(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), newKeys()
	s := open(t, Options{Dir: dir, Keys: keys})
	addFiles(t, s, named("news", "a"), deliver.File{Name: "canary-name.pdf", Data: []byte(strings.Repeat("canary content ", 1000))})
	addFiles(t, s, named("news", "b"), deliver.File{Name: "canary-name.pdf", Data: []byte("another")})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if all, err := os.ReadFile(s.file.Path()); err != nil || bytes.Contains(all, []byte("canary")) {
		t.Errorf("the file shows a canary (%v)", err)
	}
	db, err := bolt.Open(s.file.Path(), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bolt.Tx) error {
		in := layout.List(b, "news", layout.Files)
		return in.Put(fileKey(named("news", "b"), 0), bytes.Clone(in.Get(fileKey(named("news", "a"), 0))))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, Keys: keys})
	if files, err := s.Files(named("news", "a")); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
	if _, err := s.Files(named("news", "b")); err == nil || !strings.Contains(err.Error(), "the file canary-name.pdf of the issue news/b cannot be read: it is damaged") {
		t.Errorf("a file that was moved: %v", err)
	}
	if _, err := s.Issue(named("news", "b")); err != nil {
		t.Errorf("the issue itself: %v", err)
	}
}

// TestFilesStopWithTheStarts: when space runs short files are refused, and issues without
// any are not.
func TestFilesStopWithTheStarts(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Dir: t.TempDir(), Keys: newKeys(), MaxSize: 32 << 20})
	room := deliver.File{Name: "a.pdf", Data: bytes.Repeat([]byte("x"), 5<<20)}
	var full error
	for n := 0; n < 10 && full == nil; n++ {
		m := deliver.Manuscript{Files: []deliver.File{room}}
		full = s.AddIssue(t.Context(), deliver.Issue{Name: named("news", fmt.Sprint(n)), Files: m.Enclosures(), State: deliver.Draft}, m.Files, nil)
	}
	if !errors.Is(full, ErrFull) {
		t.Fatalf("so many files: %v", full)
	}
	if err := s.RoomToStart(); err != nil {
		t.Errorf("files took what starts need: %v", err)
	}
	if err := s.AddIssue(t.Context(), deliver.Issue{Name: named("news", "text"), State: deliver.Draft}, nil, nil); err != nil {
		t.Errorf("an issue without files: %v", err)
	}
}
