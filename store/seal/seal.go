package seal

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

const (
	idSize   = 2  // bytes of the key id before everything sealed or signed
	tagSize  = 16 // bytes of a signature or hash, after cutting
	overhead = 12 + 16
)

// Overhead is the number of bytes by which a sealed text is longer than the plain
// one: key id, nonce and tag.
const Overhead = idSize + overhead

// signatureSize is the length in bytes of a signature.
const signatureSize = idSize + tagSize

// ErrOpen is the error for everything that does not open: another key, label, use
// or additional data, a changed bit, a text cut short. The cases are not told
// apart, so that an answer teaches an attacker nothing.
var ErrOpen = errors.New("this does not open with these keys; " +
	"it was sealed with other keys, for something else, or was changed")

// Seal encrypts plain under the current key of use, separated by label, with extra
// as additional data, which is needed again to open: where a record stands, so that
// one that was moved does not open. The result is Overhead bytes longer than plain.
// The only errors are an unknown use and a wiped keyring.
func (k *Keyring) Seal(use Use, label string, plain, extra []byte) ([]byte, error) {
	id, d, err := k.ring().current(opSeal, use, label)
	if err != nil {
		return nil, err
	}
	out := make([]byte, idSize, Overhead+len(plain))
	binary.BigEndian.PutUint16(out, id)
	return d.aead.Seal(out, nil, plain, extra), nil
}

// Open decrypts what Seal returned for the same use, label and extra, under the
// current or any older key. It returns ErrOpen for every failure of the text, and
// another error only for an unknown use or a wiped keyring.
func (k *Keyring) Open(use Use, label string, sealed, extra []byte) ([]byte, error) {
	return k.AppendOpen(nil, use, label, sealed, extra)
}

// AppendOpen is Open, appending to dst; it allocates nothing if dst has room. On an
// error it returns dst as it was given, so that a loop may keep its buffer. dst's
// spare room must not overlap sealed or extra (it panics, as crypto/cipher does).
func (k *Keyring) AppendOpen(dst []byte, use Use, label string, sealed, extra []byte) ([]byte, error) {
	r := k.ring()
	if len(r.keys[use]) == 0 {
		return dst, unknownUse(use)
	}
	if len(sealed) < Overhead {
		return dst, ErrOpen
	}
	id := binary.BigEndian.Uint16(sealed)
	if _, ok := r.find(use, id); !ok {
		return dst, ErrOpen
	}
	d, err := r.derive(slot{opSeal, use, id, label})
	if err != nil {
		return dst, err
	}
	out, err := d.aead.Open(dst, nil, sealed[idSize:], extra)
	if err != nil {
		return dst, ErrOpen
	}
	return out, nil
}

// AppendSign appends to dst a signature of msg under the current key of use,
// separated by label: the key id (2 bytes) and HMAC-SHA-256 cut to 16 bytes. It
// allocates nothing if dst has room, and msg may lie in dst. It panics on an unknown
// use or a wiped keyring, which are programming errors.
func (k *Keyring) AppendSign(dst []byte, use Use, label string, msg []byte) []byte {
	id, d, err := k.ring().current(opSign, use, label)
	if err != nil {
		panic(err)
	}
	tag := d.tag(func(buf []byte) []byte { return append(buf, msg...) })
	return append(binary.BigEndian.AppendUint16(dst, id), tag[:]...)
}

// Verify reports whether sig is a signature of msg by Sign with the same use and
// label, under the current or any older key. The comparison takes constant time.
// For an unknown use or a wiped keyring it reports false.
func (k *Keyring) Verify(use Use, label string, msg, sig []byte) bool {
	if len(sig) != signatureSize {
		return false
	}
	r := k.ring()
	id := binary.BigEndian.Uint16(sig)
	if _, ok := r.find(use, id); !ok {
		return false
	}
	d, err := r.derive(slot{opSign, use, id, label})
	if err != nil {
		return false
	}
	tag := d.tag(func(buf []byte) []byte { return append(buf, msg...) })
	return subtle.ConstantTimeCompare(tag[:], sig[idSize:]) == 1
}

// Hash is the keyed look-up hash: HMAC-SHA-256 over the parts, each preceded by its
// length, cut to 16 bytes, under the current key of use and separated by label.
// Different parts never run together: ("a", "bc") and ("ab", "c") differ. Without a key
// anybody could try out which address a hash is of. What is to be found again belongs
// under Index or Mark, whose one key does not rotate; under another use the hash changes
// with the current key. It panics on an unknown use or a wiped keyring, which are
// programming errors.
func (k *Keyring) Hash(use Use, label string, parts ...string) [16]byte {
	_, d, err := k.ring().current(opHash, use, label)
	if err != nil {
		panic(err)
	}
	return d.tag(func(buf []byte) []byte {
		for _, part := range parts {
			buf = binary.BigEndian.AppendUint64(buf, uint64(len(part)))
			buf = append(buf, part...)
		}
		return buf
	})
}

// Tag is the check of a value that is stored in the clear: HMAC-SHA-256 over where it
// stands and the value, each part preceded by its length, cut to 16 bytes, under the
// current key of use and separated by label. Whoever lacks the key cannot change the
// value, nor move it elsewhere, without its being seen. Use Mark: under a key that
// rotates, no tag from before would be right. It panics on an unknown use or a wiped
// keyring, which are programming errors.
func (k *Keyring) Tag(use Use, label string, value []byte, where ...string) [16]byte {
	_, d, err := k.ring().current(opTag, use, label)
	if err != nil {
		panic(err)
	}
	return d.tag(func(buf []byte) []byte {
		for _, part := range where {
			buf = binary.BigEndian.AppendUint64(buf, uint64(len(part)))
			buf = append(buf, part...)
		}
		return append(binary.BigEndian.AppendUint64(buf, uint64(len(value))), value...)
	})
}
