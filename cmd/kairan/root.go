package main

import (
	"cmp"
	"io"
	"os"

	"github.com/spf13/cobra"
)

const configEnv = "KAIRAN_CONFIG"

// The groups of commands, whose titles are words of the manual.
const (
	forEditors = "group-editors"
	forReaders = "group-readers"
	toOperate  = "group-operate"
)

// command is the whole tree. What each command and flag is for stands in the manual.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "kairan",
		Version:       thisBuild().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
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
		root.PersistentFlags().StringVarP(&a.path, "config", "c", path, "")
		root.PersistentFlags().BoolVar(&a.demo, "demo", false, "")
	}
	addGroup(root, forEditors, a.issueCommand())
	addGroup(root, forReaders, a.listCommand(), a.subscriberCommand(), a.custodyCommand(), a.archiveCommand(), a.statsCommand())
	addGroup(root, toOperate, a.initCommand(), a.checkCommand(), a.serveCommand(), a.statusCommand(), a.auditCommand(), a.backupCommand(), a.restoreCommand(),
		a.keysCommand(), a.purgeCommand(), a.compactCommand(), a.relayLogCommand(), a.bounceCommand(), a.healthzCommand(), a.forcedCommand())
	root.AddCommand(a.demoCommand(), a.whoamiCommand(), a.versionCommand(), a.manCommand())
	root.InitDefaultCompletionCmd()
	a.dress(root)
	return root
}

// addGroup adds commands under a title.
func addGroup(to *cobra.Command, title string, commands ...*cobra.Command) {
	to.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, c := range commands {
		c.GroupID = title
	}
	to.AddCommand(commands...)
}

// dress gives a tree its help and its words for what is wrong in a command line.
func (a *app) dress(root *cobra.Command) {
	root.SetHelpCommand(a.helpCommand())
	root.InitDefaultHelpCmd()
	root.InitDefaultVersionFlag()
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { _, _ = io.WriteString(a.std.out, a.words().Page(c)) })
	root.SetUsageFunc(func(c *cobra.Command) error {
		_, err := io.WriteString(a.std.err, a.words().Usage(c))
		return err
	})
	root.SetFlagErrorFunc(a.flagFault)
	a.strict(root)
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	a.verbs = verbsOf(names)
	a.words().Dress(root, a.hint)
	a.complete(root)
}
