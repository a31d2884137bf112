// Package manual holds what the command line says of itself, in English and in Japanese:
// the help of each command, with examples, its pages for man, and the words around them.
// The texts stand in en.toml and ja.toml, by the words of the command; the code of a
// command has none. Which language somebody reads is said by their locale.
package manual
