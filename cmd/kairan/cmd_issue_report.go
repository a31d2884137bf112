package main

import (
	"cmp"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

func (a *app) issueReportCommand() *cobra.Command {
	var html, lang string
	c := &cobra.Command{Use: "report LIST/SLUG", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&html, "html", "", "")
	c.Flags().StringVar(&lang, "lang", "", "")
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if lang != "" && subscribe.ParseLang(lang, "") == "" {
			return exit.Usagef("--lang %q is not a language of the pages; write ja or en", lang)
		}
		return tell(c.Context(), a, service.IssueReport, service.Named{Issue: args[0]}, func(r service.Record) error {
			p, err := a.recordPage(r, lang, html != "")
			if err != nil {
				return err
			}
			if html != "" {
				return a.writeRecord(html, p, r)
			}
			a.printRecord(p, r)
			return nil
		})
	}
	return c
}

// recordPage is how a record is written out, in a language or in the one that fits.
func (a *app) recordPage(r service.Record, lang string, page bool) (p recordPage, err error) {
	cfg, err := a.config()
	if err != nil {
		return p, err
	}
	name, err := deliver.ParseIssueName(r.Issue.Issue)
	if err != nil {
		return p, err
	}
	if p.list = cfg.Lists[name.List]; p.list == nil {
		return p, exit.Usagef("there is no list %q; `kairan list ls` shows the lists", name.List)
	}
	if p.set, err = templates.New(); err != nil {
		return p, err
	}
	fits := a.lang()
	if page {
		fits = string(p.list.Language)
	}
	p.lang = subscribe.Lang(cmp.Or(lang, fits))
	return p, nil
}

// writeRecord writes the page, over one of that name; "-": to standard output.
func (a *app) writeRecord(name string, p recordPage, r service.Record) error {
	page, err := p.set.Record(string(p.lang), p.data(r))
	if err != nil {
		return err
	}
	if name == "-" {
		_, err = a.std.out.Write(page)
		return err
	}
	if err := os.WriteFile(name, page, 0o600); err != nil {
		return exit.Usagef("%w", err)
	}
	if r.Preliminary {
		a.say("%s: preliminary, since %s has not ended\n", name, r.Issue.Issue)
		return nil
	}
	a.say("%s: may be filed as it is\n", name)
	return nil
}

// printRecord prints what the page says.
func (a *app) printRecord(p recordPage, r service.Record) {
	d := p.data(r)
	a.say("%s\n%s\n", p.say("title"), a.para(d.Subject))
	if d.Preliminary != "" {
		a.say("%s\n", a.para(d.Preliminary))
	}
	a.say("\n")
	a.labelled(d.Facts)
	a.heading(p.say("balance"))
	t := rows{{p.say("outcome"), p.say("copies")}}
	for _, x := range append(d.Balance, d.Sums...) {
		t = append(t, []string{x.Label, x.Value})
	}
	a.printTable(t)
	a.say("%s\n", a.para(d.Balances))
	a.heading(p.say("chart"))
	a.say("%s\n", a.para(d.ChartText))
	for n, b := range d.Bars {
		h := d.Hours[n]
		a.say("%16s  %-24s  %s\n", h.From, strings.Repeat("#", barWide(b.Accepted))+strings.Repeat("!", barWide(b.Failed)), barNumbers(h))
	}
	for _, f := range d.Failures {
		a.heading(f.Title)
		if len(f.Rows) > 0 {
			t := rows{{p.say("code"), p.say("provider"), p.say("copies"), p.say("meaning")}}
			for _, x := range f.Rows {
				t = append(t, []string{x.Code, x.Provider, x.Copies, x.Advice})
			}
			a.printTable(t)
			a.say("%s\n", a.para(p.say("provider-rule")))
		}
		a.sentences(f.Notes)
	}
	a.heading(p.say("uncertain-title"))
	a.sentences(d.Uncertain)
	a.heading(p.say("sums"))
	for _, x := range d.Hashes {
		a.say("%s\n  %s\n", a.para(x.Label), x.Value)
	}
	a.say("%s\n", a.para(p.say("sums-text")))
	a.heading(p.say("timeline"))
	t = rows{{p.say("when"), p.say("who"), p.say("what")}}
	for _, e := range d.Timeline {
		t = append(t, []string{e.When, e.Who, e.What})
	}
	a.printTable(t)
	a.say("%s\n", a.para(d.Made))
}

// barWide is a height of the page's chart as a width of the terminal's.
func barWide(height int) int { return (height*24 + chartHigh - 1) / chartHigh }

// barNumbers are those of a bar: what failed only if something did.
func barNumbers(h templates.RecordHour) string {
	if h.Failed == "0" {
		return h.Accepted
	}
	return h.Accepted + " + " + h.Failed + " !"
}

func (a *app) heading(s string) { a.say("\n== %s\n", s) }

func (a *app) sentences(all []string) {
	for _, s := range all {
		a.say("%s\n", a.para(s))
	}
}

// labelled prints labels and what they say, one below the other.
func (a *app) labelled(all []templates.Labelled) {
	wide := 0
	for _, x := range all {
		wide = max(wide, text.StringWidth(x.Label))
	}
	for _, x := range all {
		space := strings.Repeat(" ", wide-text.StringWidth(x.Label)+2)
		value := x.Value
		if c := columns(a.std.out); c > wide+12 {
			value = strings.ReplaceAll(wrapped(value, c-wide-3), "\n", "\n"+strings.Repeat(" ", wide+2))
		}
		a.say("%s%s%s\n", x.Label, space, value)
	}
}
