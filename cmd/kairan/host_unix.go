//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// listenNarrow opens a Unix socket that never exists with a wider mode than 0660.
func listenNarrow(path string) (net.Listener, error) {
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

// mine says whether a file belongs to the caller.
func mine(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// demoName is what this account's demo is called in the folder for temporary
// files, which everybody on this computer shares.
func demoName() string { return "kairan-demo-" + strconv.Itoa(os.Getuid()) }
