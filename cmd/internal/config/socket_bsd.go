//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package config

// MaxSocket is how many octets the path of a Unix socket may have: the room in
// sun_path but for its NUL, unix(4).
const MaxSocket = 103
