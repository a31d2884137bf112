//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// fewFiles lowers how many files this process may open to what the file says, if it is there.
func fewFiles(name string) {
	b, err := os.ReadFile(name)
	if err != nil {
		return
	}
	var limit syscall.Rlimit // whose numbers have another type on each system
	_, err = fmt.Sscan(string(b), &limit.Cur)
	limit.Max = limit.Cur
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
	if err != nil {
		panic(err)
	}
}
