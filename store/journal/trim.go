package journal

import (
	"bufio"
	"errors"
	"io"
	"os"
	"time"

	"example.jp/kairan/store/disk"
)

// rewritten ends the name of a journal that is being written anew.
const rewritten = ".rewritten"

// Drop takes out the lines of lists that have ended, and those that cannot be read. With
// tells, the head says that leavings of that time are missing: a list may come back with an
// older copy of the database. One that is erased again on that day needs no such word.
func (j *Folder) Drop(lists map[[16]byte]bool, tells bool) error {
	return j.rewrite(&cut{tells: tells, stays: func(l Line, whole bool) bool { return whole && !lists[l.List] }})
}

// Trim takes out the lines from before an instant, but for those that keep wants, and
// returns how many. The head says from now on that leavings of that time are missing, so
// that an older copy of the database that is put back is known to lack them.
func (j *Folder) Trim(before time.Time, keep func(Line) bool) (trimmed int, err error) {
	old := false // a line that cannot be read is taken to be as old as the one before it
	c := &cut{tells: true, stays: func(l Line, whole bool) bool {
		if whole {
			old = l.At.Before(before)
		}
		return !old || whole && keep(l)
	}}
	err = j.rewrite(c)
	return c.gone, err
}

// cut is what a rewriting takes out.
type cut struct {
	stays func(l Line, whole bool) bool
	tells bool // the head says that leavings are gone

	gone int
	last uint64       // number of the last line that stays
	gap  [2]time.Time // of the leavings that are gone; zero: none are
}

// lines writes those of text that stay.
func (c *cut) lines(j *Folder, text []byte, to io.Writer) error {
	for ; len(text) >= lineSize; text = text[lineSize:] {
		n, l, whole := j.open(text[:lineSize])
		if whole && l.Kind == placeholder {
			continue // another is written if it is needed
		}
		if c.stays(l, whole) {
			c.last = n
			if _, err := to.Write(text[:lineSize]); err != nil {
				return err
			}
			continue
		}
		c.gone++
		if whole {
			c.gap = Hull(c.gap, [2]time.Time{l.At, l.At.Add(time.Millisecond)}) // a copy of that very commit has it
		}
	}
	return nil
}

// Hull is the span from the first to the last instant of two; a zero span is none.
func Hull(a, b [2]time.Time) [2]time.Time {
	switch {
	case a[1].IsZero():
		return b
	case b[1].IsZero():
		return a
	}
	if b[0].Before(a[0]) {
		a[0] = b[0]
	}
	if b[1].After(a[1]) {
		a[1] = b[1]
	}
	return a
}

// rewrite puts a new file in the place of the journal, with the lines that stay: the old
// one or the new one, whenever it ends. Meanwhile lines are added to the old one as ever;
// only the last of them wait, for as long as it takes to write them once more.
func (j *Folder) rewrite(c *cut) error {
	j.rewriting.Lock()
	defer j.rewriting.Unlock()
	j.mu.Lock()
	from, size := j.file, j.size
	j.mu.Unlock()
	if from == nil {
		return nil
	}
	path := j.path(Name) + rewritten
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = j.writeAnew(c, f, io.NewSectionReader(from, headSize, size-headSize))
	if err == nil && c.gone > 0 {
		err = j.take(c, f, size)
	}
	_ = f.Close()
	_ = os.Remove(path) // unless it has another name now
	return err
}

// writeAnew writes what lay in the journal when the rewriting began, behind the place of
// the head.
func (j *Folder) writeAnew(c *cut, f *os.File, lines io.Reader) error {
	if _, err := f.Seek(headSize, io.SeekStart); err != nil {
		return err
	}
	to := bufio.NewWriterSize(f, 1024*lineSize)
	for buf := make([]byte, 1024*lineSize); ; {
		n, err := io.ReadFull(lines, buf)
		if err := c.lines(j, buf[:n], to); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if err := to.Flush(); err != nil || c.gone == 0 {
		return err
	}
	return f.Sync()
}

// take writes what has come since, and the head, and gives the file the journal's name.
func (j *Folder) take(c *cut, f *os.File, size int64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	rest := make([]byte, j.size-size)
	if _, err := j.file.ReadAt(rest, size); err != nil {
		return err
	}
	if err := c.lines(j, append(rest, j.pending...), f); err != nil {
		return err
	}
	if c.last < j.at.Last { // or the numbers of those that are gone would be given again
		line, err := j.line(j.at.Last, Line{Kind: placeholder, At: j.at.Written})
		if err == nil {
			_, err = f.Write(line)
		}
		if err != nil {
			return err
		}
	}
	end, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	gap := j.at.Gap
	if c.tells {
		j.at.Gap = Hull(gap, c.gap)
	}
	_, err = f.WriteAt(j.head(), 0)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = j.swap(end, func() error { return disk.Rename(f.Name(), j.path(Name)) })
	}
	if err != nil && !errors.As(err, new(*disk.UnsyncedError)) {
		j.at.Gap = gap
		return err
	}
	j.pending = nil
	return err
}
