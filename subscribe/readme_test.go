package subscribe

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestREADMESaysTheCeilings: those that are kept, under the limits whose defaults stand in
// the handbook's table of keys.
func TestREADMESaysTheCeilings(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile("../.github/handbook/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(raw)
	limit := func(key string) int {
		row := regexp.MustCompile("(?m)^\\| `limits\\." + key + "` .*\\| `(\\d+)` \\|$").FindSubmatch(keys)
		if row == nil {
			t.Fatalf("there is no limits.%s", key)
		}
		n, _ := strconv.Atoi(string(row[1])) // digits
		return n
	}
	l := Limits{Intake: limit("intake"), PerHour: limit("requests_per_hour"), PerNetworkHour: limit("requests_per_network_per_hour")}
	of := map[string]int{}
	for _, from := range []string{"192.0.2.1", "2001:db8::1"} {
		for _, n := range l.networks(RequestJoin, netip.MustParseAddr(from)) {
			_, bits, _ := strings.Cut(n.key.Of, "/")
			of[bits] = n.ceiling
		}
	}
	someone, err := ParseAddress("someone@office.example")
	if err != nil {
		t.Fatal(err)
	}
	paces := func(fresh bool) (int, int) {
		p, _ := l.pacing(RequestJoin, someone, fresh)
		return p.atOnce, int(time.Hour / p.every)
	}
	atOnce, perHour := paces(false)
	freshAtOnce, freshPerHour := paces(true)
	if of["24"] != of["64"] {
		t.Errorf("lines differ: %v", of)
	}
	for _, row := range []string{
		"| confirmations to one address on one list | one at once, the next after " + waits(gaps(RequestJoin)[:1]) + ", then " + waits(gaps(RequestJoin)[1:]) + " |",
		"| correction links to it | one at once, then " + waits(gaps(RequestCorrect)) + " |",
		fmt.Sprintf("| mails to one address on all lists | %d a day at once, further ones %.0f minutes apart |", allAtOnce, allApart.Minutes()),
		fmt.Sprintf("| mails to one domain, but the big providers' | %s at once and %s an hour; for networks not seen lately %s and %s more |",
			thousands(atOnce), thousands(perHour), thousands(freshAtOnce), thousands(freshPerHour)),
		fmt.Sprintf("| one network (IPv4 /24, IPv6 /64) | %s sign-ups an hour, and as many corrections; %s of a /56, %s of a /48, %s of an IPv4 /16 |",
			thousands(of["24"]), thousands(of["56"]), thousands(of["48"]), thousands(of["16"])),
		fmt.Sprintf("| everybody, in any hour | %s sign-ups, and as many corrections; %s of each from networks seen lately |", thousands(l.PerHour), thousands(l.PerHour/seenHourShare)),
		fmt.Sprintf("| requests that wait | %s; %s from networks seen lately |", thousands(l.Intake), thousands(l.Intake/seenIntakeShare)),
	} {
		if !strings.Contains(readme, row) {
			t.Errorf("the README does not say\n%s", row)
		}
	}
}

// waits writes times as one says them.
func waits(all []time.Duration) string {
	var minutes, hours []string
	for _, d := range all {
		if d < time.Hour {
			minutes = append(minutes, fmt.Sprint(int(d.Minutes())))
		} else {
			hours = append(hours, fmt.Sprint(int(d.Hours())))
		}
	}
	join := func(n []string, unit string) string {
		if len(n) > 1 {
			n = append(n[:len(n)-2], n[len(n)-2]+" and "+n[len(n)-1])
		}
		return strings.Join(n, ", ") + " " + unit
	}
	switch {
	case len(hours) == 0:
		return join(minutes, "minutes")
	case len(minutes) == 0:
		return join(hours, "hours")
	}
	return join(minutes, "minutes") + ", " + join(hours, "hours")
}

func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
