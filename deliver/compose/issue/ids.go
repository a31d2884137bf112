package issue

import (
	"crypto/hmac"
	"crypto/sha256"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// MessageIDs returns what makes the left side of a reader's Message-ID, as octets. It is
// for one goroutine.
func (c *Compiled) MessageIDs() func(subscribe.ID) deliver.MessageID {
	mac, sum := hmac.New(sha256.New, c.Key), make([]byte, 0, sha256.Size)
	return func(id subscribe.ID) deliver.MessageID {
		mac.Reset()
		mac.Write(id[:])
		return deliver.MessageID(mac.Sum(sum)[:len(deliver.MessageID{})])
	}
}
