package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/starter"
	"example.jp/kairan/deliver"
)

func (a *app) issueNewCommand() *cobra.Command {
	var list, slug, from string
	c := &cobra.Command{Use: "new [FILE.md]", Args: cobra.MaximumNArgs(1)}
	c.Flags().StringVar(&list, "list", "", "")
	c.Flags().StringVar(&slug, "slug", "", "")
	c.Flags().StringVar(&from, "from", "", "")
	c.RunE = func(c *cobra.Command, args []string) error {
		file := strings.Join(args, "")
		if (file == "") == (slug == "") || file == "" && list == "" {
			return exit.Usagef("say where to write: kairan issue new LIST/SLUG.md, or --list LIST --slug SLUG")
		}
		if file == "" {
			file = filepath.Join(list, slug+".md")
		}
		return a.newIssue(c.Context(), file, list, from)
	}
	return c
}

func (a *app) newIssue(ctx context.Context, file, list, from string) error {
	if filepath.Ext(file) == "" {
		file += ".md"
	}
	name, err := issueOf(file, list, "")
	if err != nil {
		return err
	}
	called, err := deliver.ParseIssueName(name)
	if err != nil {
		return exit.Usagef("%w; the file's name is its slug: choose another", err)
	}
	list = called.List
	if from != "" && !strings.Contains(from, "/") {
		from = list + "/" + from
	}
	var start service.Start
	err = a.with("", func(cl *client) error {
		start, err = service.IssuePattern.Call(ctx, cl, service.Pattern{List: list, From: from})
		return err
	})
	if err != nil {
		return err
	}
	text, said, err := a.beginText(start, from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := writeNew(file, text); errors.Is(err, fs.ErrExist) {
		return exit.Refusedf("%s is there already, and nothing is ever overwritten; choose another name", file)
	} else if err != nil {
		return err
	}
	a.say("Wrote %s.\n", file)
	for _, s := range said {
		a.say("%s\n", a.para(s))
	}
	at := ""
	if base, err := issueOf(file, "", ""); err != nil || base != name {
		at = " --list " + list
	}
	a.say("To see it while you write: kairan issue preview %s%s --open\n", shellWord(file), at)
	return nil
}

// beginText is the text of a new issue, and what there is to be said about it.
func (a *app) beginText(s service.Start, from string) (text []byte, said []string, err error) {
	if from == "" {
		text, err = starter.Text(starter.Ground{Lang: string(s.Lang), Site: s.Site, Fields: s.Fields, Now: s.Now})
		return text, nil, err
	}
	next, said := starter.After(string(s.Source))
	said = append(said, a.told("Everything else is that of %s: look at each date and link.", from))
	if len(s.Files) > 0 {
		said = append(said, a.told("Files are not taken along. Put beside it: %s.", strings.Join(s.Files, ", ")))
	}
	return []byte(next), said, nil
}
