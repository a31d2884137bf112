package disk

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestRoomIsThatOfTheDisk: what is left for this account, and no number where
// there is none.
func TestRoomIsThatOfTheDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	octets, ok := Room(dir)
	if !ok || octets <= 0 || octets == math.MaxInt64 {
		t.Errorf("%d, %v", octets, ok)
	}
	if _, ok := Room(filepath.Join(dir, "nothing")); ok {
		t.Error("a folder that is not there has room")
	}
	if err := SyncDir(dir); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if uid, yes := otherOwner(info); yes || othersWrite(info) {
		t.Errorf("one's own folder belongs to %d, or is open to others", uid)
	}
}

// TestPlaceTakesNobodysPlace: what is there stays, and what is placed has one name.
func TestPlaceTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	for n, want := range []error{nil, fs.ErrExist} {
		if err := Replace(from, []byte{byte('1' + n)}); err != nil {
			t.Fatal(err)
		}
		if err := Place(from, to); !errors.Is(err, want) {
			t.Errorf("time %d: %v", n+1, err)
		}
	}
	if text, err := os.ReadFile(to); string(text) != "1" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
