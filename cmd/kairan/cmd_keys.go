package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) keysCommand() *cobra.Command {
	c := &cobra.Command{Use: "keys"}
	c.AddCommand(a.keysLsCommand(), a.keysRotateCommand())
	return c
}

func (a *app) keysLsCommand() *cobra.Command {
	c := &cobra.Command{Use: "ls", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return tell(c.Context(), a, service.KeysLs, struct{}{}, func(out []service.Key) error {
			t := rows{{"Use", "Id", "Since", "Does", "For", "Needed by"}}
			for _, k := range out {
				does := "opens"
				if k.Current {
					does = "seals, opens"
				}
				t = append(t, []string{k.Use, strconv.Itoa(int(k.ID)), k.Since.In(time.Local).Format(time.DateOnly), does, k.For, k.NeededBy})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}

const afterRotation = `
What to do next:
  1  start the service
  2  make a backup now: %[1]s backup; delete those from before, which nobody can read
  3  copy the key file %[2]s to where you keep its copy, in the place
     of the old one, and show it: %[1]s check --key-copy FILE
`

func (a *app) keysRotateCommand() *cobra.Command {
	var yes, damaged bool
	c := &cobra.Command{Use: "rotate", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.Flags().BoolVar(&yes, "yes", false, "")
	c.Flags().BoolVar(&damaged, "damaged", false, "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with("", func(cl *client) error {
			if cl.Local == nil {
				return exit.Refusedf("a server is running; stop it first: it seals under the key that is to be destroyed")
			}
			switch {
			case yes:
			case !a.asks():
				return exit.Usagef("nobody is there to be asked; add --yes. It destroys the old data key, and with it every backup that was made before")
			default:
				if err := a.sure(c.Context(), a.words().Start["rotating"]); err != nil {
					return err
				}
			}
			return a.rotate(c.Context(), cl, damaged)
		})
	}
	return c
}

func (a *app) rotate(ctx context.Context, cl *client, damaged bool) error {
	done := a.showProgress(ctx, cl)
	out, err := cl.Local.RotateKeys(ctx, damaged)
	done()
	switch {
	case err != nil:
		return err
	case a.json:
		return a.printJSON(out)
	}
	a.say("%s records are sealed under data key %d, and the key before it is destroyed.\n", deliver.Thousands(out.Records), out.Key)
	if out.Lost > 0 {
		a.say("%s could not be opened, and are lost.\n", deliver.Thousands(out.Lost))
	}
	a.say(afterRotation, a.self(), cl.Local.Config.Keys)
	return nil
}
