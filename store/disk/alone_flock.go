//go:build linux || darwin || freebsd

package disk

import (
	"errors"
	"os"
	"syscall"
)

// Alone has one process at a time do something in a folder, until release is called or the
// process ends; not ok: another is at it. Where that cannot be told it is ok, as on some
// network file systems.
func Alone(dir string) (release func(), ok bool, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, false, err
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, false, d.Close()
	}
	return func() { _ = d.Close() }, true, nil
}
