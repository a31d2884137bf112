package relaylog

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// line is one line of a log, in pieces that are good until the next one is read.
type line struct {
	at   time.Time
	host []byte
	tag  []byte // who wrote it, such as postfix/smtpd
	pid  []byte
	text []byte
}

// parseLine reads a line as syslog and journald write it:
//
//	Nov 27 09:00:00 mx1 postfix/qmgr[812]: 4Vx…: removed
//	2026-11-27T09:00:00.123456+09:00 mx1 postfix/qmgr[812]: 4Vx…: removed
func (r *reader) parseLine(b []byte) (l line, ok bool) {
	if b, ok = r.stamp(b, &l.at); !ok {
		return l, false
	}
	l.host, b, ok = bytes.Cut(b, []byte(" "))
	if !ok {
		return l, false
	}
	l.tag, l.text, ok = bytes.Cut(b, []byte(": "))
	if !ok || bytes.IndexByte(l.tag, ' ') >= 0 {
		return l, false
	}
	if tag, pid, has := bytes.Cut(l.tag, []byte("[")); has {
		l.tag, l.pid = tag, bytes.TrimSuffix(pid, []byte("]"))
	}
	return l, true
}

const (
	syslogStamp = "Jan _2 15:04:05" // RFC 3164 §4.1.2
	isoStamp    = "2006-01-02T15:04:05Z0700"
)

// stamp reads the instant at the beginning of a line, and returns what is behind it. Of
// lines in a row most have the same one.
func (r *reader) stamp(b []byte, at *time.Time) (rest []byte, ok bool) {
	n := len(syslogStamp)
	if len(b) > 0 && b[0] >= '0' && b[0] <= '9' {
		n = bytes.IndexByte(b, ' ')
	} else if len(b) > n && b[n] == '.' { // journalctl -o short-precise
		n = bytes.IndexByte(b[n:], ' ') + n
	}
	if n <= 0 || n >= len(b) || b[n] != ' ' || n > len("2006-01-02T15:04:05.000000000+00:00") {
		return nil, false
	}
	if !bytes.Equal(r.lastStamp, b[:n]) {
		t, ok := r.parseStamp(string(b[:n]))
		if !ok {
			return nil, false
		}
		r.lastStamp, r.lastTime = append(r.lastStamp[:0], b[:n]...), t
	}
	*at = r.lastTime
	return b[n+1:], true
}

// parseStamp reads an instant as RFC 3339, as journald writes it (short-iso, short-unix),
// or as RFC 3164, which has neither year nor zone: it is the last such time in the zone
// that is given.
func (r *reader) parseStamp(s string) (time.Time, bool) {
	if s[0] < '0' || s[0] > '9' {
		t, err := time.ParseInLocation("2006 "+syslogStamp, "2000 "+s, r.zone) // a leap year
		if err != nil {
			return t, false
		}
		now := r.now.In(r.zone)
		for year := now.Year() + 1; year > now.Year()-8; year-- {
			at := time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), r.zone)
			if at.Day() == t.Day() && !at.After(now.Add(ahead)) {
				return at, true
			}
		}
		return t, false
	}
	for _, layout := range []string{time.RFC3339, isoStamp} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, sane(t)
		}
	}
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && seconds > 1e9 && seconds < 1e11 {
		return time.UnixMicro(int64(seconds * 1e6)), true
	}
	return time.Time{}, false
}

// ahead is how far a clock of a relay may be ahead of ours before what it wrote is taken
// for a year old: a day, since zones differ.
const ahead = 24 * time.Hour

// sane says whether an instant can be stored: nobody's log is older, or that far ahead.
func sane(t time.Time) bool { return t.Year() >= 2000 && t.Year() < 3000 }

// cutQueueID takes the queue id off a text: short ones are hexadecimal, long ones have no
// vowels (postconf(5), enable_long_queue_ids).
func cutQueueID(text []byte) (id, rest []byte, ok bool) {
	n := bytes.IndexByte(text, ':')
	if n < 5 || n > longestQueueID || n+1 >= len(text) || text[n+1] != ' ' {
		return nil, nil, false
	}
	if text[0] >= 'a' || string(text[:n]) == "NOQUEUE" || alphanumeric(text[:n]) != n { // words, such as warning
		return nil, nil, false
	}
	return text[:n], text[n+2:], true
}

