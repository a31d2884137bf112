package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// The journal of leavings is a file that only grows: a head, then lines of 96
// octets. Each is its number, and sealed under the mark key what ended and when,
// as keyed hashes. It outlives the database that it stands beside: whatever copy
// of that is put back, who has left since stays away.
//
//	head   magic(16) id(16) gap from(8) gap until(8) check(16)
//	line   number(8) sealed(version kind at(8) entry(16) list(16) mark(16))
//
// A line is written in the same breath as the commit that it speaks of. Where the
// two disagree after a crash the journal is ahead, and what it says is done again;
// or it could not be written, and is made anew from the marks of the database.

const (
	journalName  = "leavings"
	journalMagic = "kairan-journal 1"
	journalHead  = 64
	journalPlain = 2 + 8 + 3*16
	journalLine  = 8 + seal.Overhead + journalPlain
	lJournal     = "journal v1"
)

// leavingKind is what a line of the journal says.
type leavingKind byte

const (
	entryLeft    leavingKind = iota + 1 // the entry ended
	entryBlocked                        // the entry ended with a block
	entryMoved                          // the entry is at another address now, or ended in favour of the one there
	boxBlocked                          // the mailbox is never written to
	boxUnblocked
	placeholder // keeps a number that must not be used again
)

// leaving is one line.
type leaving struct {
	kind  leavingKind
	at    time.Time
	entry subscribe.ID
	list  [16]byte // hash of the list's id; zero: every list
	mark  [16]byte // under which the mark or the block stands
}

// leavingOf is what a mark means for the journal; false: nothing.
func (s *Store) leavingOf(listID string, mark [16]byte, m subscribe.Mark) (leaving, bool) {
	l := leaving{at: m.At, entry: m.ID, mark: mark}
	if listID == "" {
		l.kind = boxBlocked
		if m.Kind != subscribe.MarkBlocked {
			l.kind = boxUnblocked
		}
		return l, true
	}
	l.list = listHash(s.keys, listID)
	switch m.Kind {
	case subscribe.MarkLeft:
		l.kind = entryLeft
	case subscribe.MarkBlocked:
		l.kind = entryBlocked
	case subscribe.MarkMoved:
		l.kind = entryMoved
	default:
		return l, false
	}
	return l, true
}

func listHash(keys *seal.Keyring, id string) [16]byte {
	return keys.Hash(seal.Mark, "journal list v1", id)
}

// journal is the open file. Lines that could not be written wait in pending.
type journal struct {
	path string
	keys *seal.Keyring

	mu      sync.Mutex
	f       *os.File // nil: it could not be opened or made yet
	id      [16]byte
	gap     [2]time.Time // between these leavings are not in it; zero: no gap
	size    int64        // up to the end of the last good line
	last    uint64       // number of the last line, also of those that wait
	pending []byte
	written time.Time // of the last line
	missing bool      // there was none
	spoilt  bool      // or it does not begin as one of this key file's does
}

// openJournal opens the journal in dir. One that is missing or spoilt must be made
// with rebuild.
func openJournal(dir string, keys *seal.Keyring) (*journal, error) {
	j := &journal{path: filepath.Join(dir, journalName), keys: keys, missing: true}
	if err := ordinary(j.path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the journal %s cannot be opened: %w; it must belong to the account that runs Kairan", j.path, err)
	}
	if err := j.read(f); err != nil {
		_ = f.Close()
		if j.spoilt = errors.Is(err, errHead); j.spoilt {
			return j, nil
		}
		return nil, fmt.Errorf("the journal %s cannot be read: %w", j.path, err)
	}
	j.f, j.missing = f, false
	return j, nil
}

// errHead is a journal that does not begin as one of this key file's does.
var errHead = errors.New("its head is damaged, or it was written with another key file")

// ordinary refuses what stands in the place of a file of the journal's folder and
// is none: a pipe would be waited for without end, and a link replaced by a file.
func ordinary(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return disk.Refuse("%s, in the folder of the journal, is no ordinary file; move it away, and put back what was there, if you have it", path)
	}
	return nil
}

