package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/service"
)

func (a *app) issuePreviewCommand() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "preview LIST/SLUG", Short: "Show the issue as readers get it: the plain text here, the HTML with --html",
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&file, "html", "", "write the HTML into this file, to be opened in a browser (- for here)")
	c.RunE = func(c *cobra.Command, args []string) error {
		return tell(c.Context(), a, service.IssuePreview, service.Named{Issue: args[0]}, func(p service.Preview) error {
			switch file {
			case "":
				a.say("Subject: %s\n\n%s\n", p.Subject, strings.ReplaceAll(p.Text, "\r\n", "\n"))
			case "-":
				a.say("%s\n", p.HTML)
			default:
				if err := os.WriteFile(file, []byte(p.HTML), 0o600); err != nil {
					return err
				}
				a.say("written: %s\n", file)
			}
			return nil
		})
	}
	return c
}
