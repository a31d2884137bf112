//go:build !race

// Under -race sync.Pool drops items at random, so allocations say nothing there.

package compose

import (
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestSplicingAllocatesNothing(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		s := spliced(t, compiled(t, centre(t), bilingual(lang)))
		p := reader(t)
		f := filling(s, p)
		dst := make([]byte, 0, 64<<10)
		for _, c := range []struct {
			name string
			most float64
			call func() ([]byte, error)
		}{
			{"AppendFilling", 0, func() ([]byte, error) { return s.AppendFilling(dst, &f) }},
			{"Append", 1, func() ([]byte, error) { return s.Append(dst, p) }}, // the address
		} {
			got := testing.AllocsPerRun(200, func() {
				if _, err := c.call(); err != nil {
					t.Fatal(err)
				}
			})
			if got > c.most {
				t.Errorf("%s of the issue in %q allocates %v times, want at most %v", c.name, lang, got, c.most)
			}
		}
	}
}

// Not parallel, as above.
func TestCopyAllocatesItsEnvelope(t *testing.T) {
	c, _ := composer(t, 1)
	most := 1.0 // the address of the envelope
	if _, ok := c.Tokens.Keys.(subscribe.AppendSigner); !ok {
		most++ // the signature of the leave link
	}
	r := deliver.Reader{ID: subscribe.ID{9}, Address: address(t, "reader@example.com"), Fields: subscribe.Fields{"name": "山田", "prefecture": "13"}}
	dst := make([]byte, 0, 64<<10)
	if got := testing.AllocsPerRun(200, func() {
		if _, err := c.Copy(dst, named("centre-news/n0"), r); err != nil {
			t.Fatal(err)
		}
	}); got > most {
		t.Errorf("%v allocations, want at most %v", got, most)
	}
}
