package issue_test

import (
	"testing"

	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/slot"
)

func BenchmarkSplice(b *testing.B) {
	for _, lang := range []string{"ja", "en", "subject"} {
		c := compiled(b, composetest.Centre(b), composetest.Bilingual(lang))
		if lang == "subject" {
			c.SubjectSegments = []slot.Segment{{Slot: "name"}, {Lit: "様へ：十二月の催しと年末年始の窓口のお知らせ"}}
		}
		s := spliced(b, c)
		p := reader(b)
		to := p.To.Envelope()
		m, err := c.Message(p)
		if err != nil {
			b.Fatal(err)
		}
		encoding := c.Text.Encoding + "+" + c.HTML.Encoding
		b.Run("splice/"+lang+"/"+encoding, func(b *testing.B) {
			b.SetBytes(int64(len(m.Data)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				cp := s.Begin()
				cp.To, cp.ID = to, p.ID
				cp.Leave, cp.Correct = append(cp.Leave, p.LeaveURL...), append(cp.Correct, p.CorrectURL...)
				cp.Fields[0] = append(cp.Fields[0], "山田 <太郎> & 子"...)
				dst, _ = cp.Append(dst[:0])
				cp.End()
			}
		})
		b.Run("plain/"+lang+"/"+encoding, func(b *testing.B) {
			b.SetBytes(int64(len(m.Data)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Message(p)
			}
		})
	}
}

// BenchmarkSplicer is what an issue costs once.
func BenchmarkSplicer(b *testing.B) {
	c := compiled(b, composetest.Centre(b), composetest.Bilingual("ja"))
	for b.Loop() {
		_, _ = c.Splicer()
	}
}
