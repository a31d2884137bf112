// Package origin says whether mail of ours shows where it comes from, as whoever takes
// it for a reader judges that: by DKIM (RFC 6376), SPF (RFC 7208) and DMARC (RFC 9989).
// The relay signs and the DNS publishes, so neither is seen from here unless somebody
// looks: [House.Judge] reads a copy that came back, [House.Records] what is published.
//
// Promises:
//
//   - A signature counts when it verifies against the key that is published now, and is
//     of the domain in From. What others have written into the message about it
//     (Authentication-Results, Received-SPF) is told and not believed: anybody can write
//     such a line.
//   - What could not be looked up is said so. It is neither good nor a fault.
//   - No address that stands in a message is in a verdict: domains, selectors, names of
//     headers, and the address of the machine that handed it over, cleaned of what a
//     terminal would obey.
//   - The time and the memory for a message are bounded: by its size, by how many
//     signatures are looked at, and by the context.
package origin
