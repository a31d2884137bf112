// Command kairan is the whole service and its command line.
//
// `kairan serve` is the one process that holds the data directory; every other
// command reaches it through its control socket, and opens the service itself when
// no server runs and the command allows it (connect.go). Either way the same verbs
// answer, so there is one way to do a thing; they are in cmd/internal/service.
//
// What is here is the command line: flags, questions and printing. One noun is one
// file, cmd_NOUN.go, with a function for each verb, and check_NOUN.go is one thing
// that `kairan check` looks at. Exit codes: 0 done, 1 failed, 2 usage, 3 refused by
// the state; a server says 78 instead of 2, with which Go ends after a panic. No
// output of any command holds a reader's address or field.
package main
