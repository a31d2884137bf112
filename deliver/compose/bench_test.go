package compose

import (
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe"
)

// BenchmarkCopy is a copy from the ledger's reader on, leave token included.
func BenchmarkCopy(b *testing.B) {
	c, _ := composer(b, 1)
	r := deliver.Reader{ID: subscribe.ID{9}, Address: composetest.Address(b, "reader@example.com"), Fields: subscribe.Fields{"name": "山田", "prefecture": "13"}.Values()}
	b.ReportAllocs()
	var m deliver.Message
	for b.Loop() {
		m, _ = c.Copy(m.Data[:0], named("centre-news/n0"), r)
	}
}

// BenchmarkLeaveToken is the part of it that signs.
func BenchmarkLeaveToken(b *testing.B) {
	c, _ := composer(b, 1)
	l, reader := c.Lists["centre-news"], subscribe.ID{9}
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = c.Tokens.AppendLeave(dst[:0], l, reader)
	}
}

// BenchmarkLayOut is all that an editor waits for at `issue add`, of a newsletter of
// the usual size.
func BenchmarkLayOut(b *testing.B) {
	l, m := composetest.Centre(b), deliver.Manuscript{Source: composetest.Newsletter()}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (&Compiler{Templates: set()}).layOut(b.Context(), l, m); err != nil {
			b.Fatal(err)
		}
	}
}
