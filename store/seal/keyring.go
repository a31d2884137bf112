package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Use says what a key is for. It is an alias, so that consumers may declare
// interfaces with plain strings.
type Use = string

// The uses of keys. A text of one use fails for every other.
const (
	Data  Use = "data"  // seals records; rotated and destroyed
	Index Use = "index" // hashes addresses for look-up; exactly one key
	Mark  Use = "mark"  // hashes addresses for marks and blocks; exactly one key
	Leave Use = "leave" // signs leave links; kept as long as a list lives
	Mail  Use = "mail"  // seals confirm, correct and block links; kept 31 days after rotation
)

const (
	keySize   = 32 // bytes of a key, and of each key derived from it
	checkSize = 16 // bytes of a check value
	namespace = "kairan/v1/"

	// maxCached bounds the derived keys that are kept, should a caller use
	// ever new labels against the advice of the package comment; further
	// ones work, but are derived each time.
	maxCached = 4096
)

// errWiped is not ErrOpen: it is our own doing, not a fault of the text.
var errWiped = errors.New("the keys have been wiped from memory; " +
	"stop everything that seals or opens before wiping")

// key is one line of the key file.
type key struct {
	id      uint16
	created time.Time
	secret  []byte // keySize bytes, zeroed by Wipe
}

// Keyring holds the keys of one installation. Make one with Generate or Load; the
// zero value has no keys. It is safe for concurrent use.
type Keyring struct {
	// A function, so that nothing that walks through values reaches the keys
	// where the methods below do not apply (fmt follows even a pointer, in
	// an unexported field under a wrong verb), and so that copies are safe.
	hidden func() *ring
}

type ring struct {
	// Immutable once made, but for the secrets, which mu guards.
	keys        map[Use][]key // ascending by id; the last is current
	checks      map[Use][checkSize]byte
	fingerprint string

	cache atomic.Pointer[map[slot]*derived] // copied on write, under mu
	mu    sync.Mutex
	wiped bool
}

// uses returns every use in the order of the key file.
func uses() []Use { return []Use{Data, Index, Mark, Leave, Mail} }

// isSingle reports whether a use must have exactly one key.
func isSingle(use Use) bool { return use == Index || use == Mark }

// Generate returns a new keyring with one random key for each use, created at
// now (kept in UTC, to the second).
func Generate(now time.Time) *Keyring {
	keys := make(map[Use][]key)
	for _, use := range uses() {
		secret := make([]byte, keySize)
		_, _ = rand.Read(secret) // never fails, as crypto/rand documents
		keys[use] = []key{{id: 1, created: now.UTC().Truncate(time.Second), secret: secret}}
	}
	k, err := newKeyring(keys)
	if err != nil {
		panic(err) // unreachable: HKDF accepts every key of this size
	}
	return k
}

// newKeyring takes over keys: sorts them and computes what identifies them.
func newKeyring(keys map[Use][]key) (*Keyring, error) {
	r := &ring{keys: keys, checks: make(map[Use][checkSize]byte)}
	sum := sha256.New()
	for _, use := range uses() {
		slices.SortFunc(keys[use], func(a, b key) int { return int(a.id) - int(b.id) })
		for i, ky := range keys[use] {
			check, err := hkdf.Key(sha256.New, ky.secret, nil, namespace+"check/"+use+"/", checkSize)
			if err != nil {
				return nil, fmt.Errorf("deriving the check value of a key for %s: %w", use, err)
			}
			if i == 0 {
				r.checks[use] = [checkSize]byte(check)
			}
			sum.Write(binary.BigEndian.AppendUint16([]byte(use+"/"), ky.id))
			sum.Write(check)
		}
	}
	r.fingerprint = hex.EncodeToString(sum.Sum(nil)[:8])
	r.cache.Store(&map[slot]*derived{})
	return &Keyring{hidden: func() *ring { return r }}, nil
}

// Fingerprint identifies the set of keys in 16 hexadecimal characters without
// revealing them. It changes when any key is changed, added or removed, not with
// comments or times of creation. It remains after Wipe.
func (k *Keyring) Fingerprint() string { return k.ring().fingerprint }

// Check returns a value derived from the key of use with the lowest id, to be
// stored with a database and compared later: is this the key file that the
// database was made with? It equals no Hash and no signature, and remains after
// Wipe. It panics on a use that does not exist, which is a programming error.
func (k *Keyring) Check(use Use) [16]byte {
	check, ok := k.ring().checks[use]
	if !ok {
		panic(unknownUse(use))
	}
	return check
}

// Wipe overwrites the keys in memory, as well as Go allows: copies
// made inside the ciphers are only dropped. Afterwards Seal, Open and Write
// return an error, Verify reports false, Sign and Hash panic; so stop what
// works with records first.
func (k *Keyring) Wipe() {
	r := k.ring()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wiped = true
	for _, keys := range r.keys {
		for _, ky := range keys {
			clear(ky.secret)
		}
	}
	r.cache.Store(&map[slot]*derived{})
}

// String hides the keys: it returns "[keys]".
func (k Keyring) String() string { return "[keys]" }

// GoString hides the keys from %#v.
func (k Keyring) GoString() string { return "[keys]" }

// LogValue hides the keys from log/slog.
func (k Keyring) LogValue() slog.Value { return slog.StringValue("[keys]") }

// MarshalText hides the keys from JSON and other encoders. It never fails.
func (k Keyring) MarshalText() ([]byte, error) { return []byte("[keys]"), nil }

// ring returns the keys, or an empty ring for a Keyring that was never made.
func (k *Keyring) ring() *ring {
	if k == nil || k.hidden == nil {
		return &ring{}
	}
	return k.hidden()
}

// find returns the key of a use and id.
func (r *ring) find(use Use, id uint16) (key, bool) {
	for _, ky := range r.keys[use] {
		if ky.id == id {
			return ky, true
		}
	}
	return key{}, false
}

// holds reports whether a secret is already one of keys.
func holds(keys map[Use][]key, secret []byte) bool {
	for _, ks := range keys {
		if slices.ContainsFunc(ks, func(ky key) bool { return bytes.Equal(ky.secret, secret) }) {
			return true
		}
	}
	return false
}

func unknownUse(use Use) error {
	return fmt.Errorf("%q is not a use of keys, or the keyring was never made; "+
		"pass one of the constants to a keyring from Generate or Load", use)
}
