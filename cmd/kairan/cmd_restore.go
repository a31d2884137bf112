package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
)

func (a *app) restoreCommand() *cobra.Command {
	var said []string
	release := false
	var from backupSource
	c := &cobra.Command{Use: "restore [FILE|-]", Args: cobra.MaximumNArgs(1)}
	a.jsonFlag(c)
	c.Flags().StringArrayVar(&said, "issue", nil, "")
	c.Flags().StringVar(&from.identity, "identity", "", "")
	c.Flags().BoolVar(&from.verify, "verify", false, "")
	c.Flags().BoolVar(&from.damaged, "damaged", false, "")
	c.Flags().BoolVar(&release, "release", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		in, err := parseVerdicts(said)
		if err != nil {
			return err
		}
		in.Release = release
		if len(args) == 0 && from != (backupSource{}) {
			return exit.Usagef("--identity, --verify and --damaged are for a FILE, or - for standard input")
		}
		if len(args) == 1 {
			from.file = args[0]
			if release || len(said) > 0 {
				return exit.Usagef("give either FILE, or --issue and --release")
			}
			if from.verify && from.damaged {
				return exit.Usagef("--damaged is for putting a copy in place; leave it or --verify out")
			}
			if from.verify {
				return a.verify(c.Context(), from)
			}
			if err := a.putInPlace(from); err != nil {
				return err
			}
		}
		return a.with("", func(cl *client) error { return a.restore(c.Context(), cl, in) })
	}
	return c
}

func parseVerdicts(said []string) (in service.Verdicts, err error) {
	in.Issues = map[deliver.IssueName]deliver.Verdict{}
	for _, s := range said {
		issue, verdict, _ := strings.Cut(s, "=")
		name, err := deliver.ParseIssueName(issue)
		if err != nil {
			return in, exit.Usagef("--issue %s: %w", s, err)
		}
		if in.Issues[name], err = deliver.ParseVerdict(verdict); err != nil {
			return in, exit.Usagef("--issue %s: %w", s, err)
		}
	}
	return in, nil
}

// putInPlace is `kairan restore FILE`.
func (a *app) putInPlace(from backupSource) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if answers, err := control.Answers(cfg.Socket); answers {
		return exit.Refusedf("a server is running; stop it first")
	} else if err != nil {
		return fmt.Errorf("the control socket cannot be asked whether a server runs: %w; run this as the service's account", err)
	}
	var found store.Contents
	if err := a.read(from, cfg, func(o store.Options, src io.Reader) (err error) {
		found, err = store.Restore(o, src, from.damaged)
		return err
	}); err != nil {
		return err
	}
	opens := "Every record opens, and all books balance"
	if found.Unreadable > 0 {
		opens = deliver.Thousands(found.Unreadable) + " of its records cannot be read, or of its books do not balance; they are set apart"
	}
	a.say("%s is in place in %s: %s.\n%s.\n\n", from.name("The copy"), cfg.Data, contents(found), opens)
	return nil
}

// contents says what a copy holds.
func contents(c store.Contents) string {
	return fmt.Sprintf("%s on %s, %s, last changed %s", deliver.Plural(c.Entries, "entry", "entries"), deliver.Count(c.Lists, "list"), deliver.Count(c.Issues, "issue"), service.Date(c.Last))
}

// restore notes verdicts, releases if that is asked for, and shows what is held.
func (a *app) restore(ctx context.Context, cl *client, in service.Verdicts) error {
	out, err := service.Restore.Call(ctx, cl, in)
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		a.say("%s", holdText(out, a.self()))
	}
	if in.Release && out.Held {
		return exit.Refusedf("%s not settled; nothing goes out until each is", deliver.Plural(len(out.Unsettled()), "issue is", "issues are"))
	}
	return nil
}

