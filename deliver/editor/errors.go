package editor

import "example.jp/kairan/deliver/phrase"

// Misuse is an error of what was asked for: there is no such thing.
type Misuse phrase.Words

func (m Misuse) Error() string { return m.EN }

// Words say it in both languages.
func (m Misuse) Words() phrase.Words { return phrase.Words(m) }

func misuse(format string, args ...any) error { return Misuse(phrase.Say(format, args...)) }

// Refused is an error of the state: what was asked for is not done in it.
type Refused phrase.Words

func (r Refused) Error() string { return r.EN }

// Words say it in both languages.
func (r Refused) Words() phrase.Words { return phrase.Words(r) }

func refused(format string, args ...any) error { return Refused(phrase.Say(format, args...)) }
