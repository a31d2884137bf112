package main

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/cmd/internal/viewer"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/source"
	"example.jp/kairan/deliver/phrase"
)

func (a *app) issuePreviewCommand() *cobra.Command {
	var in sight
	var file string
	var open bool
	c := &cobra.Command{Use: "preview [LIST/SLUG] FILE.md|- | LIST/SLUG", Args: cobra.RangeArgs(1, 2)}
	in.flags(c)
	c.Flags().StringVar(&file, "html", "", "")
	c.Flags().BoolVar(&open, "open", false, "")
	c.MarkFlagsMutuallyExclusive("html", "open")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := in.find(args); err != nil {
			return err
		}
		if open {
			return a.openPreview(c.Context(), &in)
		}
		p, err := a.preview(c.Context(), &in)
		if err != nil {
			return err
		}
		if err := p.Findings.Err(); err != nil {
			return err
		}
		switch file {
		case "":
			a.sayPreview(p)
		case "-":
			a.say("%s\n", p.HTML)
		default:
			if err := os.WriteFile(file, []byte(p.HTML), 0o600); err != nil {
				return err
			}
			a.say("written: %s\n", file)
		}
		return nil
	}
	return c
}

// sayPreview prints an issue as text.
func (a *app) sayPreview(p service.Preview) {
	a.say("Subject: %s\nOpening: %s\n", p.Subject, text.Snip(viewer.Opening(p.ReaderHTML), 68, "…"))
	for _, f := range attached(p) {
		a.say("Attached: %s\n", f)
	}
	if p.Page != "" {
		a.say("Public: %s from its start on\n", p.Page)
	}
	all := ""
	if p.Readers > 0 {
		all = a.told(", %s to %s", viewer.Size(p.Octets*p.Readers), phrase.Number(deliver.Count(p.Readers, "reader")))
	}
	a.say("Size: %s%s; the HTML has %s of %d KB\n\n%s\n", viewer.Size(p.Octets), all, viewer.Size(p.HTMLOctets), deliver.MostHTML>>10, unixLines(p.Text))
	a.lookAt(a.std.out, p.Findings)
	a.say("%s\n", a.counted(p.Findings))
}

// sight is the issue that is looked at: a file, or one that was added.
type sight struct {
	name string // list/slug
	file string // "": the one that was added

	list, slug, folder string // as given on the command line
	local              bool   // no server runs

	text   [sha256.Size]byte // of the file, when it was looked at
	beside []source.Named    // what it names
}

func (s *sight) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.list, "list", "", "")
	c.Flags().StringVar(&s.slug, "slug", "", "")
	c.Flags().StringVar(&s.folder, "files", "", "")
}

// find reads the operands: one that ends with .md is a file, and so is a second one.
func (s *sight) find(args []string) (err error) {
	if name := args[0]; len(args) == 1 && name != "-" && !strings.EqualFold(filepath.Ext(name), ".md") {
		s.name = name
		if s.list != "" || s.slug != "" || s.folder != "" {
			return exit.Usagef("--list, --slug and --files are for a file, and %s is the name of an issue; a file's name ends with .md", name)
		}
		return nil
	}
	s.name, s.file, err = operands(args, s.list, s.slug)
	return err
}

// preview makes what is to be seen now.
func (a *app) preview(ctx context.Context, in *sight) (p service.Preview, err error) {
	look := service.Look{Issue: in.name}
	if in.file != "" {
		m, err := a.readManuscript(ctx, in.file, in.folder)
		if err != nil {
			return p, err
		}
		look.Given = &m
	}
	err = a.with("", func(cl *client) error {
		in.local = cl.Local != nil
		p, err = service.IssuePreview.Call(ctx, cl, look)
		return err
	})
	return p, err
}

// unixLines gives a text of a mail the line ends of this computer's programs.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
