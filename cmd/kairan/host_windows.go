package main

import (
	"errors"
	"io/fs"
	"net"
	"syscall"

	"golang.org/x/sys/windows"
)

// listenNarrow opens a Unix socket. Sockets have no mode here: who may use it is
// who may enter its folder.
func listenNarrow(path string) (net.Listener, error) { return net.Listen("unix", path) }

func giveToGroup(_, name string) error {
	return usage("socket_group: a socket cannot be given to the group %s on Windows; leave the key out, and see to who may enter its folder", name)
}

// refusedConnection says whether nobody listens at a socket that exists.
func refusedConnection(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED) || errors.Is(err, syscall.ECONNREFUSED)
}

// mine cannot be told without access lists; the folder for temporary files is each
// account's own here.
func mine(fs.FileInfo) bool { return true }

// demoName is what the demo is called in the account's own folder for temporary
// files.
func demoName() string { return "kairan-demo" }
