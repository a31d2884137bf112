package main

import (
	"maps"
	"slices"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

const accessibilityPage = "accessibility" // what --print calls it

// printAccessibility prints the page of an office for the result of its test of
// accessibility (JIS X 8341-3:2016, annex JB), from the configuration.
func (a *app) printAccessibility(office, lang string) error {
	in := subscribe.ParseLang(lang, "")
	if in == "" {
		return exit.Usagef("--lang %q: there are ja and en", lang)
	}
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if office == "" && len(cfg.Offices) == 1 {
		office = slices.Collect(maps.Keys(cfg.Offices))[0]
	}
	o := cfg.Offices[office]
	if o == nil {
		return noOffice(cfg, office)
	}
	set, err := templates.New()
	if err != nil {
		return err
	}
	page, err := set.Accessibility(lang, accessibilityOf(set, cfg, o, in))
	if err != nil {
		return err
	}
	a.say("%s", page)
	return nil
}

// accessibilityOf names a page of each kind that the office has.
func accessibilityOf(set *templates.Set, cfg *config.Config, o *subscribe.Office, lang subscribe.Lang) templates.AccessibilityData {
	d := templates.AccessibilityData{Office: o.Name.In(lang), Contact: o.Contact, Base: o.BaseURL}
	add := func(what, url string, of *subscribe.List) {
		values := map[string]any{"List": ""}
		if of != nil {
			values["List"] = of.Name.In(lang)
		}
		d.Pages = append(d.Pages, templates.AccessibilityPage{Name: set.Say(string(lang), "accessibility.page."+what, values), URL: url})
	}
	add("home", o.BaseURL+"/", nil)
	first := ""
	for _, id := range cfg.Order {
		l := cfg.Lists[id]
		if l.Office != o {
			continue
		}
		form := l.URL("/lists/" + id)
		add("form", form, l)
		if l.Archived {
			add("archive", l.URL(subscribe.ArchivePath(id)), l)
			add("issue", l.URL(subscribe.ArchivePath(id)+"…"), l)
		}
		if first == "" {
			first = form
		}
	}
	for _, page := range []struct{ what, url string }{
		{"wrong", first}, {"sent", first}, {"confirm", o.BaseURL + "/confirm/…"}, {"confirmed", o.BaseURL + "/confirm/…"},
		{"ask", o.BaseURL + "/correct"}, {"correct", o.BaseURL + "/correct/…"}, {"leave", o.BaseURL + "/leave/…"}, {"left", o.BaseURL + "/leave/…"},
		{"block", o.BaseURL + "/block/…"}, {"privacy", o.BaseURL + "/privacy/" + o.ID}, {"lost", o.BaseURL + "/…"},
	} {
		add(page.what, page.url, nil)
	}
	return d
}
