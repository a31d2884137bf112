package main

import (
	"fmt"
	"strings"

	"example.jp/kairan/store/seal"
)

// The service is tried and supported on Linux. Everything else, the demo first of
// all, runs wherever Go does; what an operating system lacks is in host_*.go and
// peer_*.go, and in files of such names in the other packages.

// unsupported is what an operator must know who runs the service on this
// operating system; empty: nothing.
func unsupported(goos string, guarded bool) string {
	if goos == "linux" {
		return ""
	}
	said := []string{fmt.Sprintf("the service is supported on Linux, and this is %s: fine for trying things out, not for readers", goos)}
	if !guarded {
		said = append(said, "nobody checks here who may read the key file and the database, and who uses the control socket is not known")
	}
	return strings.Join(said, "; ")
}

// keyGuard is the same for a line about the key file.
func keyGuard() string {
	if seal.GuardsFiles {
		return ""
	}
	return "; this operating system does not tell who may read it, so see to that yourself"
}
