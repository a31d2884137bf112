package record

import (
	"time"

	"example.jp/kairan/subscribe"
)

// GivenKind is of what kind something is that was given out.
type GivenKind uint8

// What is given out.
const (
	GivenExport  GivenKind = iota + 1 // the entries of a list, or those of one person
	GivenEdition                      // statistics
)

// Given is the frame of what was given out. Whoever forgets by date need not know what
// the kinds keep in it.
type Given struct {
	Kind GivenKind
	At   time.Time
	Body []byte // a record of its kind
}

func givenFields(c *Codec, g *Given) {
	Number(c, 1, &g.Kind)
	c.Time(2, &g.At)
	c.bytes(3, &g.Body)
}

// EncodeGiven writes what was given out, but for its number, which is its key.
func EncodeGiven(g *Given) []byte { return Encode(g, givenFields) }

// DecodeGiven reads it.
func DecodeGiven(record []byte) (Given, error) { return decoded(record, Given{}, givenFields) }

func provisionFields(c *Codec, p *subscribe.Provision) {
	Text(c, 1, &p.By)
	Text(c, 2, &p.To)
	Text(c, 3, &p.Reason)
	Text(c, 4, &p.Case)
	Text(c, 5, &p.Office)
	Text(c, 6, &p.List)
}

// EncodeProvision writes the body of a [GivenExport], whose instant is in the frame.
func EncodeProvision(p *subscribe.Provision) []byte { return Encode(p, provisionFields) }

// DecodeProvision reads it.
func DecodeProvision(g Given) (subscribe.Provision, error) {
	return decoded(g.Body, subscribe.Provision{At: g.At}, provisionFields)
}

func editionFields(c *Codec, e *subscribe.Edition) {
	Text(c, 1, &e.List)
	Number(c, 3, &e.Changes) // 2 was exact counts
	c.bytes(4, &e.Published)
}

// EncodeEdition writes the body of a [GivenEdition], whose instant is in the frame.
func EncodeEdition(e *subscribe.Edition) []byte { return Encode(e, editionFields) }

// DecodeEdition reads it.
func DecodeEdition(g Given) (subscribe.Edition, error) {
	return decoded(g.Body, subscribe.Edition{At: g.At}, editionFields)
}
