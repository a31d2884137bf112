package main

import (
	"cmp"
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/service"
)

// What a shell offers follows from how a command is written: behind LIST/SLUG come issues,
// behind --list LIST lists. So a new command is completed like the others.

// completeWithin is how long somebody who presses Tab waits.
const completeWithin = time.Second

// mostFiles bounds the manuscripts that are offered.
const mostFiles = 200

// nothing is offered where only whoever types knows what comes.
func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// anyFile leaves it to the shell, which knows the files.
func anyFile(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completions are what stands behind the name of an operand or of a flag's value.
func (a *app) completions() map[string]cobra.CompletionFunc {
	folders := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return map[string]cobra.CompletionFunc{
		"LIST":           a.offer(lists),
		"LIST/SLUG":      a.offer(issues),
		"ISSUE":          a.offer(issues),
		"LIST/SLUG=WHAT": a.offer(verdicts),
		"SLOT":           a.offer(slots),
		"OFFICE":         a.offices,
		"FILE.md":        a.manuscripts,
		"FILE":           anyFile,
		"IDENTITIES":     anyFile,
		"FOLDER":         folders,
		"DIR":            folders,
	}
}

// fixedValues are those of flags that take few words, by the name of the flag, or of the
// command and the flag where it means another thing there.
func fixedValues() map[string][]string {
	return map[string][]string{
		"lang":                   {"ja", "en"},
		"print":                  {"systemd", "nginx", "postfix", accessibilityPage},
		"subscriber import from": {"listmonk", "mailman", "phplist"},
		"custody export subject": {"-"},
		"issue resend to":        {"uncertain", "refused", "held"},
	}
}

// shownIn are the states of issues in which a command has something to do; all, if it is
// not named.
func shownIn() map[string][]string {
	waits := []string{"draft", "scheduled", "held"}
	return map[string][]string{
		"schedule": waits, "embargo": waits, "approve": waits, "add": waits, "reschedule": {"scheduled", "held"},
		"pause": {"running"}, "resume": {"paused"}, "cancel": {"scheduled", "held", "running", "paused"},
		"rm": {"draft", "held"}, "withdraw": {"running", "paused", "finished"}, "resend": {"finished"},
	}
}

// complete gives a command and all below it what a shell can offer behind them, by their
// operands and the values of their flags.
func (a *app) complete(c *cobra.Command) {
	by := a.completions()
	if c.ValidArgsFunction == nil && !c.HasSubCommands() {
		operands, repeated := operandsOf(c.Use)
		c.ValidArgsFunction = func(c *cobra.Command, args []string, typed string) (names []string, how cobra.ShellCompDirective) {
			at := len(args)
			if repeated {
				at = min(at, len(operands)-1)
			}
			if at >= len(operands) {
				return nothing(c, args, typed)
			}
			how = cobra.ShellCompDirectiveNoFileComp
			for _, operand := range operands[at] {
				if offer := by[operand]; offer != nil {
					more, directive := offer(c, args, typed)
					names = append(names, more...)
					if directive != cobra.ShellCompDirectiveNoFileComp {
						how = directive
					}
				}
			}
			return names, how
		}
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		_, value := a.words().Flag(c, f)
		if _, done := c.GetFlagCompletionFunc(f.Name); done || value == "" {
			return
		}
		_ = c.RegisterFlagCompletionFunc(f.Name, a.valuesOf(c, f, by[value])) // fails only for what is no flag
	})
	for _, sub := range c.Commands() {
		a.complete(sub)
	}
}

// valuesOf is what is offered behind a flag.
func (a *app) valuesOf(c *cobra.Command, f *pflag.Flag, offer cobra.CompletionFunc) cobra.CompletionFunc {
	fixed := fixedValues()
	values, own := fixed[strings.TrimPrefix(c.CommandPath(), "kairan ")+" "+f.Name]
	if !own && offer == nil {
		values = fixed[f.Name]
	}
	switch {
	case len(values) > 0:
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	case offer != nil:
		return offer
	}
	return nothing
}

