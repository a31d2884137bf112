package main

import (
	"slices"
	"strings"

	"example.jp/kairan/cmd/internal/config"
)

// checkFields notices what readers are asked for, and nothing uses: no issue of the list
// puts it in, and it has no place in statistics. A list that has no issues yet may come to
// use it. slots are the fields that issues put in, by list.
func checkFields(cfg *config.Config, slots map[string][]string) (string, error) {
	var idle []string
	for _, id := range cfg.Order {
		used, has := slots[id]
		for _, f := range cfg.Lists[id].Fields {
			if has && !f.Countable() && !slices.Contains(used, f.ID) {
				idle = append(idle, "lists."+id+": "+f.ID)
			}
		}
	}
	if len(idle) == 0 {
		return "", nil
	}
	return "", errWarned("readers are asked for what nothing uses: " + strings.Join(idle, ", ") + "; put it into issues ({{" + idle[0][strings.LastIndex(idle[0], " ")+1:] + "}}), or ask for it no longer: take the field away, then kairan list apply")
}
