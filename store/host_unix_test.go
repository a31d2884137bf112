//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
	"testing"

	berrors "go.etcd.io/bbolt/errors"
)

const limitsFiles = true

// limitFiles keeps files of this process from growing beyond 2 MiB.
func limitFiles() error {
	const limit = 2 << 20
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit})
}

func TestFullIsRecognised(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&os.PathError{Op: "write", Err: syscall.ENOSPC}, &os.PathError{Op: "write", Err: syscall.EDQUOT},
		&os.PathError{Op: "write", Err: syscall.EFBIG}, berrors.ErrMaxSizeReached,
		errors.New("file resize error: truncate: file too large"),
	} {
		if !errors.Is(full(err), ErrFull) {
			t.Errorf("%v is not recognised", err)
		}
	}
	if errors.Is(full(syscall.EIO), ErrFull) || full(nil) != nil {
		t.Error("every error is a full disk")
	}
}
