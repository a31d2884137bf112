//go:build !linux && !darwin && !freebsd

package disk

// Alone would have one process at a time do something in a folder; that cannot be told
// here, and it is always ok.
func Alone(string) (release func(), ok bool, err error) { return func() {}, true, nil }
