package source

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong with an issue's source.
type Fault struct {
	Line int // of the file, from 1
	Text string
}

// Faults is everything wrong with an issue's source, by line.
type Faults []Fault

func (fs Faults) Error() string { return strings.Join(fs.Lines(), "\n") }

// Lines are the faults in words.
func (fs Faults) Lines() (lines []string) {
	for _, f := range fs {
		lines = append(lines, fmt.Sprintf("line %d: %s", f.Line, f.Text))
	}
	return lines
}

func (fs *Faults) add(line int, format string, args ...any) {
	*fs = append(*fs, Fault{line, fmt.Sprintf(format, args...)})
}

// clip keeps a quotation in an error short, and one that might be an address out of it.
func clip(s string) string {
	if strings.ContainsRune(s, '@') {
		return "…"
	}
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
