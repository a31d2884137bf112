package cron

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	robfig "github.com/robfig/cron/v3"

	"example.jp/kairan/subscribe"
)

// slotForm is what people write: days, if not each day is meant, and a time.
var slotForm = regexp.MustCompile(`^(?:([A-Za-z]{3,9}(?:[-,][A-Za-z]{3,9})*) )?([0-2]?[0-9]):([0-5][0-9])$`)

// cronForm is five fields of a crontab. It has no zone in it, of which robfig would panic
// or by which the list's would not count.
var cronForm = regexp.MustCompile(`^[0-9*/,-]+ [0-9*/,-]+ [0-9*/,-]+ [0-9A-Za-z*/,-]+ [0-9A-Za-z*/,-]+$`)

// ParseSlot reads when a list's issues go out: "09:00", "Mon-Fri 09:00", "Tue,Thu 17:30",
// or five fields as in a crontab, "0 9 1,15 * *". Days of the month and weekdays together
// are refused, since half of those who write them mean both, and cron means either.
func ParseSlot(s string) (slot subscribe.Slot, err error) {
	spec := strings.Join(strings.Fields(s), " ")
	if m := slotForm.FindStringSubmatch(spec); m != nil {
		days := m[1]
		if days == "" {
			days = "*"
		}
		spec = m[3] + " " + m[2] + " * * " + shortDays(days)
	} else if !cronForm.MatchString(spec) {
		return slot, noSlot(s)
	}
	defer func() { // robfig panics of what it does not expect
		if recover() != nil {
			err = noSlot(s)
		}
	}()
	parsed, err := robfig.ParseStandard(spec)
	if err != nil {
		return slot, noSlot(s)
	}
	x, ok := parsed.(*robfig.SpecSchedule)
	if !ok {
		return slot, noSlot(s)
	}
	const any = 1 << 63
	if x.Dom&any == 0 && x.Dow&any == 0 {
		return slot, fmt.Errorf("%q has days of the month and weekdays; write one of them, and * for the other", s)
	}
	slot = subscribe.Slot{Text: strings.TrimSpace(s), Minutes: x.Minute &^ any, Hours: x.Hour &^ any, Days: x.Dom &^ any, Months: x.Month &^ any, Weekdays: x.Dow &^ any}
	if (subscribe.Slots{Of: []subscribe.Slot{slot}}).Next(time.Unix(0, 0), time.UTC).IsZero() {
		return slot, fmt.Errorf("%q never comes: no month of any year has such a day; write another", s)
	}
	return slot, nil
}

// noSlot has no word of robfig's, which are of what its program does.
func noSlot(s string) error {
	return fmt.Errorf(`%q is no slot; write one such as "Mon-Fri 09:00" or, as in a crontab, "0 9 1,15 * *"`, s)
}

// shortDays are the names of weekdays as robfig knows them.
func shortDays(days string) string {
	return regexp.MustCompile(`[A-Za-z]+`).ReplaceAllStringFunc(days, func(name string) string {
		for _, full := range []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"} {
			if strings.HasPrefix(full, strings.ToLower(name)) {
				return full[:3]
			}
		}
		return name
	})
}
