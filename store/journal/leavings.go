package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"

	"example.jp/kairan/store/disk"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// A journal is a file that only grows: a head, then lines of 96 octets.
//
//	head   magic(16) id(16) gap from(8) gap until(8) check(16)
//	line   number(8) sealed(version kind at(8) entry(16) list(16) mark(16))
//
// A line is written in the same breath as the commit that it speaks of. Where the
// two disagree after a crash the journal is ahead, and what it says is done again;
// or it could not be written, and is made anew from the marks of the database.

const (
	magic    = "kairan-journal 1"
	headSize = 64
)

// errHead is a journal that does not begin as one of this key file's does.
var errHead = errors.New("its head is damaged, or it was written with another key file")

func (j *Folder) read(f *os.File) error {
	head := make([]byte, headSize)
	if _, err := f.ReadAt(head, 0); errors.Is(err, io.EOF) {
		return errHead
	} else if err != nil {
		return err
	}
	check := j.check(head)
	if string(head[:16]) != magic || !bytes.Equal(head[48:], check[:]) {
		return errHead
	}
	j.at.ID = [16]byte(head[16:32])
	for n := range j.at.Gap {
		if ms := binary.BigEndian.Uint64(head[32+8*n:]); ms != 0 {
			j.at.Gap[n] = time.UnixMilli(int64(ms))
		}
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	line := make([]byte, lineSize)
	for lines := (info.Size() - headSize) / lineSize; lines > 0; lines-- { // a torn tail is written over
		if _, err := f.ReadAt(line, headSize+(lines-1)*lineSize); err != nil {
			return err
		}
		if n, l, ok := j.open(line); ok {
			j.size, j.at.Last, j.at.Written = headSize+lines*lineSize, n, l.At
			return nil
		}
	}
	j.size = headSize
	return nil
}

func (j *Folder) check(head []byte) [16]byte {
	return j.keys.Hash(seal.Mark, "journal head v1", string(head[:48]))
}

func (j *Folder) head() []byte {
	head := append([]byte(magic), j.at.ID[:]...)
	for _, at := range j.at.Gap {
		ms := uint64(0)
		if !at.IsZero() {
			ms = uint64(at.UnixMilli())
		}
		head = binary.BigEndian.AppendUint64(head, ms)
	}
	check := j.check(head)
	return append(head, check[:]...)
}

// Add numbers the leavings of a commit and begins to write them; the function
// that it returns waits until they are on disk. What cannot be written is kept,
// and written with the next.
func (j *Folder) Add(all []Line) (last uint64, wait func() error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range all {
		line, err := j.line(j.at.Last+1, l)
		if err != nil {
			return j.at.Last, func() error { return err }
		}
		j.at.Last++
		j.pending = append(j.pending, line...)
	}
	done := make(chan error, 1)
	go func() { done <- j.Flush() }()
	return j.at.Last, func() error { return <-done }
}

// Feign takes the time that a line takes, and keeps nothing: it writes behind the last
// line, where the next one will stand. A click on a leave link that has nothing left to
// end is answered no sooner for that.
func (j *Folder) Feign() (wait func() error) {
	done := make(chan error, 1)
	go func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.file == nil || len(j.pending) > 0 {
			done <- nil // it cannot be written at present, which takes no time either
			return
		}
		_, err := j.file.WriteAt(make([]byte, lineSize), j.size)
		if err == nil {
			err = j.file.Sync()
		}
		done <- err
	}()
	return func() error { return <-done }
}

// Flush writes what waits, and has it on disk when it returns. It has an error as
// long as there is no journal to write to.
func (j *Folder) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return errors.New("it could not be made")
	}
	if len(j.pending) == 0 {
		return nil
	}
	if _, err := j.file.WriteAt(j.pending, j.size); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.size += int64(len(j.pending))
	j.pending = nil
	return nil
}

// Each reads the lines with a higher number than after, and counts the damaged.
func (j *Folder) Each(after uint64, do func(Line) error) (damaged int, err error) {
	j.mu.Lock()
	f, size := j.file, j.size
	j.mu.Unlock()
	if f == nil {
		return 0, nil
	}
	lines := (size - headSize) / lineSize
	low, high := int64(0), lines // numbers ascend
	for number := make([]byte, 8); low < high; {
		mid := (low + high) / 2
		if _, err := f.ReadAt(number, headSize+mid*lineSize); err != nil {
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
	r := io.NewSectionReader(f, headSize+low*lineSize, (lines-low)*lineSize)
	for buf := make([]byte, 1024*lineSize); ; {
		n, err := io.ReadFull(r, buf)
		for line := buf[:n]; len(line) >= lineSize; line = line[lineSize:] {
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

// Rebuild writes the journal anew, whole or not at all: with these lines, and the
// word that those between the instants of gap are missing.
func (j *Folder) Rebuild(all []Line, gap [2]time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.at.ID, j.at.Gap, j.at.Last, j.pending = subscribe.NewID(), gap, 0, nil
	text := j.head()
	for _, l := range all {
		line, err := j.line(j.at.Last+1, l)
		if err != nil {
			return err
		}
		j.at.Last++
		j.at.Written = l.At
		text = append(text, line...)
	}
	if j.at.Spoilt {
		if err := os.Rename(j.path(Name), j.path(Name)+".damaged"); err != nil {
			return err
		}
		j.at.Spoilt = false
	}
	return j.replace(text)
}

// replace puts a whole new file in the place of the journal.
func (j *Folder) replace(text []byte) error {
	return j.swap(int64(len(text)), func() error { return disk.Replace(j.path(Name), text) })
}

// swap goes on with the file that put gives the journal's name, up to that size; also with
// a [disk.UnsyncedError], or lines would go to a file that has no name any more.
func (j *Folder) swap(size int64, put func() error) error {
	if j.file != nil && !disk.RenamesOpen {
		_ = j.file.Close()
		j.file = nil
	}
	fault := put()
	if fault != nil && !errors.As(fault, new(*disk.UnsyncedError)) {
		return fault
	}
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
	f, err := os.OpenFile(j.path(Name), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	j.file, j.size = f, size
	return fault
}
