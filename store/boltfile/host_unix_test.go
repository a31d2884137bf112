//go:build unix

package boltfile

import (
	"errors"
	"os"
	"syscall"
	"testing"

	berrors "go.etcd.io/bbolt/errors"
)

func TestFullIsRecognised(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&os.PathError{Op: "write", Err: syscall.ENOSPC}, &os.PathError{Op: "write", Err: syscall.EDQUOT},
		&os.PathError{Op: "write", Err: syscall.EFBIG}, berrors.ErrMaxSizeReached,
		errors.New("file resize error: truncate: file too large"),
	} {
		if !errors.Is(WrapFull(err), ErrFull) {
			t.Errorf("%v is not recognised", err)
		}
	}
	if errors.Is(WrapFull(syscall.EIO), ErrFull) || WrapFull(nil) != nil {
		t.Error("every error is a full disk")
	}
}
