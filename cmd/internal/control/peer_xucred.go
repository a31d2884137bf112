//go:build darwin || freebsd

package control

import (
	"golang.org/x/sys/unix"
)

// peerUID is the account at the other end of a Unix socket, as the kernel says.
func peerUID(fd int) (uid int, ok bool) {
	cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, false
	}
	return int(cred.Uid), true
}
