package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"strings"
	"sync"
)

// operation separates the derived keys of different algorithms under one label,
// so that no key ever serves both GCM and HMAC.
type operation string

const (
	opSeal operation = "seal"
	opSign operation = "sign"
	opHash operation = "hash"
	opTag  operation = "tag"
	opWrap operation = "wrap"
)

// slot names a derived key.
type slot struct {
	op    operation
	use   Use
	id    uint16
	label string
}

// derived is what works with one derived key: aead for opSeal, macs otherwise.
type derived struct {
	aead cipher.AEAD
	macs *sync.Pool // of *mac
}

// mac is an HMAC state with room for its input and output, so that hashing in
// the steady state allocates nothing.
type mac struct {
	hash hash.Hash
	buf  []byte
	sum  [sha256.Size]byte
}

// current derives from the current key of a use, and says which that is.
func (r *ring) current(op operation, use Use, label string) (id uint16, d *derived, err error) {
	keys := r.keys[use]
	if len(keys) == 0 {
		return 0, nil, unknownUse(use)
	}
	id = keys[len(keys)-1].id
	d, err = r.derive(slot{op, use, id, label})
	return id, d, err
}

// derive returns what belongs to a slot. The steady state is one look-up in a map
// that nobody changes.
func (r *ring) derive(s slot) (*derived, error) {
	if d, ok := (*r.cache.Load())[s]; ok {
		return d, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	cached := *r.cache.Load()
	if d, ok := cached[s]; ok {
		return d, nil
	}
	if r.wiped {
		return nil, errWiped
	}
	ky, ok := r.find(s.use, s.id)
	if !ok {
		return nil, unknownUse(s.use)
	}
	d, err := newDerived(s, ky.secret)
	if err != nil {
		return nil, err
	}
	if len(cached) < maxCached {
		next := maps.Clone(cached)
		// Cloned, since web servers hand out strings over buffers they use again.
		s.use, s.label = strings.Clone(s.use), strings.Clone(s.label)
		next[s] = d
		r.cache.Store(&next)
	}
	return d, nil
}

func newDerived(s slot, secret []byte) (*derived, error) {
	sub, err := hkdf.Key(sha256.New, secret, nil, namespace+string(s.op)+"/"+s.use+"/"+s.label, keySize)
	if err != nil {
		return nil, fmt.Errorf("deriving a key for %s: %w", s.use, err)
	}
	if s.op != opSeal {
		// The pool makes states as long as it lives, so sub stays.
		return &derived{macs: &sync.Pool{New: func() any {
			return &mac{hash: hmac.New(sha256.New, sub)}
		}}}, nil
	}
	defer clear(sub)
	block, err := aes.NewCipher(sub)
	if err != nil {
		return nil, fmt.Errorf("preparing AES for %s: %w", s.use, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("preparing GCM for %s: %w", s.use, err)
	}
	return &derived{aead: aead}, nil
}

// tag computes HMAC-SHA-256 over what fill appends, cut to 16 bytes.
func (d *derived) tag(fill func(buf []byte) []byte) [tagSize]byte {
	sum := d.sum(fill)
	return [tagSize]byte(sum[:])
}

// sum computes HMAC-SHA-256 over what fill appends.
func (d *derived) sum(fill func(buf []byte) []byte) (out [sha256.Size]byte) {
	m := d.macs.Get().(*mac)
	m.buf = fill(m.buf[:0])
	m.hash.Write(m.buf)
	copy(out[:], m.hash.Sum(m.sum[:0]))
	// The buffer goes back to a pool, and no address waits there.
	clear(m.buf)
	m.hash.Reset()
	d.macs.Put(m)
	return out
}
