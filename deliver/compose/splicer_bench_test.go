package compose

import (
	"strings"
	"testing"

	"example.jp/kairan/deliver"
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

// BenchmarkCopy is a copy from the ledger's reader on, leave token included.
func BenchmarkCopy(b *testing.B) {
	c, _ := composer(b, 1)
	r := deliver.Reader{ID: subscribe.ID{9}, Address: address(b, "reader@example.com"), Fields: subscribe.Fields{"name": "山田", "prefecture": "13"}}
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

// BenchmarkSplicer is what an issue costs once.
func BenchmarkSplicer(b *testing.B) {
	c := compiled(b, centre(b), bilingual("ja"))
	for b.Loop() {
		_, _ = c.Splicer()
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
