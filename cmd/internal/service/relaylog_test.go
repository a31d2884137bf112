package service

import (
	"log/slog"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
)

// TestOneLogAtATime: two logs that were read together would be taken for one whole one.
func TestOneLogAtATime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	db := openedAt(t, clock)
	s := &Service{Config: &config.Config{}, Store: db, now: clock, log: slog.New(slog.DiscardHandler)}
	begin := func(refused bool) Reading {
		t.Helper()
		r, err := s.relayLogBegin(t.Context(), struct{}{})
		if (exit.Code(err) == exit.Refused) != refused {
			t.Errorf("it begins: %v", err)
		}
		return r
	}
	take := func(r Reading, refused bool) {
		t.Helper()
		words := []deliver.Heard{{Word: deliver.RelayDelivered, At: now}}
		if _, err := s.relayLogTake(t.Context(), HeardWords{r, words}); (exit.Code(err) == exit.Refused) != refused {
			t.Errorf("it is taken in: %v", err)
		}
	}
	first := begin(false)
	take(first, false)
	begin(true)
	take(Reading{"made up"}, true)
	now = now.Add(hearingFor) // the client has gone
	second := begin(false)
	take(first, true)
	take(second, false)
	for _, refused := range []bool{false, true} {
		if _, err := s.relayLogEnd(t.Context(), WholeLog{Reading: second}); (exit.Code(err) == exit.Refused) != refused {
			t.Errorf("it ends: %v", err)
		}
	}
	begin(false)
}
