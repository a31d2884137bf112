package editor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// What cannot work is refused with the instant and what to change; what only comes
// close is let through with a warning.
func TestJudge(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2026, 12, 1, 18, 0, 0, 0, zone) // a Tuesday
	office := subscribe.Hours{From: 9 * 60, To: 17 * 60}
	for _, c := range []struct {
		name    string
		list    subscribe.List
		rate    int
		readers int
		live    time.Duration
		refused bool
		says    []string // none: nothing
	}{
		{"plenty of time", subscribe.List{}, 600, 12_000, 72 * time.Hour, false, nil},
		{"no readers", subscribe.List{}, 1, 0, time.Hour, false, nil},
		{"a rate that cannot", subscribe.List{}, 10, 12_000, 12 * time.Hour, true, []string{
			"about 7,200 of 12,000 readers", "10 messages a minute", "until about Wed 2026-12-02 14:00 JST", "given up Wed 2026-12-02 06:00 JST, 12 hours after the start",
			"Raise messages_per_minute or `expires`",
		}},
		{"a rate that just can", subscribe.List{}, 20, 12_000, 12 * time.Hour, false, []string{"until about Wed 2026-12-02 04:00 JST", "given up Wed 2026-12-02 06:00 JST"}},
		{"hours that are shut", subscribe.List{Hours: office}, 600, 12_000, 12 * time.Hour, true, []string{
			"would reach nobody", "from 09:00 to 17:00 only (send_between), next from Wed 2026-12-02 09:00 JST", "given up Wed 2026-12-02 06:00 JST",
			`such as --at "2026-12-02 09:00"`, "raise `expires` (12 hours now)",
		}},
		{"hours that are shut, without readers so far", subscribe.List{Hours: office}, 600, 0, 12 * time.Hour, true, []string{"would reach nobody"}},
		{"hours that open in time", subscribe.List{Hours: office}, 600, 12_000, 24 * time.Hour, false, nil},
		{"hours that are too short", subscribe.List{Hours: office}, 20, 12_000, 24 * time.Hour, true, []string{"about 9,600 of 12,000", "or widen send_between"}},
		{"a slow start that is too long", subscribe.List{StartSlow: 100, StartSlowFor: 13 * time.Hour}, 600, 12_000, 12 * time.Hour, true,
			[]string{"about 100 of 12,000", "or shorten start_slow_for (13 hours now)"}},
		{"a slow start of more than all", subscribe.List{StartSlow: 20_000, StartSlowFor: 13 * time.Hour}, 600, 12_000, 12 * time.Hour, false, nil},
		{"a list too long for ever", subscribe.List{}, 1, 10_000_000, 72 * time.Hour, true, []string{"take longer than a year"}},
	} {
		c.list.ID, c.list.Zone = "news", zone
		e := &Editor{Store: newOffice(t), Sending: Sending{Pace: paces(c.rate)}}
		_, said, err := e.judgePlan(plan{list: &c.list, issue: deliver.IssueName{List: "news", Slug: "a"}, due: due, lifetime: c.live, readers: c.readers})
		if _, isRefused := errors.AsType[Refused](err); isRefused != c.refused || (err != nil) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil {
			said = phrase.Of(err)
		}
		if c.says == nil && said.EN != "" {
			t.Errorf("%s: %s", c.name, said)
		}
		for _, want := range c.says {
			if !strings.Contains(said.EN, want) {
				t.Errorf("%s: %q is not in: %s", c.name, want, said)
			}
		}
	}
}

// TestAPlanCountsTheRelays that share, and their rest.
func TestAPlanCountsTheRelays(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	rest := deliver.Rest{Hours: subscribe.Hours{From: 10 * 60, To: 12 * 60}, Zone: o.list.Zone}
	o.Sending.Pace = []deliver.RelayPace{{PerMinute: 400, Rest: rest}, {PerMinute: 200, Beside: true, Rest: rest}, {PerMinute: 1000, Beside: true, Rest: rest}}
	at := time.Date(2026, 12, 2, 9, 0, 0, 0, o.list.Zone)
	p := plan{list: o.list, issue: first(o), due: at, lifetime: 12 * time.Hour, readers: 16_000}
	f, warning, err := o.judgePlan(p)
	if err != nil || warning.EN != "" || !f.Last.Equal(at.Add(10*time.Minute)) || o.Editor.full() != 1600 || o.most() != 1600 {
		t.Errorf("%+v, %q, %v", f, warning, err)
	}
	p.due, p.lifetime = at.Add(time.Hour), time.Hour
	if _, _, err = o.judgePlan(p); err == nil || !strings.Contains(err.Error(), "would reach nobody: the relays rest at other hours (`rest`), next from Wed 2026-12-02 12:00 JST") {
		t.Errorf("%v", err)
	}
	o.Sending.Pace = append(paces(100), deliver.RelayPace{PerMinute: 500}, deliver.RelayPace{PerMinute: 300, Beside: true})
	if o.Editor.full() != 100 || o.most() != 800 {
		t.Errorf("%v, and at most %v", o.Editor.full(), o.most())
	}
}
