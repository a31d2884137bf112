package control

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/windows"

	"example.jp/kairan/cmd/internal/exit"
)

// listenNarrow opens a Unix socket. Sockets have no mode here: who may use it is
// who may enter its folder.
func listenNarrow(path string) (net.Listener, error) { return net.Listen("unix", path) }

func giveToGroup(_, name string) error {
	return exit.Usagef("socket_group: a socket cannot be given to the group %s on Windows; leave the key out, and see to who may enter its folder", name)
}

// refusedConnection says whether nobody listens at a socket that exists.
func refusedConnection(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED) || errors.Is(err, syscall.ECONNREFUSED)
}
