package main

import (
	"testing"

	"example.jp/kairan/store"
	"example.jp/kairan/subscribe"
)

// TestSeed: there are as many readers as were asked for, the first and the last among them,
// also where they fill no commit.
func TestSeed(t *testing.T) {
	t.Parallel()
	for _, readers := range []int{1, 5000, 10_001} {
		w, err := makeWorld(t.Context(), t.TempDir(), readers, 10_000, 0)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := w.open(store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count(listID); n != readers || err != nil {
			t.Errorf("%d readers: %d, %v", readers, n, err)
		}
		err = s.Update(t.Context(), func(tx subscribe.Tx) error {
			for n, want := range map[int]bool{0: true, readers - 1: true, readers: false} {
				to, err := subscribe.ParseAddress(recipient(n))
				if err != nil {
					return err
				}
				if e, err := tx.ByAddress(listID, to); err != nil || (e != nil) != want {
					t.Errorf("%d readers: number %d is there: %v, %v", readers, n, e != nil, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReaderNumber(t *testing.T) {
	t.Parallel()
	for n := range 3 {
		if got, ok := readerNumber(recipient(n * 4_999_999)); got != n*4_999_999 || !ok {
			t.Errorf("%d: %d, %v", n*4_999_999, got, ok)
		}
	}
	for _, address := range []string{"visitor-1@v01.example.org", "reader-@r01.example.jp", "reader--1@r01.example.jp", ""} {
		if n, ok := readerNumber(address); ok {
			t.Errorf("%q is reader %d", address, n)
		}
	}
}