// alphanumeric is how many octets of b in a row are letters or digits.
func alphanumeric(b []byte) (n int) {
	for n < len(b) && (b[n] >= '0' && b[n] <= '9' || b[n] >= 'A' && b[n] <= 'Z' || b[n] >= 'a' && b[n] <= 'z') {
		n++
	}
	return n
}

const longestQueueID = 24

// messageID reads what stands behind message-id=. It is not ok for one that has not the
// shape of a copy's.
func messageID(text []byte) (id deliver.MessageID, ok bool) {
	left, _, ok := bytes.Cut(bytes.TrimPrefix(text, []byte("<")), []byte("@"))
	if !ok {
		return id, false
	}
	return deliver.ParseMessageID(left)
}

// delivery reads what stands behind a queue id where a delivery is told of:
//
//	to=<…>, orig_to=<…>, relay=…, delay=0.3, delays=…, dsn=2.0.0, status=sent (…)
//
// The addresses are read past first, since anything may stand in them.
func delivery(text []byte) (word deliver.RelayWord, delay time.Duration, hasDelay bool, dsn string, said []byte) {
	handedOn := false
	for _, name := range []string{"to=<", "orig_to=<"} {
		if bytes.HasPrefix(text, []byte(name)) {
			text = pastAddress(text[len(name):])
			handedOn = name != "to=<" // which stands there if it is another
		}
	}
	if _, rest, ok := bytes.Cut(text, []byte("delay=")); ok {
		number, _, _ := bytes.Cut(rest, []byte(","))
		if seconds, err := strconv.ParseFloat(string(number), 64); err == nil && seconds >= 0 && seconds < 1e9 {
			delay, hasDelay = time.Duration(seconds*float64(time.Second)), true
		}
	}
	text, status, ok := bytes.Cut(text, []byte("status="))
	if !ok {
		return 0, delay, hasDelay, "", nil
	}
	if _, rest, ok := bytes.Cut(text, []byte("dsn=")); ok {
		code, _, _ := bytes.Cut(rest, []byte(","))
		if enhanced.Match(code) {
			dsn = string(code)
		}
	}
	switch {
	case strings.HasPrefix(dsn, "5.1.") && behindData.Match(status):
		dsn = "5.7.1" // carriers call a mailbox unknown that takes no mail of this sender
	case handedOn:
		dsn, _ = deliver.BehindForward(dsn, 0)
	}
	return statusWord(status), delay, hasDelay, dsn, status
}

// behindData is how Postfix says that a reply was to the message, and not to the recipient.
var behindData = regexp.MustCompile(`\(in reply to (?:end of )?DATA command\)`)

var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)

// returnText is the text of a return path, if it may be one of ours; see
// [subscribe.ReturnText]. It is no reader's address.
func returnText(path []byte) string {
	local, _, _ := bytes.Cut(path, []byte("@"))
	if len(local) > 64 || len(local) <= subscribe.ReturnLength {
		return ""
	}
	return subscribe.ReturnText(string(local))
}

// statusWord is what a status means, of which the text behind it is another's.
func statusWord(status []byte) deliver.RelayWord {
	switch word := status[:len(status)-len(bytes.TrimLeft(status, "abcdefghijklmnopqrstuvwxyz-"))]; string(word) {
	case "sent":
		return deliver.RelayDelivered
	case "bounced", "expired", "force-expired", "undeliverable":
		return deliver.RelayBounced
	case "deferred":
		return deliver.RelayQueued
	}
	return 0
}

// pastAddress is what stands behind an address in angle brackets, and the comma after it.
func pastAddress(b []byte) []byte {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return bytes.TrimPrefix(b[i+1:], []byte(", "))
		}
	}
	return nil
}

// queuedAs is the queue id that the next relay gave the message, if it is one of Postfix.
func queuedAs(status []byte) []byte {
	_, id, ok := bytes.Cut(status, []byte("queued as "))
	if !ok {
		return nil
	}
	return id[:alphanumeric(id)]
}