// operandsOf reads out of how a command is written what may stand in each place: where an
// operand may be left out, also what comes next. Of the last there may be several.
func operandsOf(use string) (places [][]string, repeated bool) {
	var optional []bool
	for _, word := range strings.Fields(use)[1:] {
		if strings.ContainsAny(strings.TrimPrefix(word, "[")[:1], "-(<\"|") {
			break // flags, and what is written around them
		}
		if word == "..." {
			repeated = true
			break
		}
		places = append(places, strings.Split(strings.Trim(word, "[]"), "|"))
		optional = append(optional, word[0] == '[')
	}
	for n := len(places) - 2; n >= 0; n-- {
		if optional[n] {
			places[n] = append(places[n], places[n+1]...)
		}
	}
	return places, repeated
}

// offer asks the server that runs; where none does, or it does not answer in time, there is
// nothing to offer, and nothing is said.
func (a *app) offer(ask func(context.Context, *client, *cobra.Command, []string) ([]string, error)) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		cfg, err := a.config()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		cl, err := control.Dial[service.Service](cfg.Socket)
		if cl == nil || err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, done := context.WithTimeout(c.Context(), cmp.Or(a.tab, completeWithin))
		defer done()
		names, err := ask(ctx, cl, c, args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// lists are those in which the account has a role.
func lists(ctx context.Context, cl *client, _ *cobra.Command, _ []string) (names []string, err error) {
	all, err := service.ListLs.Call(ctx, cl, service.OfList{})
	for _, l := range all {
		names = append(names, cobra.CompletionWithDesc(l.List, l.Name))
	}
	return names, err
}

// issues are those of these lists, in the states in which the command has something to do.
func issues(ctx context.Context, cl *client, c *cobra.Command, _ []string) (names []string, err error) {
	states := shownIn()[c.Name()]
	all, err := service.IssueLs.Call(ctx, cl, service.OfList{})
	for _, i := range all {
		if len(states) == 0 || slices.Contains(states, i.State) {
			names = append(names, cobra.CompletionWithDesc(i.Issue, i.State+": "+i.Subject))
		}
	}
	return names, err
}

// slots are what --slot takes, and when that is for the list of the issue that is typed.
func slots(ctx context.Context, cl *client, _ *cobra.Command, typed []string) ([]string, error) {
	list, _, _ := strings.Cut(strings.Join(typed, " "), "/")
	all, err := service.ListLs.Call(ctx, cl, service.OfList{List: list})
	if err != nil || len(all) != 1 || len(all[0].Next) == 0 {
		return nil, err
	}
	return []string{cobra.CompletionWithDesc(nextSlot, clock(all[0].Next[0], all[0].Zone))}, nil
}

// verdicts are what may be said of the issues that a database which was put back holds.
func verdicts(ctx context.Context, cl *client, _ *cobra.Command, _ []string) (names []string, err error) {
	held, err := service.Restore.Call(ctx, cl, service.Verdicts{})
	for _, i := range held.Unsettled() {
		for _, verdict := range []string{"sent", "send", "cancel"} {
			names = append(names, i.Issue+"="+verdict)
		}
	}
	return names, err
}

// offices are those of the configuration.
func (a *app) offices(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	cfg, err := a.config()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.Sorted(maps.Keys(cfg.Offices)), cobra.ShellCompDirectiveNoFileComp
}

// manuscripts are the issues' files here, and in folders of here, which have the names of
// lists.
func (a *app) manuscripts(_ *cobra.Command, _ []string, typed string) (names []string, _ cobra.ShellCompDirective) {
	if a.forced {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, below := range []string{"*.md", "*/*.md"} {
		found, _ := filepath.Glob(typed + below) // fails for half a pattern, which names nothing
		names = append(names, found...)
	}
	return names[:min(len(names), mostFiles)], cobra.ShellCompDirectiveNoFileComp
}