func (j *journal) read(f *os.File) error {
	head := make([]byte, journalHead)
	if _, err := f.ReadAt(head, 0); errors.Is(err, io.EOF) {
		return errHead
	} else if err != nil {
		return err
	}
	check := j.check(head)
	if string(head[:16]) != journalMagic || !bytes.Equal(head[48:], check[:]) {
		return errHead
	}
	j.id = [16]byte(head[16:32])
	for n := range j.gap {
		if ms := binary.BigEndian.Uint64(head[32+8*n:]); ms != 0 {
			j.gap[n] = time.UnixMilli(int64(ms))
		}
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	line := make([]byte, journalLine)
	for lines := (info.Size() - journalHead) / journalLine; lines > 0; lines-- { // a torn tail is written over
		if _, err := f.ReadAt(line, journalHead+(lines-1)*journalLine); err != nil {
			return err
		}
		if n, l, ok := j.open(line); ok {
			j.size, j.last, j.written = journalHead+lines*journalLine, n, l.at
			return nil
		}
	}
	j.size = journalHead
	return nil
}

func (j *journal) check(head []byte) [16]byte {
	return j.keys.Hash(seal.Mark, "journal head v1", string(head[:48]))
}

func (j *journal) headOf() []byte {
	head := append([]byte(journalMagic), j.id[:]...)
	for _, at := range j.gap {
		ms := uint64(0)
		if !at.IsZero() {
			ms = uint64(at.UnixMilli())
		}
		head = binary.BigEndian.AppendUint64(head, ms)
	}
	check := j.check(head)
	return append(head, check[:]...)
}

// bound ties a line to its number and its journal.
func (j *journal) bound(n uint64) []byte { return binary.BigEndian.AppendUint64(j.id[:], n) }

func (j *journal) line(n uint64, l leaving) ([]byte, error) {
	plain := append(make([]byte, 0, journalPlain), 1, byte(l.kind))
	plain = binary.BigEndian.AppendUint64(plain, uint64(l.at.UnixMilli()))
	plain = append(append(append(plain, l.entry[:]...), l.list[:]...), l.mark[:]...)
	sealed, err := j.keys.Seal(seal.Mark, lJournal, plain, j.bound(n))
	return append(layout.Key8(n), sealed...), err
}

// open reads one line; false if it is damaged.
func (j *journal) open(line []byte) (n uint64, l leaving, ok bool) {
	n = binary.BigEndian.Uint64(line)
	plain, err := j.keys.Open(seal.Mark, lJournal, line[8:journalLine], j.bound(n))
	if err != nil || len(plain) != journalPlain || plain[0] != 1 {
		return n, l, false
	}
	l.kind, l.at = leavingKind(plain[1]), time.UnixMilli(int64(binary.BigEndian.Uint64(plain[2:])))
	l.entry, l.list, l.mark = subscribe.ID(plain[10:26]), [16]byte(plain[26:42]), [16]byte(plain[42:58])
	return n, l, true
}

// add numbers the leavings of a commit and begins to write them; the function
// that it returns waits until they are on disk. What cannot be written is kept,
// and written with the next.
func (j *journal) add(all []leaving) (last uint64, wait func() error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range all {
		line, err := j.line(j.last+1, l)
		if err != nil {
			return j.last, func() error { return err }
		}
		j.last++
		j.pending = append(j.pending, line...)
	}
	done := make(chan error, 1)
	go func() { done <- j.flush() }()
	return j.last, func() error { return <-done }
}

// flush writes what waits, and has it on disk when it returns.
func (j *journal) flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.pending) == 0 {
		return nil
	}
	if j.f == nil {
		return errors.New("it could not be made")
	}
	if _, err := j.f.WriteAt(j.pending, j.size); err != nil {
		return err
	}
	if err := j.f.Sync(); err != nil {
		return err
	}
	j.size += int64(len(j.pending))
	j.pending = nil
	return nil
}

// each reads the lines with a higher number than after, and counts the damaged.
func (j *journal) each(after uint64, do func(leaving) error) (damaged int, err error) {
	j.mu.Lock()
	f, size := j.f, j.size
	j.mu.Unlock()
	if f == nil {
		return 0, nil
	}
	lines := (size - journalHead) / journalLine
	low, high := int64(0), lines // numbers ascend
	for number := make([]byte, 8); low < high; {
		mid := (low + high) / 2
		if _, err := f.ReadAt(number, journalHead+mid*journalLine); err != nil {
			return 0, err
		}
		if binary.BigEndian.Uint64(number) <= after {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if after == 0 {
		low = 0 // everything, whatever became of the numbers
	}
	r := io.NewSectionReader(f, journalHead+low*journalLine, (lines-low)*journalLine)
	for buf := make([]byte, 1024*journalLine); ; {
		n, err := io.ReadFull(r, buf)
		for line := buf[:n]; len(line) >= journalLine; line = line[journalLine:] {
			_, l, ok := j.open(line)
			if !ok {
				damaged++
			} else if err := do(l); err != nil {
				return damaged, err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return damaged, nil
		} else if err != nil {
			return damaged, err
		}
	}
}

// rebuild writes the journal anew, whole or not at all: with these lines, and the
// word that those between the instants of gap are missing.
func (j *journal) rebuild(all []leaving, gap [2]time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.id, j.gap, j.last, j.pending = subscribe.NewID(), gap, 0, nil
	text := j.headOf()
	for _, l := range all {
		line, err := j.line(j.last+1, l)
		if err != nil {
			return err
		}
		j.last++
		j.written = l.at
		text = append(text, line...)
	}
	if j.spoilt {
		if err := os.Rename(j.path, j.path+".damaged"); err != nil {
			return err
		}
		j.spoilt = false
	}
	return j.replace(text)
}

// drop takes out the lines of lists that have ended.
func (j *journal) drop(lists map[[16]byte]bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return nil
	}
	old := make([]byte, j.size)
	if _, err := j.f.ReadAt(old, 0); err != nil {
		return err
	}
	old = append(old, j.pending...)
	text, last := old[:journalHead:journalHead], uint64(0)
	for line := old[journalHead:]; len(line) >= journalLine; line = line[journalLine:] {
		n, l, ok := j.open(line[:journalLine])
		if !ok || lists[l.list] {
			continue
		}
		text, last = append(text, line[:journalLine]...), n
	}
	if last < j.last { // or the numbers of the dropped would be given again
		line, err := j.line(j.last, leaving{kind: placeholder, at: j.written})
		if err != nil {
			return err
		}
		text = append(text, line...)
	}
	if err := j.replace(text); err != nil {
		return err
	}
	j.pending = nil
	return nil
}

// replace puts a whole new file in the place of the journal.
func (j *journal) replace(text []byte) error {
	if j.f != nil && !disk.RenamesOpen {
		_ = j.f.Close()
		j.f = nil
	}
	if err := disk.Replace(j.path, text); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if j.f != nil {
		_ = j.f.Close()
	}
	j.f, j.size = f, int64(len(text))
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	err := j.flush()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.f == nil {
		return err
	}
	return errors.Join(err, j.f.Close())
}

// journal numbers what ends in this commit and begins to write it; what it
// returns waits for that.
func (t *txn) journal() (written func() error, err error) {
	if len(t.left) == 0 {
		return func() error { return nil }, nil
	}
	last, written := t.s.journal.add(t.left)
	return written, t.s.noteJournal(t.Bolt, last)
}
