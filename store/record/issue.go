package record

import (
	"crypto/sha256"
	"time"

	"example.jp/kairan/deliver"
)

func issueFields(c *Codec, i *deliver.Issue) {
	c.bytes(1, &i.Source)
	Text(c, 2, &i.Subject)
	Number(c, 3, &i.State)
	c.Time(4, &i.Due)
	c.Time(5, &i.Started)
	c.Time(6, &i.Ended)
	c.Time(7, &i.Expires)
	c.Time(9, &i.PausedAt)
	Each(c, 8, &i.Timeline, func(c *Codec, e *deliver.Event) {
		c.Time(1, &e.At)
		Text(c, 2, &e.Actor)
		Text(c, 3, &e.What)
	})
	Each(c, 10, &i.Files, func(c *Codec, f *deliver.Enclosure) {
		Text(c, 1, &f.Name)
		Number(c, 2, &f.Size)
		c.sum(3, &f.Sum)
	})
	Each(c, 11, &i.Approvals, func(c *Codec, a *deliver.Approval) {
		Text(c, 1, &a.By)
		c.Time(2, &a.At)
		c.sum(3, (*[sha256.Size]byte)(&a.Content))
		Text(c, 4, &a.Alone)
	})
	c.Time(12, &i.Embargo)
	Each(c, 13, &i.Again, func(c *Codec, a *deliver.Again) {
		c.Time(1, &a.At)
		Text(c, 2, &a.By)
		Number(c, 3, &a.To)
		Number(c, 4, &a.Copies)
		c.Time(5, &a.Ended)
	})
	c.Time(14, &i.Fed.Slot)
	Number(c, 15, &i.Fed.Entries)
	group(c, 16, &i.Sent, func(c *Codec, x *deliver.Sent) {
		if c.out == nil || x.Content != (deliver.Content{}) {
			c.sum(1, (*[sha256.Size]byte)(&x.Content))
		}
		Text(c, 2, &x.Slot)
		repeat(c, 3, &x.Relays, func(tag uint64, host *string) { Text(c, tag, host) })
	})
	Each(c, 17, &i.Readings, func(c *Codec, r *deliver.Reading) {
		c.Time(1, &r.At)
		Number(c, 2, &r.Accepted)
		Number(c, 3, &r.Failed)
	})
	Each(c, 19, &i.Tried, func(c *Codec, t *deliver.Tried) {
		Text(c, 1, &t.Relay)
		c.Time(2, &t.At)
		Number(c, 3, &t.Stage)
		Number(c, 4, &t.Code)
		Text(c, 5, &t.Enhanced)
		Text(c, 6, &t.Text)
	})
}

// EncodeIssue writes an issue, but for its name, which is in its key.
func EncodeIssue(i *deliver.Issue) []byte { return Encode(i, issueFields) }

// DecodeIssue reads the issue of that name.
func DecodeIssue(name deliver.IssueName, record []byte) (*deliver.Issue, error) {
	i := &deliver.Issue{Name: name}
	return i, Decode(record, i, issueFields)
}

// CopyState is where a copy stands that is not plainly accepted.
type CopyState byte

// The states of a copy, as they are stored.
const (
	InFlight CopyState = iota + 1
	Deferred
	Refused
	Expired
	Uncertain
	Withdrawn
)

// Copy is what is kept of a copy that is not plainly accepted. It holds no address.
type Copy struct {
	State    CopyState
	Attempt  int
	Due      time.Time // deferred, uncertain: of the next attempt; zero: none
	Resend   bool      // the attempt is the one more of an uncertain copy
	Code     int       // of the relay's reply
	Enhanced string    // RFC 3463
	Stage    deliver.Stage
	Since    time.Time // uncertain, or the one more of one: when that was known; zero: nobody knows
}

func copyFields(c *Codec, x *Copy) {
	Number(c, 1, &x.State)
	Number(c, 2, &x.Attempt)
	c.Time(3, &x.Due)
	c.flag(4, &x.Resend)
	Number(c, 5, &x.Code)
	Text(c, 6, &x.Enhanced)
	Number(c, 7, &x.Stage)
	c.Time(8, &x.Since)
}

// EncodeCopy writes a copy.
func EncodeCopy(x Copy) []byte { return Encode(&x, copyFields) }

// DecodeCopy reads a copy.
func DecodeCopy(b []byte) (Copy, error) { return decoded(b, Copy{}, copyFields) }

// balanceFields are stored under their places in the slice: append only.
func balanceFields(c *Codec, x *deliver.Balance) {
	for i, n := range []*int{&x.Audience, &x.Accepted, &x.Refused, &x.Expired, &x.Withdrawn, &x.Uncertain, &x.Cancelled, &x.UncertainEver} {
		Number(c, uint64(i+1), n)
	}
}

// EncodeBalance writes the final balance of a run: nobody is pending, deferred or in
// flight any more.
func EncodeBalance(x deliver.Balance) []byte { return Encode(&x, balanceFields) }

// DecodeBalance reads a final balance.
func DecodeBalance(b []byte) (deliver.Balance, error) {
	return decoded(b, deliver.Balance{}, balanceFields)
}
