package subscribe

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

// No hour anywhere holds more than the ceiling, none is let through at the full
// hour, and what freeAt says is when the next one is.
func TestWindowSlides(t *testing.T) {
	t.Parallel()
	const ceiling = 3
	var tally Tally
	var taken []time.Time
	for now := noon.Add(58 * time.Minute); now.Before(noon.Add(6 * time.Hour)); now = now.Add(37 * time.Second) {
		free := tally.freeAt(ceiling, now)
		if free.After(now) != (tally.count(now) >= ceiling) {
			t.Fatalf("%v: %d count, free at %v", now, tally.count(now), free)
		}
		if free.After(now) {
			if tally.freeAt(ceiling, free.Add(-time.Millisecond)).Before(free) || tally.freeAt(ceiling, free) != free {
				t.Fatalf("%v: it is not at %v that the next one is let through", now, free)
			}
			continue
		}
		tally.hit(now)
		if taken = append(taken, now); len(taken) > ceiling && now.Sub(taken[len(taken)-1-ceiling]) < window {
			t.Fatalf("%d within an hour: %v", ceiling+1, taken)
		}
		if !tally.Until.After(now.Add(window)) || tally.Until.After(now.Add(window+slot)) {
			t.Fatalf("hit at %v, kept until %v", now, tally.Until)
		}
	}
	if len(taken) < 4*ceiling {
		t.Errorf("in five hours %d were taken", len(taken))
	}
}

func TestWindowAndTheClock(t *testing.T) {
	t.Parallel()
	var tally Tally
	for range 3 {
		tally.hit(noon)
	}
	for back, want := range map[time.Duration]int{time.Minute: 3, 20 * time.Minute: 3, time.Hour: 3, 2 * time.Hour: 0, 9000 * time.Hour: 0, -2 * time.Hour: 0} {
		if got := tally.count(noon.Add(-back)); got != want {
			t.Errorf("set back by %v, %d count, want %d", back, got, want)
		}
	}
	old := Tally{Since: noon, Slots: []int{7}} // of a Kairan that counted from the full hour on
	if got := old.count(noon.Add(time.Minute)); got != 7 {
		t.Errorf("an older tally counts %d", got)
	}
	if got := new(Tally).freeAt(1, noon); got != noon {
		t.Errorf("an empty tally is free at %v", got)
	}
}

func TestNetworksOfARequest(t *testing.T) {
	t.Parallel()
	l := Limits{PerHour: 12_000, PerNetworkHour: 10}
	for from, want := range map[string][]string{
		"192.0.2.1":              {"192.0.0.0/16", "192.0.2.0/24"},
		"::ffff:192.0.2.1":       {"192.0.0.0/16", "192.0.2.0/24"},
		"64:ff9b::192.0.2.1":     {"192.0.0.0/16", "192.0.2.0/24"},
		"2002:c000:201::1":       {"192.0.0.0/16", "192.0.2.0/24"},
		"2001:db8:1:2fe:3:4:5:6": {"2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:200::/56", "2001:db8:1:2fe::/64"},
		"fe80::1%eth0":           {"fe80::/32", "fe80::/48", "fe80::/56", "fe80::/64"},
	} {
		var got []string
		for _, n := range l.networks(RequestJoin, netip.MustParseAddr(from)) {
			got = append(got, n.key.Of)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s counts for %v, want %v", from, got, want)
		}
	}
	if got := l.networks(RequestJoin, netip.Addr{}); len(got) != 1 || got[0].key.Of != "unknown" || got[0].ceiling != 10 {
		t.Errorf("no address counts for %+v", got)
	}
}

func TestTalliesAreKeptApart(t *testing.T) {
	t.Parallel()
	a, l := mustAddress(t, "you@gmail.com"), Limits{PerHour: 10, PerNetworkHour: 10}
	keys, n := map[TallyKey]bool{}, 0
	for _, kind := range []RequestKind{RequestJoin, RequestCorrect} {
		all := []TallyKey{addressTally(kind, a), listTally(kind, "news", a), listTally(kind, "press", a), installationTally(kind), seenTally(kind)}
		for _, from := range []string{"192.0.2.1", "2001:db8::1"} {
			for _, network := range l.networks(kind, netip.MustParseAddr(from)) {
				all = append(all, network.key)
			}
		}
		for _, fresh := range []bool{false, true} {
			p, _ := l.pacing(kind, mustAddress(t, "you@example.jp"), fresh)
			all = append(all, p.key)
		}
		for _, k := range all {
			keys[k] = true
			n++
		}
	}
	if len(keys) != n {
		t.Errorf("%d ceilings count in %d tallies", n, len(keys))
	}
	if addressTally(RequestJoin, a) != addressTally(RequestJoin, mustAddress(t, "y.o.u+x@googlemail.com")) {
		t.Error("two spellings of one mailbox are counted apart")
	}
}
