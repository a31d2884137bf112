package commit

import (
	"syscall"
	"time"
)

// nap waits in the kernel, as an fsync does: a timer of the runtime is up to a
// millisecond late.
func nap(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&ts, nil)
}
