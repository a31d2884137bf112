package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/phrase"
)

func (a *app) issueCommand() *cobra.Command {
	c := &cobra.Command{Use: "issue"}
	addGroup(c, "group-write", a.issueNewCommand(), a.issuePreviewCommand(), a.issueLintCommand(), a.issueAddCommand(),
		a.issueVerb("test", a.testIssue), a.issueApproveCommand(), a.issueVerb("rm", a.removeIssue))
	addGroup(c, "group-send", a.issueScheduleCommand(), a.issueRescheduleCommand(), a.issueEmbargoCommand(), a.issueCancelCommand(), a.issueResendCommand(), a.issueWithdrawCommand(),
		a.issueVerb("pause", a.verb(service.IssuePause, "%s is paused; to go on: kairan issue resume %[1]s (%[2]s)\n")),
		a.issueVerb("resume", a.verb(service.IssueResume, "%s goes on; to watch it: kairan issue status %[1]s (%[2]s)\n")))
	addGroup(c, "group-look", a.issueLsCommand(), a.issueVerb("show", a.showIssue), a.issueStatusCommand(), a.issueReportCommand())
	return c
}

// issueVerb is a verb that takes an issue's name and nothing else.
func (a *app) issueVerb(name string, do func(context.Context, string) error) *cobra.Command {
	c := &cobra.Command{Use: name + " LIST/SLUG", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error { return do(c.Context(), args[0]) }
	if name == "show" || name == "test" {
		a.jsonFlag(c)
	}
	return c
}

func (a *app) issueLsCommand() *cobra.Command {
	upcoming := false
	c := &cobra.Command{Use: "ls [LIST]", Args: cobra.MaximumNArgs(1)}
	a.jsonFlag(c)
	c.Flags().BoolVar(&upcoming, "upcoming", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		if upcoming {
			return a.upcoming(c.Context(), strings.Join(args, ""))
		}
		return tell(c.Context(), a, service.IssueLs, service.OfList{List: strings.Join(args, "")}, func(out []service.Issue) error {
			t := rows{{"Issue", "State", "Due", "Accepted", "Subject"}}
			for _, i := range out {
				accepted := ""
				if !i.Started.IsZero() {
					accepted = deliver.Thousands(i.Balance.Accepted) + " of " + deliver.Thousands(i.Balance.Audience)
				}
				t = append(t, []string{i.Issue, i.State, a.due(i, a.terminal()), accepted, i.Subject})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}

// clock prints an instant as people of the list's zone read it.
func clock(t time.Time, zone string) string {
	if t.IsZero() {
		return ""
	}
	return inZone(t, zone).Format("Mon 2006-01-02 15:04 MST")
}

// inZone gives an instant that came over the socket its zone's name back.
func inZone(t time.Time, zone string) time.Time {
	if loc, err := time.LoadLocation(zone); err == nil {
		return t.In(loc)
	}
	return t
}

func (a *app) showIssue(ctx context.Context, name string) error {
	return tell(ctx, a, service.IssueShow, service.Named{Issue: name}, func(i service.Issue) error {
		i = a.hinted(i)
		a.say("%s  %s\n%s\n", i.Issue, phrase.Say("%s", phrase.Key(i.State)).In(a.lang()), i.Subject)
		a.tellTest(i)
		a.sayApproval(i)
		if !i.Embargo.IsZero() {
			a.tells("embargo", a.at("minute", i.Embargo, i.Zone))
		}
		if i.Fed.Entries > 0 {
			a.say("Made of %s of the list's feed, for %s.\n", phrase.Number(deliver.Plural(i.Fed.Entries, "entry", "entries")), a.at("minute", i.Fed.Slot, i.Zone))
		}
		a.sayFiles(i)
		a.sayPage(i)
		a.say("\n")
		t := rows{{"When", "Who", "What"}}
		for _, e := range i.Events {
			t = append(t, []string{inZone(e.At, i.Zone).Format("2006-01-02 15:04:05 MST"), e.Actor, e.What})
		}
		a.printTable(t)
		return nil
	})
}

func (a *app) testIssue(ctx context.Context, name string) error {
	return a.with("only a server sends mail", func(cl *client) error {
		out, err := service.IssueTest.Call(ctx, cl, service.Named{Issue: name})
		if err != nil {
			return err
		}
		failed := 0
		if a.json {
			if err := a.printJSON(out.Testers); err != nil {
				return err
			}
		}
		for _, t := range out.Testers {
			if !a.json {
				a.say("%s\n", strings.TrimSpace(fmt.Sprintf("tester %d: %s %s", t.Tester, t.Outcome, t.Reply)))
			}
			if t.Outcome != "accepted" {
				failed++
			}
		}
		if failed > 0 {
			return phrase.Say("%d of %d test copies did not go out", failed, len(out.Testers))
		}
		return nil
	})
}

// verb makes what a command does whose verb is answered with a sentence.
func (a *app) verb(change control.Verb[service.Service, service.Named, service.Issue], sentence string) func(context.Context, string) error {
	return func(ctx context.Context, name string) error {
		return tell(ctx, a, change, service.Named{Issue: name}, func(i service.Issue) error {
			a.say(sentence, i.Issue, i.Balance)
			return nil
		})
	}
}

func (a *app) issueCancelCommand() *cobra.Command {
	yes, reason := false, ""
	c := &cobra.Command{Use: "cancel LIST/SLUG", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&yes, "yes", false, "")
	reasonFlag(c, &reason)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with("", func(cl *client) error { return a.cancelIssue(c.Context(), cl, args[0], yes, reason) })
	}
	return c
}

func (a *app) cancelIssue(ctx context.Context, cl *client, name string, yes bool, reason string) error {
	if a.asks() && !yes {
		i, err := service.IssueStatus.Call(ctx, cl, service.Named{Issue: name})
		if err != nil {
			return err
		}
		if i.State == "running" || i.State == "paused" {
			if err := a.sure(ctx, a.para(a.losing(i))); err != nil {
				return err
			}
			yes = true
		}
	}
	i, err := service.IssueCancel.Call(ctx, cl, service.Cancel{Issue: name, Lose: yes, Reason: reason})
	if err != nil {
		return err
	}
	if i.State == "draft" {
		a.say("%s is a draft again; nothing of it was sent.\n", i.Issue)
		return nil
	}
	a.tells("stopped", i.Issue, i.Balance)
	return nil
}

func (a *app) removeIssue(ctx context.Context, name string) error {
	return tell(ctx, a, service.IssueRm, service.Named{Issue: name}, func(service.Done) error {
		a.say("%s is removed.\n", name)
		return nil
	})
}

func (a *app) issueStatusCommand() *cobra.Command {
	follow := false
	c := &cobra.Command{Use: "status LIST/SLUG", Args: cobra.ExactArgs(1)}
	a.jsonFlag(c)
	c.Flags().BoolVarP(&follow, "follow", "f", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with("", func(cl *client) error { return a.status(c.Context(), cl, args[0], follow) })
	}
	return c
}
