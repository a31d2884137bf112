// Package web is the public side of Kairan over HTTP: the form, and the pages
// behind the links in mails. Handlers parse, make one call at the Desk, and
// render.
//
// What the package promises:
//
//   - It puts in and never takes out: all it knows of the store is
//     [Desk], whose verbs return only an error, and of a link its purpose, its
//     list and its language. What a page shows of an address or a field was
//     typed in the very request that it answers.
//   - GET, HEAD and OPTIONS change nothing: programs follow links.
//   - The form answers every valid address alike: status, headers, bytes.
//   - A form on another site that says so gets ours, filled in, and nothing is asked. One
//     that does not asks as ours does.
//   - Who holds connections keeps nobody out, and what cannot be read is no event.
//   - POST on a leave link leaves at once, whoever sends it and from wherever:
//     both encodings, no cookie, no redirect, no questions (RFC 8058 §3.1 and
//     §3.2). The other links' buttons refuse a POST that a browser says comes
//     from another site.
//   - A page at the host of one office shows that office's lists only. Links that
//     are out work under every host, with %2D for -, and with a full stop, bracket
//     or slash behind them.
//   - Of an issue that has not begun, and of a list without an archive, there is nothing
//     that differs from what never was. One that was withdrawn is gone at once: nobody is
//     told that what they kept of it still stands.
//   - Every error page says whom to ask.
//   - Every answer, errors included, has the headers of [pages.headers], and none
//     ever sets a cookie or follows an Origin.
//   - No text of an error reaches a visitor. No URL, token or address reaches
//     the log: requests are logged by the pattern of their route.
//   - A visitor's network is read from X-Real-IP only if a trusted proxy sends
//     it.
//
// One function, [pages.fail], turns errors into answers.
package web
