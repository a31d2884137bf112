package seal

import "testing"

var (
	benchPlain = make([]byte, 400) // a record
	benchExtra = []byte("japanifornia|0123456789abcdef|1")
)

func BenchmarkSeal(b *testing.B) {
	k := Generate(created)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := k.Seal(Data, "record", benchPlain, benchExtra); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	k := Generate(created)
	sealed := mustSeal(b, k, Data, "record", benchPlain, benchExtra)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var dst []byte
		for pb.Next() {
			var err error
			if dst, err = k.AppendOpen(dst[:0], Data, "record", sealed, benchExtra); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkHash(b *testing.B) {
	k := Generate(created)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			k.Hash(Index, "address", "japanifornia", "reader@example.jp")
		}
	})
}

func BenchmarkSign(b *testing.B) {
	k := Generate(created)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			k.AppendSign(nil, Leave, "link", benchExtra)
		}
	})
}

func BenchmarkTag(b *testing.B) {
	k := Generate(created)
	bitmaps := make([]byte, 1024)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			k.Tag(Mark, "value", bitmaps, "progress", string(benchExtra[:8]))
		}
	})
}
