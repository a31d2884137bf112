package crowd

import "testing"

// TestPageAt: commits grow with what is there, from 5,000 to as many as fit into memory.
func TestPageAt(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 5000, 100_000: 5000, 1_000_000: 50_000, 4_000_000: 200_000, 10_000_000: 200_000} {
		if got := pageAt(n); got != want {
			t.Errorf("after %d: %d, want %d", n, got, want)
		}
	}
}
