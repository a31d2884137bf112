//go:build !race

// Under -race sync.Pool drops items at random, so allocations say nothing there.

package seal

import "testing"

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestAllocations(t *testing.T) {
	k := Generate(created)
	sealed := mustSeal(t, k, Data, "record", benchPlain, benchExtra)
	dst := make([]byte, 0, len(benchPlain))
	room := make([]byte, 0, signatureSize)
	room2 := make([]byte, 0, WrapMost+WrapOverhead)
	sig := k.AppendSign(nil, Leave, "link", benchExtra)
	for _, c := range []struct {
		name string
		most float64
		call func()
	}{
		{"Seal", 1, func() { _, _ = k.Seal(Data, "record", benchPlain, benchExtra) }},
		{"AppendOpen", 0, func() { _, _ = k.AppendOpen(dst, Data, "record", sealed, benchExtra) }},
		{"AppendSign", 0, func() { k.AppendSign(room, Leave, "link", benchExtra) }},
		{"Verify", 0, func() { k.Verify(Leave, "link", benchExtra, sig) }},
		{"AppendWrap", 0, func() { k.AppendWrap(room2, Mail, "return path", benchExtra[:16], benchExtra[:9]) }},
		{"Tag", 0, func() { k.Tag(Mark, "value", benchPlain, "list", string(benchExtra[:16])) }},
		{"Hash", 0, func() { k.Hash(Index, "address", "list", "reader@example.jp") }},
	} {
		if got := testing.AllocsPerRun(200, c.call); got > c.most {
			t.Errorf("%s allocates %v times, want at most %v", c.name, got, c.most)
		}
	}
}
