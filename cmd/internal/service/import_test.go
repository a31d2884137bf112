package service

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestImportTakesAsLong: a part of an import takes a whole number of ticks, however much
// of it there was to do.
func TestImportTakesAsLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for work, want := range map[time.Duration]time.Duration{
			0: importTick, time.Millisecond: importTick, importTick - 1: importTick, importTick + 1: 2 * importTick,
		} {
			began := time.Now()
			time.Sleep(work)
			if err := toTick(t.Context(), began); err != nil || time.Since(began) != want {
				t.Errorf("with work of %v it takes %v, %v; want %v", work, time.Since(began), err, want)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := toTick(ctx, time.Now()); !errors.Is(err, context.Canceled) {
			t.Errorf("nobody waits for it any more: %v", err)
		}
	})
}
