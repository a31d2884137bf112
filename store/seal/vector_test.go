package seal

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The known answers were computed by another program from the format in doc.go.
// A change to any of them makes what is stored unreadable: add a new version
// beside the old one instead.
const vectorFile = `kairan-keys 1
data 1 2026-11-21T09:00:00Z AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
data 2 2026-11-21T09:00:01Z ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=
index 1 2026-11-21T09:00:02Z QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=
mark 1 2026-11-21T09:00:03Z YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8=
leave 1 2026-11-21T09:00:04Z gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=
leave 258 2026-11-21T09:00:05Z oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=
mail 1 2026-11-21T09:00:06Z wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t8=
`

func loadText(t testing.TB, text string) *Keyring {
	t.Helper()
	k, err := loadFile(t, text, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func loadFile(t testing.TB, text string, mode os.FileMode) (*Keyring, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKnownAnswersOpen(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	for name, sealed := range map[string]string{
		"older key":   "0001a0a1a2a3a4a5a6a7a8a9aaabcd27405a8a8a6571eae0d91b91690deef7125374d3622475ca5092320a1183",
		"current key": "0002a0a1a2a3a4a5a6a7a8a9aaabccb668b2925b63894a9810d80051f843508ced6e2550cd3ff2a021e3218a95",
	} {
		plain, err := k.Open(Data, "record", unhex(t, sealed), []byte("whats-new|7|1"))
		if err != nil || string(plain) != "回覧 circular" {
			t.Errorf("%s: Open = %q, %v", name, plain, err)
		}
	}
}

func TestKnownAnswersSignAndHash(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	msg := []byte("whats-new|7")
	if got := hex.EncodeToString(k.AppendSign(nil, Leave, "link", msg)); got != "01020bbd79b7bfad4643b20ac2f86d97002e" {
		t.Errorf("Sign = %s", got)
	}
	if !k.Verify(Leave, "link", msg, unhex(t, "00017496b98153b87c99f2abe6b72523b44e")) {
		t.Error("a signature of the older key does not verify")
	}
	hash := k.Hash(Index, "address", "whats-new", "reader@example.jp")
	if got := hex.EncodeToString(hash[:]); got != "ba9ba461209d22450c16cb9b0a5376f0" {
		t.Errorf("Hash = %s", got)
	}
	tag := k.Tag(Mark, "value v1", []byte("\xff\x01"), "active", "whats-new", "", "\x00\x00\x00\x01")
	if got := hex.EncodeToString(tag[:]); got != "b5aa83804dca483d01ad970f854b56f5" {
		t.Errorf("Tag = %s", got)
	}
	for use, want := range map[Use]string{
		Data:  "f86e7e3d9c6a168213e35af57a572df4",
		Index: "7bde8b7595bf7f7e73dd227230bf43cc",
		Mark:  "282dbd6d60687acf70c51fa93d3e500a",
		Leave: "2ae0266bc78b90adba9861c4371dca0f",
		Mail:  "9e1ba5019233d7126dddd552d314f798",
	} {
		check := k.Check(use)
		if got := hex.EncodeToString(check[:]); got != want {
			t.Errorf("Check(%s) = %s, want %s", use, got, want)
		}
	}
	if got := k.Fingerprint(); got != "6e86b2a636e0a3fd" {
		t.Errorf("Fingerprint = %s", got)
	}
}

// A file written once must read back the same in every later version.
func TestKnownFileRoundTrip(t *testing.T) {
	t.Parallel()
	k := loadText(t, vectorFile)
	path := filepath.Join(t.TempDir(), "keys")
	if err := k.Write(path); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(vectorFile, "\n")
	if !strings.HasPrefix(string(written), "kairan-keys 1\n#") || !strings.HasSuffix(string(written), lines) {
		t.Errorf("Write made\n%s", written)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if again.Fingerprint() != k.Fingerprint() {
		t.Error("the fingerprint changed on the way through the file")
	}
}
