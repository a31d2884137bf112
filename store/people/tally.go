package people

import (
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TallyHashes are the keys of counts that the operations of a commit have asked for: many
// of them count for the same.
type TallyHashes map[subscribe.TallyKey][16]byte

// TallyHash is the key of a count. Those that are best side by side begin alike, so that
// a commit finds them on one page.
func (r *Register) TallyHash(k subscribe.TallyKey, known TallyHashes) [16]byte {
	if h, ok := known[k]; ok {
		return h
	}
	h := r.keys.Hash(seal.Index, "tally v1", k.Scope, k.Of)
	if k.Beside != "" {
		beside := r.TallyHash(subscribe.TallyKey{Scope: k.Scope, Of: k.Beside, Gate: k.Gate}, known)
		copy(h[:8], beside[:8])
	}
	known[k] = h
	return h
}
