//go:build unix && !linux && !darwin && !freebsd

package store

// room cannot be told here: only `max_size`, and the file system's own refusal,
// say that there is none left.
func room(string) (octets int64, ok bool) { return 0, false }
