package boltfile

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// SayHolder notes who has the file's lock, for whoever finds it locked: bbolt's own
// lock cannot say. who is "" for the program's name. Close takes the note away.
func (f *File) SayHolder(who string, since time.Time) {
	f.holder = holderOf(f.path)
	text := fmt.Sprintf("%s (process %d, since %s)", cmp.Or(who, filepath.Base(os.Args[0])), os.Getpid(), since.Format("2006-01-02 15:04:05 MST"))
	_ = os.Remove(f.holder)                         // whatever lies there: a pipe would be waited for
	_ = os.WriteFile(f.holder, []byte(text), 0o600) // only informs; the lock itself is bbolt's
}

func holderOf(path string) string { return filepath.Join(filepath.Dir(path), "holder") }

// heldBy is who noted that he has the file's lock.
func heldBy(path string) string {
	b, err := os.ReadFile(holderOf(path))
	if err != nil || len(b) == 0 {
		return "another process"
	}
	return string(b)
}
