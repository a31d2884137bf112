package main

import (
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/manual"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/phrase"
)

// What is said before an issue goes out, in the language of whoever reads it. What the service
// warns of comes in its own words.

// sayStart says what a start means: which issue, when, to whom, for how long, and what speaks
// against it.
func (a *app) sayStart(i service.Issue) {
	a.lookAt(a.std.out, i.Findings)
	a.say("%s\n", a.words().SayStart("when", i.Issue, a.at("day", i.Due, i.Zone), i.Zone, a.ahead(i.Due), a.count("reader", i.Readers)))
	switch {
	case i.Instead.IsZero() || i.Instead.Equal(i.Due):
	case i.Instead.After(a.now()):
		a.tells("was-to", a.at("minute", i.Instead, i.Zone), a.ahead(i.Instead))
	default:
		a.tells("was-due", a.at("minute", i.Instead, i.Zone), a.words().SayStart("ago", a.span(a.now().Sub(i.Instead))))
	}
	a.tells("subject", i.Subject)
	if !i.First.IsZero() && i.Readers > 0 {
		a.sayDuration(i)
	}
	if i.Readers == 0 {
		a.tells("nobody")
	}
	a.sayFiles(i)
	if i.Page != "" {
		a.tells("page", i.Page)
	}
	i = a.hinted(i)
	for _, w := range a.warnings(i) {
		a.tells("warning", w)
	}
	if i.Relay != "" {
		a.tells("relay", i.Relay)
	}
	a.sayTested(i)
	a.sayApproval(i)
	if !i.Embargo.IsZero() {
		a.tells("embargo", a.at("minute", i.Embargo, i.Zone))
	}
}

// sayResend says what it means to send an issue once more: to how many, why to them, when,
// and until when.
func (a *app) sayResend(r service.Resent) {
	i := a.hinted(r.Issue)
	a.say("%s\n", a.words().SayStart("again", i.Issue, a.at("day", r.Starts, i.Zone), i.Zone, a.ahead(r.Starts), a.count("reader", r.Copies), deliver.Thousands(i.Balance.Audience)))
	a.tells(r.To)
	a.tells("subject", i.Subject)
	a.tells("same", a.at("minute", i.Started, i.Zone), a.at("minute", r.Until, i.Zone))
	if !i.Ends.IsZero() {
		i.Due = r.Starts
		a.sayDuration(i)
	}
	a.sayFiles(i)
	if !i.Withdrawn.IsZero() {
		a.tells("withdrawn", a.at("minute", i.Withdrawn, i.Zone))
	}
	for _, w := range a.warnings(i) {
		a.tells("warning", w)
	}
	if i.Relay != "" {
		a.tells("relay", i.Relay)
	}
	a.sayApproval(i)
}

// sayDuration says how long an issue takes and when it ends.
func (a *app) sayDuration(i service.Issue) {
	for _, sentence := range a.duration(i) {
		a.say("%s\n", a.para(sentence))
	}
}

// duration is the same in sentences.
func (a *app) duration(i service.Issue) (sentences []string) {
	begins, words := i.Due, a.words()
	if i.First.After(i.Due) {
		begins = i.First
		if first := a.at("minute", i.First, i.Zone); i.Hours == "" {
			sentences = append(sentences, words.SayStart("rest", first))
		} else {
			sentences = append(sentences, words.SayStart("hours", strings.Replace(i.Hours, "-", words.Start["to"], 1), first))
		}
	}
	rate, takes := a.count("message", int(i.PerMinute)), i.Ends.Sub(begins)
	switch ends := a.at("minute", i.Ends, i.Zone); {
	case i.Ends.IsZero():
		return append(sentences, words.SayStart("takes-long"))
	case takes < time.Minute:
		return append(sentences, words.SayStart("takes-little", rate, ends))
	default:
		return append(sentences, words.SayStart("takes", words.SayStart("about", a.span(takes)), rate, ends))
	}
}

// sayTested says whether what the issue is now has been tested, and how it is.
func (a *app) sayTested(i service.Issue) {
	if a.tellTest(i); !i.Tested && i.Testers > 0 {
		a.tells("to-test", a.self()+" issue test "+i.Issue)
	}
}

// tellTest says whether what the issue is now has been tested.
func (a *app) tellTest(i service.Issue) {
	by := []any{a.at("minute", i.Test.At, i.Zone), i.Test.By, a.count("tester", i.Test.Testers)}
	switch {
	case i.Test.Testers == 0:
		a.tells("untested")
	case i.Tested:
		a.tells("tested", by...)
	default:
		a.tells("changed", by...)
	}
}

// sayApproval says who stands for the issue, where its list asks for that.
func (a *app) sayApproval(i service.Issue) {
	x := i.Approval
	at := a.at("minute", x.At, i.Zone)
	switch {
	case x.By != "" && x.Alone != "":
		a.tells("alone", x.By, at, x.Alone)
	case x.By != "":
		a.tells("approved", x.Author, x.By, at)
	case x.Needed:
		a.tells("unapproved", x.Author, a.self()+" issue approve "+i.Issue)
	}
}

// losing says what it means to cancel an issue under way, or one that goes once more.
func (a *app) losing(i service.Issue) string {
	b := i.Balance
	lost := a.count("reader", b.Pending+b.Deferred+b.Uncertain)
	if len(i.Again) > 0 {
		return a.words().SayStart("losing-again", i.Issue, lost)
	}
	return a.words().SayStart("losing", i.Issue, a.words().Start[i.State], lost, deliver.Thousands(b.Audience))
}

// sayWays says how an issue that waits for its time is stopped, and how it is watched.
func (a *app) sayWays(issue string) {
	a.say("%s\n%s\n", a.words().SayStart("stop", a.self()+" issue cancel "+issue), a.words().SayStart("watch", a.self()+" issue status "+issue+" --follow"))
}

// warnings are those of an issue; of an older server, in English.
func (a *app) warnings(i service.Issue) []string {
	if a.lang() == manual.Japanese && len(i.WarningsJA) == len(i.Warnings) {
		return i.WarningsJA
	}
	return i.Warnings
}

// tells says one of the sentences, as a paragraph.
func (a *app) tells(sentence string, args ...any) {
	a.say("%s\n", a.para(a.words().SayStart(sentence, args...)))
}

// at is an instant as people of the list's zone read it.
func (a *app) at(layout string, t time.Time, zone string) string {
	t = inZone(t, zone)
	said := t.Format(a.words().Start[layout])
	if a.words().Lang == manual.Japanese {
		said = strings.Replace(said, "（"+t.Format("Mon")+"）", "（"+string([]rune("日月火水木金土")[t.Weekday()])+"）", 1)
	}
	return said
}

// ahead is how soon an instant is.
func (a *app) ahead(t time.Time) string {
	d := t.Sub(a.now())
	if d < time.Second {
		return a.words().Start["now"]
	}
	return a.words().SayStart("in", a.span(d))
}

// span is a length of time.
func (a *app) span(d time.Duration) string {
	return phrase.Number(deliver.Span(d)).In(a.words().Lang)
}

// count is how many there are of them.
func (a *app) count(what string, n int) string {
	if n != 1 {
		what += "s"
	}
	return a.words().SayStart(what, deliver.Thousands(n))
}
