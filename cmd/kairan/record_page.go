package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// recordPage writes the record of an issue out, for a page and for a terminal.
type recordPage struct {
	set  *templates.Set
	list *subscribe.List
	lang subscribe.Lang
}

func (p recordPage) say(key string, pairs ...string) string {
	data := map[string]any{}
	for n := 0; n+1 < len(pairs); n += 2 {
		data[pairs[n]] = pairs[n+1]
	}
	return p.set.Say(string(p.lang), "record."+key, data)
}

// at is an instant as people of the list's zone read it.
func (p recordPage) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(p.list.Zone)
	weekday := subscribe.Text{JA: strings.Split("日月火水木金土", "")[t.Weekday()], EN: t.Format("Mon")}.In(p.lang)
	return subscribe.Text{JA: t.Format("2006年1月2日") + "（" + weekday + "）" + t.Format("15:04 MST"), EN: t.Format("Monday 2 January 2006, 15:04 MST")}.In(p.lang)
}

func (p recordPage) count(n int) string { return deliver.Thousands(n) }

// data is all that stands in the record.
func (p recordPage) data(r service.Record) templates.RecordData {
	out := templates.RecordData{
		Issue: r.Issue.Issue, Subject: r.Subject, Facts: p.facts(r), Uncertain: p.uncertain(r), Hashes: p.hashes(r),
		Failures: []templates.RecordFailures{p.failed(r), p.cameBack(r)}, Made: p.say("made", "At", p.at(r.Made)),
	}
	if r.Preliminary {
		out.Preliminary = p.say("preliminary", "At", p.at(r.Made))
	}
	p.balance(r, &out)
	p.chart(r, &out)
	for _, e := range r.Events {
		out.Timeline = append(out.Timeline, p.event(e))
	}
	return out
}

func (p recordPage) facts(r service.Record) (all []templates.Labelled) {
	add := func(key, value string) {
		if value != "" {
			all = append(all, templates.Labelled{Label: p.say(key), Value: value})
		}
	}
	add("office", p.list.Office.Name.In(p.lang))
	add("list", p.list.Name.In(p.lang))
	add("issue", r.Issue.Issue)
	add("subject", r.Subject)
	add("state", p.say("state-"+r.State))
	add("author", p.who(r.Author))
	switch a := r.Approval; {
	case a.By != "" && a.Alone != "":
		add("alone", p.say("alone-by", "Who", a.By, "At", p.at(a.At), "Why", a.Alone))
	case a.By != "":
		add("approved", p.say("approved-by", "Who", a.By, "At", p.at(a.At)))
	case a.Needed:
		add("unapproved", p.say("missing"))
	default:
		add("unapproved", p.say("not-asked"))
	}
	add("embargo", p.at(r.Embargo))
	due := p.at(r.Due)
	if r.Slot != "" {
		due = p.say("slot", "At", due, "Slot", r.Slot)
	}
	add("due", due)
	add("started", p.at(r.Started))
	if !r.Ended.IsZero() {
		add("ended", p.say("ended-after", "At", p.at(r.Ended), "Span", p.span(r.Ended.Sub(r.Started))))
	} else {
		add("expires", p.at(r.Expires))
	}
	add("relays", strings.Join(r.Relays, ", "))
	add("page", r.Page)
	return all
}

// span is how long something took.
func (p recordPage) span(d time.Duration) string {
	if p.lang == subscribe.English {
		return deliver.Span(d.Round(time.Second))
	}
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d時間%d分", h, m)
	case m > 0:
		return fmt.Sprintf("%d分%d秒", m, s)
	}
	return fmt.Sprintf("%d秒", s)
}

func (p recordPage) balance(r service.Record, out *templates.RecordData) {
	sum := 0
	for _, x := range r.Balance.Parts() {
		sum += x.Readers
		if ended := !r.Preliminary; ended && x.Readers == 0 && (x.Name == "deferred" || x.Name == "in flight" || x.Name == "pending" || x.Name == "cancelled") {
			continue // which a run that has ended has not
		}
		out.Balance = append(out.Balance, templates.Labelled{Label: p.say(strings.ReplaceAll(x.Name, " ", "-")), Value: p.count(x.Readers)})
	}
	out.Sums = []templates.Labelled{{Label: p.say("sum-of-parts"), Value: p.count(sum)}, {Label: p.say("audience"), Value: p.count(r.Balance.Audience)}}
	if out.Balances = p.say("balances"); !r.Balances {
		out.Balances = p.say("imbalance")
	}
}

