package editor

import (
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/subscribe"
)

// Count says how many as people do: "1 reader", "2,000 readers".
func Count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return Thousands(n) + " " + what
}

// Thousands prints 1,000 for 1000.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
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

// clock prints an instant as people of the list's zone read it.
func clock(t time.Time, l *subscribe.List) string {
	return t.In(l.Zone).Format("Mon 2006-01-02 15:04 MST")
}

// between says hours as people do.
func between(h subscribe.Hours) string {
	from, to, _ := strings.Cut(h.String(), "-")
	return from + " to " + to
}
