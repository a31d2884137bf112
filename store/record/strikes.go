package record

import (
	"time"

	"example.jp/kairan/deliver"
)

func strikesFields(c *Codec, s *deliver.Strikes) {
	Number(c, 1, &s.Hard)
	Text(c, 2, &s.HardIssue)
	c.Time(3, &s.HardAt)
	Number(c, 4, &s.Soft)
	repeat(c, 5, &s.SoftIssues, func(tag uint64, x *string) { Text(c, tag, x) })
	c.Time(6, &s.SoftAt)
	c.flag(7, &s.Back)
	c.Time(8, &s.TakenAt)
}

// EncodeStrikes writes the strikes of an entry. They hold names of issues, and no address.
func EncodeStrikes(s deliver.Strikes) []byte { return Encode(&s, strikesFields) }

// DecodeStrikes reads the strikes of an entry; nothing if there are none.
func DecodeStrikes(b []byte) (s deliver.Strikes, err error) {
	if b == nil {
		return s, nil
	}
	err = Decode(b, &s, strikesFields)
	return s, err
}

// Failure is a failed copy that its run may hold against the reader.
type Failure struct {
	Result deliver.Result
	At     time.Time
}

func failureFields(c *Codec, f *Failure) {
	Number(c, 1, &f.Result.Outcome)
	Number(c, 2, &f.Result.Blame)
	Number(c, 3, &f.Result.Stage)
	Number(c, 4, &f.Result.Code)
	Text(c, 5, &f.Result.Enhanced)
	c.Time(6, &f.At)
}

// EncodeFailure writes a failure: what the relay said in words is not kept.
func EncodeFailure(f Failure) []byte { return Encode(&f, failureFields) }

// DecodeFailure reads a failure.
func DecodeFailure(b []byte) (Failure, error) { return decoded(b, Failure{}, failureFields) }

// Bounced is a copy that came back.
type Bounced struct {
	Kind     deliver.BounceKind
	Enhanced string
	At       time.Time
	Judged   bool // it was held against the reader, or will not be

	Generation uint8 // of the address that it was sent to
}

func bouncedFields(c *Codec, x *Bounced) {
	Number(c, 1, &x.Kind)
	Text(c, 2, &x.Enhanced)
	c.Time(3, &x.At)
	c.flag(4, &x.Judged)
	Number(c, 5, &x.Generation)
}

// EncodeBounced writes a copy that came back.
func EncodeBounced(x Bounced) []byte { return Encode(&x, bouncedFields) }

// DecodeBounced reads it.
func DecodeBounced(b []byte) (Bounced, error) { return decoded(b, Bounced{}, bouncedFields) }
