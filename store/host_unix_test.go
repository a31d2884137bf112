//go:build unix

package store

import "syscall"

const limitsFiles = true

// limitFiles keeps files of this process from growing beyond 2 MiB.
func limitFiles() error {
	const limit = 2 << 20
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit})
}
