package manual

import (
	"embed"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:embed en.toml ja.toml
var files embed.FS

// Book is all of it in one language.
type Book struct {
	Lang    string            `toml:"-"`
	Words   map[string]string // what stands around the help, and what is said of wrong command lines
	Start   map[string]string // what is said before an issue goes out, and asked
	Flags   map[string]string // of flags that mean the same wherever they are
	Command map[string]Entry  // by the words of the command; the program itself is "kairan"
}

// Entry is the help of one command.
type Entry struct {
	Short   string            // one line, for the list of commands
	Long    string            // instead of Short, for its own help
	Takes   string            // how long, of one that does not answer at once
	Example string            // a command a line; what follows # is said of it
	Flags   map[string]string // what each does; `NAME` in it names its value
}

// Open reads the book in a language.
func Open(lang string) (*Book, error) {
	raw, err := files.ReadFile(lang + ".toml")
	if err != nil {
		return nil, fmt.Errorf("there is no help in %q: %w", lang, err)
	}
	b := &Book{Lang: lang}
	if err := toml.Unmarshal(raw, b); err != nil {
		return nil, fmt.Errorf("the help in %s: %w", lang, err)
	}
	return b, nil
}

// Say is one of the words, filled in.
func (b *Book) Say(word string, args ...any) string { return fmt.Sprintf(b.Words[word], args...) }

// SayStart is one of those sentences, filled in.
func (b *Book) SayStart(sentence string, args ...any) string {
	return fmt.Sprintf(b.Start[sentence], args...)
}

// NameOf is under which name a command stands in the book: without the program's.
func NameOf(c *cobra.Command) string {
	if !c.HasParent() {
		return c.Name()
	}
	_, name, _ := strings.Cut(c.CommandPath(), " ")
	return name
}

// Flag is what a flag of a command does, and the name of its value; "": it has none.
func (b *Book) Flag(c *cobra.Command, f *pflag.Flag) (says, value string) {
	says = b.Command[NameOf(c)].Flags[f.Name]
	if says == "" {
		says = b.Flags[f.Name]
	}
	if f.Value.Type() != "bool" {
		value = strings.ToUpper(f.Name)
	}
	before, rest, named := strings.Cut(says, "`")
	if !named {
		return says, value
	}
	value, after, _ := strings.Cut(rest, "`")
	if text, aside := strings.CutPrefix(after, ": "); aside && before == "" {
		return text, value
	}
	return before + value + after, value
}

// Dress gives a command, and all below it, what the book says of them; hint makes of a
// command in a text one that can be pasted.
func (b *Book) Dress(c *cobra.Command, hint func(string) string) {
	e := b.Command[NameOf(c)]
	c.Short, c.Long, c.Example = e.Short, hint(strings.TrimSpace(e.Long)), hint(strings.TrimSpace(e.Example))
	if e.Takes != "" {
		c.Long = strings.TrimSpace(c.Long + "\n\n" + b.Say("takes", e.Takes))
	}
	c.InitDefaultHelpFlag()
	for _, set := range []*pflag.FlagSet{c.PersistentFlags(), c.Flags()} {
		set.VisitAll(func(f *pflag.Flag) { f.Usage, _ = b.Flag(c, f) })
	}
	for _, sub := range c.Commands() {
		b.Dress(sub, hint)
	}
}
