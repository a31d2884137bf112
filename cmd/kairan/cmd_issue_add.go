package main

import (
	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver/phrase"
)

func (a *app) issueAddCommand() *cobra.Command {
	var list, slug, folder string
	c := &cobra.Command{Use: "add [LIST/SLUG] FILE.md|-", Args: cobra.RangeArgs(1, 2)}
	a.jsonFlag(c)
	c.Flags().StringVar(&list, "list", "", "")
	c.Flags().StringVar(&slug, "slug", "", "")
	c.Flags().StringVar(&folder, "files", "", "")
	c.RunE = func(c *cobra.Command, args []string) error {
		name, file, err := operands(args, list, slug)
		if err != nil {
			return err
		}
		m, err := a.readManuscript(c.Context(), file, folder)
		if err != nil {
			return err
		}
		return tell(c.Context(), a, service.IssueAdd, service.Source{Issue: name, Source: m.Source, Files: m.Files}, func(out service.Issue) error {
			a.lookAt(a.std.out, out.Findings)
			if out.State == "scheduled" {
				a.sayStillStarts(out)
				return nil
			}
			a.say("%s added as %s: %s\n", out.Issue, phrase.Say("%s", phrase.Key(out.State)), out.Subject)
			a.sayFiles(out)
			a.sayPage(out)
			a.say("Next: %[2]s issue preview %[1]s\nThen: %[2]s issue schedule %[1]s --at \"tomorrow 09:00\"\n", out.Issue, a.self())
			return nil
		})
	}
	return c
}

// sayStillStarts tells whoever has replaced the text of a scheduled issue when it starts.
func (a *app) sayStillStarts(i service.Issue) {
	a.say("%s\n", a.para(a.told("%s replaced: %s", i.Issue, i.Subject)))
	a.say("%s\n", a.para(a.told("It is still scheduled, and starts %s (%s), %s, with this text.",
		a.at("minute", i.Due, i.Zone), i.Zone, a.ahead(i.Due))))
	a.sayFiles(i)
	a.sayPage(i)
	if a.sayUntested(i); !i.Tested && i.Testers == 0 {
		a.say("This text has not been tested: the list has no `testers` in its configuration.\n")
	}
	a.say("To keep it from starting: kairan issue cancel %s\n", i.Issue)
}

// sayUntested reminds of the test, if the list has testers.
func (a *app) sayUntested(i service.Issue) {
	if !i.Tested && i.Testers > 0 {
		a.say("This text has not been tested: kairan issue test %s\n", i.Issue)
	}
}
