// Package control is the socket over which the commands reach the service that
// runs on the same machine.
//
// A verb is declared once, with its name and its function, and by that with the
// types of its question and its answer. A server answers it on the socket; a
// command that opened the service itself calls the same function. What travels is
// HTTP with JSON bodies, POST /noun/verb, and an error travels with its exit code.
//
// Only the accounts that the socket's mode and group let in are heard, and the
// kernel names them. A client that is slow or dead costs the server a bounded time.
// A client reads its files itself and sends their octets: the server opens no path
// that a client names. The package knows no verb.
package control
