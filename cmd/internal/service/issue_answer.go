package service

import (
	"time"

	"example.jp/kairan/deliver/editor"
	"example.jp/kairan/subscribe/figures"
)

// issueAnswer is an issue's status as it goes over the socket.
func issueAnswer(s editor.Status, err error) (Issue, error) {
	if err != nil {
		return Issue{}, err
	}
	i, zone := s.Issue, s.List.Zone
	out := Issue{
		Issue: i.Name.String(), Subject: i.Subject, State: i.State.String(), Zone: zone.String(), Readers: s.Readers,
		Due: i.Due.In(zone), Embargo: i.Embargo.In(zone), Started: i.Started.In(zone), Ended: i.Ended.In(zone), Expires: i.Expires.In(zone),
		Balance: s.Books, Balances: s.Books.Balances(), Relay: s.Relay, Copy: s.Copy, Clock: s.Clock, Waits: s.Wait,
		First: s.First.In(zone), Ends: s.Ends.In(zone), PerMinute: s.PerMinute, Hours: s.Hours,
		Tested: i.WasTested(), Testers: len(s.List.Testers), Findings: s.Findings,
		Page: s.Page, Withdrawn: s.Withdrawn.In(zone), Instead: s.Instead.In(zone), Seen: s.Seen,
	}
	for _, w := range s.Warnings {
		out.Warnings, out.WarningsJA = append(out.Warnings, w.EN), append(out.WarningsJA, w.In("ja"))
	}
	if s.Near {
		out.Before = before(s)
	}
	if out.Balance.Complaints < figures.Threshold {
		out.Balance.Complaints = 0 // so few may be known by who has left
	}
	if i.Fed.Entries > 0 {
		out.Fed = Fed{i.Fed.Slot.In(zone), i.Fed.Entries}
	}
	if a := s.Approval; s.NeedsApproval || a.By != "" {
		out.Approval = Approval{Needed: s.NeedsApproval, Author: i.Author(), By: a.By, At: a.At.In(zone), Alone: a.Alone}
		if a.By == "" {
			out.Approval.At = time.Time{}
		}
		if s.NeedsApproval {
			out.Approval.Content = s.Content.String()
		}
	}
	for _, a := range i.Again {
		out.Again = append(out.Again, Again{a.At.In(zone), a.By, a.To.String(), a.Copies})
	}
	if t := i.LastTest(); t.Testers > 0 {
		out.Test = Test{t.At.In(zone), t.Actor, t.Testers}
	}
	for _, f := range i.Files {
		out.Files = append(out.Files, File{f.Name, f.Size})
	}
	if !s.Wait.Next.IsZero() { // or an empty waits would be printed
		out.Waits.Next = s.Wait.Next.In(zone)
	}
	return out, nil
}
