package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Fault is one thing wrong with a configuration, and what to write instead.
type Fault struct {
	File    string
	Line    int    // 1 or more; what is missing as a whole has the line it is missing below
	Key     string // "lists.whats-new.from"; array elements count from 1; empty for the file as a whole
	Message string
}

func (f Fault) String() string {
	if f.Key == "" {
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Key, f.Message)
}

// Faults is everything wrong with a configuration, by line. It is never empty
// as an error.
type Faults []Fault

// Error is one fault a line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// err sorts the faults, and is nil if there are none.
func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Key, b.Key))
	})
	return fs
}

// addressForm finds anything that could be a mail address in what the file's
// author wrote; messages must not repeat one.
var addressForm = regexp.MustCompile(`[^\s"]*[@＠][^\s"]*`)

func scrub(s string) string { return addressForm.ReplaceAllString(s, "[address]") }

// quote repeats a wrong value for the message, short and without addresses.
func quote(s string) string {
	const most = 60
	s = scrub(s)
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
