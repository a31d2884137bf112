package subscribe

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"testing"
	"time"
)

// testKeys is a small Keys: one secret, AES-GCM and HMAC under it. The real one
// is tested where it lives.
type testKeys struct{ secret []byte }

var _ Keys = testKeys{}

func newKeys() testKeys {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	return testKeys{secret}
}

func (k testKeys) derive(use, label string) []byte {
	key, err := hkdf.Expand(sha256.New, k.secret, use+"\x00"+label, 32)
	if err != nil {
		panic(err)
	}
	return key
}

func (k testKeys) aead(use, label string) cipher.AEAD {
	block, err := aes.NewCipher(k.derive(use, label))
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

func (k testKeys) Seal(use, label string, plain, extra []byte) ([]byte, error) {
	return k.aead(use, label).Seal(nil, nil, plain, extra), nil
}

func (k testKeys) Open(use, label string, sealed, extra []byte) ([]byte, error) {
	plain, err := k.aead(use, label).Open(nil, nil, sealed, extra)
	if err != nil {
		return nil, errors.New("does not open")
	}
	return plain, nil
}

func (k testKeys) AppendSign(dst []byte, use, label string, msg []byte) []byte {
	mac := hmac.New(sha256.New, k.derive(use, label))
	mac.Write(msg)
	return append(dst, mac.Sum(nil)[:16]...)
}

func (k testKeys) AppendWrap(dst []byte, use, label string, plain, extra []byte) []byte {
	tag := k.AppendSign(nil, use, label+"/wrap/"+string(extra), plain)[:10]
	stream := hmac.New(sha256.New, k.derive(use, label+"/stream"))
	stream.Write(tag)
	at := len(dst)
	dst = append(append(dst, tag...), plain...)
	for i, b := range stream.Sum(nil)[:len(plain)] {
		dst[at+10+i] ^= b
	}
	return dst
}

func (k testKeys) Unwrap(use, label string, wrapped, extra []byte) ([]byte, error) {
	again := k.AppendWrap(nil, use, label, wrapped[10:], extra) // under another tag: only its length is of use
	stream := hmac.New(sha256.New, k.derive(use, label+"/stream"))
	stream.Write(wrapped[:10])
	plain := again[10:]
	for i, b := range stream.Sum(nil)[:len(plain)] {
		plain[i] = wrapped[10+i] ^ b
	}
	if !hmac.Equal(wrapped, k.AppendWrap(nil, use, label, plain, extra)) {
		return nil, errors.New("does not open")
	}
	return plain, nil
}

func (k testKeys) Verify(use, label string, msg, sig []byte) bool {
	return hmac.Equal(sig, k.AppendSign(nil, use, label, msg))
}

// Sample declarations: a list that holds the address alone, and one with every
// kind of field.
func sampleLists() Lists {
	office := &Office{
		ID: "office", Name: Text{"見本事務所", "Sample Office"}, Postal: Text{"東京都", "Tokyo"},
		Contact: "office@example.jp", BaseURL: "https://lists.example.jp",
		PolicyURL:  Text{"https://example.jp/privacy", "https://example.jp/en/privacy"},
		PolicyDate: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	}
	news := &List{
		ID: "news", ListID: "news.lists.example.jp", Office: office, Name: Text{"お知らせ", "News"},
		Language: Japanese, Purpose: Text{"お知らせの配信", "To send the news"},
	}
	press := &List{
		ID: "press", ListID: "press.lists.example.jp", Office: office, Name: Text{"報道資料", "Press"},
		Language: English, Purpose: Text{"報道資料の配信", "To send press releases"},
		Fields: []Field{
			{ID: "name", Kind: KindText, Label: Text{"氏名", "Name"}, Required: true, Length: 20},
			{ID: "organisation", Kind: KindText, Label: Text{"所属", "Organisation"}, Length: 40},
			{ID: "prefecture", Kind: KindPrefecture, Label: Text{"都道府県", "Prefecture"}},
			{ID: "medium", Kind: KindChoice, Label: Text{"媒体", "Medium"}, Choices: []Choice{
				{"paper", Text{"新聞", "Newspaper"}}, {"air", Text{"放送", "Broadcasting"}},
			}},
		},
	}
	return Lists{"news": news, "press": press}
}

func mustAddress(t testing.TB, typed string) Address {
	t.Helper()
	a, err := ParseAddress(typed)
	if err != nil {
		t.Fatalf("ParseAddress(%q): %v", typed, err)
	}
	return a
}
