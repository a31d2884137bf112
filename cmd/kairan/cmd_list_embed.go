package main

import (
	"cmp"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

func (a *app) listEmbedCommand() *cobra.Command {
	var lang string
	c := &cobra.Command{Use: "embed LIST", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&lang, "lang", "", "")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := a.config()
		if err != nil {
			return err
		}
		l := cfg.Lists[args[0]]
		if l == nil {
			return a.noList(c.Context(), cfg, args[0])
		}
		spoken := subscribe.Lang(cmp.Or(lang, string(l.Language)))
		switch {
		case subscribe.ParseLang(string(spoken), "") == "":
			return exit.Usagef("--lang %q is not a language of the pages; write ja or en", lang)
		case l.Speak(spoken) != spoken:
			return exit.Usagef("--lang %s: the pages of %s are in %s only", lang, l.ID, l.Speak(spoken))
		}
		form, err := embeddedForm(l, spoken)
		if err != nil {
			return err
		}
		_, err = io.WriteString(a.std.out, form)
		return err
	}
	return c
}

// noList names the list that was probably meant.
func embeddedForm(l *subscribe.List, lang subscribe.Lang) (string, error) {
	set, err := templates.New()
	if err != nil {
		return "", err
	}
	base, err := url.Parse(l.Office.BaseURL)
	if err != nil {
		return "", err
	}
	of := "?lang=" + string(lang)
	return set.Embed(string(lang), templates.EmbedData{
		ListID: l.ID, List: l.Name.In(lang), Host: base.Host, Action: l.URL("/lists/" + l.ID),
		ListPage: l.URL("/lists/" + l.ID + of), Privacy: l.URL("/privacy/" + l.Office.ID + of),
	})
}
