package record

import (
	"maps"
	"slices"
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

// count is one of an edition's.
type count struct {
	name string
	n    int
}

func countFields(c *Codec, x *count) {
	Text(c, 1, &x.name)
	Number(c, 2, &x.n)
}

func editionFields(c *Codec, e *subscribe.Edition) {
	Text(c, 1, &e.List)
	var all []count
	for _, name := range slices.Sorted(maps.Keys(e.Behind)) {
		all = append(all, count{name, e.Behind[name]})
	}
	Each(c, 2, &all, countFields)
	for _, x := range all {
		e.Behind[x.name] = x.n
	}
}

// EncodeEdition writes the body of a [GivenEdition], whose instant is in the frame.
func EncodeEdition(e *subscribe.Edition) []byte { return Encode(e, editionFields) }

// DecodeEdition reads it.
func DecodeEdition(g Given) (subscribe.Edition, error) {
	return decoded(g.Body, subscribe.Edition{At: g.At, Behind: map[string]int{}}, editionFields)
}
