// Package service wires the rooms of an installation into one thing that runs: the
// pages, the intake, the engine, the scheduler, the sweeps, and the sockets over which
// it is reached.
//
// Everything is opened before anything is taken in, and stopped in the order in which
// it can be missed: no more is taken in, no more is claimed, what is in flight ends,
// the store is closed. What a command may ask of it is a verb, declared beside the
// function that does it; a command that finds no server running opens a Service of its
// own and calls the same. No verb's answer holds a reader's address or field. The
// package knows no command line: it prints nothing, and asks nobody.
package service
