package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
)

// statusWords say where an issue stands, in the language of whoever asks. What the server says
// in sentences stays as it said it.
type statusWords struct {
	say    func(word string, args ...any) string // "status-" and a word of the manual
	advice func(class string) string             // what to do about failures
	lasts  func(service.Issue) []string          // how long a scheduled one takes, in sentences
	at     func(t time.Time, zone string) string // an instant, to the minute
	warns  func(service.Issue) []string
	span   func(time.Duration) string
}

// inWords is in the words of whoever calls.
func (a *app) inWords() statusWords {
	return statusWords{func(word string, args ...any) string { return a.words().Say("status-"+word, args...) }, a.advice, a.duration, func(t time.Time, zone string) string { return a.at("minute", t, zone) }, a.warnings, a.span}
}

// text is the progress bar, and the balance as the equation that it is, in lines under 80
// columns, which every terminal has.
func (s statusWords) text(i service.Issue, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", i.Issue, s.say(i.State))
	switch {
	case !i.Ended.IsZero():
		b.WriteString(s.say("ended", s.at(i.Ended, i.Zone), s.span(i.Ended.Sub(i.Started))))
	case !i.Started.IsZero():
		b.WriteString(s.say("since", s.at(i.Started, i.Zone)))
	case !i.Due.IsZero() && i.State == deliver.Held.String():
		b.WriteString(s.say("was-due", s.at(i.Due, i.Zone), i.Zone))
	case !i.Due.IsZero():
		b.WriteString(s.say("for", s.at(i.Due, i.Zone), i.Zone, s.fromNow(i.Due.Sub(now))))
	default:
		b.WriteString(s.say("unscheduled"))
	}
	fmt.Fprintf(&b, "\n%s\n", text.Trim(i.Subject, 78))
	if i.Started.IsZero() {
		b.WriteString(remark(s.number("reader", "readers", i.Readers)))
		if i.Embargo.After(now) {
			b.WriteString(remark(s.say("embargo", s.at(i.Embargo, i.Zone))))
		}
		return b.String() + s.heldBack(i) + beforeStart(i) + s.prospects(i, now) + s.page(i)
	}
	b.WriteString(s.balance(i))
	b.WriteString(s.hindrance("nothing-out", i.Copy))
	if i.Waits.Why == "" {
		b.WriteString(s.hindrance("no-mail", i.Relay))
	}
	return b.String() + relaySaid(i) + s.prospects(i, now) + s.failed(i.Failed) + s.page(i)
}

// balance is the bar, and what became of whom.
func (s statusWords) balance(i service.Issue) string {
	var b strings.Builder
	x := i.Balance
	fmt.Fprintf(&b, "\n  %s %3d%%  %s\n\n", bar(x.Settled(), x.Audience, 40), percent(x.Settled(), x.Audience), s.say("settled", deliver.Thousands(x.Settled()), deliver.Thousands(x.Audience)))
	width := len(deliver.Thousands(x.Audience))
	fmt.Fprintf(&b, "  %*s %s\n", width, deliver.Thousands(x.Audience), s.say("audience"))
	for n, p := range x.Parts() {
		sign := "+"
		if n == 0 {
			sign = "="
		}
		fmt.Fprintf(&b, "%s %*s %s\n", sign, width, deliver.Thousands(p.Readers), s.say(strings.ReplaceAll(p.Name, " ", "-")))
	}
	if !i.Balances {
		b.WriteString(remark(s.say("imbalance")))
	}
	if x.UncertainEver > 0 {
		b.WriteString(remark(s.say("ever", deliver.Thousands(x.UncertainEver))))
	}
	if x.Bounced+x.Complaints > 0 {
		bounced, abuse := "", ""
		if x.Bounced > 0 {
			bounced = s.say("bounced", deliver.Thousands(x.Bounced))
		}
		if x.Complaints > 0 {
			abuse = s.say("abuse", deliver.Thousands(x.Complaints))
		}
		b.WriteString(remark(s.say("handed", deliver.Thousands(x.Accepted), bounced, abuse)))
	}
	if x.Deferred > 0 {
		b.WriteString(remark(s.say("tried-until", s.at(i.Expires, i.Zone))))
	}
	return b.String()
}

// hindrance is what keeps mail from going out; "": nothing does.
func (s statusWords) hindrance(word, why string) string {
	if why == "" {
		return ""
	}
	return remark(s.say(word, why))
}

