package control

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// NamesPeers says whether this system tells who is at the other end of the socket.
const NamesPeers = true

// peerIDs are those of the account at the other end of a Unix socket, as the kernel says.
func peerIDs(fd int) (uid int, gids []int, ok bool) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, nil, false
	}
	return int(cred.Uid), append(peerGroups(fd), int(cred.Gid)), true
}

// peerGroups are the supplementary groups that the peer's process has. They are the
// kernel's, so those of a directory such as LDAP count, which no file here names.
func peerGroups(fd int) (gids []int) {
	for room := 64; ; {
		raw := make([]uint32, room)
		size := uint32(room) * 4
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&raw[0])), uintptr(unsafe.Pointer(&size)), 0) //nolint:gosec // as getsockopt(2) wants it
		if errors.Is(errno, unix.ERANGE) && int(size) > room*4 { // it says how much there is
			room = int(size) / 4
			continue
		}
		if errno != 0 {
			return nil // an older kernel: the primary group counts alone
		}
		for _, g := range raw[:size/4] {
			gids = append(gids, int(g))
		}
		return gids
	}
}
