package deliver

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count says how many as people do: "1 reader", "2,000 readers".
func Count(n int, what string) string { return Plural(n, what, what+"s") }

// Plural is a number with the word for one, or that for as many.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Thousands prints 1,000 for 1000.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Span says how long something takes as people do: "9 minutes".
func Span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return Count(int(d.Round(time.Second)/time.Second), "second")
	case d < 48*time.Hour && d%time.Hour == 0:
		return Count(int(d/time.Hour), "hour")
	case d < 2*time.Hour:
		return Count(int(d.Round(time.Minute)/time.Minute), "minute")
	case d < 48*time.Hour:
		return Count(int(d.Round(time.Hour)/time.Hour), "hour")
	}
	return Count(int(d.Round(24*time.Hour)/(24*time.Hour)), "day")
}

// FormatDuration writes a duration as the configuration does: 15m, not 15m0s.
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Octets says a size as people do: "812 KB", "2.1 MB", "25 GB".
func Octets(n int) string {
	switch {
	case n < 1<<10:
		return Count(n, "octet")
	case n < 1000<<10:
		return fmt.Sprintf("%d KB", (n+1<<9)>>10)
	}
	size, unit := float64(n)/(1<<20), "MB"
	for _, next := range []string{"GB", "TB"} {
		if size >= 1000 {
			size, unit = size/(1<<10), next
		}
	}
	if size < 10 {
		return fmt.Sprintf("%.1f %s", size, unit)
	}
	return fmt.Sprintf("%.0f %s", size, unit)
}
