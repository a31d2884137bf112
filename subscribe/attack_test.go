package subscribe

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// The defaults of the configuration, which this is about.
var defaults = Limits{Intake: 10_000, PerHour: 12_000, PerNetworkHour: 200}

const (
	honestPeople   = 5000
	attackNetworks = 1000
	relayPerMinute = 600 // messages_per_minute
)

// How often they ask in the hour. What is refused changes nothing, so that more do
// not do more harm.
var attackSeed = flag.Uint64("attack.seed", 7, "of the instants at which the honest ask")

var attackRequests = flag.Int("attack", 9_000, "requests of the attack in TestHonestSignUpsGetThroughWhateverOthersDo")

// strategy is what the attacking networks do.
type strategy struct {
	name   string
	from   func(i int) netip.Addr           // of attack request i
	at     func(i int) time.Duration        // since the hour began
	to     func(i int) string               // whose address is typed
	verb   RequestKind                      // what is asked
	honest func(i int, usual string) string // "": the usual address
	since  time.Duration                    // how long before the honest hour it began
	worst  time.Duration                    // until an honest mail is at the relay
}

func site(i int) netip.Addr { // a /48 of its own, one of its 65,536 /64s
	var b [16]byte
	n := i % attackNetworks
	copy(b[:], []byte{0x2a, 0, byte(n >> 8), byte(n), 0, 1})
	binary.BigEndian.PutUint16(b[6:], uint16(i/attackNetworks*7919))
	b[15] = 1
	return netip.AddrFrom16(b)
}

func v4(i int) netip.Addr {
	n := i % attackNetworks
	return netip.AddrFrom4([4]byte{byte(11 + n%50), byte(n / 50), byte(n), byte(i)})
}

func strategies() []strategy {
	evenly := func(i int) time.Duration { return time.Duration(i) * time.Hour / time.Duration(*attackRequests) }
	anybody := func(i int) string { return fmt.Sprintf("v%d@victims%d.example", i, i%997) }
	const soon = 12 * time.Minute // six thousand at once, before a relay of 600 a minute that honest mails go to as well
	return []strategy{
		{name: "1,000 scattered IPv4 networks, evenly", from: v4, at: evenly, to: anybody, worst: soon},
		{name: "1,000 scattered IPv4 networks, all at the start", from: v4, at: func(i int) time.Duration { return time.Duration(i) * time.Millisecond / 60 }, to: anybody, worst: soon},
		{name: "1,000 IPv6 sites with all their /64s, evenly", from: site, at: evenly, to: anybody, worst: soon},
		{name: "1,000 IPv6 sites, all at the start", from: site, at: func(i int) time.Duration { return time.Duration(i) * time.Millisecond / 60 }, to: anybody, worst: soon},
		{name: "one /48 with all its /64s", from: func(i int) netip.Addr { return site(i * attackNetworks) }, at: evenly, to: anybody, worst: soon},
		{name: "one /32 with all its /48s", from: func(i int) netip.Addr {
			var b [16]byte
			copy(b[:], []byte{0x2a, 7, 0, 1, byte(i >> 8), byte(i), byte(i >> 16)})
			return netip.AddrFrom16(b)
		}, at: evenly, to: anybody, worst: soon},
		{name: "all /24s of four /16s", from: func(i int) netip.Addr {
			return netip.AddrFrom4([4]byte{12, byte(i >> 8 & 3), byte(i), byte(i >> 10)})
		}, at: evenly, to: anybody, worst: soon},
		{name: "at one domain", from: site, at: evenly, to: func(i int) string { return fmt.Sprintf("staff%d@ministry.go.jp", i) }, worst: soon},
		{name: "at the honest domains", from: site, at: evenly, to: func(i int) string { return fmt.Sprintf("s%d@%s", i, honestDomain(i)) }, worst: soon},
		{
			name: "at one domain, where all the honest ones are too", from: site, at: evenly,
			to:     func(i int) string { return fmt.Sprintf("staff%d@ministry.go.jp", i) },
			honest: func(i int, _ string) string { return fmt.Sprintf("honest%d@ministry.go.jp", i) }, worst: 8 * time.Hour,
		},
		{
			name: "in the name of the honest ones, a moment before them", from: site,
			at: evenly, to: func(i int) string { return honestAddress((i*honestPeople / *attackRequests + 1) % honestPeople) }, worst: soon,
		},
		{name: "for hours, and still", from: site, at: func(i int) time.Duration { return 3 * evenly(i) }, to: anybody, since: 2 * time.Hour, worst: soon},
		{name: "corrections", from: site, at: evenly, to: anybody, verb: RequestCorrect, worst: time.Minute},
		{name: "in bursts, as soon as the window lets them", from: v4, at: func(i int) time.Duration {
			return time.Duration(i*12 / *attackRequests) * 5 * time.Minute
		}, to: anybody, worst: soon},
	}
}

// honestDomain: four in five readers are at the big providers.
func honestDomain(i int) string {
	big := []string{"gmail.com", "docomo.ne.jp", "yahoo.co.jp", "icloud.com", "ezweb.ne.jp", "softbank.ne.jp", "outlook.jp", "nifty.com"}
	if i%5 > 0 {
		return big[i%len(big)]
	}
	return fmt.Sprintf("company%d.co.jp", i%300)
}

