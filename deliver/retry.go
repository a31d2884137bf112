package deliver

import (
	"strings"
	"time"
)

// Retry is the schedule of further attempts as data: the wait before the
// second attempt, before the third, and so on; the last one repeats.
type Retry []time.Duration

// DefaultRetry tries three times in the first hour, again an hour later, and then
// every two hours. RFC 5321 §4.5.4.1 suggests two attempts in the first hour; the
// first wait is shorter here, because most of what is deferred is greylisted.
func DefaultRetry() Retry {
	return Retry{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour}
}

// Wait is the time before the attempt after the given one (1 is the first),
// with up to an eighth added by jitter, which lies in [0, 1).
func (r Retry) Wait(attempt int, jitter float64) time.Duration {
	d := r[min(max(attempt, 1), len(r))-1]
	return d + time.Duration(float64(d)/8*jitter)
}

// String reads the schedule aloud: "again after 15m, then 30m, then 1h and so on".
func (r Retry) String() string {
	parts := make([]string, len(r))
	for i, d := range r {
		parts[i] = FormatDuration(d)
	}
	return "again after " + strings.Join(parts, ", then ") + " and so on"
}
