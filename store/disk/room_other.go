//go:build unix && !linux && !darwin && !freebsd

package disk

// Room cannot be told here: only `max_size`, and the file system's own refusal,
// say that there is none left.
func Room(string) (octets int64, ok bool) { return 0, false }
