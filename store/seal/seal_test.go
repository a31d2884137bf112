package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

var created = time.Date(2026, 11, 21, 18, 0, 0, 0, time.FixedZone("JST", 9*3600))

func mustSeal(t testing.TB, k *Keyring, use Use, label string, plain, extra []byte) []byte {
	t.Helper()
	sealed, err := k.Seal(use, label, plain, extra)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	k := Generate(created)
	for _, size := range []int{0, 1, 15, 16, 17, 1000, 70000} {
		plain := make([]byte, size)
		_, _ = rand.Read(plain)
		for _, use := range uses() {
			for _, extra := range [][]byte{nil, []byte("list|id|1")} {
				sealed := mustSeal(t, k, use, "record", plain, extra)
				if len(sealed) != size+Overhead {
					t.Fatalf("%d bytes sealed to %d", size, len(sealed))
				}
				got, err := k.Open(use, "record", sealed, extra)
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("%s, %d bytes: %v", use, size, err)
				}
			}
		}
	}
}

func TestSealNeverRepeats(t *testing.T) {
	t.Parallel()
	k := Generate(created)
	seen := make(map[string]bool)
	for range 1000 {
		s := string(mustSeal(t, k, Data, "record", []byte("the same"), nil))
		if seen[s] {
			t.Fatal("the same text sealed twice gave the same bytes")
		}
		seen[s] = true
	}
}

// sameSecrets has one secret under every use, so that only the derivation keeps
// uses, labels and operations apart.
func sameSecrets(t testing.TB) *Keyring {
	t.Helper()
	keys := make(map[Use][]key)
	for _, use := range uses() {
		keys[use] = []key{{id: 1, created: created, secret: bytes.Repeat([]byte{7}, keySize)}}
	}
	k, err := newKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	k, same := Generate(created), sameSecrets(t)
	extra := []byte("list|id|1")
	sealed := mustSeal(t, k, Data, "record", []byte("回覧"), extra)
	sealedSame := mustSeal(t, same, Data, "record", []byte("回覧"), extra)
	otherID := slices.Clone(sealed)
	otherID[1] = 2
	for _, c := range []struct {
		name       string
		ring       *Keyring
		use, label string
		sealed     []byte
		extra      []byte
	}{
		{"wrong key", Generate(created), Data, "record", sealed, extra},
		{"wrong label", k, Data, "recorD", sealed, extra},
		{"empty label", k, Data, "", sealed, extra},
		{"wrong extra", k, Data, "record", sealed, []byte("list|id|2")},
		{"no extra", k, Data, "record", sealed, nil},
		{"wrong use", k, Mail, "record", sealed, extra},
		{"wrong use, same secret", same, Mail, "record", sealedSame, extra},
		{"use moved into label", same, Data, "data/record", sealedSame, extra},
		{"key id without key", k, Data, "record", otherID, extra},
		{"key id zero", k, Data, "record", append([]byte{0, 0}, sealed[2:]...), extra},
		{"one byte more", k, Data, "record", append(slices.Clone(sealed), 0), extra},
		{"nothing", k, Data, "record", nil, extra},
		{"a signature", k, Data, "record", k.AppendSign(nil, Data, "record", []byte("x")), extra},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.ring.Open(c.use, c.label, c.sealed, c.extra)
			if err != ErrOpen || got != nil {
				t.Errorf("Open = %q, %v; want ErrOpen itself", got, err)
			}
		})
	}
	for n := range sealed {
		if got, err := k.Open(Data, "record", sealed[:n], extra); err != ErrOpen || got != nil {
			t.Errorf("cut to %d bytes: Open = %q, %v", n, got, err)
		}
	}
	for bit := range len(sealed) * 8 {
		bad := slices.Clone(sealed)
		bad[bit/8] ^= 1 << (bit % 8)
		if got, err := k.Open(Data, "record", bad, extra); err != ErrOpen || got != nil {
			t.Errorf("bit %d flipped: Open = %q, %v", bit, got, err)
		}
	}
	if _, err := k.Open(Data, "record", sealed, extra); err != nil {
		t.Errorf("the sample itself does not open: %v", err)
	}
}

func TestUnknownUse(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]*Keyring{"made": Generate(created), "never made": {}} {
		if _, err := k.Seal("token", "x", nil, nil); err == nil || errors.Is(err, ErrOpen) {
			t.Errorf("%s: Seal: %v", name, err)
		}
		if _, err := k.Open("token", "x", make([]byte, 100), nil); err == nil || errors.Is(err, ErrOpen) {
			t.Errorf("%s: Open: %v", name, err)
		}
		if k.Verify("token", "x", nil, make([]byte, signatureSize)) {
			t.Errorf("%s: Verify is true", name)
		}
		mustPanic(t, name+": Sign", func() { k.AppendSign(nil, "token", "x", nil) })
		mustPanic(t, name+": Hash", func() { k.Hash("token", "x") })
		mustPanic(t, name+": Check", func() { k.Check("token") })
	}
}

func mustPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", name)
		}
	}()
	f()
}

func TestAppendOpen(t *testing.T) {
	t.Parallel()
	k := Generate(created)
	sealed := mustSeal(t, k, Data, "record", []byte("plain"), []byte("x"))
	dst := append(make([]byte, 0, 100), "before "...)
	got, err := k.AppendOpen(dst, Data, "record", sealed, []byte("x"))
	if err != nil || string(got) != "before plain" {
		t.Fatalf("AppendOpen = %q, %v", got, err)
	}
	got, err = k.AppendOpen(dst, Data, "record", sealed, []byte("y"))
	if err != ErrOpen || string(got) != "before " || cap(got) != 100 {
		t.Errorf("a failure gave %q, %v, capacity %d", got, err, cap(got))
	}
	if bytes.Contains(dst[:cap(dst)], []byte("plain")) {
		t.Error("a failed opening left plain text in the buffer")
	}
}

func TestRotatedKeys(t *testing.T) {
	t.Parallel()
	// The file's order does not matter: the highest id is the current key.
	both := loadText(t, swapLines(vectorFile, 1, 2))
	if got := mustSeal(t, both, Data, "record", nil, nil); !bytes.HasPrefix(got, []byte{0, 2}) {
		t.Errorf("sealed under key %x, not the highest", got[:2])
	}
	oldOnly := loadText(t, dropLines(vectorFile, "data 2", "leave 258"))
	newOnly := loadText(t, dropLines(vectorFile, "data 1", "leave 1 "))
	sealed := mustSeal(t, oldOnly, Data, "record", []byte("old"), nil)
	sig := oldOnly.AppendSign(nil, Leave, "link", []byte("old"))
	if got, err := both.Open(Data, "record", sealed, nil); err != nil || string(got) != "old" {
		t.Errorf("the older key does not open: %v", err)
	}
	if !both.Verify(Leave, "link", []byte("old"), sig) {
		t.Error("the older key does not verify")
	}
	// Once the key is gone, so is what it sealed.
	if _, err := newOnly.Open(Data, "record", sealed, nil); err != ErrOpen {
		t.Errorf("opened without its key: %v", err)
	}
	if newOnly.Verify(Leave, "link", []byte("old"), sig) {
		t.Error("verified without its key")
	}
	if both.Check(Data) != oldOnly.Check(Data) || both.Check(Data) == newOnly.Check(Data) {
		t.Error("Check is not that of the lowest id")
	}
}

func swapLines(text string, i, j int) string {
	lines := strings.SplitAfter(text, "\n")
	lines[i], lines[j] = lines[j], lines[i]
	return strings.Join(lines, "")
}

func dropLines(text string, prefixes ...string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(line, p) }) {
			out.WriteString(line)
		}
	}
	return out.String()
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	k, same := Generate(created), sameSecrets(t)
	msg := []byte("list|reader")
	sig := k.AppendSign(nil, Leave, "link", msg)
	if len(sig) != signatureSize || !k.Verify(Leave, "link", msg, sig) {
		t.Fatalf("a fresh signature of %d bytes does not verify", len(sig))
	}
	if Generate(created).Verify(Leave, "link", msg, sig) {
		t.Error("verified under another key")
	}
	if k.Verify(Leave, "page", msg, sig) || k.Verify(Leave, "link", []byte("list|readeR"), sig) {
		t.Error("verified under another label or message")
	}
	if same.Verify(Mail, "link", msg, same.AppendSign(nil, Leave, "link", msg)) {
		t.Error("verified under another use")
	}
	for n := range sig {
		if k.Verify(Leave, "link", msg, sig[:n]) {
			t.Errorf("verified when cut to %d bytes", n)
		}
	}
	if k.Verify(Leave, "link", msg, append(slices.Clone(sig), 0)) {
		t.Error("verified with a byte more")
	}
	for bit := range len(sig) * 8 {
		bad := slices.Clone(sig)
		bad[bit/8] ^= 1 << (bit % 8)
		if k.Verify(Leave, "link", msg, bad) {
			t.Errorf("verified with bit %d flipped", bit)
		}
	}
}

func TestHashKeepsApart(t *testing.T) {
	t.Parallel()
	k, same := Generate(created), sameSecrets(t)
	base := k.Hash(Index, "a", "ab", "c")
	if base != k.Hash(Index, "a", "ab", "c") {
		t.Fatal("the same parts hash differently")
	}
	for name, other := range map[string][16]byte{
		"parts run together": k.Hash(Index, "a", "a", "bc"),
		"one part":           k.Hash(Index, "a", "abc"),
		"empty part more":    k.Hash(Index, "a", "ab", "c", ""),
		"order":              k.Hash(Index, "a", "c", "ab"),
		"label":              k.Hash(Index, "b", "ab", "c"),
		"use":                k.Hash(Mark, "a", "ab", "c"),
		"key":                Generate(created).Hash(Index, "a", "ab", "c"),
	} {
		if other == base {
			t.Errorf("%s: the hash is the same", name)
		}
	}
	if same.Hash(Index, "a", "x") == same.Hash(Mark, "a", "x") {
		t.Error("one secret under two uses gives one hash")
	}
	if k.Hash(Index, "a") == k.Hash(Index, "a", "") {
		t.Error("no part and an empty part hash alike")
	}
	if [16]byte(k.AppendSign(nil, Index, "a", nil)[2:]) == k.Hash(Index, "a") {
		t.Error("signing and hashing share a key")
	}
	if k.Check(Index) == k.Hash(Index, "") {
		t.Error("the check value is a hash")
	}
}

