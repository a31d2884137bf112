package service

import (
	"context"
	"errors"
	"time"

	"example.jp/kairan/cmd/internal/exit"
	"example.jp/kairan/deliver"
	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// Compact takes what was erased out of the file.
var Compact = verb("compact", (*Service).compactByHand, func(struct{}) []deliver.Deed { return []deliver.Deed{{}} })

// Compacted is what became of the file.
type Compacted struct {
	Before int64 `json:"octets_before"`
	After  int64 `json:"octets_after"`
	Pause  int64 `json:"pause_ms"` // in which no leaving and no sign-up could be written
}

var errGoesOut = exit.Refusedf("an issue goes out at the moment, and nothing is compacted beside it; try again when it has ended")

func (s *Service) compactByHand(ctx context.Context, _ struct{}) (Compacted, error) {
	if s.engine.Busy() {
		return Compacted{}, errGoesOut
	}
	return s.compact(ctx)
}

func (s *Service) compactByNight(ctx context.Context) error {
	_, err := s.compact(ctx)
	return err
}

func (s *Service) compactEvery() subscribe.Days { return s.Config.Retention.FreePages }

// compact gives up as soon as an issue begins to go out, or the service stops.
func (s *Service) compact(ctx context.Context) (Compacted, error) {
	if !s.backingUp.TryLock() {
		return Compacted{}, exit.Refusedf("a backup is being made; try again when it is done")
	}
	defer s.backingUp.Unlock()
	defer s.copied.Store(0)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	began := time.Now()
	done, err := s.Store.Compact(ctx, func(octets, of int64) {
		s.copied.Store(octets)
		s.toCopy.Store(of)
		if s.engine.Busy() {
			stop(errGoesOut)
		}
	})
	if errors.Is(context.Cause(ctx), errGoesOut) {
		return Compacted{}, errGoesOut
	}
	if err != nil {
		return Compacted{}, err
	}
	s.log.Info("Compacted", "octets_before", done.Before, "octets_after", done.After, "took", time.Since(began).Round(time.Millisecond), "pause", done.Pause.Round(time.Microsecond))
	return Compacted{done.Before, done.After, done.Pause.Milliseconds()}, nil
}

// sayState logs which database was found, after whatever became of the last process.
func (s *Service) sayState() {
	compacted := "never"
	if at, err := s.Store.LastDone(store.CompactChore); err == nil && !at.IsZero() {
		compacted = at.UTC().Format(time.RFC3339)
	}
	s.log.Info("Database", "compacted", compacted)
	if KeysUnfinished(s.keys) {
		s.log.Warn("KeysUnfinished", "hint", "a change of keys was cut off: the old data key is still in the key file, and opens what it did; stop the service and run: kairan keys rotate")
	}
}
