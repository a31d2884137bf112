package agefile

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestOnlyRecipientsRead(t *testing.T) {
	t.Parallel()
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := Writer(&file, []string{own.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "something"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	if !Is(whole[:HeadLen]) || Is(whole[1:]) || Is(nil) {
		t.Error("such a file is not known by its beginning")
	}
	r, err := Reader(bytes.NewReader(whole), strings.NewReader(own.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "something" {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := Reader(bytes.NewReader(whole), strings.NewReader(other.String())); err == nil {
		t.Error("another identity opens it")
	}
	for n := range len(whole) {
		r, err := Reader(bytes.NewReader(whole[:n]), strings.NewReader(own.String()))
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if err == nil || !strings.HasPrefix(err.Error(), "the encrypted file is not whole: it was cut short, or changed; take another one (") {
			t.Errorf("cut off after %d octets: %v", n, err)
		}
	}
	for _, bad := range []string{"", "age1", own.String(), "someone@example.jp"} {
		if Check(bad) == nil {
			t.Errorf("%q is taken for a recipient", bad)
		}
	}
	if err := Check(own.Recipient().String()); err != nil {
		t.Error(err)
	}
}
