package record

import "example.jp/kairan/subscribe"

func backHeadFields(c *Codec, x *subscribe.BackNumber) {
	Text(c, 1, &x.Lang)
	Text(c, 2, &x.Subject)
	c.Time(3, &x.At)
	c.Time(4, &x.Withdrawn)
}

func backTextFields(c *Codec, x *subscribe.BackNumber) {
	Text(c, 1, &x.HTML)
	Text(c, 2, &x.Text)
	Each(c, 3, &x.Files, func(c *Codec, f *subscribe.BackNumberFile) {
		Text(c, 1, &f.Name)
		Text(c, 2, &f.Type)
		Number(c, 3, &f.Size)
		c.flag(4, &f.Attached)
	})
}

// EncodeBackHead writes what lists of back numbers show of one, but for its name, which
// is in its key.
func EncodeBackHead(x *subscribe.BackNumber) []byte { return Encode(x, backHeadFields) }

// DecodeBackHead reads it into x.
func DecodeBackHead(head []byte, x *subscribe.BackNumber) error {
	return Decode(head, x, backHeadFields)
}

// EncodeBackText writes what a back number says.
func EncodeBackText(x *subscribe.BackNumber) []byte { return Encode(x, backTextFields) }

// DecodeBackText reads it into x.
func DecodeBackText(text []byte, x *subscribe.BackNumber) error {
	return Decode(text, x, backTextFields)
}
