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
