//go:build !race

// Under -race sync.Pool drops items at random, so allocations say nothing there.

package compose

import (
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe"
)

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestCopyAllocatesItsEnvelope(t *testing.T) {
	const most = 1 // the addresses of the envelope
	for _, delimiter := range []string{"", "+"} {
		if got := allocations(t, delimiter); got > most {
			t.Errorf("delimiter %q: %v allocations, want at most %v", delimiter, got, most)
		}
	}
}

func allocations(t *testing.T, delimiter string) float64 {
	c, _ := composerBehind(t, 1, delimiter)
	r := deliver.Reader{ID: subscribe.ID{9}, Address: composetest.Address(t, "reader@example.com"), Fields: subscribe.Fields{"name": "山田", "prefecture": "13"}.Values()}
	dst := make([]byte, 0, 64<<10)
	return testing.AllocsPerRun(200, func() {
		if _, err := c.Copy(dst, named("centre-news/n0"), r); err != nil {
			t.Fatal(err)
		}
	})
}
