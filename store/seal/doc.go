// Package seal holds Kairan's keys and everything that is done with them:
// sealing records and tokens (AES-256-GCM), wrapping what addresses of mails say
// (HMAC-SHA-256, in the manner of RFC 5297), signing links (HMAC-SHA-256) and
// turning an address into a look-up hash, and checking what is stored in the clear
// (HMAC-SHA-256 as well). It knows nothing of databases,
// records or mail, and uses the standard library alone.
//
// # What it promises
//
//   - What was sealed under one use, label, key and additional data opens under
//     exactly these and no others. Every other attempt (another key, a changed
//     bit, a piece cut off) fails with the one error [ErrOpen], so that an
//     answer never tells an attacker how far he came.
//   - Two sealed copies of the same text differ: the nonce is random. One
//     derived key is good for 2^32 seals (NIST SP 800-38D, 8.3); rotate before.
//   - A short text that is wrapped twice gives the same bytes, and tells no more than that.
//   - A look-up hash says nothing about an address to one who lacks the key, and
//     the hashes of two labels cannot be linked.
//   - Every sealed text and every signature carries the id of its key, so that
//     keys can be rotated while old texts still open; of wrapped ones each key is tried.
//   - Keys never reach a log, an error or a print-out: a [Keyring] prints as
//     "[keys]", and a fault in the key file is told by its line, never by what
//     stands there.
//   - A Keyring may be used by any number of goroutines; once a label has been
//     used, using it again takes no lock.
//
// # The key file
//
// A text file, mode 0600, owned by the account that runs the service; kept apart
// from the database, because a database without it is noise, for a thief and for
// its owner alike.
//
//	kairan-keys 1
//	# A comment runs to the end of its line; empty lines are skipped.
//	data 1 2026-11-21T09:00:00Z <base64 of 32 random bytes>
//	index 1 2026-11-21T09:00:00Z <base64 of 32 random bytes>
//	mark 1 2026-11-21T09:00:00Z <base64 of 32 random bytes>
//	leave 1 2026-11-21T09:00:00Z <base64 of 32 random bytes>
//	mail 1 2026-11-21T09:00:00Z <base64 of 32 random bytes>
//
// The first line names the format and its version. Then one key a line: use, id,
// time of creation (RFC 3339), key (standard base64, padded). Ids run from 1 to
// 65535 and are unique within a use. The highest id is the current key, which
// seals and signs; the others only open and verify. Each use has at least one
// key; index and mark have exactly one, because a value hashed under one key is
// not found under another: changing such a key means hashing everything anew.
// No two keys are alike, since a repeated key would undo the separation of uses.
//
// The file is written whole or not at all, and over another one by [Keyring.Replace] alone.
//
// # Why independent keys, and HKDF only for labels
//
// Each use has a random key of its own, because the uses live for different
// times: a data key is destroyed to make erased records unreadable, in backups and
// in the free pages of the file too; a mail key goes 31 days after its rotation;
// index, mark and leave keys stay as long as a list lives. Keys derived from one
// master could not be destroyed one by one: whoever held the master would have them
// all back. So HKDF (RFC 5869) only separates what stands under one key and ends
// with it: the operation (seal, sign, hash, tag, wrap, check) and the caller's label (a bucket,
// a list, a kind of token). The info string is
//
//	kairan/v1/<operation>/<use>/<label>
//
// in which only the label is free and stands last, so that no two are alike.
//
// Labels are words from the program or its configuration, such as "record" or a
// list's id, never something a visitor can choose. What differs from record to
// record belongs into the additional data.
//
// # Bytes
//
//	sealed:    key id (2, big endian) | nonce (12) | ciphertext | tag (16)
//	signature: key id (2, big endian) | HMAC-SHA-256, first 16 bytes
//	wrapped:   HMAC-SHA-256 over 0, the length of the additional data (8, big endian), these
//	           and the text, first 10 bytes | text XOR HMAC-SHA-256 over 1 and the former
//	hash:      HMAC-SHA-256 over each part preceded by its length in bytes
//	           (8, big endian), first 16 bytes
//	tag:       the same, with the value as the last part
//
// These are pinned by known answers in the tests, made by another program; to
// change them is to lose what is stored.
package seal
