package people

import (
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

// addressHash is the key of an address in its index.
func (r *Register) addressHash(list string, a subscribe.Address) [16]byte {
	return r.keys.Hash(seal.Index, "address v1", list, a.Identity())
}

// MarkHash is the key of a mark. A block is of the mailbox under all of its spellings, as
// the ceilings count it: "never write to me" means them all.
func (r *Register) MarkHash(list string, a subscribe.Address) [16]byte {
	if list == "" {
		return r.keys.Hash(seal.Mark, "mark v1", list, a.RateIdentity())
	}
	return r.keys.Hash(seal.Mark, "mark v1", list, a.Identity())
}

// TallyHash is the key of a count; what is stored beside another begins as that does.
func (r *Register) TallyHash(k subscribe.TallyKey) [16]byte {
	return r.keys.Hash(seal.Index, "tally v1", k.Scope, k.Of)
}
