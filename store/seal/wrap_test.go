package seal

import (
	"bytes"
	"errors"
	"testing"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	for n := range WrapMost + 1 {
		plain := bytes.Repeat([]byte{byte(n)}, n)
		wrapped := k.AppendWrap([]byte("bounce+"), Mail, "path", plain)[len("bounce+"):]
		if len(wrapped) != n+WrapOverhead || !bytes.Equal(wrapped, k.AppendWrap(nil, Mail, "path", plain)) {
			t.Fatalf("%d octets: %x", n, wrapped)
		}
		if got, err := k.Unwrap(Mail, "path", wrapped); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%x, %v", got, err)
		}
		for name, open := range map[string]func() ([]byte, error){
			"another label": func() ([]byte, error) { return k.Unwrap(Mail, "other", wrapped) },
			"another use":   func() ([]byte, error) { return k.Unwrap(Leave, "path", wrapped) },
			"no such use":   func() ([]byte, error) { return k.Unwrap("none", "path", wrapped) },
			"cut short":     func() ([]byte, error) { return k.Unwrap(Mail, "path", wrapped[:len(wrapped)-1]) },
			"other keys":    func() ([]byte, error) { return Generate(created).Unwrap(Mail, "path", wrapped) },
			"too long":      func() ([]byte, error) { return k.Unwrap(Mail, "path", bytes.Repeat(wrapped, 9)) },
		} {
			if got, err := open(); !errors.Is(err, ErrOpen) {
				t.Errorf("%s of %d octets: %x, %v", name, n, got, err)
			}
		}
		for bit := range len(wrapped) * 8 {
			bad := bytes.Clone(wrapped)
			bad[bit/8] ^= 1 << (bit % 8)
			if got, err := k.Unwrap(Mail, "path", bad); !errors.Is(err, ErrOpen) {
				t.Errorf("bit %d of %d octets: %x, %v", bit, n, got, err)
			}
		}
	}
}

// TestUnwrapUnderAnOlderKey: a mail that went out before a rotation comes back.
func TestUnwrapUnderAnOlderKey(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	older := &derivedOf{k, t}
	wrapped := older.wrap(1, "plain")
	if got, err := k.Unwrap(Leave, "path", wrapped); err != nil || string(got) != "plain" {
		t.Errorf("%q, %v", got, err)
	}
}

// derivedOf wraps under a key that need not be the current one.
type derivedOf struct {
	*Keyring
	t *testing.T
}

func (k *derivedOf) wrap(id uint16, plain string) []byte {
	d, err := k.ring().derive(slot{opWrap, Leave, id, "path"})
	if err != nil {
		k.t.Fatal(err)
	}
	tag := d.wrapTag([]byte(plain))
	stream := d.wrapStream(tag)
	out := append(tag[:], plain...)
	for i := range plain {
		out[WrapOverhead+i] ^= stream[i]
	}
	return out
}
