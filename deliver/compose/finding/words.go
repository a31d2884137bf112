package finding

import (
	"errors"
	"fmt"
)

// Words are a sentence for an editor in both languages. As an error they say it in English.
type Words struct{ EN, JA string }

// Say is a sentence of the catalogue, with what stands in it: format is its English, as for
// [fmt.Sprintf]. Among args may be Words, errors of Words, and other sentences of the
// catalogue as they stand there. What the catalogue has not is in English in both.
func Say(format string, args ...any) Words {
	other := make([]any, len(args))
	for n, arg := range args {
		other[n] = arg
		if ja, is := inJapanese(arg); is {
			other[n] = ja
		}
	}
	ja, is := japanese[format]
	if !is {
		ja = format
	}
	return Words{visible(fmt.Sprintf(format, args...)), visible(fmt.Sprintf(ja, other...))}
}

func inJapanese(arg any) (ja string, is bool) {
	switch x := arg.(type) {
	case error:
		w, is := WordsOf(x)
		return w.JA, is
	case string:
		ja, is = japanese[x]
	}
	return ja, is
}

// Error is the sentence in English.
func (w Words) Error() string { return w.EN }

// In is the sentence in a language, "ja" or another.
func (w Words) In(lang string) string {
	if lang == "ja" && w.JA != "" {
		return w.JA
	}
	return w.EN
}

// WordsOf are those that an error has, if it is of an issue's text.
func WordsOf(err error) (Words, bool) {
	if l, is := errors.AsType[List](err); is {
		return l.words(), true
	}
	return errors.AsType[Words](err)
}
