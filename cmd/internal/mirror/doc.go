// Package mirror writes the archives of lists as a folder of plain files, which any web
// server can give out, also below a path of its own, and which can be read without one.
//
// It asks for the pages as a visitor would and follows their links, so what it writes is
// what they say, and of what nobody may read it learns nothing. Only links are changed: to
// a file of the folder where there is one, and to the pages themselves otherwise.
//
// It promises that a folder holds what the pages hold when it is done, and nothing that was
// withdrawn; that a file whose content is the same is left alone; that it removes and
// replaces only what it has made itself, which a list in the folder names; and that it
// writes nothing outside of the folder, whatever links lie in it.
package mirror
