package editor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// TestUnready: what an issue lacks that is to begin within the hour is told before.
func TestUnready(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		make func(o *office, l *subscribe.List, i *deliver.Issue)
		want string
	}{
		"nothing":            {func(*office, *subscribe.List, *deliver.Issue) {}, ""},
		"an approval":        {func(_ *office, l *subscribe.List, _ *deliver.Issue) { l.Approvals = 2 }, "nobody but its author stands for it"},
		"room":               {func(o *office, _ *subscribe.List, _ *deliver.Issue) { o.full = errors.New("no space left") }, "no space left"},
		"time":               {func(o *office, _ *subscribe.List, _ *deliver.Issue) { o.Sending.Expires = time.Minute }, "would reach only about"},
		"a declaration":      {func(_ *office, l *subscribe.List, _ *deliver.Issue) { l.ListID = "" }, "it cannot be composed"},
		"room for its books": {func(o *office, _ *subscribe.List, _ *deliver.Issue) { o.narrow = errors.New("3 MB are left") }, "and not all is well: 3 MB are left"},
		"but in a day": {func(o *office, _ *subscribe.List, i *deliver.Issue) {
			o.full = errors.New("no")
			i.Due = o.now.Add(24 * time.Hour)
		}, ""},
		"but was due": {func(o *office, _ *subscribe.List, i *deliver.Issue) { o.full = errors.New("no"); i.Due = o.now }, ""},
		"but is a draft": {func(o *office, _ *subscribe.List, i *deliver.Issue) {
			o.full = errors.New("no")
			i.State = deliver.Draft
		}, ""},
	} {
		o := newOffice(t)
		o.has("autumn", deliver.Scheduled, nil)
		x.make(o, o.list, o.issues[first(o)])
		found, err := o.Unready()
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 1 || (len(found) == 1) != (x.want != "") || x.want != "" && !strings.Contains(found[0].Why, x.want) {
			t.Errorf("it lacks %s: %v, want %q", name, found, x.want)
		}
	}
}

// TestRehearse: relays are asked about each issue whose start is near, one by one and with
// its size, and what they say is kept; one that is held or at work is asked later, and none
// while the clock is wrong.
func TestRehearse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.relays = []deliver.RelayNow{{Name: "one"}, {Name: "two", Why: "it is held"}}
	for _, slug := range []string{"autumn", "winter"} {
		o.has(slug, deliver.Scheduled, nil)
	}
	o.has("spring", deliver.Scheduled, func(i *deliver.Issue) { i.Due = o.now.Add(2 * time.Hour) })
	o.has("draft", deliver.Draft, nil)
	look := func(want ...string) {
		t.Helper()
		o.asked = nil
		if o.Rehearse(context.Background()); !slices.Equal(o.asked, want) {
			t.Errorf("asked %q, want %q", o.asked, want)
		}
	}
	to := " " + deliver.TrialOf(o.list).Envelope.To
	o.wrong = "it has jumped"
	look()
	o.wrong, o.atWork = "", true
	look()
	o.atWork, o.refuses = false, map[string]*deliver.Refusal{"one": {Result: deliver.Judge(deliver.StageMail, 553, "5.1.8", "no")}}
	look("one"+to, "one"+to)
	look()
	o.relays[1].Why = ""
	look("two"+to, "two"+to)
	look()
	if len(o.sizes) != 4 || o.sizes[0] < 1000 {
		t.Errorf("the relays heard of %d octets", o.sizes)
	}
	if tried := o.issues[first(o)].Tried; len(tried) != 2 || tried[0].Stage != deliver.StageMail || tried[1].Stage != 0 {
		t.Errorf("kept: %+v", tried)
	}
	s, err := o.Status(t.Context(), first(o).String())
	if err != nil || !s.Near || len(s.Lacks) != 1 || s.Lacks[0].Kind != deliver.LackSender || s.Lacks[0].Stops {
		t.Errorf("%+v, %v", s.Lacks, err)
	}
	if log := o.log.String(); strings.Count(log, "msg=IssueTrialRefused") != 2 || strings.Count(log, "msg=IssueTried") != 2 {
		t.Errorf("the log: %s", log)
	}
	o.now = o.now.Add(50 * time.Minute)
	look("one"+to, "one"+to, "two"+to, "two"+to)
}
