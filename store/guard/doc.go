// Package guard keeps the values that stand in the clear and decide who gets mail: marks,
// indexes, bitmaps, and the books of runs. Behind each stands a tag under a key of the
// key file, over the place and the value. A value that was changed, by hand or by a
// fault, or that was moved here from elsewhere, is found when it is read, and is not
// believed. The tag does not depend on pages, so values may be copied into another file;
// nor on the data key, which is changed and destroyed.
//
// It does not see that a value is an older one of the same place: a database that was put
// back as a whole is found by its generation.
package guard
