// Package roster reads the readers of a list from a file that an office has: a table as a
// spreadsheet or another program writes it (RFC 4180, also with tabs or semicolons), in
// UTF-8, UTF-16 or Shift_JIS.
//
// It promises:
//
//   - What is wrong with a line is told by its number and in words, and never by what
//     stands in it; nobody else's line suffers by it.
//   - No column is taken or dropped in silence: each is the address, a field that the list
//     declares, something that the program it comes from says, or one to ignore by name.
//   - A file may be of any length: a line of a megabyte is refused, and no more than that
//     is in memory.
//
// It knows no reader of the list: what it says of a file depends on the file alone.
package roster
