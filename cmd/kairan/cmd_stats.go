package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/figures"
	"example.jp/kairan/templates"
)

func (a *app) statsCommand() *cobra.Command {
	var in service.OfStatistics
	var html, lang string
	c := &cobra.Command{Use: "stats", Args: cobra.NoArgs}
	c.Flags().StringVar(&in.List, "list", "", "")
	c.Flags().StringVar(&in.Office, "office", "", "")
	c.Flags().StringVar(&html, "html", "", "")
	c.Flags().StringVar(&lang, "lang", "", "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if lang != "" && subscribe.ParseLang(lang, "") == "" {
			return exit.Usagef("--lang %q is not a language of the pages; write ja or en", lang)
		}
		return tell(c.Context(), a, service.Stats, in, func(out service.Statistics) error {
			if html != "" {
				return a.writeStats(html, subscribe.Lang(lang), out)
			}
			a.printStats(out)
			return nil
		})
	}
	return c
}

// writeStats writes the page, over one of that name.
func (a *app) writeStats(name string, lang subscribe.Lang, in service.Statistics) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	set, err := templates.New()
	if err != nil {
		return err
	}
	if lang == "" {
		lang = cfg.Lists[in.Lists[0].List].Language
	}
	var offices []string
	for _, x := range in.Lists {
		offices = append(offices, cfg.Lists[x.List].Office.ID)
	}
	if offices = slices.Compact(slices.Sorted(slices.Values(offices))); len(offices) > 1 {
		return exit.Usagef("a page is one office's; write --office with one of %s", strings.Join(offices, ", "))
	}
	page, err := statsPage{set, cfg, lang}.render(in)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, page, 0o644); err != nil {
		return exit.Usagef("%w", err)
	}
	a.say("%s: may be published as it is\n", name)
	return nil
}

func (a *app) printStats(in service.Statistics) {
	for i, l := range in.Lists {
		if i > 0 {
			a.say("\n")
		}
		a.say("%s: %s readers on %s\n", l.List, few(l.Readers), l.AsOf.Local().Format(time.DateOnly))
		if len(l.Months) > 0 {
			t := rows{{"Month", "Readers", "Joined", "Left", "Issues", "Accepted"}}
			for _, m := range l.Months {
				t = append(t, []string{m.Month, few(m.Readers), shown(m.Joined), shown(m.Left), strconv.Itoa(m.Issues), shown(m.Accepted)})
			}
			a.printTable(t)
		}
		for _, c := range l.Choices {
			if !c.Shown {
				a.say("%s: too few to be shown\n", c.Field)
				continue
			}
			t := rows{{c.Field, "Readers"}}
			for _, r := range c.Rows {
				t = append(t, []string{r.Choice, few(r.Number)})
			}
			if len(c.Merged) > 0 {
				t = append(t, []string{"other (" + strings.Join(c.Merged, ", ") + ")", few(c.Other)})
			}
			a.printTable(t)
		}
	}
	if len(in.Pages) > 0 {
		t := rows{{"Month", "Page", "Requests"}}
		for _, p := range in.Pages {
			t = append(t, []string{p.Month, p.Page, few(p.Requests)})
		}
		a.say("\n")
		a.printTable(t)
	}
}

func few(n figures.Number) string {
	if n == 0 {
		return "<10"
	}
	return deliver.Thousands(int(n))
}

// shown is for what is not given out wherever something else is small, too.
func shown(n figures.Number) string {
	if n == 0 {
		return "-"
	}
	return deliver.Thousands(int(n))
}
