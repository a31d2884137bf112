package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/subscribe"
)

// sharing says how much of the load one of the relays takes, and with whom; "": it shares
// with nobody.
func sharing(all []service.RelayNow, n int) string {
	if all[n].Share == 0 {
		return ""
	}
	from, to := n, n+1
	for from > 0 && all[from].Beside {
		from--
	}
	for to < len(all) && all[to].Beside {
		to++
	}
	sum, others := 0, []string(nil)
	for k, r := range all[from:to] {
		if sum += r.Share; from+k != n {
			others = append(others, r.Relay)
		}
	}
	return fmt.Sprintf("%d of %d of the load, with %s", all[n].Share, sum, strings.Join(others, " and "))
}

// declaredRelays are the relays of a configuration, as far as it says how they share.
func declaredRelays(cfg *config.Config) (all []service.RelayNow) {
	relays := cfg.Relays()
	for n, r := range relays {
		x := service.RelayNow{Relay: net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), Beside: n > 0 && r.Share > 0}
		if x.Beside || n+1 < len(relays) && relays[n+1].Share > 0 {
			x.Share = max(r.Share, 1)
		}
		all = append(all, x)
	}
	return all
}

// checkedRelay is what is said of a relay that takes mail.
func checkedRelay(cfg *config.Config, n int, says string) string {
	says = joined(says, sharing(declaredRelays(cfg), n))
	if r := cfg.Relays()[n]; r.Rest != (subscribe.Hours{}) {
		says += "; it rests from " + strings.ReplaceAll(r.Rest.String(), "-", " to ")
	}
	return says
}

// checkRest warns of hours in which every relay rests.
func checkRest(cfg *config.Config) (string, error) {
	h := restTogether(cfg.Relays())
	if h == (subscribe.Hours{}) {
		return "at any hour one of the relays takes mail", nil
	}
	return "", errWarned(fmt.Sprintf("every relay rests from %s: issues wait then, and so do confirmations of sign-ups; let one of them take mail",
		strings.ReplaceAll(h.String(), "-", " to ")))
}

// restTogether are the first hours of the day in which all relays rest; none: zero.
func restTogether(relays []config.Relay) (h subscribe.Hours) {
	const day = 24 * 60
	all := func(minute int) bool {
		at := time.Date(2000, 1, 1, 0, minute, 0, 0, time.UTC)
		return !slices.ContainsFunc(relays, func(r config.Relay) bool {
			return r.Rest == (subscribe.Hours{}) || !r.Rest.Include(at)
		})
	}
	for from := range day {
		if !all(from) || all(from-1) {
			continue
		}
		to := from
		for all(to) {
			to++
		}
		return subscribe.Hours{From: from, To: to % day}
	}
	return h
}
