package main

import (
	"cmp"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
)

const configEnv = "KAIRAN_CONFIG"

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "kairan",
		Short: "E-mail magazines and newsletters for public bodies",
		Long: `Kairan runs e-mail magazines and newsletters for public bodies. Visitors sign up
on web pages, editors write issues in Markdown and schedule them here, readers
correct their entry and leave by themselves. Nothing stored about a reader ever
comes back out.

Try it without any set-up:  kairan demo`,
		Version:       thisBuild().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate("kairan {{.Version}}\n")
	root.SetIn(a.std.in)
	root.SetOut(a.std.out)
	root.SetErr(a.std.err)
	a.given = func() bool { return root.PersistentFlags().Changed("config") }
	if a.forced {
		root.PersistentPreRunE = permit
	} else {
		path := cmp.Or(os.Getenv(configEnv), "/etc/kairan/kairan.toml")
		root.PersistentFlags().StringVarP(&a.path, "config", "c", path, "configuration file (or "+configEnv+")")
		root.PersistentFlags().BoolVar(&a.demo, "demo", false, "talk to the demo that is running on this computer")
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return exit.Usagef("%w; see: %s --help", err, c.CommandPath())
	})
	root.AddCommand(a.demoCommand(), a.initCommand(), a.checkCommand(), a.serveCommand(), a.issueCommand(),
		a.listCommand(), a.archiveCommand(), a.subscriberCommand(), a.relayLogCommand(), a.purgeCommand(), a.compactCommand(), a.backupCommand(), a.restoreCommand(), a.keysCommand(), a.statsCommand(), a.statusCommand(), a.auditCommand(), a.custodyCommand(), a.bounceCommand(), a.whoamiCommand(), a.versionCommand(), a.healthzCommand(), a.forcedCommand())
	strict(root)
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	a.verbs = verbsOf(names)
	a.hintHelp(root)
	return root
}

// strict makes wrong arguments a usage error that says which command it was,
// and a noun without its verb show its help.
func strict(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return exit.Usagef("%s; see: %s --help", wanted(c, err), c.CommandPath())
			}
			return nil
		}
	}
	if c.HasSubCommands() && c.RunE == nil {
		c.Args = nil
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return exit.Usagef("unknown command %q; see: %s --help", args[0], c.CommandPath())
			}
			return c.Help()
		}
	}
	for _, sub := range c.Commands() {
		strict(sub)
	}
}

// wanted says which operands a command takes, where cobra only counts them.
func wanted(c *cobra.Command, err error) string {
	if _, operands, some := strings.Cut(c.Use, " "); some && strings.HasPrefix(err.Error(), "accepts ") {
		return "write: " + c.CommandPath() + " " + operands
	}
	return err.Error()
}
