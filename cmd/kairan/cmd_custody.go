package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

func (a *app) custodyCommand() *cobra.Command {
	c := &cobra.Command{Use: "custody"}
	c.AddCommand(a.custodyProcedureCommand(), a.custodyExportCommand(), a.custodyLsCommand())
	return c
}

func (a *app) custodyProcedureCommand() *cobra.Command {
	var lang string
	var clerk bool
	c := &cobra.Command{Use: "procedure OFFICE", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&lang, "lang", "", "")
	c.Flags().BoolVar(&clerk, "clerk", false, "")
	c.RunE = func(_ *cobra.Command, args []string) error {
		if lang != "" && subscribe.ParseLang(lang, "") == "" {
			return exit.Usagef("--lang %q: there are ja and en", lang)
		}
		cfg, err := a.config()
		if err != nil {
			return err
		}
		o := cfg.Offices[args[0]]
		if o == nil {
			return noOffice(cfg, args[0])
		}
		set, err := templates.New()
		if err != nil {
			return err
		}
		between := ""
		for _, l := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
			if lang != "" && lang != string(l) {
				continue
			}
			text, err := set.Procedure(string(l), clerk, procedureOf(cfg, o, l))
			if err != nil {
				return err
			}
			fmt.Fprint(a.std.out, between, text)
			between = "\n---\n\n"
		}
		return nil
	}
	return c
}

func noOffice(cfg *config.Config, id string) error {
	return exit.Usagef("there is no office %q; there is %s", id, strings.Join(slices.Sorted(maps.Keys(cfg.Offices)), ", "))
}

// procedureOf is what an office has declared, in a language.
func procedureOf(cfg *config.Config, o *subscribe.Office, lang subscribe.Lang) templates.ProcedureData {
	r := cfg.Retention
	d := templates.ProcedureData{
		Office: o.Name.In(lang), OfficeID: o.ID, Postal: o.Postal.In(lang), Contact: o.Contact, Phone: o.Phone,
		PolicyURL: o.PolicyURL.In(lang), PolicyDate: dayIn(o.PolicyDate, lang), CorrectPage: o.BaseURL + "/correct",
		Letter: o.Disclosure == subscribe.ByLetter, Relay: cfg.Relay.Operator.In(lang), Host: cfg.Operator.In(lang), Custodians: len(o.Custodians),
		Consent: int(r.Consent), Marks: int(r.Marks), Suspended: int(r.Suspended), Unreadable: int(r.Unreadable()), Provided: int(r.Provided),
	}
	for _, id := range cfg.Order {
		l := cfg.Lists[id]
		if l.Office != o {
			continue
		}
		x := templates.ProcedureList{ID: id, Name: l.Name.In(lang), Page: l.URL("/lists/" + id), Purpose: l.Purpose.In(lang)}
		if !l.EraseBy.IsZero() {
			x.EraseBy = dayIn(l.EraseBy, lang)
		}
		for _, f := range l.Fields {
			x.Fields = append(x.Fields, templates.ProcedureField{Label: f.Label.In(lang), Purpose: f.Purpose.In(lang), Required: f.Required})
		}
		d.Lists = append(d.Lists, x)
	}
	return d
}

func dayIn(day time.Time, lang subscribe.Lang) string {
	if lang == subscribe.English {
		return day.Format("2 January 2006")
	}
	return day.Format("2006年1月2日")
}

func (a *app) custodyExportCommand() *cobra.Command {
	var in service.Export
	var subject, to string
	c := &cobra.Command{Use: "export (--list LIST | --subject - --office OFFICE) --to WHOM --reason TEXT --case NUMBER [-o FILE]", Args: cobra.NoArgs}
	f := c.Flags()
	f.StringVar(&in.List, "list", "", "")
	f.StringVar(&subject, "subject", "", "")
	f.StringVar(&in.Office, "office", "", "")
	f.StringVar(&in.To, "to", "", "")
	f.StringVar(&in.Reason, "reason", "", "")
	f.StringVar(&in.Case, "case", "", "")
	f.StringVarP(&to, "output", "o", "-", "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case (in.List == "") == (subject == ""):
			return exit.Usagef("write either --list LIST, or --subject - and --office OFFICE")
		case subject != "" && subject != "-":
			return exit.Usagef("an address does not belong on the command line, where others see it; write --subject - and give it on standard input")
		case (in.Office == "") != (subject == ""):
			return exit.Usagef("--office goes with --subject: it says which office's lists are meant")
		case in.To == "" || in.Reason == "" || in.Case == "":
			return exit.Usagef("say to whom, why and in which case: --to WHOM --reason TEXT --case NUMBER")
		case to == "-" && a.terminal():
			return exit.Usagef("an export is not for a terminal; give a file's name with -o FILE")
		}
		if subject != "" {
			if err := a.readSubject(c.Context(), &in); err != nil {
				return err
			}
		}
		return a.with("", func(cl *client) error { return a.export(c.Context(), cl, in, to) })
	}
	return c
}

// readSubject reads whom an export is about.
func (a *app) readSubject(ctx context.Context, in *service.Export) error {
	if a.asks() {
		fmt.Fprintf(a.std.err, "Paste the address, and end with an empty line.\n")
	}
	lines, err := interruptible(ctx, a.addressLines)
	if err != nil {
		return err
	}
	if len(lines) != 1 {
		return exit.Usagef("standard input must hold one e-mail address; give one: kairan custody export --subject - … < FILE")
	}
	if _, err := subscribe.ParseAddress(lines[0].text); err != nil {
		return exit.Usagef("standard input does not hold one e-mail address, so nothing was done")
	}
	in.Address = lines[0].text
	return nil
}

// export writes one to a file or to standard output (-).
func (a *app) export(ctx context.Context, cl *client, in service.Export, to string) error {
	write := func(w io.Writer) (int64, error) {
		defer a.waiting(ctx)()
		from, err := service.CustodyExport.Call(ctx, cl, in)
		if err != nil {
			return 0, err
		}
		n, err := copyWhole(w, from)
		if err != nil {
			return n, fmt.Errorf("the export is not whole: %w; do not keep it, and make another", err)
		}
		return n, nil
	}
	out, n, err := a.std.out, int64(0), error(nil)
	if to == "-" {
		to, out = "standard output", a.std.err
		n, err = write(a.std.out)
	} else {
		n, err = writeWhole(to, "export", write)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s KB; a custodian opens it on their own machine: age -d -i IDENTITY FILE\n", to, deliver.Thousands(int(n>>10)))
	return nil
}

// copyWhole hands on what the server sends, and fails unless it was all of it.
func copyWhole(to io.Writer, from *control.Octets) (int64, error) {
	defer func() { _ = from.Close() }()
	n, err := io.Copy(to, from)
	if err == nil && from.Size >= 0 && n != from.Size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (a *app) custodyLsCommand() *cobra.Command {
	c := &cobra.Command{Use: "ls", Args: cobra.NoArgs}
	a.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return tell(c.Context(), a, service.CustodyLs, struct{}{}, func(all []service.Provision) error {
			t := rows{{"When", "Case", "To", "Reason", "What", "By"}}
			for _, p := range all {
				what := p.List
				if what == "" {
					what = "a person, " + p.Office
				}
				t = append(t, []string{stamp(p.At), p.Case, p.To, p.Reason, what, p.By})
			}
			a.printTable(t)
			return nil
		})
	}
	return c
}
