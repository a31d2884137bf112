package subscribe

import (
	"net/netip"
	"testing"
	"time"
)

func TestMayMail(t *testing.T) {
	t.Parallel()
	ago := func(spans ...time.Duration) (at []time.Time) {
		for _, s := range spans {
			at = append(at, noon.Add(-s))
		}
		return at
	}
	many := func(n int, from, step time.Duration) (spans []time.Duration) {
		for i := range n {
			spans = append(spans, from+time.Duration(i)*step)
		}
		return spans
	}
	for _, tc := range []struct {
		name              string
		onList, ofAddress []time.Duration
		want              bool
	}{
		{"the first", nil, nil, true},
		{"right after another", []time.Duration{0}, []time.Duration{0}, false},
		{"a second short of ten minutes", []time.Duration{Apart - time.Second}, nil, false},
		{"ten minutes after another", []time.Duration{Apart}, []time.Duration{Apart}, true},
		{"right after a mail about another list", nil, []time.Duration{0}, true},
		{"the third of a day", many(2, time.Hour, time.Hour), nil, true},
		{"the fourth of a day", many(3, time.Hour, time.Hour), nil, false},
		{"the fourth, when the first is a day old", []time.Duration{day, 2 * time.Hour, time.Hour}, nil, true},
		{"the fifth of a day in all", nil, many(4, time.Hour, time.Hour), true},
		{"the sixth of a day in all", nil, many(5, time.Hour, time.Hour), false},
		{"the fifteenth of a month", nil, many(14, 25*time.Hour, day), true},
		{"the sixteenth of a month", nil, many(15, 25*time.Hour, day), false},
		{"the sixteenth, when one is a month old", nil, append(many(14, 25*time.Hour, day), month), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			onList, ofAddress := Tally{Times: ago(tc.onList...)}, Tally{Times: ago(tc.ofAddress...)}
			if got := mayMail(&onList, &ofAddress, noon); got != tc.want {
				t.Fatalf("mayMail = %v", got)
			}
			for _, tally := range []Tally{onList, ofAddress} {
				counted := len(tally.Times) > 0 && tally.Times[len(tally.Times)-1].Equal(noon) && tally.Until.Equal(noon.Add(month))
				if tc.want && !counted {
					t.Error("a mail was not counted")
				}
				if !tc.want && !tally.Until.IsZero() {
					t.Error("a mail that may not go was counted")
				}
			}
		})
	}
	full := Tally{Times: ago(month, month+time.Hour, day)}
	if full.add(noon); len(full.Times) != 2 {
		t.Errorf("a tally remembers %d mails, of which one counts", len(full.Times))
	}
}

func TestHit(t *testing.T) {
	t.Parallel()
	var tally Tally
	at := noon.Add(59 * time.Minute)
	for i := range 5 {
		if got := tally.Hit(3, at); got != (i < 3) {
			t.Errorf("hit %d within: %v", i+1, got)
		}
	}
	if tally.N != 4 {
		t.Errorf("the count ran on to %d", tally.N)
	}
	if !tally.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("kept until %v", tally.Until)
	}
	if !tally.Hit(3, at.Add(time.Minute)) || tally.N != 1 {
		t.Error("the next hour did not begin anew")
	}
	if !tally.Hit(3, at.Add(-time.Hour)) {
		t.Error("a clock set back found the hour of before")
	}
}

func TestNetworkTally(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"192.0.2.1": "192.0.2.0/24", "192.0.2.255": "192.0.2.0/24", "::ffff:192.0.2.1": "192.0.2.0/24",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := networkTally(netip.MustParseAddr(from)); got.Of != want {
			t.Errorf("%s counts as %s, want %s", from, got.Of, want)
		}
	}
	if got := networkTally(netip.Addr{}); got != networkTally(netip.Addr{}) || got.Of != "unknown" {
		t.Errorf("no address counts as %s", got.Of)
	}
}

func TestTalliesAreKeptApart(t *testing.T) {
	t.Parallel()
	a := mustAddress(t, "y.ou+x@gmail.com")
	keys := map[TallyKey]bool{
		addressTally(a): true, listTally("news", a): true, listTally("press", a): true,
		installationTally(): true, networkTally(netip.Addr{}): true,
	}
	if len(keys) != 5 {
		t.Error("two ceilings count in one tally")
	}
	if addressTally(a) != addressTally(mustAddress(t, "you@googlemail.com")) {
		t.Error("two spellings of one mailbox are counted apart (RULES F-12)")
	}
}
