package cron

import (
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

func TestParseSlot(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"09:00":             "every day at 09:00",
		"Mon-Fri 09:00":     "Monday to Friday at 09:00",
		"monday 9:30":       "each Monday at 09:30",
		"Tue,Thu  17:30":    "each Tuesday and Thursday at 17:30",
		"0 9 1,15 * *":      "on day 1 and 15 of the month at 09:00",
		"30 8 * 4-9 MON":    "each Monday in April, May, June, July, August and September at 08:30",
		"0 9 29 2 *":        "on day 29 of the month in February at 09:00",
		"*/30 9-10 * * */2": "each Sunday, Tuesday, Thursday and Saturday at 09:00, 09:30, 10:00 and 10:30",
	} {
		s, err := ParseSlot(typed)
		if err != nil || s.Words() != want {
			t.Errorf("%q: %q, %v; want %q", typed, s.Words(), err, want)
		}
		if next := (subscribe.Slots{Of: []subscribe.Slot{s}}).Next(time.Now(), time.UTC); err == nil && next.IsZero() {
			t.Errorf("%q never comes", typed)
		}
	}
	for typed, want := range map[string]string{
		"":                    "is no slot",
		"soon":                "is no slot",
		"24:00":               "is no slot",
		"Someday 09:00":       "is no slot",
		"Fri-Mon 09:00":       "is no slot",
		"Mon-Fry 09:00":       `"Mon-Fry 09:00" is no slot; write one such as "Mon-Fri 09:00"`,
		"@every 5m":           "is no slot",
		"CRON_TZ=Asia/Tokyo":  "is no slot",
		"TZ=0 9 * * *":        "is no slot",
		"0 9 * *":             "is no slot",
		"60 9 * * *":          "is no slot",
		"0 9 31 2 *":          "no month of any year",
		"0 9 1-7 * MON":       "days of the month and weekdays",
		"0 9 99999999999 * *": "is no slot; write one such as",
	} {
		if s, err := ParseSlot(typed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", typed, s, err, want)
		}
	}
}

func FuzzParseSlot(f *testing.F) {
	for _, s := range []string{"Mon-Fri 09:00", "0 9 1,15 * *", "CRON_TZ=x", "*/0 * * * *", "9-1 * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		s, err := ParseSlot(typed)
		if err != nil {
			return
		}
		if next := (subscribe.Slots{Of: []subscribe.Slot{s}}).Next(time.Unix(0, 0), time.UTC); next.IsZero() {
			t.Errorf("%q never comes", typed)
		}
	})
}
