package deliver_test

import (
	"testing"
	"time"

	"example.jp/kairan/deliver"
)

// TestFigures are read by people.
func TestFigures(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		deliver.Thousands(0): "0", deliver.Thousands(999): "999", deliver.Thousands(1000): "1,000", deliver.Thousands(1234567): "1,234,567",
		deliver.Thousands(-999): "-999", deliver.Thousands(-1000): "-1,000",
		deliver.Count(1, "reader"): "1 reader", deliver.Count(2000, "reader"): "2,000 readers",
		deliver.Span(time.Second): "1 second", deliver.Span(119 * time.Second): "119 seconds", deliver.Span(90 * time.Minute): "90 minutes", deliver.Span(time.Hour): "1 hour",
		deliver.Span(12 * time.Hour): "12 hours", deliver.Span(47*time.Hour + 31*time.Minute): "48 hours", deliver.Span(72 * time.Hour): "3 days",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestOctets(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0: "0 octets", 1: "1 octet", 1023: "1,023 octets", 1024: "1 KB", 999<<10 + 400: "999 KB", 1 << 20: "1.0 MB", 2_200_000: "2.1 MB", 20 << 20: "20 MB",
		999 << 20: "999 MB", 25 << 30: "25 GB", 3 << 30: "3.0 GB", 5 << 40: "5.0 TB",
	} {
		if got := deliver.Octets(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
