package seal

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

// WrapOverhead is the number of bytes by which what AppendWrap makes is longer than the plain
// text; WrapMost is the longest plain text.
const (
	WrapOverhead = 10
	WrapMost     = sha256.Size
)

// AppendWrap encrypts a short text under the current key of use, separated by label, with
// extra as additional data, which is needed again, and appends it to dst: for where every octet counts, such as a return path (RFC 5321
// §4.5.3.1.1). It is the construction of RFC 5297 with HMAC-SHA-256: the tag of the text is
// what the key stream is made from, so the same text gives the same octets each time, and
// nothing else is told of it. The key is in it by no id: Unwrap tries all of its use. It
// allocates nothing if dst has room, and plain and extra may lie in dst. It panics on an unknown use,
// a wiped keyring and a text longer than WrapMost, which are programming errors.
func (k *Keyring) AppendWrap(dst []byte, use Use, label string, plain, extra []byte) []byte {
	if len(plain) > WrapMost {
		panic("a text that is too long to be wrapped")
	}
	_, d, err := k.ring().current(opWrap, use, label)
	if err != nil {
		panic(err)
	}
	tag := d.wrapTag(plain, extra)
	at := len(dst)
	dst = append(append(dst, tag[:]...), plain...)
	stream := d.wrapStream(tag)
	subtle.XORBytes(dst[at+WrapOverhead:], dst[at+WrapOverhead:], stream[:])
	return dst
}

// Unwrap is the other half of AppendWrap, under the current or any older key of use. Every
// failure is ErrOpen.
func (k *Keyring) Unwrap(use Use, label string, wrapped, extra []byte) ([]byte, error) {
	if len(wrapped) < WrapOverhead || len(wrapped) > WrapOverhead+WrapMost {
		return nil, ErrOpen
	}
	r := k.ring()
	tag, plain := [WrapOverhead]byte(wrapped), make([]byte, len(wrapped)-WrapOverhead)
	for _, ky := range r.keys[use] {
		d, err := r.derive(slot{opWrap, use, ky.id, label})
		if err != nil {
			return nil, ErrOpen
		}
		stream := d.wrapStream(tag)
		subtle.XORBytes(plain, wrapped[WrapOverhead:], stream[:])
		if want := d.wrapTag(plain, extra); subtle.ConstantTimeCompare(want[:], tag[:]) == 1 {
			return plain, nil
		}
	}
	return nil, ErrOpen
}

// wrapTag and wrapStream are told apart by their first octet.
func (d *derived) wrapTag(plain, extra []byte) [WrapOverhead]byte {
	sum := d.sum(func(buf []byte) []byte {
		buf = binary.BigEndian.AppendUint64(append(buf, 0), uint64(len(extra)))
		return append(append(buf, extra...), plain...)
	})
	return [WrapOverhead]byte(sum[:])
}

func (d *derived) wrapStream(tag [WrapOverhead]byte) [sha256.Size]byte {
	return d.sum(func(buf []byte) []byte { return append(append(buf, 1), tag[:]...) })
}
