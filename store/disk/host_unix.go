//go:build unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// RenamesOpen says whether a file that is open can be replaced.
const RenamesOpen = true

// otherOwner says whether another account than the caller's owns a file, and which.
func otherOwner(info fs.FileInfo) (uid int, yes bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), int(st.Uid) != os.Geteuid()
}

// othersWrite says whether others than the owner may write a file.
func othersWrite(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }

// othersRead says whether others than the owner may read a file, or enter a folder.
func othersRead(info fs.FileInfo) bool { return info.Mode().Perm()&0o055 != 0 }

// NoRoom says whether a file cannot grow any more.
func NoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// SyncDir makes a name in dir outlast a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
