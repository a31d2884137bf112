package main

import (
	"fmt"
	"strings"

	"example.jp/kairan/subscribe"
)

// What the ceilings must leave room for: an office or a hall behind one address,
// and five thousand sign-ups of an hour beside an attack.
const (
	fewOfNetwork = 50
	fewOfAll     = 5000
)

// checkLimits warns of ceilings that keep honest people out. The samples of older
// versions wrote such ones into every configuration.
func checkLimits(l subscribe.Limits) (string, error) {
	var low []string
	if l.PerNetworkHour < fewOfNetwork {
		low = append(low, fmt.Sprintf("limits.requests_per_network_per_hour = %d: an office or a hall behind one address is told to wait after so many sign-ups; leave the line out for the default", l.PerNetworkHour))
	}
	if l.PerHour < fewOfAll {
		low = append(low, fmt.Sprintf("limits.requests_per_hour = %d: a day in the news, or an attack, uses it up; leave the line out for the default", l.PerHour))
	}
	if low != nil {
		return "", errWarned(strings.Join(low, "\n"))
	}
	return "", nil
}