// heldBack says what keeps an issue from beginning whose start is not near yet; then that is
// among what it lacks.
func (s statusWords) heldBack(i service.Issue) (said string) {
	if i.Before != nil {
		return ""
	}
	said = s.hindrance("nothing-out", i.Copy) + s.hindrance("no-start", i.Clock)
	if i.State == deliver.Scheduled.String() {
		said += s.hindrance("no-mail", i.Relay)
	}
	return said
}

// number is a sentence about one, or about so many.
func (s statusWords) number(one, many string, n int) string {
	if n == 1 {
		return s.say(one)
	}
	return s.say(many, deliver.Thousands(n))
}

// failed is what was refused or put off, class by class, and what to do about each.
func (s statusWords) failed(all []service.FailClass) string {
	var b strings.Builder
	for n, x := range all {
		if n == shownClasses {
			b.WriteString(remark(s.say("classes", len(all)-n)))
			break
		}
		if n == 0 {
			b.WriteString("\n")
		}
		line := s.say("class", deliver.Thousands(x.Copies), s.reply(x))
		if x.Copies == 1 {
			line = s.say("class-one", s.reply(x))
		}
		if x.Provider != "" {
			line += s.say("class-at", x.Provider)
		}
		if x.Deferred {
			line += s.say("class-off")
		}
		b.WriteString(remark(line))
		b.WriteString("    " + strings.ReplaceAll(wrapped(s.advice(x.Advice), 74), "\n", "\n    ") + "\n")
	}
	return b.String()
}

// shownClasses is how many classes of failures a screen has room for.
const shownClasses = 5

// reply is the reply of a class in figures.
func (s statusWords) reply(x service.FailClass) string {
	code := ""
	if x.Code > 0 {
		code = strconv.Itoa(x.Code)
	}
	return cmp.Or(strings.TrimSpace(code+" "+x.Enhanced), s.say("no-reply"))
}

// page is where anybody can read the issue, and from when on.
func (s statusWords) page(i service.Issue) string {
	switch {
	case i.Page == "":
		return ""
	case i.Started.IsZero():
		return remark(s.say("page-later", i.Page))
	case !i.Withdrawn.IsZero():
		return remark(s.say("page-withdrawn", s.at(i.Withdrawn, i.Zone), i.Page))
	}
	return remark(s.say("page", i.Page))
}

// prospects says what an issue waits for, how long it takes and when it ends.
func (s statusWords) prospects(i service.Issue, now time.Time) string {
	var b strings.Builder
	if w := i.Waits; w.Why != "" {
		line := s.say("waits", w.Why)
		if why, relay := strings.CutPrefix(w.Why, "no mail goes out: "); relay {
			line = s.say("no-mail", why)
		}
		switch {
		case !w.Next.IsZero() && w.Sure:
			line += s.say("until", s.at(w.Next, i.Zone))
		case !w.Next.IsZero():
			line += s.say("next-try", s.at(w.Next, i.Zone))
		}
		b.WriteString(remark(line))
	}
	switch {
	case !i.Started.IsZero() && !i.Ends.IsZero():
		line := s.say("ends-soon")
		if left := i.Ends.Sub(now); left > 5*time.Second {
			line = s.say("ends", s.at(i.Ends, i.Zone), s.fromNow(left))
		}
		if i.PerMinute > 0 {
			line += s.say("rate", deliver.Thousands(max(about(i.PerMinute), 1)))
		}
		if mean := meanOf(i, now); mean > 0 {
			line += s.say("mean", deliver.Thousands(mean))
		}
		b.WriteString(remark(line))
	case i.Started.IsZero() && !i.Due.IsZero() && !i.First.IsZero():
		b.WriteString(remark(strings.Join(s.lasts(i), " ")))
	case i.Started.IsZero() && i.Hours != "":
		from, until, _ := strings.Cut(i.Hours, "-")
		b.WriteString(remark(s.say("hours", from, until)))
	}
	for _, w := range s.warns(i) {
		b.WriteString(remark(s.say("warning", w)))
	}
	return b.String()
}

// fromNow says a duration as people do: "in 9 minutes".
func (s statusWords) fromNow(d time.Duration) string {
	if d < time.Second {
		return s.say("now")
	}
	return s.say("in", s.span(d))
}

// meanOf is the rate in messages a minute since the start; 0: there is none yet.
func meanOf(i service.Issue, now time.Time) int {
	since := now.Sub(i.Started)
	if since < 10*time.Second {
		return 0
	}
	return about(float64(i.Balance.Begun()) / since.Minutes())
}

// about rounds to two digits: more would promise too much.
func about(n float64) int {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	return int(math.Round(n/unit) * unit)
}
