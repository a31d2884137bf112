// Package templates holds what Kairan says to people: the public pages, the
// machine-written mails, what stands around an issue, the stylesheet and the
// message catalogue, each in Japanese and in English, all embedded in the binary.
//
// What the package promises:
//
//   - It is a leaf. It imports nothing of Kairan and renders plain structs of
//     its own, so a page can only show what a handler put into its struct.
//     None of these structs has a place for a stored value: what is shown of an
//     address or a field was typed in the very request that is answered.
//   - A page or mail is complete or it is an error, never half of one.
//   - Pages work without JavaScript, cookies, images, inline styles or anything
//     from another host, and aim at WCAG 2.2 AA, which covers JIS X 8341-3, by
//     which Japanese public bodies report.
//   - Pages that must not tell a known address from an unknown one depend on no
//     datum that could differ.
//   - Machine-written mails are plain text without anything a visitor typed, since
//     a form must not send a stranger's words to others; every URL stands alone on
//     its line.
//   - Both languages have the same keys with the same placeholders; a test
//     holds them together.
//
// Sentences live in catalogue/, structure in pages/ and issue/, whole mails in
// mails/, and the written procedures in custody/.
package templates
