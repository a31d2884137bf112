package deliver

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLacks: of all that was seen each thing that is not well is said once, the gravest
// first, and whether the issue would begin all the same.
func TestLacks(t *testing.T) {
	t.Parallel()
	no := errors.New("no, since")
	all := Seen{
		Issue: IssueName{List: "news", Slug: "one"}, Release: "a copy", Clock: "it has jumped", List: no, Text: no, Approval: no, Embargo: "noon", Start: no, Window: no,
		Relays: []RelayNow{{Name: "one"}, {Name: "two", Why: "held"}}, Tried: []Tried{TriedOf("one", &Refusal{Judge(StageAuth, 535, "5.7.8", "no")}, time.Now())},
		Rate: "others",
	}
	var kinds []string
	for _, l := range all.Lacks() {
		kinds = append(kinds, l.Kind)
		if l.Stops != (l.Kind != LackRate) {
			t.Errorf("%+v", l)
		}
	}
	want := []string{LackRelease, LackClock, LackList, LackText, LackApproval, LackEmbargo, LackDisk, LackWindow, LackLogin, LackFallback, LackRate}
	if !slices.Equal(kinds, want) {
		t.Errorf("%q, want %q", kinds, want)
	}
	if got := (Seen{Relays: []RelayNow{{Name: "one"}}, Tried: []Tried{TriedOf("one", nil, time.Now())}}).Lacks(); len(got) > 0 {
		t.Errorf("all is well, and it says %+v", got)
	}
}

// TestLacksAtRelays: an issue begins if any of the relays takes it, and who reads of the
// others is told which it is, why, and what to do.
func TestLacksAtRelays(t *testing.T) {
	t.Parallel()
	said := func(relay string, s Stage, code int, enhanced string) Tried {
		return TriedOf(relay, &Refusal{Judge(s, code, enhanced, "dial: no route")}, time.Now())
	}
	one, two := RelayNow{Name: "one"}, RelayNow{Name: "two"}
	beside := RelayNow{Name: "two", Beside: true}
	for name, x := range map[string]struct {
		relays []RelayNow
		tried  []Tried
		want   string // kinds, with ! where the issue does not begin
		says   string
	}{
		"not asked yet":        {[]RelayNow{one, two}, nil, "", ""},
		"no way to it":         {[]RelayNow{one}, []Tried{said("one", StageDial, 0, "")}, "relay!", "one cannot be used (dial: no route, at connect); see that it runs"},
		"no login":             {[]RelayNow{one}, []Tried{said("one", StageAuth, 535, "5.7.8")}, "login!", "one does not take our login (reply 535 5.7.8, at AUTH); correct `username`"},
		"no sender":            {[]RelayNow{one}, []Tried{said("one", StageMail, 553, "5.1.8")}, "sender!", "`return_path` of [lists.news]"},
		"no relaying":          {[]RelayNow{one}, []Tried{said("one", StageRcpt, 550, "5.7.1")}, "sender!", "at RCPT"},
		"no such recipient":    {[]RelayNow{one}, []Tried{said("one", StageRcpt, 550, "5.1.1")}, "recipient", "the office's own address"},
		"too large":            {[]RelayNow{one}, []Tried{said("one", StageMail, 552, "5.3.4")}, "size!", "smaller"},
		"full at RCPT":         {[]RelayNow{one}, []Tried{said("one", StageRcpt, 452, "4.2.2")}, "recipient", "it may pass by itself"},
		"held":                 {[]RelayNow{{Name: "one", Why: "it went away"}}, nil, "relay!", "one takes no mail: it went away"},
		"held for the list":    {[]RelayNow{{Name: "one", Why: "553", OfList: true}}, nil, "sender!", "one takes no mail of this list: 553; have it"},
		"held as tried":        {[]RelayNow{{Name: "one", Why: "AUTH"}}, []Tried{said("one", StageAuth, 535, "5.7.8")}, "login!", "one does not take our login"},
		"list held as tried":   {[]RelayNow{{Name: "one", Why: "553", OfList: true}}, []Tried{said("one", StageMail, 553, "5.1.8")}, "sender!", "one does not take mail of this list"},
		"held for more":        {[]RelayNow{{Name: "one", Why: "it went away"}}, []Tried{said("one", StageMail, 553, "5.1.8")}, "relay!", "it went away"},
		"held, with another":   {[]RelayNow{{Name: "one", Why: "it went away"}, two}, nil, "relay", "two is used instead"},
		"the first, of two":    {[]RelayNow{one, two}, []Tried{said("one", StageAuth, 535, "5.7.8")}, "login", "two is used instead"},
		"too large, of two":    {[]RelayNow{one, two}, []Tried{said("one", StageMail, 552, "5.3.4")}, "size!", "smaller"},
		"no recipient, of two": {[]RelayNow{one, two}, []Tried{said("one", StageRcpt, 550, "5.1.1"), said("two", StageAuth, 535, "5.7.8")}, "recipient fallback", "own address"},
		"the fallback":         {[]RelayNow{one, two}, []Tried{said("two", StageAuth, 535, "5.7.8")}, "fallback", "the fallback relay two does not take our login"},
		"both":                 {[]RelayNow{one, two}, []Tried{said("one", StageMail, 553, "5.1.8"), said("two", StageDial, 0, "")}, "sender! fallback!", "the fallback relay two cannot"},
		"of two that share":    {[]RelayNow{one, beside}, []Tried{said("two", StageAuth, 535, "5.7.8")}, "login", "two does not take our login (reply 535 5.7.8, at AUTH); correct `username`, or what `password_file` holds, and try it: kairan check; one is used instead"},
		"both that share":      {[]RelayNow{one, beside}, []Tried{said("one", StageDial, 0, ""), said("two", StageAuth, 535, "5.7.8")}, "relay! login!", "two does not"},
		"too large for one":    {[]RelayNow{one, beside}, []Tried{said("two", StageMail, 552, "5.3.4")}, "size!", "smaller"},
		"behind two":           {[]RelayNow{one, beside, {Name: "three"}}, []Tried{said("three", StageAuth, 535, "5.7.8")}, "fallback", "the fallback relay three"},
		"one that is no more":  {[]RelayNow{one}, []Tried{said("old", StageAuth, 535, "5.7.8")}, "", ""},
	} {
		var kinds, says []string
		for _, l := range (Seen{Issue: IssueName{List: "news", Slug: "one"}, Relays: x.relays, Tried: x.tried}).Lacks() {
			if says = append(says, l.Says); l.Stops {
				l.Kind += "!"
			}
			kinds = append(kinds, l.Kind)
		}
		if got := strings.Join(kinds, " "); got != x.want || !strings.Contains(strings.Join(says, "\n"), x.says) {
			t.Errorf("%s: %q, want %q; says %q, want %q", name, got, x.want, says, x.says)
		}
	}
}
