package store

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/windows"
)

// initialMmap: bbolt makes the file as large as its map here, so it begins small
// and grows, and the writer waits for readers when it does.
const initialMmap = 0

// renamesOpen: a file that is open cannot be replaced here.
const renamesOpen = false

// foreign cannot be told without access lists, which nothing here reads: who may
// use the data directory, whoever makes it must see to.
func foreign(fs.FileInfo) (uid int, yes bool) { return 0, false }

// openToOthers cannot be told either: a mode here says only whether a file may be
// written at all.
func openToOthers(fs.FileInfo) bool { return false }

// noRoom says whether a file cannot grow any more.
func noRoom(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED) || errors.Is(err, syscall.ENOSPC)
}

// syncDir does nothing: a directory cannot be synced here, and a name in it is
// on the disk when the call that makes it returns.
func syncDir(string) error { return nil }

// room is how many octets the volume of dir has left for this account; not ok if
// that cannot be told.
func room(dir string) (octets int64, ok bool) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, false
	}
	return int64(min(free, 1<<62)), true
}
