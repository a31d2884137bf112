package service

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

// TestAlarmsHaveTitles: each row of the table is called something in a mail to an office.
func TestAlarmsHaveTitles(t *testing.T) {
	t.Parallel()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range alarmRows {
		for _, lang := range []string{templates.Japanese, templates.English} {
			if key := "alarm." + r.name; set.Say(lang, key, nil) == key {
				t.Errorf("say in [alarm] of templates/catalogue/%s.toml what %q is called", lang, r.name)
			}
		}
	}
}

// TestLacksHaveWords: what is not well before a start is said in both languages.
func TestLacksHaveWords(t *testing.T) {
	t.Parallel()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range deliver.LackKinds {
		for _, lang := range []string{templates.Japanese, templates.English} {
			if key := "unready." + kind; set.Say(lang, key, nil) == key {
				t.Errorf("say in [unready] of templates/catalogue/%s.toml what %q is", lang, kind)
			}
		}
	}
}

// TestWhoIsToldOfAnAlarm: the office whose list or issue it is of; of the installation, each
// mailbox once; and nobody of what the change itself has reported.
func TestWhoIsToldOfAnAlarm(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	office := func(address string) *subscribe.Office {
		a, err := subscribe.ParsePlainAddress(address)
		if err != nil {
			t.Fatal(err)
		}
		return &subscribe.Office{ReportTo: a}
	}
	one, other := office("one@example.jp"), office("other@example.jp")
	cfg := &config.Config{
		Order: []string{"news", "press", "tea", "silent"},
		Lists: subscribe.Lists{"news": {ID: "news", Office: one}, "press": {ID: "press", Office: one}, "tea": {ID: "tea", Office: other}, "silent": {ID: "silent", Office: &subscribe.Office{}}},
	}
	for _, x := range []struct {
		alarm Alarm
		want  string
	}{
		{Alarm{Name: "disk"}, "news disk, tea disk"},
		{Alarm{Name: "relay", Of: "mail.example.jp"}, "news relay (mail.example.jp), tea relay (mail.example.jp)"},
		{Alarm{Name: "sender", Of: "tea"}, "tea sender (tea)"},
		{Alarm{Name: "issue-late", Of: "press/one"}, "press issue-late (press/one)"},
		{Alarm{Name: "issue-late", Of: "silent/one"}, ""},
		{Alarm{Name: "issue-paused", Of: "news/one"}, ""},
		{Alarm{Name: "issue-held", Of: "news/one"}, ""},
	} {
		db, err := store.Open(store.Options{Dir: t.TempDir(), Keys: seal.Generate(now), Now: func() time.Time { return now }, Office: officeOf(cfg.Lists)})
		if err != nil {
			t.Fatal(err)
		}
		s := &Service{Config: cfg, Store: db}
		if err := s.reportAlarm(t.Context(), x.alarm); err != nil {
			t.Error(err)
		}
		var told []string
		for {
			o, err := db.ReserveNotice(now)
			if err != nil || o == nil {
				break
			}
			told = append(told, o.Notice.List+" "+o.Report.Issue)
		}
		slices.Sort(told)
		if got := strings.Join(told, ", "); got != x.want {
			t.Errorf("%+v: told %q, want %q", x.alarm, got, x.want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
