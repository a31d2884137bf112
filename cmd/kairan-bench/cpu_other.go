//go:build !unix

package main

import (
	"errors"
	"time"
)

// cpuTime is not known: memory can be measured on Linux only, too.
func cpuTime() (time.Duration, error) { return 0, errors.ErrUnsupported }
