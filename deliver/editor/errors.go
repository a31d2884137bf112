package editor

import "fmt"

// Misuse is an error of what was asked for: there is no such thing.
type Misuse string

func (m Misuse) Error() string { return string(m) }

func misuse(format string, args ...any) error { return Misuse(fmt.Sprintf(format, args...)) }

// Refused is an error of the state: what was asked for is not done in it.
type Refused string

func (r Refused) Error() string { return string(r) }

func refused(format string, args ...any) error { return Refused(fmt.Sprintf(format, args...)) }
