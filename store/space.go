package store

// How much space must be left for each kind of thing: issues stop first, before
// they start and then in their run, sign-ups next, and leaving, which asks for
// none, last. Nor does what became of a copy.
const (
	spaceForStarting = 3
	spaceForClaiming = 2
	spaceForJoining  = 1
)

// margin is the unit of those: a sixteenth of max_size, 1 to 16 MiB.
func (s *Store) margin() int64 {
	const most = 16 << 20
	if s.opt.MaxSize == 0 {
		return most
	}
	return min(max(s.opt.MaxSize/16, 1<<20), most)
}

// lacks says whether less than so many margins are left.
func (s *Store) lacks(margins int64) bool { return s.file.Space() < margins*s.margin() }

// Starting says whether there is room to start an issue; [ErrFull] if not.
func (s *Store) Starting() error {
	if s.lacks(spaceForStarting) {
		return ErrFull
	}
	return nil
}
