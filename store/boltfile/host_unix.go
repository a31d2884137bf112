//go:build unix

package boltfile

// initialMmap is a map so large that a reader never makes the writer wait for a
// new one. It takes addresses, and neither memory nor disk.
const initialMmap = 16 << 30
