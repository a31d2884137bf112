package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/manual"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			b, written := thisBuild(), 0
			edition := manual.Edition{Program: "kairan " + b.Version, Date: b.Date[:min(len(b.Date), len("2027-04-01"))]}
			for _, lang := range manual.Languages() {
				pages, err := manPages(lang, edition)
				if err != nil {
					return err
				}
				dir := filepath.Join(args[0], map[string]string{manual.English: "", manual.Japanese: "ja"}[lang], "man1")
				if err := os.MkdirAll(dir, 0o755); err != nil {
					return err
				}
				for name, text := range pages {
					if err := os.WriteFile(filepath.Join(dir, name+".1"), []byte(text), 0o644); err != nil {
						return err
					}
					written++
				}
			}
			a.say("%s", a.words().Say("man-written", written, args[0]))
			return nil
		},
	}
}

// manPages are the pages for man in a language, by their names. They name the program as it
// is installed, however this one was called.
func manPages(lang string, of manual.Edition) (map[string]string, error) {
	book, err := manual.Open(lang)
	if err != nil {
		return nil, err
	}
	pages := map[string]string{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		pages[manual.PageName(c)] = book.Man(c, of)
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				walk(sub)
			}
		}
	}
	walk((&app{program: "kairan", book: book}).command())
	return pages, nil
}
