package main

import (
	"fmt"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// soonErased is how long before its day a list is said to be erased: a day that was mistyped
// for one to come is seen before it does.
const soonErased = 7 * 24 * time.Hour

// checkErasure warns of lists whose day of erasure comes soon, and of which anything is
// stored. One that has begun is a promise, and is refused where it was not foreseen.
func checkErasure(cfg *config.Config, found service.Examined, now time.Time) error {
	var due []string
	for _, id := range cfg.Order {
		if l := cfg.Lists[id]; found.Holds[id] && !l.EraseDue(now) && l.EraseDue(now.Add(soonErased)) {
			due = append(due, fmt.Sprintf("lists.%s.erase_by is %s: as that day begins everything of the list is erased for good, with %s; if that is not meant, mend the day before",
				id, l.EraseDay(), deliver.Count(found.Readers[id], "reader")))
		}
	}
	if due == nil {
		return nil
	}
	return errWarned(strings.Join(due, "\n"))
}
