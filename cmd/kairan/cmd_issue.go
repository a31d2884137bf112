package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/deliver/editor"
)

func (a *app) issueCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "issue",
		Short: "Write, check, schedule and watch issues",
		Long: `An issue is a Markdown file with TOML front matter; it is named list/slug, the
slug being its file's name. It is a draft until it is scheduled, and can be
replaced by adding it again until it starts.`,
	}
	c.AddCommand(a.issueAddCommand(), a.issueLsCommand(),
		a.issueVerb("show", "Show an issue's state and its timeline", a.showIssue),
		a.issuePreviewCommand(),
		a.issueVerb("test", "Send one marked copy to each tester of the list", a.testIssue),
		a.issueScheduleCommand(),
		a.issueVerb("pause", "Stop a running issue until it is resumed", a.verb(service.IssuePause, "is paused; to go on: kairan issue resume")),
		a.issueVerb("resume", "Let a paused issue go on", a.verb(service.IssueResume, "goes on; to watch it: kairan issue status")),
		a.issueCancelCommand(),
		a.issueVerb("rm", "Remove an issue that was never begun: a draft, or one that is held", a.removeIssue),
		a.issueStatusCommand())
	return c
}

// issueVerb is a verb that takes an issue's name and nothing else.
func (a *app) issueVerb(name, short string, do func(context.Context, string) error) *cobra.Command {
	c := &cobra.Command{Use: name + " LIST/SLUG", Short: short, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error { return do(c.Context(), args[0]) }
	if name == "show" {
		a.jsonFlag(c)
	}
	return c
}

func (a *app) issueAddCommand() *cobra.Command {
	var list, slug string
	c := &cobra.Command{
		Use:   "add FILE.md|-",
		Short: "Add an issue as a draft, or replace it until it starts",
		Long: `Add an issue as a draft. The list is the folder's name, or --list; the slug is the
file's name without .md, or --slug. With - the text is read from standard input.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&list, "list", "", "the list, if it is not the name of the file's folder")
	c.Flags().StringVar(&slug, "slug", "", "the slug, if it is not the file's name")
	c.RunE = func(c *cobra.Command, args []string) error {
		source, err := a.readSource(args[0])
		if err != nil {
			return err
		}
		if args[0] == "-" && (list == "" || slug == "") {
			return exit.Usagef("with - the issue has no file name: give --list and --slug")
		}
		if list == "" {
			abs, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			list = filepath.Base(filepath.Dir(abs))
		}
		slug = cmp.Or(slug, strings.TrimSuffix(filepath.Base(args[0]), ".md"))
		return tell(c.Context(), a, service.IssueAdd, service.Source{Issue: list + "/" + slug, Source: source}, func(out service.Issue) error {
			for _, w := range out.Warnings {
				a.say("Look at %s\n", w)
			}
			if out.State == "scheduled" {
				a.sayStillStarts(out)
				return nil
			}
			a.say("%s added as %s: %s\nNext: %[4]s issue preview %[1]s\nThen: %[4]s issue schedule %[1]s --at \"tomorrow 09:00\"\n",
				out.Issue, out.State, out.Subject, a.self())
			return nil
		})
	}
	return c
}

// sayStillStarts tells whoever has replaced the text of a scheduled issue when it starts.
func (a *app) sayStillStarts(i service.Issue) {
	a.say("%s\n", a.para(fmt.Sprintf("%s replaced: %s", i.Issue, i.Subject)))
	a.say("%s\n", a.para(fmt.Sprintf("It is still scheduled, and starts %s (%s), %s, with this text.",
		clock(i.Due, i.Zone), i.Zone, fromNow(i.Due.Sub(a.now())))))
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

func (a *app) readSource(path string) ([]byte, error) {
	in := a.std.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, source.MaxSource+1))
	if err == nil && len(b) > source.MaxSource {
		return nil, exit.Usagef("%s is larger than %d KB; an issue is text, and pictures are linked", path, source.MaxSource>>10)
	}
	return b, err
}

func (a *app) issueLsCommand() *cobra.Command {
	c := &cobra.Command{Use: "ls [LIST]", Short: "List the issues", Args: cobra.MaximumNArgs(1)}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return tell(c.Context(), a, service.IssueLs, service.OfList{List: strings.Join(args, "")}, func(out []service.Issue) error {
			t := rows{{"Issue", "State", "Due", "Accepted", "Subject"}}
			for _, i := range out {
				accepted := ""
				if !i.Started.IsZero() {
					accepted = deliver.Thousands(i.Balance.Accepted) + " of " + deliver.Thousands(i.Balance.Audience)
				}
				t = append(t, []string{i.Issue, i.State, clock(i.Due, i.Zone), accepted, i.Subject})
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
		a.say("%s  %s\n%s\n\n", i.Issue, i.State, i.Subject)
		t := rows{{"When", "Who", "What"}}
		for _, e := range i.Events {
			t = append(t, []string{inZone(e.At, i.Zone).Format("2006-01-02 15:04:05 MST"), e.Actor, e.What})
		}
		a.printTable(t)
		return nil
	})
}

func (a *app) issuePreviewCommand() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "preview LIST/SLUG", Short: "Show the issue as readers get it: the plain text here, the HTML with --html",
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&file, "html", "", "write the HTML into this file, to be opened in a browser (- for here)")
	c.RunE = func(c *cobra.Command, args []string) error {
		return tell(c.Context(), a, service.IssuePreview, service.Named{Issue: args[0]}, func(p service.Preview) error {
			switch file {
			case "":
				a.say("Subject: %s\n\n%s\n", p.Subject, strings.ReplaceAll(p.Text, "\r\n", "\n"))
			case "-":
				a.say("%s\n", p.HTML)
			default:
				if err := os.WriteFile(file, []byte(p.HTML), 0o600); err != nil {
					return err
				}
				a.say("written: %s\n", file)
			}
			return nil
		})
	}
	return c
}

func (a *app) testIssue(ctx context.Context, name string) error {
	return a.with("only a server sends mail", func(cl *client) error {
		out, err := service.IssueTest.Call(ctx, cl, service.Named{Issue: name})
		if err != nil {
			return err
		}
		failed := 0
		for _, t := range out.Testers {
			a.say("%s\n", strings.TrimSpace(fmt.Sprintf("tester %d: %s %s", t.Tester, t.Outcome, t.Reply)))
			if t.Outcome != "accepted" {
				failed++
			}
		}
		if failed > 0 {
			return fmt.Errorf("%d of %d test copies did not go out", failed, len(out.Testers))
		}
		return nil
	})
}

func (a *app) issueScheduleCommand() *cobra.Command {
	in := service.Schedule{}
	c := &cobra.Command{
		Use:   `schedule LIST/SLUG --at "2026-12-01 09:00" | --now`,
		Short: "Set when the issue starts, in the list's time zone",
		Long: `Set when the issue starts, in the list's time zone: --at "2026-12-01 09:00",
--at "tomorrow 09:00", or --at 18:00 for the next time that it is that late. The
day is said back. Whether all copies can be out before they are given up is
computed first; if not, it is refused, with what to change.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&in.At, "at", "", `when, in the list's time zone: "2026-12-01 09:00", "tomorrow 09:00" or 18:00`)
	c.Flags().BoolVar(&in.Now, "now", false, "after now_delay, so that it can still be stopped: 60 seconds, if nothing else is configured (5 in the demo)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if in.Now == (in.At != "") {
			return exit.Usagef("say when %s starts: either --at \"2026-12-01 09:00\", in the list's time zone, or --now", args[0])
		}
		in.Issue = args[0]
		return a.with("", func(cl *client) error {
			i, err := service.IssueSchedule.Call(c.Context(), cl, in)
			if err != nil {
				return err
			}
			a.say("%s starts %s (%s),\n%s, for %s as of now.\n", i.Issue, inZone(i.Due, i.Zone).Format("Monday 2006-01-02 15:04:05 MST"),
				i.Zone, fromNow(i.Due.Sub(a.now())), deliver.Count(i.Readers, "reader"))
			if !i.First.IsZero() && i.Readers > 0 {
				a.say("%s\n", a.para(duration(i)))
			}
			if i.Readers == 0 {
				a.say("The list has no readers yet: who joins after the start does not get it.\n")
			}
			i = a.hinted(i)
			for _, w := range i.Warnings {
				a.say("%s\n", a.para("Warning: "+w))
			}
			if i.Relay != "" {
				a.say("%s\n", a.para("Warning: no mail goes out at present: "+i.Relay+"; have it mended before then"))
			}
			a.sayUntested(i)
			a.say("To stop it:  %[1]s issue cancel %[2]s\nTo watch it: %[1]s issue status %[2]s --follow\n", a.self(), i.Issue)
			if cl.Local != nil {
				a.say("No server is running: start one with `kairan serve` before then.\n")
			}
			return nil
		})
	}
	return c
}

