package store

import "context"

// SweepNotices deletes the notices whose link has expired while they waited, and returns
// how many.
func (s *Store) SweepNotices(ctx context.Context) (swept int, err error) {
	p := &purge{s: s, ctx: ctx, now: s.opt.Now()}
	return p.notices(p.now)
}

// SweepTallies forgets counts whose time has passed, and returns how many. It is for a
// worker to call now and then.
func (s *Store) SweepTallies(ctx context.Context) (swept int, err error) {
	p := &purge{s: s, ctx: ctx, now: s.opt.Now()}
	return p.tallies(p.now)
}
