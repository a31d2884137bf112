// Package disk is what the file system knows of our files: whose they are, how much
// room is left, and how a name outlasts a power cut. What operating systems do
// differently lies here, one file for each kind.
//
// It promises that a file it writes is there whole or not at all, and that a file
// of another account, or one that others may write, is refused in words.
//
// It knows nothing of what is in the files.
package disk
