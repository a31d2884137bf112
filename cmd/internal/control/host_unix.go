//go:build unix

package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"
	"sync"
	"syscall"
)

// narrowing is held while the umask is another: it is the whole process's.
var narrowing sync.Mutex

// listenNarrow opens a Unix socket that never exists with a wider mode than 0660.
func listenNarrow(path string) (net.Listener, error) {
	narrowing.Lock()
	defer narrowing.Unlock()
	old := syscall.Umask(0o117)
	defer syscall.Umask(old)
	return net.Listen("unix", path)
}

func giveToGroup(path, name string) error {
	g, err := user.LookupGroup(name)
	if err != nil {
		return fmt.Errorf("socket_group: %w; make the group, or leave the key out", err)
	}
	gid, err := strconv.Atoi(g.Gid)
	if err == nil {
		err = os.Chown(path, -1, gid)
	}
	if err != nil {
		return fmt.Errorf("the control socket cannot be given to group %s: %w; the account that runs Kairan must be a member of it", name, err)
	}
	return nil
}

// refusedConnection says whether nobody listens at a socket that exists.
func refusedConnection(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
