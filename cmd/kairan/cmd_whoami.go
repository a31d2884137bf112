package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/service"
)

func (a *app) whoamiCommand() *cobra.Command {
	c := &cobra.Command{Use: "whoami", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return tell(c.Context(), a, service.WhoAmI, struct{}{}, func(me service.Me) error {
			works := slices.ContainsFunc(me.Lists, func(l service.MyList) bool { return l.Writer || l.Approver })
			may := "may work on issues"
			switch {
			case me.Operator:
				may = "may do everything: you are an operator of this installation"
			case !works:
				may = "have no role in any list; ask whoever runs this installation"
			}
			a.say("%s\n", a.para("You are "+me.Account+", and "+may+"."))
			t := rows{{"List", "Name", "Your role"}}
			for _, l := range me.Lists {
				t = append(t, []string{l.List, l.Name, roles(l, me.Operator)})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}

// roles are those of an account in a list, in words.
func roles(l service.MyList, operator bool) string {
	var all []string
	for _, r := range []struct {
		has  bool
		word string
	}{{l.Writer, "writer"}, {l.Approver, "approver"}, {operator, "operator"}} {
		if r.has {
			all = append(all, r.word)
		}
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, ", ")
}