// chartHigh is how high the highest bar is, and chartFloor where all stand.
const (
	chartWide, chartHigh, chartFloor = 640, 140, 160
	shownLabels                      = 7
)

func (p recordPage) chart(r service.Record, out *templates.RecordData) {
	most := 0
	for _, b := range r.Bars {
		most = max(most, b.Accepted+b.Failed)
	}
	if out.ChartText = p.say("chart-none"); most == 0 {
		if !r.Started.IsZero() && len(r.Bars) == 0 {
			out.ChartText = p.say("chart-old")
		}
		return
	}
	out.ChartText, out.Most = p.say("chart-text", "Step", p.step(r.Step)), p.count(most)
	each := chartWide / max(len(r.Bars), 8)
	every := (len(r.Bars) + shownLabels - 1) / shownLabels
	for n, b := range r.Bars {
		bar := templates.RecordBar{X: n * each, Width: max(each-2, 1), Accepted: high1(b.Accepted, most), Failed: high1(b.Failed, most)}
		bar.AcceptedY = chartFloor - bar.Accepted
		bar.FailedY = bar.AcceptedY - bar.Failed
		if n%every == 0 {
			bar.Label = p.short(b.From, r.Step)
		}
		out.Bars = append(out.Bars, bar)
		out.Hours = append(out.Hours, templates.RecordHour{From: p.from(r, n), Accepted: p.count(b.Accepted), Failed: p.count(b.Failed)})
	}
}

// high1 is the height of a bar; one of few is to be seen, too.
func high1(n, most int) int {
	if n <= 0 {
		return 0
	}
	return max(n*chartHigh/most, 1)
}

// step is how much time a bar is about.
func (p recordPage) step(seconds int) string {
	switch minutes := seconds / 60; {
	case minutes == 1:
		return p.say("minute")
	case minutes < 60:
		return p.say("minutes", "N", strconv.Itoa(minutes))
	case minutes == 60:
		return p.say("hour")
	case minutes < 24*60:
		return p.say("hours", "N", strconv.Itoa(minutes/60))
	case minutes == 24*60:
		return p.say("day")
	default:
		return p.say("days", "N", strconv.Itoa(minutes/60/24))
	}
}

// short is the beginning of a bar, below it.
func (p recordPage) short(t time.Time, step int) string {
	if step >= 24*60*60 {
		return t.In(p.list.Zone).Format("1/2")
	}
	return t.In(p.list.Zone).Format("15:04")
}

