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
	c := &cobra.Command{
		Use:   "purge",
		Short: "Forget what was kept long enough, as the service does each night",
		Long: `Forgets what has been kept as long as [retention] says, and erases each list whose
erase_by has come. The service does so by itself, each night and on that day; this is
to see what it does, or not to wait. What is forgotten may be read for some days
still, in free pages of the database and in backups: it says until when.`,
		Args: cobra.NoArgs,
	}
	c.Flags().BoolVar(&in.DryRun, "dry-run", false, "only say what would be forgotten")
	c.Flags().StringVar(&certificate, "certificate", "", "print the certificate of this list's erasure instead")
	reasonFlag(c, &in.Reason)
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if certificate != "" {
			if in.DryRun || in.Reason != "" {
				return exit.Usagef("--certificate only prints; give it alone, or with --json")
			}
			return tell(c.Context(), a, service.Certificates, service.OfList{List: certificate}, a.printCertificates)
		}
		return tell(c.Context(), a, service.Purge, in, a.printPurged)
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
