package service

import (
	"context"
	"slices"
	"strings"

	"example.jp/kairan/deliver"
)

// toldByReport are alarms whose report the store owes with the change itself: it has the
// balance and the very reason, and comes at once.
var toldByReport = []string{"issue-held", "issue-paused"}

// reportAlarm owes the offices a report of an alarm: that of its list or issue; all, if it
// is of the installation.
func (s *Service) reportAlarm(ctx context.Context, a Alarm) error {
	if slices.Contains(toldByReport, a.Name) {
		return nil
	}
	lists, name := s.Config.Order, a.Name
	if a.Of != "" {
		name += " (" + a.Of + ")"
		if list, _, _ := strings.Cut(a.Of, "/"); s.Config.Lists[list] != nil {
			lists = []string{list}
		}
	}
	return s.Store.ReportAlarm(ctx, lists, deliver.Report{Kind: deliver.ReportAlarm, Issue: name, Subject: a.Name, Started: a.Since, Why: a.Why, Hint: a.Hint, Kinds: a.Kinds})
}
