package main

import (
	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

func (a *app) compactCommand() *cobra.Command {
	c := &cobra.Command{Use: "compact", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with("", func(cl *client) error {
			done := a.showProgress(c.Context(), cl)
			out, err := service.Compact.Call(c.Context(), cl, struct{}{})
			done()
			switch {
			case err != nil:
				return err
			case a.json:
				return a.printJSON(out)
			}
			a.say("The database has %s KB; it had %s KB. Nothing could be written for %d ms.\n", deliver.Thousands(int(out.After>>10)), deliver.Thousands(int(out.Before>>10)), out.Pause)
			return nil
		})
	}
	return c
}
