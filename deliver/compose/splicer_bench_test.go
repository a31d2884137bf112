package compose

import (
	"strings"
	"testing"

	"example.jp/kairan/subscribe"
)

// bilingual is an issue of about 10 KB with a merged name, in Japanese and English.
func bilingual(lang string) []byte {
	ja := "\n\n{{name}}様、総領事館からのお知らせです。十二月の催しと年末年始の窓口について、次のとおりご案内いたします。"
	en := "\n\nDear {{name}}, this is the monthly letter of the consulate, with the events of December and our opening hours at the turn of the year.\n\n"
	if lang == "en" {
		return []byte("+++\nsubject = \"News\"\nlang = \"en\"\n+++\n" + strings.Repeat(en, 2) + ja)
	}
	return []byte("+++\nsubject = \"お知らせ\"\n+++\n" + strings.Repeat(ja, 3) + en)
}

func BenchmarkSplice(b *testing.B) {
	for _, lang := range []string{"ja", "en"} {
		c := compiled(b, centre(b), bilingual(lang))
		s, err := c.Splicer()
		if err != nil {
			b.Fatal(err)
		}
		p := reader(b)
		f := filling(s, p)
		encoding := c.form.Text.Encoding + "+" + c.form.HTML.Encoding
		size := int64(len(message(b, c, p).Data))
		b.Run("splice/"+lang+"/"+encoding, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst, _ = s.AppendFilling(dst[:0], &f)
			}
		})
		b.Run("plain/"+lang+"/"+encoding, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Message(p)
			}
		})
	}
}

// filling is the same reader in the other form.
func filling(s *Splicer, p Personal) Filling {
	f := Filling{To: p.To.Envelope(), ID: p.ID, Leave: []byte(p.LeaveURL), Correct: []byte(p.CorrectURL)}
	for _, id := range s.Fields() {
		f.Fields = append(f.Fields, []byte(p.Fields[id]))
	}
	return f
}

var _ = subscribe.ID{}