// 40,000 seals a second from many goroutines: correct without a lock, also while
// the cache fills and when the keys are wiped under way.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	k := Generate(created)
	want := k.Hash(Index, "address", "list", "reader@example.jp")
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 200 {
				label := fmt.Sprintf("label-%d", (g+i)%24)
				plain := fmt.Appendf(nil, "%d/%d", g, i)
				sealed, err := k.Seal(Data, label, plain, plain)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := k.Open(Data, label, sealed, plain); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("Open: %q, %v", got, err)
				}
				if !k.Verify(Leave, label, plain, k.AppendSign(nil, Leave, label, plain)) {
					t.Error("a signature does not verify")
				}
				if k.Hash(Index, "address", "list", "reader@example.jp") != want {
					t.Error("a hash differs")
				}
			}
		})
	}
	wg.Wait()
	sealed := mustSeal(t, k, Data, "early", []byte("x"), nil)
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				if got, err := k.Open(Data, "early", sealed, nil); err == nil && string(got) != "x" {
					t.Errorf("Open while wiping: %q", got)
				} else if err != nil && !errors.Is(err, errWiped) {
					t.Errorf("Open while wiping: %v", err)
				}
				_, _ = k.Seal(Data, fmt.Sprintf("late-%d-%d", g, i), nil, nil)
			}
		})
	}
	wg.Go(k.Wipe)
	wg.Wait()
}

func TestWipe(t *testing.T) {
	t.Parallel()
	k := Generate(created)
	sealed := mustSeal(t, k, Data, "record", []byte("x"), nil)
	sig := k.AppendSign(nil, Leave, "link", nil)
	check, print := k.Check(Index), k.Fingerprint()
	k.Wipe()
	for use, keys := range k.ring().keys {
		if !bytes.Equal(keys[0].secret, make([]byte, keySize)) {
			t.Errorf("the %s key is still in memory", use)
		}
	}
	if _, err := k.Seal(Data, "record", nil, nil); !errors.Is(err, errWiped) {
		t.Errorf("Seal: %v", err)
	}
	if _, err := k.Open(Data, "record", sealed, nil); !errors.Is(err, errWiped) {
		t.Errorf("Open: %v", err)
	}
	if err := k.Write(t.TempDir() + "/keys"); !errors.Is(err, errWiped) {
		t.Errorf("Write: %v", err)
	}
	if k.Verify(Leave, "link", nil, sig) {
		t.Error("Verify is true")
	}
	mustPanic(t, "Sign", func() { k.AppendSign(nil, Leave, "link", nil) })
	mustPanic(t, "Hash", func() { k.Hash(Index, "a") })
	if k.Check(Index) != check || k.Fingerprint() != print {
		t.Error("what identifies the keys is gone")
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	k := Generate(created)
	// A label over a buffer that is used again must not spoil the cache.
	label := []byte("one")
	sealed := mustSeal(t, k, Data, unsafe.String(&label[0], len(label)), []byte("x"), nil)
	copy(label, "two")
	if n := len(*k.ring().cache.Load()); n != 1 {
		t.Fatalf("%d derived keys are kept after one label", n)
	}
	if _, err := k.Open(Data, "one", sealed, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(*k.ring().cache.Load()); n != 1 {
		t.Errorf("%d derived keys are kept after one label used twice", n)
	}
	full := make(map[slot]*derived, maxCached)
	for i := range maxCached {
		full[slot{op: opSeal, label: fmt.Sprint("full-", i)}] = nil
	}
	k.ring().cache.Store(&full)
	sealed = mustSeal(t, k, Data, "beyond", []byte("x"), nil)
	if got, err := k.Open(Data, "beyond", sealed, nil); err != nil || string(got) != "x" {
		t.Errorf("beyond the cache: %q, %v", got, err)
	}
	if n := len(*k.ring().cache.Load()); n != maxCached {
		t.Errorf("the cache holds %d, more than its bound", n)
	}
}

// No address waits in a pool.
func TestNoAddressStaysInThePool(t *testing.T) {
	t.Parallel()
	m := &mac{hash: hmac.New(sha256.New, make([]byte, keySize))}
	d := &derived{macs: &sync.Pool{New: func() any { return m }}}
	d.tag(func(buf []byte) []byte { return append(buf, "reader@example.jp"...) })
	if bytes.Contains(m.buf[:cap(m.buf)], []byte("reader")) {
		t.Error("the hashed text is still in the buffer")
	}
}
