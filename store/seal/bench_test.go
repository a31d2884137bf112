package seal

import "testing"

var (
	benchPlain = make([]byte, 400) // a record
	benchExtra = []byte("japanifornia|0123456789abcdef|1")
)

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("under -race sync.Pool drops items at random")
	}
	k := Generate(created)
	sealed := mustSeal(t, k, Data, "record", benchPlain, benchExtra)
	dst := make([]byte, 0, len(benchPlain))
	sig := k.Sign(Leave, "link", benchExtra)
	for _, c := range []struct {
		name string
		most float64
		call func()
	}{
		{"Seal", 1, func() { _, _ = k.Seal(Data, "record", benchPlain, benchExtra) }},
		{"AppendOpen", 0, func() { _, _ = k.AppendOpen(dst, Data, "record", sealed, benchExtra) }},
		{"Sign", 1, func() { k.Sign(Leave, "link", benchExtra) }},
		{"Verify", 0, func() { k.Verify(Leave, "link", benchExtra, sig) }},
		{"Hash", 0, func() { k.Hash(Index, "address", "list", "reader@example.jp") }},
	} {
		if got := testing.AllocsPerRun(200, c.call); got > c.most {
			t.Errorf("%s allocates %v times, want at most %v", c.name, got, c.most)
		}
	}
}

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
			k.Sign(Leave, "link", benchExtra)
		}
	})
}
