package people

import (
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// TallyHashes are the keys of counts that an operation has asked for, since it reads a
// count and then writes it.
type TallyHashes []tallyHash

type tallyHash struct {
	of   subscribe.TallyKey
	hash [16]byte
}

// TallyHash is the key of a count. Those that are best side by side begin alike, so that
// a commit finds them on one page.
func (r *Register) TallyHash(k subscribe.TallyKey, known *TallyHashes) [16]byte {
	for i := range *known {
		if (*known)[i].of == k {
			return (*known)[i].hash
		}
	}
	h := r.keys.Hash(seal.Index, "tally v1", k.Scope, k.Of)
	if k.Beside != "" {
		beside := r.TallyHash(subscribe.TallyKey{Scope: k.Scope, Of: k.Beside}, known)
		copy(h[:8], beside[:8])
	}
	*known = append(*known, tallyHash{k, h})
	return h
}
