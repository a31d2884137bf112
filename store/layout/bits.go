package layout

import (
	"encoding/binary"
	"math/bits"

	"example.jp/kairan/subscribe"
)

// ChunkBits is how many entries the bitmap of one chunk covers, and ChunkBytes its
// size: claimed and accepted together are 1 KiB.
const (
	ChunkBits  = 4096
	ChunkBytes = ChunkBits / 8
)

// ChunkOf is where an entry has its bit.
func ChunkOf(s subscribe.Seq) (chunk uint32, bit int) {
	return uint32(s) / ChunkBits, int(uint32(s) % ChunkBits)
}

// HasBit says whether a bit is set; it is not in a bitmap that is missing or short.
func HasBit(b []byte, bit int) bool { return len(b) > bit/8 && b[bit/8]&(1<<(bit%8)) != 0 }

// SetBit sets or clears a bit.
func SetBit(b []byte, bit int, on bool) {
	if on {
		b[bit/8] |= 1 << (bit % 8)
	} else {
		b[bit/8] &^= 1 << (bit % 8)
	}
}

// CountBits counts those that are set.
func CountBits(b []byte) (n int) {
	for len(b) >= 8 {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}
