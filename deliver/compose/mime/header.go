package mime

import (
	"encoding/base64"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/wneessen/go-mail"
)

// encodeText writes text as it goes into an unstructured header: as it stands
// where that is safe, else as encoded-words (RFC 2047).
func encodeText(s string) string {
	if isPlain(s) {
		return s
	}
	return encodedWords(s)
}

// AppendSubject appends the value of a Subject field as [Message.Write] writes it, folded.
func AppendSubject(dst []byte, subject string) []byte {
	room := lineLength - len("Subject: ")
	for i, word := range strings.Split(encodeText(subject), " ") {
		switch {
		case room-len(word) <= 1:
			dst, room = append(dst, "\r\n "...), lineLength-len(" ")
		case i > 0:
			dst = append(dst, ' ')
		}
		dst = append(dst, word...)
		room -= len(word) + len(" ")
	}
	return dst
}

// lineLength is where go-mail folds headers: lines have 76 characters with their end.
const lineLength = mail.MaxHeaderLength - len("\r\n")

// isPlain reports printable ASCII that survives folding and that no reader
// takes for an encoded-word.
func isPlain(s string) bool {
	for _, word := range strings.Split(s, " ") {
		if word == "" || len(word) > 60 || strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return false
		}
	}
	return !strings.Contains(s, "=?")
}

// Phrase writes a display name for a structured header such as List-Id, as
// encoded-words unless it is made of atoms (RFC 2047 §5).
func Phrase(s string) string {
	atoms := isPlain(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return strings.ContainsRune("()<>[]:;@\\,.\"", r)
	})
	if atoms {
		return s
	}
	return encodedWords(s)
}

// wordOctets is how much text one encoded-word carries: 36 octets make a word of
// 60 characters, which fits behind "Subject: " on the first line (RFC 2047 §2).
const wordOctets = 36

// encodedWords encodes as B words, cut between grapheme clusters: some mail programs
// decode and draw each word by itself.
func encodedWords(s string) string {
	var words []string
	var chunk []byte
	flush := func() {
		if len(chunk) > 0 {
			words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString(chunk)+"?=")
			chunk = chunk[:0]
		}
	}
	put := func(piece string) {
		if len(chunk)+len(piece) > wordOctets {
			flush()
		}
		chunk = append(chunk, piece...)
	}
	for state := -1; s != ""; {
		var cluster string
		cluster, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
		if len(cluster) <= wordOctets {
			put(cluster)
		} else { // longer than any word may be: cut between characters
			for _, r := range cluster {
				put(string(r))
			}
		}
	}
	flush()
	return strings.Join(words, " ")
}
