package service

import (
	"context"

	"example.jp/kairan/cmd/internal/control"
	"example.jp/kairan/deliver"
)

// byItself is the account of what the program does by its own clock.
const byItself = "kairan"

// note writes into the audit trail what the account that asks is about to do, or has
// done: before it where the trail must not miss it.
func (s *Service) note(ctx context.Context, d deliver.Deed) error {
	if d.By == "" {
		d.By = control.Actor(ctx)
	}
	return s.Store.AddDeed(ctx, d)
}
