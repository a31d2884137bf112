//go:build unix

package main

import (
	"os"
	"strconv"
	"syscall"
)

// fewFiles lowers how many files this process may open to what the file says, if it is there.
func fewFiles(name string) {
	b, err := os.ReadFile(name)
	if err != nil {
		return
	}
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: n})
	}
	if err != nil {
		panic(err)
	}
}
