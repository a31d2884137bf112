package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) purgeCommand() *cobra.Command {
	var in service.Purging
	var certificate string
	c := &cobra.Command{Use: "purge", Args: cobra.NoArgs}
	c.Flags().BoolVar(&in.DryRun, "dry-run", false, "")
	c.Flags().StringVar(&certificate, "certificate", "", "")
	reasonFlag(c, &in.Reason)
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if certificate != "" {
			if in.DryRun || in.Reason != "" {
				return exit.Usagef("--certificate only prints; give it alone, or with --json")
			}
			return tell(c.Context(), a, service.Certificates, service.OfList{List: certificate}, a.printCertificates)
		}
		done := a.waiting(c.Context())
		defer done()
		return tell(c.Context(), a, service.Purge, in, func(out service.Purged) error {
			done()
			return a.printPurged(out)
		})
	}
	return c
}

func (a *app) printPurged(p service.Purged) error {
	verb := "Forgotten"
	if p.DryRun {
		verb = "Would be forgotten"
	}
	t := rows{{verb, "Kept", "What"}}
	for _, k := range p.Kinds {
		keep := "until done"
		if k.Keep > 0 {
			keep = deliver.Count(k.Keep, "day")
		}
		t = append(t, []string{deliver.Thousands(k.N), keep, k.What})
	}
	a.printTable(t)
	for _, id := range p.Lists {
		if p.DryRun {
			a.say("the list %s would be erased\n", id)
			continue
		}
		a.say("the list %s is erased; its certificate: kairan purge --certificate %s\n", id, id)
	}
	a.say("%s\n", a.para(fmt.Sprintf("until %s it may be read in free pages of the database (%s) and in backups (%s)",
		p.Until.Format(time.DateOnly), deliver.Count(p.Periods.FreePages, "day"), deliver.Count(p.Periods.Backups, "day"))))
	return nil
}

// printCertificates prints what is handed on to others, in both languages.
func (a *app) printCertificates(all []service.Certificate) error {
	for _, c := range all {
		fmt.Fprintf(a.std.out, "%s\n%s\n", c.JA, c.EN)
	}
	return nil
}
