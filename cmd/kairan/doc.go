// Command kairan is the whole service and its command line.
//
// `kairan serve` is the one process that holds the data directory; every other
// command reaches it through its control socket, and opens the store itself
// when no server runs and the command allows it. Either way the same handlers
// answer (control.go), so there is one way to do a thing.
//
// One command noun is one file, cmd_NOUN.go, with a function per verb; house.go
// wires the rooms together; serve.go starts and stops them in order; exit.go
// turns errors into exit codes: 0 done, 1 failed, 2 usage, 3 refused by the
// state; a server says 78 instead of 2, with which Go ends after a panic. No output of any command holds a reader's address or field.
package main
