//go:build !linux

package commit

import "time"

// nap waits. It is for measuring, and only measured on Linux: elsewhere it may be
// a millisecond late.
func nap(d time.Duration) { <-time.After(d) }
