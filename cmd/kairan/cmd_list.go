package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func (a *app) listCommand() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "Show the lists, as counts, and settle changed declarations"}
	c.AddCommand(a.listLsCommand(), a.listShowCommand(), a.listApplyCommand())
	return c
}

// listOut is a list as an operator may see it: its declaration, and counts.
type listOut struct {
	List      string   `json:"list"`
	ListID    string   `json:"list_id"`
	Office    string   `json:"office"`
	Name      string   `json:"name"`
	Purpose   string   `json:"purpose"`
	Zone      string   `json:"zone"`
	Fields    []string `json:"fields"`
	Readers   int      `json:"readers"`
	Suspended int      `json:"suspended"` // after refusals; they get nothing until they sign up again
	Issues    int      `json:"issues"`
	Damaged   string   `json:"damaged,omitempty"` // what cannot be read of it, as far as it was met
}

func (h *service) listLs(_ context.Context, in lsIn) ([]listOut, error) {
	out := []listOut{}
	for _, id := range h.cfg.Order {
		if in.List != "" && in.List != id {
			continue
		}
		l := h.cfg.Lists[id]
		readers, err := h.store.Count(id)
		if err != nil {
			return nil, err
		}
		suspended, err := h.store.Suspended(id)
		if err != nil {
			return nil, err
		}
		issues, err := h.store.Issues(id)
		if err != nil {
			return nil, err
		}
		o := listOut{
			List: id, ListID: l.ListID, Office: l.Office.Name.In(l.Language), Name: l.Name.In(l.Language),
			Purpose: l.Purpose.In(l.Language), Zone: l.Zone.String(), Fields: []string{"email"},
			Readers: readers, Suspended: suspended, Issues: len(issues),
		}
		if u := h.store.UnreadableOf(id); u.Sum() > 0 {
			o.Damaged = u.String()
		}
		for _, f := range l.Fields {
			o.Fields = append(o.Fields, f.ID)
		}
		out = append(out, o)
	}
	if len(out) == 0 {
		return nil, usage("there is no list %q; `kairan list ls` shows the lists", in.List)
	}
	return out, nil
}

func (a *app) listLsCommand() *cobra.Command {
	c := &cobra.Command{Use: "ls", Short: "List the lists with the number of their readers", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with("", func(cl *client) error {
			out, err := listLs.Call(c.Context(), cl, lsIn{})
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(out)
			}
			t := rows{{"List", "Readers", "Issues", "Name", "Office"}}
			for _, l := range out {
				t = append(t, []string{l.List, deliver.Thousands(l.Readers), strconv.Itoa(l.Issues), l.Name, l.Office})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}

func (a *app) listShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show LIST", Short: "Show one list: what it holds, and how many readers it has", Args: cobra.ExactArgs(1)}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with("", func(cl *client) error {
			out, err := listLs.Call(c.Context(), cl, lsIn{args[0]})
			if err != nil {
				return err
			}
			l := out[0]
			if a.json {
				return a.printJSON(l)
			}
			a.say("%s  %s\n%s\n\n  List-Id   %s\n  Purpose   %s\n  Holds     %s\n  Zone      %s\n  Readers   %s\n  Suspended %s after refusals\n  Issues    %d\n",
				l.List, l.Name, l.Office, l.ListID, l.Purpose, strings.Join(l.Fields, ", "), l.Zone, deliver.Thousands(l.Readers), deliver.Thousands(l.Suspended), l.Issues)
			if l.Damaged != "" {
				a.say("  Damaged   %s, set apart; see: %s check\n", l.Damaged, a.self())
			}
			return nil
		})
	}
	return c
}

func (a *app) listApplyCommand() *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use:   "apply",
		Short: "Settle a configuration that no longer keeps what readers were promised",
		Long: `Shows what the configuration no longer keeps of what was declared before, and
settles it: a list that is no longer declared is deleted with everything in it, a
field that is no longer declared, or holds less than before, is erased from every
entry. A changed purpose or list_id is taken over as it is; whether readers must
be asked again is for the office to decide. Stop the server first.`,
		Args: cobra.NoArgs,
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it without asking")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with("", func(cl *client) error {
			if cl.Local == nil {
				return refused("a server is running; stop it first, so that nothing is sent under two declarations")
			}
			return a.apply(c.Context(), cl.Local, yes)
		})
	}
	return c
}

// apply shows what is broken, asks, and settles it. Interrupted, it can simply
// be run again: the new declarations are noted last.
func (a *app) apply(ctx context.Context, h *service, yes bool) error {
	broken, err := h.promises()
	if err != nil {
		return err
	}
	for _, p := range broken {
		a.say("%s\n    -> %s\n", p, remedy(p.What))
	}
	if len(broken) > 0 && !yes {
		if err := a.sure(ctx, "This cannot be undone."); err != nil {
			return err
		}
	}
	done := map[string]bool{}
	for _, p := range broken {
		switch p.What {
		case subscribe.ListVanished:
			if err := h.store.EndList(ctx, p.List); err != nil {
				return err
			}
			a.say("%s: deleted, %s readers\n", p.List, deliver.Thousands(p.readers))
		case subscribe.FieldVanished, subscribe.FieldNarrowed:
			if done[p.List] {
				continue
			}
			done[p.List] = true
			n, err := h.store.Prune(ctx, h.cfg.Lists[p.List])
			if err != nil {
				return err
			}
			a.say("%s: erased from %s entries\n", p.List, deliver.Thousands(n))
		}
	}
	if err := h.store.Adopt(ctx, h.cfg.Lists); err != nil {
		return err
	}
	a.say("the declarations are those of the configuration now (%d lists)\n", len(h.cfg.Order))
	return nil
}

func remedy(what subscribe.BrokenWhat) string {
	switch {
	case what == subscribe.ListVanished:
		return "the list is deleted, with its readers, issues and marks"
	case slices.Contains([]subscribe.BrokenWhat{subscribe.FieldVanished, subscribe.FieldNarrowed}, what):
		return "what the declaration no longer covers is erased from every entry"
	}
	return fmt.Sprintf("the new value is taken over; the office decides whether readers must be asked again (%s)", what)
}
