package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	for n := range WrapMost + 1 {
		plain := bytes.Repeat([]byte{byte(n)}, n)
		wrapped := k.AppendWrap([]byte("bounce+"), Mail, "path", plain, []byte("list"))[len("bounce+"):]
		if len(wrapped) != n+WrapOverhead || !bytes.Equal(wrapped, k.AppendWrap(nil, Mail, "path", plain, []byte("list"))) {
			t.Fatalf("%d octets: %x", n, wrapped)
		}
		if got, err := k.Unwrap(Mail, "path", wrapped, []byte("list")); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%x, %v", got, err)
		}
		for name, open := range map[string]func() ([]byte, error){
			"another label": func() ([]byte, error) { return k.Unwrap(Mail, "other", wrapped, []byte("list")) },
			"another use":   func() ([]byte, error) { return k.Unwrap(Leave, "path", wrapped, []byte("list")) },
			"other extra":   func() ([]byte, error) { return k.Unwrap(Mail, "path", wrapped, []byte("lis")) },
			"no extra":      func() ([]byte, error) { return k.Unwrap(Mail, "path", wrapped, nil) },
			"no such use":   func() ([]byte, error) { return k.Unwrap("none", "path", wrapped, []byte("list")) },
			"cut short":     func() ([]byte, error) { return k.Unwrap(Mail, "path", wrapped[:len(wrapped)-1], []byte("list")) },
			"other keys":    func() ([]byte, error) { return Generate(created).Unwrap(Mail, "path", wrapped, []byte("list")) },
			"too long":      func() ([]byte, error) { return k.Unwrap(Mail, "path", bytes.Repeat(wrapped, 9), []byte("list")) },
		} {
			if got, err := open(); !errors.Is(err, ErrOpen) {
				t.Errorf("%s of %d octets: %x, %v", name, n, got, err)
			}
		}
		for bit := range len(wrapped) * 8 {
			bad := bytes.Clone(wrapped)
			bad[bit/8] ^= 1 << (bit % 8)
			if got, err := k.Unwrap(Mail, "path", bad, []byte("list")); !errors.Is(err, ErrOpen) {
				t.Errorf("bit %d of %d octets: %x, %v", bit, n, got, err)
			}
		}
	}
}

// TestWrapKnownAnswers were computed by another program. What they pin stands in mails that
// are out.
func TestWrapKnownAnswers(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	const plain = "回覧 circular, the 23rd copy"
	for use, want := range map[Use]string{
		Mail:  "a720d845fc946f8eae357928dbc0d3dbfffa7a99d5268e30becf02d6939ca16645563947e6acd25f",
		Leave: "921426b56edac00d1996968f0e275e5bb8d18e9f55522c21f8ef606d8fa2a081103c4f23101048cd",
	} {
		if got := hex.EncodeToString(k.AppendWrap(nil, use, "path", []byte(plain), []byte("whats-new"))); got != want {
			t.Errorf("%s: %s", use, got)
		}
	}
	older := unhex(t, "59fef67daafbd40ecfa04bac8e95fe1f273c1914b936b706a87f6139a8c7eac30fc52c592c965e47")
	if got, err := k.Unwrap(Leave, "path", older, []byte("whats-new")); err != nil || string(got) != plain {
		t.Errorf("under an older key: %q, %v", got, err)
	}
}
