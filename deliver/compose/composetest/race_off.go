//go:build !race

package composetest

// Race says that the race detector looks on, under which time and memory say nothing.
const Race = false
