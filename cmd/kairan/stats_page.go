package main

import (
	"cmp"
	"strconv"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/figures"
	"example.jp/kairan/templates"
)

// statsPage is the page that an office may publish.
type statsPage struct {
	set  *templates.Set
	cfg  *config.Config
	lang subscribe.Lang
}

// render renders the statistics of an office's lists, in one language.
func (p statsPage) render(in service.Statistics) ([]byte, error) {
	var data templates.StatisticsData
	for _, x := range in.Lists {
		l := p.cfg.Lists[x.List]
		data.Office = l.Office.Name.In(p.lang)
		data.Lists = append(data.Lists, p.list(l, x))
	}
	return p.set.Statistics(string(p.lang), data)
}

func (p statsPage) list(l *subscribe.List, x service.ListStatistics) templates.StatisticsList {
	out := templates.StatisticsList{
		ID: l.ID, Name: l.Name.In(p.lang), Readers: p.number(x.Readers, "below"), Bars: barsOf(x.Months),
		AsOf: x.AsOf.In(l.Zone).Format(subscribe.Text{JA: "2006年1月2日", EN: "2 January 2006"}.In(p.lang)),
	}
	for _, m := range x.Months {
		accepted := p.number(m.Accepted, "hidden")
		if m.Issues == 0 {
			accepted = "0"
		}
		out.Months = append(out.Months, templates.StatisticsMonth{Month: m.Month, Numbers: []string{
			p.number(m.Readers, "below"), p.number(m.Joined, "hidden"), p.number(m.Left, "hidden"),
			strconv.Itoa(m.Issues), accepted,
		}})
	}
	for _, c := range x.Choices {
		f, _ := l.Field(c.Field)
		out.Tables = append(out.Tables, templates.StatisticsTable{Label: f.Label.In(p.lang), Rows: p.rows(f, c)})
	}
	return out
}

func (p statsPage) rows(f subscribe.Field, c figures.PublishedChoices) (out []templates.StatisticsRow) {
	if !c.Shown {
		return nil
	}
	most := c.Other
	for _, r := range c.Rows {
		most = max(most, r.Number)
	}
	row := func(label string, n figures.Number) templates.StatisticsRow {
		return templates.StatisticsRow{Label: label, Number: p.number(n, "below"), Width: int(200 * n / max(most, 1))}
	}
	for _, r := range c.Rows {
		out = append(out, row(p.choice(f, r.Choice), r.Number))
	}
	if len(c.Merged) > 0 {
		out = append(out, row(p.say("merged"), c.Other))
	}
	return out
}

// choice is what a choice is called.
func (p statsPage) choice(f subscribe.Field, id string) string {
	if id == "" {
		return p.say("blank")
	}
	return cmp.Or(f.Show(id, p.lang), id)
}

func (p statsPage) number(n figures.Number, few string) string {
	if n == 0 {
		return p.say(few)
	}
	return deliver.Thousands(int(n))
}

func (p statsPage) say(key string) string { return p.set.Say(string(p.lang), "statistics."+key, nil) }

// barsOf are the readers at the end of each month.
func barsOf(months []figures.PublishedMonth) (bars []templates.Bar) {
	const wide, high, gap = 600, 150, 4
	most := figures.Number(0)
	for _, m := range months {
		most = max(most, m.Readers)
	}
	if most == 0 {
		return nil
	}
	each := wide / max(len(months), 6)
	for i, m := range months {
		h := int(high * m.Readers / most)
		bars = append(bars, templates.Bar{X: i * each, Y: 160 - h, Width: each - gap, Height: h})
	}
	return bars
}
