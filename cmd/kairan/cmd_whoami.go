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
			may := "whoami-works"
			switch {
			case me.Operator:
				may = "whoami-operates"
			case !works:
				may = "whoami-nothing"
			}
			a.say("%s\n", a.para(a.words().Say(may, me.Account)))
			t := rows{strings.Split(a.words().Words["whoami-head"], "|")}
			for _, l := range me.Lists {
				t = append(t, []string{l.List, l.Name, a.roles(l, me.Operator)})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}

// roles are those of an account in a list, in words.
func (a *app) roles(l service.MyList, operator bool) string {
	var all []string
	for _, r := range []struct {
		has  bool
		word string
	}{{l.Writer, "writer"}, {l.Approver, "approver"}, {operator, "operator"}} {
		if r.has {
			all = append(all, a.words().Words["whoami-"+r.word])
		}
	}
	if all == nil {
		return a.words().Words["whoami-none"]
	}
	return strings.Join(all, a.words().Words["and"])
}
