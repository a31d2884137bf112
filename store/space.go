package store

import "math"

// How much space must be left for each kind of thing: issues stop first, before
// they start and then in their run, sign-ups next, and leaving, which asks for
// none, last. Nor does what became of a copy.
const (
	spaceForStarting = 3
	spaceForClaiming = 2
	spaceForJoining  = 1
)

// allocSize is the step in which the file grows. bbolt's own of 16 MiB is more
// than a margin, and bbolt refuses whatever comes nearer to MaxSize than a step.
const allocSize = 1 << 20

// margin is the unit of those: a sixteenth of max_size, 1 to 16 MiB.
func (s *Store) margin() int64 {
	const most = 16 << 20
	if s.opt.MaxSize == 0 {
		return most
	}
	return min(max(s.opt.MaxSize/16, 1<<20), most)
}

// short says whether less than so many margins are left, in the file's free
// pages and in what it may still grow.
func (s *Store) short(margins int64) bool { return s.space() < margins*s.margin() }

func (s *Store) space() int64 {
	grow, ok := room(s.opt.Dir)
	if !ok {
		grow = math.MaxInt64 / 4
	}
	var size int64
	if info, err := statFile(s.file); err == nil {
		size = info
	}
	if s.opt.MaxSize > 0 {
		grow = min(grow, max(s.opt.MaxSize-size-allocSize, 0))
	}
	stats := s.db.Stats()
	return grow + int64(stats.FreePageN)*int64(s.db.Info().PageSize)
}

// Starting says whether there is room to start an issue; [ErrFull] if not.
func (s *Store) Starting() error {
	if s.short(spaceForStarting) {
		return ErrFull
	}
	return nil
}