// from is the beginning of a bar, with its day where that is another than the last one's.
func (p recordPage) from(r service.Record, n int) string {
	t := r.Bars[n].From.In(p.list.Zone)
	if n > 0 && r.Bars[n-1].From.In(p.list.Zone).YearDay() == t.YearDay() && r.Step < 24*60*60 {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

func (p recordPage) failed(r service.Record) templates.RecordFailures {
	out := templates.RecordFailures{ID: "failed", Title: p.say("failed-title"), Rows: p.classes(r.Failed)}
	if len(out.Rows) == 0 && r.Balance.Refused+r.Balance.Expired == 0 {
		out.Notes = []string{p.say("failed-none")}
	}
	return out
}

func (p recordPage) cameBack(r service.Record) templates.RecordFailures {
	out := templates.RecordFailures{ID: "back", Title: p.say("back-title"), Rows: p.classes(r.Back)}
	switch {
	case r.FewComplaints:
		out.Notes = []string{p.say("few-complaints")}
	case r.Balance.Complaints > 0:
		out.Notes = []string{p.say("complaints", "Copies", p.count(r.Balance.Complaints))}
	case r.Balance.Bounced == 0:
		out.Notes = []string{p.say("back-none")}
	}
	return out
}

func (p recordPage) classes(all []service.FailClass) (rows []templates.RecordFailure) {
	for _, x := range all {
		code := x.Enhanced
		if x.Code > 0 {
			code = strings.TrimSpace(strconv.Itoa(x.Code) + " " + code)
		}
		if code = cmp.Or(code, p.say("no-code")); x.Deferred {
			code = p.say("put-off", "Code", code)
		}
		rows = append(rows, templates.RecordFailure{
			Code: code, Provider: cmp.Or(x.Provider, p.say("other-providers")), Copies: p.count(x.Copies), Advice: p.set.Say(string(p.lang), "advice."+x.Advice, nil),
		})
	}
	return rows
}

func (p recordPage) uncertain(r service.Record) (all []string) {
	x := r.Balance
	if x.UncertainEver == 0 && x.Uncertain == 0 {
		all = append(all, p.say("uncertain-none"))
	} else {
		all = append(all, p.say("uncertain-ever", "Ever", p.count(x.UncertainEver), "Still", p.count(x.Uncertain), "Settled", p.count(x.UncertainEver-x.Uncertain)))
	}
	if s := r.Said; s != (deliver.Said{}) {
		all = append(all, p.say("said", "At", p.at(s.AsOf), "Delivered", p.count(s.Delivered), "Queued", p.count(s.Queued), "Bounced", p.count(s.Bounced), "Nothing", p.count(s.Nothing)))
	} else if x.UncertainEver > 0 {
		all = append(all, p.say("unsaid"))
	}
	return all
}

func (p recordPage) hashes(r service.Record) []templates.Labelled {
	all := []templates.Labelled{{Label: p.say("sum-text", "Octets", p.count(r.Source.Octets)), Value: r.Source.SHA256}}
	for _, f := range r.Sums {
		all = append(all, templates.Labelled{Label: p.say("sum-file", "Name", f.Name, "Octets", p.count(f.Octets)), Value: f.SHA256})
	}
	if r.Content != "" {
		all = append(all, templates.Labelled{Label: p.say("sum-all"), Value: r.Content})
	}
	return all
}

// deeds are what stands in timelines, and the keys of the same in the catalogue.
var deeds = []struct {
	what *regexp.Regexp
	key  string
}{
	{regexp.MustCompile(`^added$`), "added"},
	{regexp.MustCompile(`^replaced$`), "replaced"},
	{regexp.MustCompile(`^added again, unchanged$`), "again"},
	{regexp.MustCompile(`^scheduled for (.*)$`), "scheduled"},
	{regexp.MustCompile(`^embargo until (.*)$`), "embargo"},
	{regexp.MustCompile(`^embargo lifted$`), "no-embargo"},
	{regexp.MustCompile(`^test copies sent to (\d+) .*$`), "tested"},
	{regexp.MustCompile(`^approved \(content (.*)\)$`), "approved"},
	{regexp.MustCompile(`^not approved by anybody else: (.*) \(content .*\)$`), "alone"},
	{regexp.MustCompile(`^cancelled before the start; back to draft$`), "unscheduled"},
	{regexp.MustCompile(`^cancelled; copies not yet claimed stay unsent$`), "stopped"},
	{regexp.MustCompile(`^paused$`), "paused"},
	{regexp.MustCompile(`^resumed$`), "resumed"},
	{regexp.MustCompile(`^started for ([\d,]+) readers?(?:, .* late)?$`), "started"},
	{regexp.MustCompile(`^finished: sending it once more was stopped$`), "resend-stopped"},
	{regexp.MustCompile(`^finished: .*$`), "finished"},
	{regexp.MustCompile(`^goes once more to ([\d,]+) readers? .*$`), "resent"},
	{regexp.MustCompile(`^approved, for these readers$`), "approved-resend"},
	{regexp.MustCompile(`^not approved by anybody else, for these readers: (.*)$`), "alone"},
	{regexp.MustCompile(`^withdrawn from the archive: .*$`), "withdrawn"},
	{regexp.MustCompile(`^put back into the archive: .*$`), "put-back"},
}

// who is an account, or the program.
func (p recordPage) who(actor string) string {
	if actor == deliver.Self {
		return p.say("self")
	}
	return actor
}

// event is a line of the timeline; what has no words in the catalogue stays as it was written.
func (p recordPage) event(e deliver.Event) templates.RecordEvent {
	out := templates.RecordEvent{When: e.At.In(p.list.Zone).Format("2006-01-02 15:04:05 MST"), Who: p.who(e.Actor), What: e.What}
	for _, d := range deeds {
		if m := d.what.FindStringSubmatch(e.What); m != nil {
			out.What = p.say("did-"+d.key, "Of", strings.Join(m[1:], ""))
			return out
		}
	}
	if p.lang != subscribe.English {
		out.Lang = string(subscribe.English)
	}
	return out
}
