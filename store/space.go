package store

// How many margins of space must be left for each kind of thing. Issues stop first:
// no new one starts, and then those that run claim nobody. Sign-ups stop next. Leaving,
// and booking what became of a copy, ask for none and stop last.
const (
	spaceForStarting = 3
	spaceForClaiming = 2
	spaceForJoining  = 1
)

// margin is the unit, in octets: a sixteenth of max_size, 1 to 16 MiB.
func (s *Store) margin() int64 {
	const most = 16 << 20
	if s.opt.MaxSize == 0 {
		return most
	}
	return min(max(s.opt.MaxSize/16, 1<<20), most)
}

// lacks says whether less than so many margins are left.
func (s *Store) lacks(margins int64) bool { return s.file.Space() < margins*s.margin() }

// RoomToStart says whether there is room to start an issue; [ErrFull] if not.
func (s *Store) RoomToStart() error {
	if s.lacks(spaceForStarting) {
		return ErrFull
	}
	return nil
}
