package main

import (
	"context"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/phrase"
)

func (a *app) listCloseCommand() *cobra.Command {
	var farewell, folder string
	var yes, reopen bool
	c := &cobra.Command{Use: "close LIST --farewell FILE.md", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&farewell, "farewell", "", "")
	c.Flags().StringVar(&folder, "files", "", "")
	c.Flags().BoolVar(&yes, "yes", false, "")
	c.Flags().BoolVar(&reopen, "reopen", false, "")
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case reopen && farewell == "":
			return tell(c.Context(), a, service.ListReopen, service.OfList{List: args[0]}, func(service.Done) error {
				a.say("%s goes on. A farewell that is scheduled goes out all the same: kairan issue ls %[1]s\n", args[0])
				return nil
			})
		case reopen || farewell == "":
			return exit.Usagef("give --farewell FILE.md, the issue with which the list ends, or --reopen")
		}
		return a.closeList(c.Context(), args[0], farewell, folder, yes)
	}
	return c
}

// closeList asks, and ends a list.
func (a *app) closeList(ctx context.Context, list, path, folder string, yes bool) error {
	m, err := a.readManuscript(ctx, path, folder)
	if err != nil {
		return err
	}
	slug := ""
	if path == "-" {
		slug = "farewell"
	}
	name, err := issueOf(path, list, slug)
	if err != nil {
		return err
	}
	return a.with("only a server sends mail", func(cl *client) error {
		of, err := service.ListLs.Call(ctx, cl, service.OfList{List: list})
		if err != nil {
			return err
		}
		switch {
		case yes:
		case !a.asks():
			return exit.Refusedf("%s has %s: they get %s, and then the list takes no sign-ups and sends nothing more; to go on: kairan list close %[1]s --farewell %[4]s --yes",
				list, phrase.Number(deliver.Count(of[0].Readers, "reader")), name, path)
		default:
			if err := a.sure(ctx, a.para(a.words().SayStart("closing", list, a.count("reader", of[0].Readers), name))); err != nil {
				return err
			}
		}
		out, err := service.ListClose.Call(ctx, cl, service.Source{Issue: name, Source: m.Source, Files: m.Files})
		if err != nil {
			return err
		}
		a.lookAt(a.std.out, out.Findings)
		a.say("%s is closed; its last issue, %s, starts %s. To stop that: kairan issue cancel %[2]s\n", list, out.Issue, a.at("minute", out.Due, out.Zone))
		if of[0].EraseBy != "" {
			a.say("%s\n", a.para(a.told("What it holds stays until it is erased on %s.", of[0].EraseBy)))
		} else {
			a.say("What it holds stays: write the day of its erasure as `erase_by` into [lists.%[1]s], or, when the last issue has ended, take [lists.%[1]s] out and run: kairan list apply\n", list)
		}
		return nil
	})
}
