package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.jp/kairan/store/seal"
)

// The generation file says which database is the one in use, and how many commits
// it has made at the least. Commits is written behind a
// commit, and Heir before the one that takes it.

// GenerationName is the name of the generation file in its folder.
const GenerationName = "generation"

// Generation is what the file says.
type Generation struct {
	ID      [16]byte // the name of the database in use; zero: of none yet
	Commits uint64   // that it has made at the least
	Heir    [16]byte // the name that the database is about to take; zero: none
}

// Standing is what a database says of itself.
type Standing struct {
	ID      [16]byte // zero: it is from before databases had one, or new
	Commits uint64
	Copy    bool // it was written as a backup
}

// Doubt is why a database is not taken for the one in use.
type Doubt uint8

// The doubts.
const (
	NoDoubt         Doubt = iota
	DoubtCopy             // it was written by `kairan backup`
	DoubtOlder            // it has made fewer commits than the one in use
	DoubtOther            // the one in use bears another name
	DoubtNowhere          // no generation file speaks of it
	DoubtUnnumbered       // it is from before databases had a name, and the one in use has one

	doubts = iota
)

// String says it to people.
func (d Doubt) String() string {
	return [doubts]string{
		"it is the one in use",
		"it is a backup",
		"it is older than the one that was in use here",
		"it is another one than was in use here",
		"the journal's folder does not know it",
		"it is from before the last upgrade",
	}[min(int(d), doubts-1)]
}

// Doubt compares a database with the generation file; known is nil if there is none.
func (db Standing) Doubt(known *Generation) Doubt {
	none := [16]byte{}
	switch {
	case db.Copy:
		return DoubtCopy
	case db.ID == none && (known == nil || known.ID == none):
		return NoDoubt // new, or from before this version, and not seen yet
	case db.ID == none:
		return DoubtUnnumbered
	case known == nil:
		return DoubtNowhere
	case known.Heir != none && db.ID == known.Heir:
		return NoDoubt // it was taking that name when the process ended
	case known.ID == none:
		return DoubtNowhere
	case db.ID != known.ID:
		return DoubtOther
	case db.Commits < known.Commits:
		return DoubtOlder
	}
	return NoDoubt
}

// ReadGeneration returns nil if there is no such file, or none that this key file
// has written.
func ReadGeneration(dir string, keys *seal.Keyring) (*Generation, error) {
	path := filepath.Join(dir, GenerationName)
	if err := checkOrdinary(path); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the journal's folder cannot be read: %w; it must belong to the account that runs Kairan", err)
	}
	if g, ok := parseGeneration(string(text)); ok && bytes.Equal(text, g.text(keys)) {
		return &g, nil
	}
	return nil, nil
}

func parseGeneration(text string) (g Generation, ok bool) {
	var id, heir, check string
	if _, err := fmt.Sscanf(text, "kairan-generation 1\nid %s\ncommits %d\nheir %s\ncheck %s\n", &id, &g.Commits, &heir, &check); err != nil || len(id) != 32 || len(heir) != 32 {
		return g, false
	}
	_, err := hex.Decode(g.ID[:], []byte(id))
	_, fault := hex.Decode(g.Heir[:], []byte(heir))
	return g, err == nil && fault == nil
}

func (g Generation) text(keys *seal.Keyring) []byte {
	body := fmt.Sprintf("kairan-generation 1\nid %x\ncommits %d\nheir %x\n", g.ID, g.Commits, g.Heir)
	return fmt.Appendf([]byte(body), "check %x\n", keys.Hash(seal.Mark, "generation v1", body))
}
