// Command kairan-bench measures sending: how many messages a second the real
// store and the real engine bring over loopback connections, at what cost, and
// that no crash loses or doubles a copy unseen; how many visitors the public pages
// answer a second, what commands take on a large installation, and what one machine
// carries in all.
//
//	kairan-bench send --readers 100000 --baseline
//	kairan-bench send --readers 200000 --kill --kills 500
//	kairan-bench send --readers 200000 --sign-ups 300
//	kairan-bench farm
//	kairan-bench pages
//	kairan-bench commands --readers 1000000
//	kairan-bench import --lines 1000000
//	kairan-bench machine --readers 1000000
//
// It promises:
//
//   - Every contestant is a process of its own before the same relay, so that what
//     one leaves behind in memory is not counted for another. The relay is a
//     process too, and it is measured how fast it could be fed at best.
//   - The books are held against the relay's own record: a number whose run lost
//     or doubled a copy is not printed.
//   - Nothing leaves this computer, and every reader is made up.
package main