// verb makes what a command does whose verb is answered with a sentence.
func (a *app) verb(change control.Verb[service.Service, service.Named, service.Issue], sentence string) func(context.Context, string) error {
	return func(ctx context.Context, name string) error {
		return tell(ctx, a, change, service.Named{Issue: name}, func(i service.Issue) error {
			a.say("%s %s %s (%s)\n", i.Issue, a.hint(sentence), i.Issue, i.Balance)
			return nil
		})
	}
}

func (a *app) issueCancelCommand() *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use:   "cancel LIST/SLUG",
		Short: "Take a scheduled issue back to draft, or stop the rest of a running one",
		Long: `Take a scheduled issue back to draft, or stop the rest of a running one. Of one
that runs, the readers who have not got it yet never will: how many these are is
asked on a terminal, and elsewhere --yes must be given. To stop an issue for a
while, pause it.`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().BoolVar(&yes, "yes", false, "stop also an issue under way, without asking")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with("", func(cl *client) error { return a.cancelIssue(c.Context(), cl, args[0], yes) })
	}
	return c
}

func (a *app) cancelIssue(ctx context.Context, cl *client, name string, yes bool) error {
	if a.asks() && !yes {
		i, err := service.IssueStatus.Call(ctx, cl, service.Named{Issue: name})
		if err != nil {
			return err
		}
		if i.State == "running" || i.State == "paused" {
			if err := a.sure(ctx, a.para(editor.Losing(i.Issue, i.State, i.Balance)+".")); err != nil {
				return err
			}
			yes = true
		}
	}
	i, err := service.IssueCancel.Call(ctx, cl, service.Cancel{Issue: name, Lose: yes})
	if err != nil {
		return err
	}
	if i.State == "draft" {
		a.say("%s is a draft again; nothing of it was sent.\n", i.Issue)
		return nil
	}
	a.say("%s is stopped: %s.\n", i.Issue, i.Balance)
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
	c := &cobra.Command{
		Use: "status LIST/SLUG", Short: "Show how far an issue has got, and that its books balance",
		Args: cobra.ExactArgs(1),
	}
	a.jsonFlag(c)
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the issue has ended")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with("", func(cl *client) error { return a.status(c.Context(), cl, args[0], follow) })
	}
	return c
}
