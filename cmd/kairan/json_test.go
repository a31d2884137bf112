package main

import (
	"testing"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/manual"
)

// withoutJSON are the commands that print no data, and why not.
var withoutJSON = map[string]string{
	"help": "a text", "completion bash": "a script", "completion zsh": "a script", "completion fish": "a script", "completion powershell": "a script",
	"man": "it writes files", "init": "it writes files, or prints them", "issue new": "it writes a file", "custody export": "it writes a file",
	"demo": "it runs", "serve": "it runs", "forced": "it runs another", "bounce": "it answers a relay, by its exit code", "healthz": "its exit code says it",
	"issue preview": "an issue as readers get it", "issue approve": "an issue as readers get it", "custody procedure": "a document", "list embed": "a form",
	"list apply": "it does, or asks", "list close": "it does, or asks", "issue cancel": "it does, or asks", "issue withdraw": "it does, or asks",
	"issue schedule": "it does, or asks; what it did says issue show", "issue reschedule": "it does, or asks; what it did says issue show",
	"issue resend": "it does, or asks; what it did says issue show",
	"issue pause":  "it does; what it did says issue show", "issue resume": "it does; what it did says issue show", "issue rm": "it does",
	"subscriber remove": "it says done, and no more", "subscriber unblock": "it says done, and no more",
}

// TestWhatPrintsDataPrintsJSON: each command takes --json, or it is said why not.
func TestWhatPrintsDataPrintsJSON(t *testing.T) {
	t.Parallel()
	root, _ := treeIn(t, manual.English)
	seen := map[string]bool{}
	every(root, func(c *cobra.Command) {
		name := manual.NameOf(c)
		_, excused := withoutJSON[name]
		seen[name] = true
		if has := c.Flags().Lookup("json") != nil; !c.HasSubCommands() && has == excused {
			t.Errorf("%s: has --json: %t, and stands in withoutJSON: %t", name, has, excused)
		}
	})
	for name := range withoutJSON {
		if !seen[name] {
			t.Errorf("there is no command %s any more", name)
		}
	}
}
