package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/phrase"
)

func (a *app) issueLintCommand() *cobra.Command {
	var in beside
	strict, rules := false, false
	c := &cobra.Command{Use: "lint FILE.md|-|LIST/SLUG ...", Args: cobra.ArbitraryArgs}
	a.jsonFlag(c)
	c.Flags().StringVar(&in.list, "list", "", "")
	c.Flags().StringVar(&in.folder, "files", "", "")
	c.Flags().BoolVar(&strict, "strict", false, "")
	c.Flags().BoolVar(&rules, "rules", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		if rules {
			return a.printRules()
		}
		if len(args) == 0 {
			return exit.Usagef("name a file, or an issue: %s FILE.md", c.CommandPath())
		}
		return a.with("", func(cl *client) error { return a.lintAll(c.Context(), cl, args, in, strict) })
	}
	return c
}

// beside is what a file leaves to be said on the command line.
type beside struct{ list, folder string }

// linted is a finding with the file, or the issue, that it is in.
type linted struct {
	File string `json:"file"`
	finding.Finding
}

func (a *app) lintAll(ctx context.Context, cl *client, names []string, of beside, strict bool) error {
	all := []linted{}
	var sum finding.List
	for _, name := range names {
		found, err := a.lint(ctx, cl, name, of)
		if err != nil {
			return err
		}
		sum = append(sum, found...)
		for _, f := range found {
			all = append(all, linted{name, f})
		}
		if !a.json {
			a.printFindings(a.std.out, name, found)
		}
	}
	if a.json {
		if err := a.printJSON(all); err != nil {
			return err
		}
	}
	if sum.Err() != nil || strict && len(sum) > 0 {
		return exit.Usagef("%s", a.counted(sum))
	}
	if !a.json {
		a.say("%s\n", a.counted(sum))
	}
	return nil
}

// lint looks at one file, or at the issue of that name.
func (a *app) lint(ctx context.Context, cl *client, name string, of beside) (finding.List, error) {
	in := service.Lint{}
	switch {
	case name == "-":
		if in.List = of.list; in.List == "" {
			return nil, exit.Usagef("with - the issue has no folder: give --list")
		}
	case strings.EqualFold(filepath.Ext(name), ".md"):
		issue, err := issueOf(name, of.list, "")
		if err != nil {
			return nil, err
		}
		in.List, in.Slug, _ = strings.Cut(issue, "/")
	default:
		in.Issue = name
	}
	if in.Issue == "" {
		m, err := a.readManuscript(ctx, name, of.folder)
		if err != nil {
			return nil, err
		}
		in.Source, in.Files = m.Source, m.Files
	}
	out, err := service.IssueLint.Call(ctx, cl, in)
	return out.Findings, err
}

func (a *app) printRules() error {
	if a.json {
		return a.printJSON(finding.Rules())
	}
	t := rows{{a.words().SayStart("rule"), a.words().SayStart("finds")}}
	for _, r := range finding.Rules() {
		t = append(t, []string{string(r.Rule), phrase.Words{EN: r.Text, JA: r.JA}.In(a.lang())})
	}
	a.printTable(t)
	return nil
}
