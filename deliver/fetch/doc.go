// Package fetch brings what a server of the web has under one address, for deliver/feed.
//
// It promises that nothing is fetched but from that address's own host, by its own scheme,
// and that no connection is made to this computer or to its neighbours: the address is looked
// at after the name was resolved, when the connection is made, so that no name server can have
// another one used. No proxy of the environment is used. Octets and time are bounded.
package fetch
