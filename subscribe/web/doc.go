// Package web is the public side of Kairan over HTTP: the form, and the pages
// behind the links in mails. Handlers parse, make one call at the Desk, and
// render.
//
// What the package promises:
//
//   - It puts in and never takes out: all it knows of the store is
//     [Desk], whose verbs return only an error. What a page shows of
//     an address or a field was typed in the very request that it answers
//     (RULES Z-03).
//   - GET, HEAD and OPTIONS change nothing (RULES B-08, F-06).
//   - The form answers every valid address alike: status, headers, bytes
//     (RULES F-09).
//   - POST on a leave link leaves at once, whoever sends it and from wherever:
//     both encodings of RFC 8058, no cookie, no redirect, no questions
//     (RULES B-06 to B-09). The other links' buttons refuse a POST that a
//     browser says comes from another site (RULES F-10).
//   - A page at the host of one office shows that office's lists only. Links that
//     are out work under every host, with %2D for -, and with a full stop, bracket
//     or slash behind them.
//   - Every error page says whom to ask.
//   - Every answer, errors included, has the headers of RULES H-10 to H-13, and
//     none ever sets a cookie or follows an Origin.
//   - No text of an error reaches a visitor. No URL, token or address reaches
//     the log: requests are logged by the pattern of their route (RULES H-03).
//   - A visitor's network is read from X-Real-IP only if a trusted proxy sends
//     it (RULES H-06).
//
// One function, [pages.fail], turns errors into answers.
package web
