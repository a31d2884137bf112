//go:build darwin || freebsd

package control

import (
	"golang.org/x/sys/unix"
)

// NamesPeers says whether this system tells who is at the other end of the socket.
const NamesPeers = true

// peerIDs are those of the account at the other end of a Unix socket, as the kernel says.
func peerIDs(fd int) (uid int, gids []int, ok bool) {
	cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, nil, false
	}
	for _, g := range cred.Groups[:min(max(int(cred.Ngroups), 0), len(cred.Groups))] {
		gids = append(gids, int(g))
	}
	return int(cred.Uid), gids, true
}
