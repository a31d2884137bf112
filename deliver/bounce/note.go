package bounce

import (
	"slices"
	"strings"
)

// note reads what one kind of relay, carrier or gateway writes in place of a report.
type note interface {
	// read says whether a letter is of this kind, whether the delivery is given up, and with
	// which status.
	read(l *letter) (enhanced string, final, known bool)
}

// wording is a note that is known by its sender and by its words. Words are in lower case and
// on one line, see [flat]. They may be anywhere before the copy of our mail.
type wording struct {
	from    []string // ends of the address in From, which must be one of [programs]; nil: of anybody
	any     []string // of which one must stand there
	waits   []string // if one of these does, it is still tried
	cut     []string // behind one of these stands our mail; besides those of [copies]
	refused string   // a field that says the reader's filter refused it; "": none
}

// notes are all, those of carriers first: they are known by who writes.
var notes = []note{
	wording{ // au (EZweb); X-SPASIGN is of its filter
		from: []string{"postmaster@ezweb.ne.jp", "postmaster@au.com"}, refused: "X-Spasign",
		any: []string{"the user(s) account is", "your message was not delivered within", "each of the following recipients was rejected", "the following recipients did not receive this message"},
		cut: []string{"--------------------------------------------------"},
	},
	wording{ // au (KDDI's other mail)
		from: []string{"@app.auone-net.jp", ".dion.ne.jp"}, refused: "X-Spasign",
		any: []string{"could not be delivered to: <"}, waits: []string{"your mail attempted to be delivered on:"},
	},
	wording{from: []string{"@docomo.ne.jp"}, any: []string{"unknown user", "mailbox", "too much mail data", "could not be delivered", "配信できません", "送信できません", "お届けできません"}},
	wording{from: []string{"softbank.ne.jp", "softbank.jp", "vodafone.ne.jp"}, any: []string{"could not be delivered", "undeliverable", "invalid recipient", "mailbox", "配信できません", "送信できません", "お届けできません"}},
	wording{from: []string{"biglobe.ne.jp"}, any: []string{"the following addresses had delivery problems"}},
	wording{ // Exim before 4.82
		any:   []string{"this message was created automatically by mail delivery software"},
		waits: []string{"has not been delivered to one or more of its recipients after", "no action is required on your part"},
	},
	wording{any: []string{"hi. this is the qmail-send program", "i'm afraid i wasn't able to deliver your message"}, waits: []string{"i'll keep trying", "this is just a warning"}},
	wording{ // Gmail
		from: []string{"@googlemail.com", "@google.com", "@gmail.com"}, waits: []string{"gmail will retry", "will retry for", "temporary problem", "delivery to the following recipient has been delayed"},
		any: []string{"delivery to the following recipient failed permanently", "delivery to the following recipients failed permanently", "address not found", "message not delivered", "message blocked", "your message wasn't delivered"},
	},
	wording{ // Exchange, and Outlook behind it
		waits: []string{"delivery is delayed", "delayed:", "will continue to try", "配信が遅れています"},
		any: []string{"did not reach some or all of the intended recipients", "your message did not reach the following recipient", "the following recipient(s) cannot be reached", "the following recipient(s) could not be reached", "delivery has failed to these recipients or",
			"次の受信者またはグループへの配信に失敗しました", "次の宛先へのメッセージの配信に失敗しました", "一部の宛先に配信されていません"},
	},
	wording{ // sendmail without MIME
		any: []string{"the following addresses had permanent fatal errors", "the following addresses had permanent delivery errors"}, waits: []string{"the following addresses had transient non-fatal errors"},
		cut: []string{"----- original message follows", "----- message header follows", "----- unsent message follows"},
	},
	wording{any: []string{"this is the mail system at host", "this is the postfix program at host"}, waits: []string{"this is a warning only", "your message has been delayed", "could not be delivered for more than"}},
	wording{any: []string{"this is a delivery failure notification message indicating"}},                                    // Oracle's and Sun's
	wording{any: []string{"unable to deliver message to the following", "unable to deliver your message to the following"}}, // Yahoo! and others
	wording{any: []string{"your message could not be delivered", "メールを配信できませんでした", "メールを送信できませんでした", "メールは配信されませんでした"}, waits: []string{"will be retried", "再送"}},
}

// programs are the names by which programs write of deliveries.
var programs = []string{"mailer-daemon@", "postmaster@", "mail-daemon@", "mailerdaemon@", "double-bounce@"}

// copies begin the copy of our mail, in which anything may stand.
var copies = []string{
	"this is a copy of the message, including all the headers", "below this line is a copy of the message", "----- original message -----", "----- original message follows", "original message headers:",
	"content-type: message/rfc822", "-----original message-----", "return-path: <", "received: from ", "received: by ", "--- the header of the original message", "----- message header follows", "元のメッセージのヘッダー", "----- 元のメッセージ",
}

func (w wording) read(l *letter) (string, bool, bool) {
	text := l.text
	for _, begins := range slices.Concat(copies, w.cut) {
		text, _, _ = strings.Cut(text, begins)
	}
	switch {
	case !w.writtenBy(l), !holds(text, w.any):
		return "", false, false
	case holds(text, w.waits):
		return "", false, true
	case w.refused != "" && strings.EqualFold(l.head.Get(w.refused), "NG"):
		return refusedByPolicy, true, true
	}
	return l.atData(meant(text, "")), true, true
}

// writtenBy says whether From fits. Anybody can write that, but the program of somebody who
// is on holiday does not.
func (w wording) writtenBy(l *letter) bool {
	from := strings.ToLower(l.head.Get("From"))
	if i := strings.LastIndexByte(from, '<'); i >= 0 {
		from = from[i+1:]
	}
	from = strings.TrimSpace(from)
	if i := strings.IndexAny(from, "> ("); i >= 0 {
		from = from[:i]
	}
	named := func(program string) bool { return strings.HasPrefix(from, program) }
	if !slices.ContainsFunc(programs, named) && (w.from == nil || !named("no-reply@")) {
		return false // a customer of a carrier may be on holiday, too
	}
	return w.from == nil || slices.ContainsFunc(w.from, func(end string) bool { return strings.HasSuffix(from, end) })
}

func holds(text string, any []string) bool {
	return slices.ContainsFunc(any, func(s string) bool { return strings.Contains(text, s) })
}
