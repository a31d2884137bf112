package service

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/engine"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// TestNightForgets: the purge is a chore of every night, by the configuration's periods.
func TestNightForgets(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.Local)
	clock := func() time.Time { return now }
	db := openedAt(t, clock)
	s := &Service{Config: &config.Config{Retention: subscribe.Retention{Audit: 2, Marks: 45}}, Store: db, engine: &engine.Engine{}, now: clock, log: slog.New(slog.DiscardHandler)}
	if err := db.AddDeed(t.Context(), deliver.Deed{What: "issue pause"}); err != nil {
		t.Fatal(err)
	}
	for night := range 4 {
		s.night(t.Context())
		if at, err := db.LastDone(purgeChore); err != nil || !at.Equal(now) {
			t.Errorf("night %d: last done %v, %v", night+1, at, err)
		}
		now = now.Add(24 * time.Hour)
	}
	deeds, err := db.Deeds(time.Time{}, "")
	if err != nil || len(deeds) == 0 || deeds[0].What == "issue pause" {
		t.Errorf("what was done four nights ago, and kept for two: %+v, %v", deeds, err)
	}
}

// TestCertificate: both languages tell the same figures, the day until which anything can
// be read, and who operates what it does not cover.
func TestCertificate(t *testing.T) {
	t.Parallel()
	day := time.Date(2027, 4, 1, 0, 0, 12, 0, time.UTC)
	c, err := certificateOf(store.Erasure{
		List: "seminar", ListID: "seminar.example.jp", Name: subscribe.Text{JA: "講座", EN: "Seminar"}, Office: subscribe.Text{JA: "例市", EN: "Example City"},
		Due: "2027-04-01", Begun: day, Done: day.Add(time.Minute), Version: "v1.2.3", Readers: 1234, Ended: 56, Marks: 78, Issues: 9, Waiting: 1,
		Readable: day.Add(42 * 24 * time.Hour), Relay: subscribe.Text{JA: "例郵便", EN: "Example Post"}, Host: subscribe.Text{JA: "例計算", EN: "Example Hosting"}, Audit: "7:abcd",
	}, time.FixedZone("JST", 9*3600))
	if err != nil {
		t.Fatal(err)
	}
	figures := []string{"1,234", "56", "78", "9", "v1.2.3", "7:abcd", "seminar.example.jp", "09:00:12 JST", "09:01:12 JST"}
	for text, want := range map[string][]string{
		c.JA: {"講座", "例市", "2027年4月1日", "2027年5月13日までに読み出せなくなります", "例郵便", "例計算"},
		c.EN: {"Seminar", "Example City", "1 April 2027", "readable until 13 May 2027", "Example Post", "Example Hosting"},
	} {
		for _, s := range append(want, figures...) {
			if !strings.Contains(text, s) {
				t.Errorf("no %q in\n%s", s, text)
			}
		}
	}
	if c, err = certificateOf(store.Erasure{Due: "2027-04-01"}, time.UTC); err != nil || strings.Contains(c.JA+c.EN, "operated by") || strings.Contains(c.JA, "運用：") {
		t.Errorf("operators that are not known are named (%v)", err)
	}
}
