package main

import (
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
)

// checkErasure warns of lists that have readers, and whose day of erasure has begun by the
// file: the service erases them seconds after its start, and nobody is asked. A year that
// was mistyped looks like that. readers are those of each list.
func checkErasure(cfg *config.Config, readers map[string]int, now time.Time) error {
	var due []string
	for _, id := range cfg.Order {
		if l := cfg.Lists[id]; l.EraseDue(now) && readers[id] > 0 {
			due = append(due, fmt.Sprintf("lists.%s.erase_by is %s: once the service has started with it, the list is erased for good, with %s; if that is not meant, mend the day first",
				id, l.EraseBy.Format(time.DateOnly), deliver.Count(readers[id], "reader")))
		}
	}
	if due == nil {
		return nil
	}
	return errWarned(strings.Join(due, "\n"))
}
