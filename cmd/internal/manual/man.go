package manual

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// PageName is the name of a command's page for man: kairan-issue-add.
func PageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// Edition is what stands at the foot of each page for man.
type Edition struct {
	Program string // its name and version
	Date    string // of the release, such as 2027-04-01; "": unknown
}

// Man is a command's page for man, in section 1: the same texts as [Book.Page], in the
// macros of man(7).
func (b *Book) Man(c *cobra.Command, of Edition) string {
	p := roff{words: b.Words}
	p.line("'\\\" -*- coding: utf-8 -*-")
	p.line(fmt.Sprintf(".TH %q 1 %q %q %q", strings.ToUpper(PageName(c)), of.Date, of.Program, b.Words["man-title"]))
	p.line(".ad l") // stretched lines tear Japanese apart, and commands
	p.section("man-name")
	p.line(escaped(PageName(c)) + " \\- " + escaped(c.Short))
	p.section("man-synopsis")
	p.line("\\fB" + escaped(c.CommandPath()) + "\\fR" + escaped(strings.TrimPrefix(Synopsis(c), c.CommandPath())))
	p.section("man-description")
	p.text(b.long(c))
	b.manCommands(c, &p)
	b.manFlags(c, &p)
	if c.Example != "" {
		p.section("man-examples")
		p.asIs(c.Example)
	}
	if !c.HasParent() {
		p.section("man-environment")
		for _, name := range []string{"LC_ALL, LC_MESSAGES, LANG", "KAIRAN_CONFIG", "NO_COLOR"} {
			p.item("\\fB"+escaped(name)+"\\fR", b.Words["man-"+name])
		}
		return p.String()
	}
	p.section("man-see-also")
	also := reference(c.Parent())
	if c.Parent() != c.Root() {
		also += ", " + reference(c.Root())
	}
	p.line(also)
	return p.String()
}

// long is what a command says of itself.
func (b *Book) long(c *cobra.Command) string {
	if c.Long != "" {
		return c.Long
	}
	stop := map[string]string{English: ".", Japanese: "。"}[b.Lang]
	return c.Short + stop
}

// manCommands are the pages of the commands below a command, in its groups.
func (b *Book) manCommands(c *cobra.Command, p *roff) {
	if !c.HasAvailableSubCommands() {
		return
	}
	p.section("man-commands")
	groups := append(c.Groups(), &cobra.Group{Title: "other"})
	for _, g := range groups {
		first := true
		for _, sub := range c.Commands() {
			if sub.GroupID != g.ID || !sub.IsAvailableCommand() {
				continue
			}
			if first && len(groups) > 1 {
				p.line(".SS " + escaped(strings.TrimSuffix(b.Words[g.Title], ":")))
			}
			first = false
			p.item(reference(sub), sub.Short)
		}
	}
}

// manFlags are the flags of a command. Those of every command stand on the program's page.
func (b *Book) manFlags(c *cobra.Command, p *roff) {
	p.section("man-options")
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		says, value := b.Flag(c, f)
		name := "\\fB" + escaped("--"+f.Name) + "\\fR"
		if f.Shorthand != "" {
			name = "\\fB" + escaped("-"+f.Shorthand) + "\\fR, " + name
		}
		if value != "" {
			name += " \\fI" + escaped(value) + "\\fR"
		}
		p.item(name, says+b.preset(f, value))
	})
}

// reference names the page of another command.
func reference(c *cobra.Command) string { return "\\fB" + escaped(PageName(c)) + "\\fR(1)" }

// roff is a page in the making.
type roff struct {
	strings.Builder
	words map[string]string
}

func (p *roff) line(s string) { p.WriteString(s + "\n") }

func (p *roff) section(word string) { p.line(".SH " + p.words[word]) }

// item is a name, and set in below it what is said of it.
func (p *roff) item(name, says string) {
	p.line(".TP")
	p.line(name)
	p.line(escaped(says))
}

// asIs keeps lines and spaces.
func (p *roff) asIs(text string) {
	p.line(".EX")
	for line := range strings.SplitSeq(text, "\n") {
		p.line(escaped(line))
	}
	p.line(".EE")
}

// text is paragraphs, each on one line, so that no space comes between Japanese characters,
// and lines that are set in.
func (p *roff) text(text string) {
	began := false
	for block := range strings.SplitSeq(text, "\n\n") {
		if began {
			p.line(".PP")
		}
		began = true
		if strings.HasPrefix(block, " ") {
			p.line(".RS 2")
			p.asIs(strings.TrimPrefix(strings.ReplaceAll(block, "\n  ", "\n"), "  "))
			p.line(".RE")
			continue
		}
		paragraph := ""
		for line := range strings.SplitSeq(block, "\n") {
			paragraph = joined(paragraph, line)
		}
		p.line(escaped(paragraph))
	}
}

// literal keeps what a formatter would make typographic, or take for a request.
var literal = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

func escaped(s string) string {
	s = literal.Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}
