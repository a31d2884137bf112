package disk

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/windows"
)

// RenamesOpen says whether a file that is open can be replaced.
const RenamesOpen = false

// otherOwner cannot be told without access lists, which nothing here reads: who may
// use the data directory, whoever makes it must see to.
func otherOwner(fs.FileInfo) (uid int, yes bool) { return 0, false }

// othersWrite cannot be told either: a mode here says only whether a file may be
// written at all.
func othersWrite(fs.FileInfo) bool { return false }

// othersRead cannot be told either.
func othersRead(fs.FileInfo) bool { return false }

// NoRoom says whether a file cannot grow any more.
func NoRoom(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED) || errors.Is(err, syscall.ENOSPC)
}

// SyncDir does nothing: a directory cannot be synced here, and a name in it is
// on the disk when the call that makes it returns.
func SyncDir(string) error { return nil }

// Room is how many octets the volume of dir has left for this account; not ok if
// that cannot be told.
func Room(dir string) (octets int64, ok bool) {
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
