package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/manual"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// What is wrong in a command line is said in the language of whoever typed it, with what
// was probably meant, and where to read on.

// lang is the language of whoever calls.
func (a *app) lang() string {
	if a.getenv == nil {
		return manual.English
	}
	return manual.Locale(a.getenv)
}

// words are those of the manual, in the language of whoever calls.
func (a *app) words() *manual.Book {
	if a.book == nil {
		book, err := manual.Open(a.lang())
		if err != nil {
			panic(err) // it is part of the program, and tested
		}
		a.book = book
	}
	return a.book
}

// misuse is a fault in the command line of a command.
func (a *app) misuse(c *cobra.Command, word string, args ...any) error {
	return exit.Usagef("%s%s", a.words().Say(word, args...), a.words().Say("see", c.CommandPath()))
}

// mistyped is a word that is not known, with the one that was probably meant.
func (a *app) mistyped(c *cobra.Command, word, typed, near string) error {
	said := a.words().Say(word, typed)
	if near != "" {
		said += a.words().Say("nearest", near)
	}
	return exit.Usagef("%s%s", said, a.words().Say("see", c.CommandPath()))
}

// strict makes wrong arguments a usage error that says how the command is written, and a
// noun without its verb show its help.
func (a *app) strict(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if check(c, args) == nil {
				return nil
			}
			return a.misuse(c, "write", manual.Synopsis(c))
		}
	}
	if c.HasSubCommands() && c.RunE == nil {
		c.Args = cobra.ArbitraryArgs
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return a.unknownCommand(c, args[0])
			}
			return c.Help()
		}
	}
	for _, sub := range c.Commands() {
		a.strict(sub)
	}
}

// unknownCommand says which was probably meant: one of those below, or one that has the
// same name elsewhere.
func (a *app) unknownCommand(c *cobra.Command, typed string) error {
	paths := map[string]string{}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			paths[sub.Name()] = sub.CommandPath()
			names = append(names, sub.Name())
		}
	}
	near := paths[deliver.Nearest(strings.ToLower(typed), names)]
	if near == "" {
		near = pathTo(c.Root(), strings.ToLower(typed))
	}
	return a.mistyped(c, "unknown-command", typed, near)
}

// pathTo is where in the tree a command of that name is, if there is one.
func pathTo(c *cobra.Command, name string) string {
	for _, sub := range c.Commands() {
		if sub.Name() == name && sub.IsAvailableCommand() {
			return sub.CommandPath()
		}
		if found := pathTo(sub, name); found != "" {
			return found
		}
	}
	return ""
}

// flagFault says what is wrong with a flag.
func (a *app) flagFault(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		empty   *pflag.ValueRequiredError
		wrong   *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case c.HasSubCommands() && c.Flags().NArg() > 0: // it is a flag of what was meant
		return a.unknownCommand(c, c.Flags().Arg(0))
	case errors.As(err, &unknown):
		if unknown.GetSpecifiedShortnames() != "" {
			return a.mistyped(c, "unknown-flag", "-"+unknown.GetSpecifiedName(), "")
		}
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		typed := "--" + unknown.GetSpecifiedName()
		return a.mistyped(c, "unknown-flag", typed, deliver.Nearest(typed, names))
	case errors.As(err, &empty):
		return a.misuse(c, "flag-needs-value", "--"+empty.GetFlag().Name)
	case errors.As(err, &wrong):
		return a.misuse(c, "flag-wrong-value", wrong.GetValue(), "--"+wrong.GetFlag().Name)
	case errors.As(err, &syntax):
		return a.misuse(c, "flag-wrong-syntax", syntax.GetSpecifiedFlag())
	}
	return exit.Usagef("%w%s", err, a.words().Say("see", c.CommandPath()))
}

// noList says of a list that is not declared which was probably meant: one in which the
// account has a role, by the server; where none runs, one on which everybody works.
func (a *app) noList(ctx context.Context, cfg *config.Config, typed string) error {
	var own []string
	if cl, err := control.Dial[service.Service](cfg.Socket); cl != nil && err == nil {
		all, _ := service.ListLs.Call(ctx, cl, service.OfList{})
		for _, l := range all {
			own = append(own, l.List)
		}
	} else if err == nil {
		own = slices.DeleteFunc(slices.Clone(cfg.Order), func(id string) bool {
			return len(cfg.Staff[id].Writers)+len(cfg.Staff[id].Approvers) > 0
		})
	}
	if near := deliver.Nearest(typed, own); near != "" {
		return exit.Usagef("there is no list %q; did you mean %q? `kairan list ls` shows the lists", typed, near)
	}
	return exit.Usagef("there is no list %q; `kairan list ls` shows the lists", typed)
}

// helpCommand shows the help of a command as --help does, and says which was probably
// meant if there is none.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND] ...",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			at, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, sub := range at.Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			at, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 && at.HasSubCommands() {
				return a.unknownCommand(at, rest[0])
			}
			return at.Help()
		},
	}
}
