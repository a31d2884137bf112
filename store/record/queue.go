package record

import (
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

func requestFields(c *Codec, r *subscribe.Request) {
	Number(c, 1, &r.Kind)
	Text(c, 2, &r.List)
	c.address(3, &r.Address)
	Text(c, 4, &r.Lang)
	c.Time(5, &r.At)
	c.flag(6, &r.Fresh)
}

// EncodeRequest writes a request of the intake, but for its number, which is its key.
func EncodeRequest(r subscribe.Request) []byte { return Encode(&r, requestFields) }

// DecodeRequest reads the request of that number.
func DecodeRequest(n uint64, record []byte) (subscribe.Request, error) {
	return decoded(record, subscribe.Request{N: n}, requestFields)
}

// Notice is a notice with what the outbox knows about its attempts.
type Notice struct {
	deliver.QueuedNotice
	Due      time.Time // of the next attempt
	InFlight bool
}

func noticeFields(c *Codec, n *Notice) {
	Number(c, 1, &n.Notice.Kind)
	Text(c, 2, &n.Notice.List)
	c.address(3, &n.Notice.To)
	Text(c, 4, &n.Notice.Lang)
	c.id(5, &n.Notice.Reader)
	Number(c, 6, &n.Notice.Revision)
	c.Time(7, &n.Notice.Asked)
	c.Time(8, &n.Notice.Expires)
	Text(c, 9, &n.MessageID)
	Number(c, 10, &n.Attempt)
	c.Time(11, &n.Due)
	c.flag(12, &n.InFlight)
	c.flag(13, &n.Uncertain)
	c.Time(14, &n.Notice.Due)
	Number(c, 15, &n.Report.Kind)
	Text(c, 16, &n.Report.Issue)
	Text(c, 17, &n.Report.Subject)
	c.Time(18, &n.Report.Started)
	Text(c, 19, &n.Report.Why)
	Text(c, 20, &n.Report.Hint)
	for i, x := range booksOf(&n.Report.Balance) {
		Number(c, 21+uint64(i), x)
	}
	Number(c, 31, &n.Notice.Generation)
	Number(c, 32, &n.Report.Balance.Bounced)
	Each(c, 33, &n.Report.Kinds, func(c *Codec, k *string) { Text(c, 1, k) })
}

// booksOf are the numbers of a balance, stored under their places: those that came later have
// tags of their own.
func booksOf(b *deliver.Balance) [10]*int {
	return [...]*int{
		&b.Audience, &b.Accepted, &b.Refused, &b.Expired, &b.Deferred, &b.Withdrawn, &b.Uncertain, &b.InFlight, &b.Pending, &b.Cancelled,
	}
}

// EncodeNotice writes a notice, but for its number, which is its key.
func EncodeNotice(n Notice) []byte { return Encode(&n, noticeFields) }

// DecodeNotice reads the notice of that number.
func DecodeNotice(n uint64, record []byte) (Notice, error) {
	return decoded(record, Notice{QueuedNotice: deliver.QueuedNotice{N: n}}, noticeFields)
}
