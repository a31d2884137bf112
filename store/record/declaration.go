package record

import "example.jp/kairan/subscribe"

func declarationsFields(c *Codec, all *[]subscribe.Declaration) {
	Each(c, 1, all, declarationFields)
}

func declarationFields(c *Codec, d *subscribe.Declaration) {
	Text(c, 1, &d.List)
	Text(c, 2, &d.ListID)
	Text(c, 3, &d.Purpose)
	Each(c, 4, &d.Fields, func(c *Codec, f *subscribe.DeclaredField) {
		Text(c, 1, &f.ID)
		Text(c, 2, &f.Kind)
		Number(c, 3, &f.Length)
		repeat(c, 4, &f.Choices, func(tag uint64, x *string) { Text(c, tag, x) })
	})
	Text(c, 5, &d.EraseBy)
}

// EncodeDeclarations writes what all lists declare.
func EncodeDeclarations(all []subscribe.Declaration) []byte { return Encode(&all, declarationsFields) }

// DecodeDeclarations reads what all lists declare; nothing if there is none.
func DecodeDeclarations(b []byte) (all []subscribe.Declaration, err error) {
	if b == nil {
		return nil, nil
	}
	err = Decode(b, &all, declarationsFields)
	return all, err
}
