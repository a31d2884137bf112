// Package storetest is test support: the suite that any store of Kairan must pass. It
// tries every method of the interfaces that subscribe and deliver declare, the books of a
// run at every moment, and random operations against a model. No program imports it.
//
// It knows no store. A store's own tests call [Run] with a function that opens one; every
// test ends with the store's check of its own integrity.
package storetest
