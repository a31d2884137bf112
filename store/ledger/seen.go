package ledger

import "example.jp/kairan/store/guard"

// Seen is what the commits before have found right or written of the books of one issue.
// A commit changes little of them, and only what is not the same octets is held against
// its tag. The zero value is nothing. The committer alone uses it.
type Seen struct {
	state, number guard.Seen
	chunks        map[[8]byte]*seenChunk // by the key of their progress
}

type seenChunk struct{ progress, active guard.Seen }

// mostSeen bounds the memory that this takes, 1.5 KB a chunk. Readers come in their order,
// so that the claims of a commit are in one chunk or two.
const mostSeen = 16

// chunk is what was seen of a chunk.
func (s *Seen) chunk(key [8]byte) *seenChunk {
	c := s.chunks[key]
	if c == nil {
		if s.chunks == nil || len(s.chunks) == mostSeen {
			s.chunks = make(map[[8]byte]*seenChunk, mostSeen)
		}
		c = &seenChunk{}
		s.chunks[key] = c
	}
	return c
}
