package main

import (
	"slices"
	"strings"

	"example.jp/kairan/cmd/internal/service"
)

// beforeStart says of an issue that begins within the hour what is not well, or that all
// is, and which relays were asked.
func beforeStart(i service.Issue) string {
	if i.Before == nil {
		return ""
	}
	var b strings.Builder
	for _, x := range i.Before.Lacks {
		switch {
		case slices.ContainsFunc(i.Warnings, func(w string) bool { return strings.Contains(w, x.Says) }): // it is told there
		case x.Stops:
			b.WriteString(remark("It would not begin: " + x.Says))
		default:
			b.WriteString(remark("Not well: " + x.Says))
		}
	}
	for _, t := range i.Before.Tried {
		said := " would not take it"
		if t.Takes {
			said = " would take it"
		}
		b.WriteString(remark("Tried at " + inZone(t.At, i.Zone).Format("15:04 MST") + ": " + t.Relay + said))
	}
	if ready(i) {
		b.WriteString(remark("All that its start needs is there"))
	}
	return b.String()
}

// ready says of an issue that begins within the hour that it was tried and all is well.
func ready(i service.Issue) bool {
	return i.Before != nil && len(i.Before.Lacks) == 0 && len(i.Before.Tried) > 0
}

// readiness is the same in a few words, for the screen of `kairan status`.
func readiness(i service.Issue) string {
	switch {
	case i.Before == nil:
		return ""
	case len(i.Before.Lacks) > 0:
		return "; NOT ALL IS WELL: kairan issue status " + i.Issue
	case !ready(i):
		return ""
	}
	tried := i.Before.Tried[0].At
	for _, t := range i.Before.Tried {
		if t.At.Before(tried) {
			tried = t.At
		}
	}
	return "; tried at " + inZone(tried, i.Zone).Format("15:04") + ", all is well"
}
