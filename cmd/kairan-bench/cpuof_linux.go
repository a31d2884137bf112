package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// cpuOf is what another process has used of all processors. Its clock's number is made of
// the process's, see clock_getcpuclockid(3).
func cpuOf(pid int) (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		return 0, fmt.Errorf("the CPU time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}
