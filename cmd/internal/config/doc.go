// Package config reads the one TOML file of an installation, strictly.
//
// It promises:
//
//   - Every fault of the file is found in one reading and reported with file,
//     line and what to write instead: [Faults]. A file with a fault yields no
//     [Config], so nothing else checks the same things again.
//   - A key that no code enforces is a fault, never ignored: who writes
//     `erase_by` must not believe that something will be erased.
//   - A [Config] is complete. Defaults are filled in, paths are absolute, time
//     zones loaded, addresses parsed; [Config.Echo] prints it.
//   - No fault repeats a mail address, and neither faults nor the echo show a
//     tester or the relay's user name. Secrets are paths of files, which this
//     package judges ([Config.CheckFiles]) but does not keep.
//
// What the file may say is written once: each key is a row, in installation.go,
// network.go, sending.go, limits.go, lists.go or fields.go, and row.go says what is made
// from it. sample.go fills the rows' values into installation.toml, whose comments explain
// each key, and adds the lists of lists.toml.
package config
