package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.jp/kairan/deliver"
)

// NoticeSums are the attempts at notices since they were last taken. A line of the log for
// each would follow a request at the public side only for who is on a list: sums are
// logged at fixed times, whatever was asked.
type NoticeSums struct {
	Accepted, Deferred, Refused, Uncertain int
	Codes                                  map[string]int // replies of those that were not accepted
}

// String is for the log: "12 accepted, 1 refused (550 5.1.1: 1)".
func (n NoticeSums) String() string {
	s := fmt.Sprintf("%d accepted, %d deferred, %d refused, %d uncertain", n.Accepted, n.Deferred, n.Refused, n.Uncertain)
	var codes []string
	for _, code := range slices.Sorted(maps.Keys(n.Codes)) {
		codes = append(codes, fmt.Sprintf("%s: %d", code, n.Codes[code]))
	}
	if len(codes) > 0 {
		s += " (" + strings.Join(codes, ", ") + ")"
	}
	return s
}

// TakeNotices returns the sums, and begins anew.
func (e *Engine) TakeNotices() NoticeSums {
	e.mu.Lock()
	defer e.mu.Unlock()
	sums := e.notices
	e.notices = NoticeSums{}
	return sums
}

func (e *Engine) countNotice(r deliver.Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := &e.notices
	switch r.Outcome {
	case deliver.Accepted:
		n.Accepted++
		return
	case deliver.Deferred:
		n.Deferred++
	case deliver.Refused:
		n.Refused++
	case deliver.Uncertain:
		n.Uncertain++
	}
	if n.Codes == nil {
		n.Codes = map[string]int{}
	}
	n.Codes[strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Stage, r.Code, r.Enhanced))]++
}

// CopySums are the attempts at copies of issues since the engine began, by outcome.
type CopySums [deliver.Uncertain + 1]int

// Copies are the sums. They may be told at any time, since no request moves them.
func (e *Engine) Copies() CopySums {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.copies
}