func honestAddress(i int) string { return fmt.Sprintf("honest%d@%s", i, honestDomain(i)) }

// honestNetwork: half of them IPv4 lines of a hundred carriers' /16s, half IPv6
// lines, some of them of the same /48.
func honestNetwork(i int) netip.Addr {
	if i%2 == 0 {
		return netip.AddrFrom4([4]byte{byte(101 + i/2%10), byte(i / 20 % 10), byte(i / 200), 9})
	}
	n := i / 2
	return netip.AddrFrom16([16]byte{0x24, 0, byte(0x40 + n%9), 0x10, byte(n / 2 >> 8), byte(n / 2), byte(n % 2 << 4), 0, 15: 9})
}

// event is one request of the hour.
type event struct {
	at     time.Duration
	from   netip.Addr
	to     string
	verb   RequestKind
	honest int // -1: of the attack
}

func (s strategy) hour(seed uint64) []event {
	var all []event
	for i := range *attackRequests {
		verb := s.verb
		if verb == 0 {
			verb = RequestJoin
		}
		all = append(all, event{s.at(i), s.from(i), s.to(i), verb, -1})
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range honestPeople {
		to := honestAddress(i)
		if s.honest != nil {
			to = s.honest(i, to)
		}
		at := time.Duration(i)*time.Hour/honestPeople + time.Duration(r.Int64N(int64(time.Second/2))) + s.since
		all = append(all, event{at, honestNetwork(i), to, RequestJoin, i})
	}
	slices.SortStableFunc(all, func(a, b event) int { return int(a.at - b.at) })
	return all
}

// Whatever a thousand networks do in an hour, five thousand people from as many
// new networks sign up in it, each of them is answered that a mail is on its way,
// and the mail is there within the time of the strategy. With the real Desk, the
// real intake on its tick, and a relay that takes messages_per_minute.
func TestHonestSignUpsGetThroughWhateverOthersDo(t *testing.T) {
	t.Parallel()
	for _, s := range strategies() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.store.once = true
			w.Limits, w.intake.Limits = defaults, defaults
			answers, asked := map[string]int{}, map[string]time.Time{}
			begin, tick := w.clock, 250*time.Millisecond
			next := tick
			for _, e := range s.hour(*attackSeed) {
				for ; next <= e.at; next += tick {
					w.clock = begin.Add(next)
					if _, err := w.intake.Work(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				w.clock = begin.Add(e.at)
				ask := Ask{List: "news", Address: mustAddress(t, e.to), Lang: Japanese, From: e.from}
				err := map[RequestKind]func(context.Context, Ask) error{RequestJoin: w.AskJoin, RequestCorrect: w.AskCorrection}[e.verb](t.Context(), ask)
				if e.honest >= 0 {
					if err != nil {
						t.Fatalf("honest sign-up %d, after %v: %v", e.honest, e.at, err)
					}
					asked[ask.Address.Identity()] = w.clock
					continue
				}
				answers[answer(err)]++
			}
			w.clock = begin.Add(next)
			w.work()
			delays := relayed(w.store.owed, asked, begin)
			if len(delays) != honestPeople {
				t.Fatalf("%d of %d honest people get a mail", len(delays), honestPeople)
			}
			slices.Sort(delays)
			worst := delays[len(delays)-1]
			t.Logf("the attack: %v; the tallies are %d; an honest mail is at the relay after %v (half), %v (99 of 100), %v (all)",
				answers, len(w.store.tallies), delays[honestPeople/2].Round(time.Second), delays[honestPeople*99/100].Round(time.Second), worst.Round(time.Second))
			if worst > s.worst {
				t.Errorf("the last honest mail is at the relay after %v, want %v at most", worst, s.worst)
			}
			if n := answers["taken"]; n > (defaults.PerHour-honestPeople)*int(1+s.since/time.Hour) {
				t.Errorf("%d requests of the attack were taken", n)
			}
			if n := len(w.store.tallies); n > 10*defaults.PerHour {
				t.Errorf("%d tallies are kept", n)
			}
		})
	}
}

func answer(err error) string {
	switch {
	case err == nil:
		return "taken"
	case errors.Is(err, ErrBusy):
		return "busy"
	case errors.As(err, new(NetworkBusy)):
		return "network busy"
	}
	return err.Error()
}

// relayed is how long after its request each honest mail is with a relay that
// takes so many a minute, first due first.
func relayed(owed []Notice, asked map[string]time.Time, begin time.Time) (delays []time.Duration) {
	owed = slices.Clone(owed)
	slices.SortStableFunc(owed, func(a, b Notice) int { return a.Dated().Compare(b.Dated()) })
	free, seen := begin, map[string]bool{}
	for _, n := range owed {
		free = latestOf(free, n.Dated()).Add(time.Minute / relayPerMinute)
		at, honest := asked[n.To.Identity()]
		if !honest || seen[n.To.Identity()] || n.Kind != NoticeConfirm {
			continue
		}
		seen[n.To.Identity()] = true
		delays = append(delays, max(free.Sub(at), 0)) // a stranger's request may have brought it before
	}
	return delays
}
