//go:build linux || darwin || freebsd

package disk

import "syscall"

// Room is how many octets the file system of dir has left for this account; not
// ok if that cannot be told.
func Room(dir string) (octets int64, ok bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true //nolint:unconvert // their types differ from system to system
}
