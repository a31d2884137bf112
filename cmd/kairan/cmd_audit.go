package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) auditCommand() *cobra.Command {
	c := &cobra.Command{Use: "audit"}
	c.AddCommand(a.auditShowCommand(), a.auditVerifyCommand())
	return c
}

// reasonFlag lets a command say why it is given.
func reasonFlag(c *cobra.Command, reason *string) {
	c.Flags().StringVar(reason, "reason", "", "")
}

func (a *app) auditShowCommand() *cobra.Command {
	var in service.Period
	var since string
	c := &cobra.Command{Use: "show", Args: cobra.NoArgs}
	c.Flags().StringVar(&since, "since", "", "")
	c.Flags().StringVar(&in.List, "list", "", "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if since != "" {
			day, err := time.ParseInLocation(time.DateOnly, since, time.Local)
			if err != nil {
				return exit.Usagef("--since %q is no day; write one such as 2027-04-01", since)
			}
			in.Since = day
		}
		return tell(c.Context(), a, service.AuditShow, in, func(out []service.Deed) error {
			t := rows{{"N", "When", "Who", "What", "On", "Reason", "Result"}}
			for _, d := range out {
				on := strings.TrimSuffix(d.List+"/"+d.Issue, "/")
				t = append(t, []string{strconv.FormatUint(d.N, 10), stamp(d.At), d.By, d.What, on, d.Reason, d.Result})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}

func (a *app) auditVerifyCommand() *cobra.Command {
	var head string
	c := &cobra.Command{Use: "verify", Args: cobra.NoArgs}
	c.Flags().StringVar(&head, "head", "", "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with("", func(cl *client) error {
			done := a.waiting(c.Context())
			out, err := service.AuditVerify.Call(c.Context(), cl, head)
			done()
			if err != nil {
				return err
			}
			if a.json {
				if err := a.printJSON(out); err != nil {
					return err
				}
			} else {
				a.say("%s, from number %d on; the head is %s\n", deliver.Count(int(out.Deeds), "line"), out.First, out.Head)
			}
			return faultOf(out, head)
		})
	}
	return c
}

// faultOf is what is wrong with a trail; nil if nothing is.
func faultOf(out service.Audit, head string) error {
	switch {
	case out.Break > 0:
		return fmt.Errorf("the trail is broken at number %d: %s; compare it with that of a backup", out.Break, out.Why)
	case out.Missing:
		return fmt.Errorf("the head %s is not in this trail: either the database was put back from before it, or the trail was written anew", head)
	case out.Forgotten:
		return exit.Refusedf("the head %s is from before number %d, and what stood there was forgotten in its time; give a later head", head, out.First)
	}
	return nil
}
