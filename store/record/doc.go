// Package record writes and reads what is stored: subscribers, marks, counts, requests,
// notices, issues, copies, strikes and declarations. It does not know where a record
// stands, nor under which key it is sealed. What it has written it reads the same;
// anything else is [ErrDamaged], and never a guess.
package record
