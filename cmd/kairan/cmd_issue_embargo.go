package main

import (
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
)

func (a *app) issueEmbargoCommand() *cobra.Command {
	lift := false
	c := &cobra.Command{Use: `embargo LIST/SLUG "2026-12-01 18:00" | --lift`, Args: cobra.RangeArgs(1, 2)}
	a.jsonFlag(c)
	c.Flags().BoolVar(&lift, "lift", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		until := strings.Join(args[1:], "")
		if lift == (until != "") {
			return exit.Usagef(`say until when, in the list's time zone: kairan issue embargo %s "2026-12-01 18:00"; or --lift`, args[0])
		}
		return tell(c.Context(), a, service.IssueEmbargo, service.Embargo{Issue: args[0], Until: until}, func(i service.Issue) error {
			if lift {
				a.tells("no-embargo", i.Issue)
			} else {
				a.tells("held-back", i.Issue, a.when(i.Embargo, i.Zone))
			}
			if i.State == "scheduled" {
				a.tells("starts", a.when(i.Due, i.Zone))
			}
			return nil
		})
	}
	return c
}
