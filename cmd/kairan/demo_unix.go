//go:build unix

package main

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// mine says whether a file belongs to the caller.
func mine(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// demoName is what this account's demo is called in the folder for temporary
// files, which everybody on this computer shares.
func demoName() string { return "kairan-demo-" + strconv.Itoa(os.Getuid()) }
