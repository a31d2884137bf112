package manual

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Page is the help of a command, as --help prints it: at most [Columns] wide.
func (b *Book) Page(c *cobra.Command) string {
	return reflow(cmp.Or(c.Long, c.Short)) + "\n\n" + b.Usage(c)
}

// Usage is what follows the text: how a command is written, examples, what is below it,
// and its flags.
func (b *Book) Usage(c *cobra.Command) string {
	var p strings.Builder
	section := func(title, text string) {
		if text = strings.TrimRight(text, "\n"); text != "" {
			fmt.Fprintf(&p, "%s\n%s\n\n", title, text)
		}
	}
	section(b.Words["usage"], "  "+strings.Join(Fold(Synopsis(c), Columns-6), "\n      "))
	section(b.Words["examples"], indented(c.Example))
	b.commands(c, section)
	section(b.Words["flags"], b.flags(c, c.LocalFlags()))
	section(b.Words["global-flags"], b.flags(c.Root(), c.InheritedFlags()))
	if c.HasAvailableSubCommands() {
		p.WriteString(b.Say("more", c.CommandPath()) + "\n")
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// Synopsis is how a command is written: its words and its operands.
func Synopsis(c *cobra.Command) string {
	path := c.CommandPath()
	if c.HasAvailableSubCommands() {
		return path + " COMMAND"
	}
	_, operands, _ := strings.Cut(c.Use, " ")
	return strings.TrimRight(path+" "+operands, " ")
}

// commands are those below a command, in its groups.
func (b *Book) commands(c *cobra.Command, section func(title, text string)) {
	of := map[string][]pair{}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			of[sub.GroupID] = append(of[sub.GroupID], pair{sub.Name(), sub.Short})
		}
	}
	for _, g := range c.Groups() {
		section(b.Words[g.ID], columns(of[g.ID]))
	}
	title := b.Words["commands"]
	if len(c.Groups()) > 0 {
		title = b.Words["other"]
	}
	section(title, columns(of[""]))
}

// flags are those of a set, and what the book says of them as flags of a command.
func (b *Book) flags(c *cobra.Command, set *pflag.FlagSet) string {
	var rows []pair
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		says, value := b.Flag(c, f)
		name := "    --" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", --" + f.Name
		}
		if value != "" {
			name += " " + value
		}
		rows = append(rows, pair{name, says + b.preset(f, value)})
	})
	return columns(rows)
}

// preset says what a flag is that is not given; "": nothing, or what is said of it says so.
func (b *Book) preset(f *pflag.Flag, value string) string {
	if set := f.DefValue; value != "" && set != "" && set != "0" && set != "[]" {
		return b.Say("default", set)
	}
	return ""
}

func indented(text string) string {
	if text == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(text, "\n", "\n  ")
}