// holdText says what is held and what to do; kairan is how the program is called.
func holdText(o service.Held, kairan string) string {
	var b strings.Builder
	if o.Released {
		b.WriteString("Released: mail goes out again.")
		if o.Notices > 0 {
			fmt.Fprintf(&b, " %s of the copy dropped: who asked then asks again.", deliver.Plural(o.Notices, "notice is", "notices are"))
		}
		b.WriteString("\n")
		return b.String()
	}
	if !o.Held {
		return "The database is the one in use; nothing is held.\n"
	}
	fmt.Fprintf(&b, `Nothing goes out: the database is a copy of %s (%s).
The pages work: people leave, and sign up.

  Taken out again by the journal   %s, %s blocked
`, service.Date(o.CopyOf), o.Why, deliver.Plural(o.Ended, "entry", "entries"), deliver.Plural(o.Blocked, "mailbox", "mailboxes"))
	if o.Moved {
		b.WriteString("  If `journal` was changed: stop, move what lies in the old folder into the new\n  one over what is there, and start again. Then nothing is held.\n")
	}
	if o.Suspended > 0 {
		fmt.Fprintf(&b, "  At another address since         %s\n",
			deliver.Plural(o.Suspended, "entry, which gets nothing until its reader signs up again", "entries, which get nothing until their readers sign up again"))
	}
	if !o.UnknownUntil.IsZero() {
		fmt.Fprintf(&b, "  LEAVINGS ARE UNKNOWN             from %s\n                                   to   %s\n", service.Date(o.UnknownFrom), service.Date(o.UnknownUntil))
		b.WriteString("  Who left in that time would be written to again. If the journal's folder is found, stop the\n" +
			"  service, put the folder in place, and start it. If not, take out by hand whom your mailbox or\n" +
			"  the relay's log names: kairan subscriber remove LIST\n")
	} else if !o.LastLine.IsZero() {
		fmt.Fprintf(&b, "  The journal's last line          %s\n", service.Date(o.LastLine))
	}
	if o.Damaged > 0 {
		fmt.Fprintf(&b, "  Damaged lines of the journal     %s\n", deliver.Thousands(o.Damaged))
	}
	if n := o.Notices + o.Requests; n > 0 {
		fmt.Fprintf(&b, "  Notices, requests of the copy    %s, dropped, since they may have been answered\n", deliver.Thousands(n))
	}
	for _, i := range o.Issues {
		fmt.Fprintf(&b, "\n%s  %s in the copy", i.Issue, i.State)
		if !i.Due.IsZero() {
			fmt.Fprintf(&b, ", due %s", clock(i.Due, i.Zone))
		}
		fmt.Fprintf(&b, "\n  %s booked, %s not\n", deliver.Count(i.Booked, "reader"), deliver.Thousands(i.Open))
		if i.Verdict != "" {
			fmt.Fprintf(&b, "  settled: %s\n", i.Verdict)
			continue
		}
		fmt.Fprintf(&b, `  %[1]s restore --issue %[2]s=sent     it went out: nobody gets it again
  %[1]s restore --issue %[2]s=send     %[3]s
  %[1]s restore --issue %[2]s=cancel   the rest stays unsent
`, kairan, i.Issue, sentOn(i.Open))
	}
	for _, i := range o.Ahead {
		fmt.Fprintf(&b, "\n%s  starts %s, after the release; if it went out earlier, cancel it now:\n  %s issue cancel %s\n", i.Issue, clock(i.Due, i.Zone), kairan, i.Issue)
	}
	if n := len(o.Unsettled()); n > 0 {
		fmt.Fprintf(&b, "\nWhen all are settled:\n")
	} else {
		fmt.Fprintf(&b, "\nNothing is left to settle:\n")
	}
	fmt.Fprintf(&b, "  %s restore --release\n", kairan)
	return b.String()
}

// sentOn says what it means that an issue of a copy is sent on, to so many readers.
func sentOn(open int) string {
	switch open {
	case 0:
		return "it ends: nobody is left to get it"
	case 1:
		return "1 reader gets it, perhaps twice"
	}
	return deliver.Count(open, "reader") + " get it, some perhaps twice"
}

// checkJournal says where the journal lies, and warns where it would be put back
// together with the database.
func checkJournal(cfg *config.Config) (string, error) {
	if err := journalThere(cfg); err != nil {
		return "", err
	}
	if !cfg.JournalApart() {
		return "", errWarned(cfg.Journal + " lies in the data directory: whatever puts that back puts it back too, and who\n" +
			"left since is written to again. Stop the service, move the folder elsewhere, on another disk\nif there is one, and write `journal` into the configuration")
	}
	return cfg.Journal, nil
}
