// Package agefile makes files that only the holders of age identities can read: backups,
// and what custodians are given. The service knows recipients, never an identity, so
// it cannot read what it has written.
package agefile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// first are the octets with which every such file begins, and HeadLen is how many.
const (
	first   = "age-encryption.org/v1\n"
	HeadLen = len(first)
)

// Is says whether a file that begins so is one of these.
func Is(head []byte) bool { return strings.HasPrefix(string(head), first) }

// Check says whether s is an age recipient: "age1…", as age-keygen prints it.
func Check(s string) error {
	_, err := recipients([]string{s})
	return err
}

// Writer encrypts to all of the recipients. What was written to it is whole only when
// Close has returned without an error.
func Writer(dst io.Writer, to []string) (io.WriteCloser, error) {
	all, err := recipients(to)
	if err != nil {
		return nil, err
	}
	return age.Encrypt(dst, all...)
}

// Reader decrypts with the identities of a file as age-keygen writes it. At its end it
// fails if the file was cut off.
func Reader(src, identities io.Reader) (io.Reader, error) {
	ids, err := age.ParseIdentities(identities)
	if err != nil {
		return nil, fmt.Errorf("this is no file of age identities; name the one that age-keygen wrote: %w", err)
	}
	r, err := age.Decrypt(src, ids...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, errors.New("this file is for other recipients; take the identity of one of them")
	}
	if err != nil {
		return nil, notWhole(err)
	}
	return whole{r}, nil
}

// whole is what was decrypted, up to where it is whole.
type whole struct{ io.Reader }

func (w whole) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // a wrapped one is no end
		err = notWhole(err)
	}
	return n, err
}

func notWhole(err error) error {
	return fmt.Errorf("the encrypted file is not whole: it was cut short, or changed; take another one (%w)", err)
}

func recipients(all []string) ([]age.Recipient, error) {
	if len(all) == 0 {
		return nil, errors.New("nobody to encrypt to")
	}
	return age.ParseRecipients(strings.NewReader(strings.Join(all, "\n")))
}
