package bounce

import (
	"regexp"
	"strconv"
	"strings"

	"example.jp/kairan/deliver"
)

// block is a group of fields (RFC 3464 §2.1); its names are in lower case. Of a field that
// stands twice the first counts.
type block map[string]string

// maxBlocks is how many recipients of one report are looked at: our mails have one each.
const maxBlocks = 50

// blocksOf reads groups of fields. It steps over what is none, as old programs write.
func blocksOf(text string) (all []block) {
	now, last := block{}, ""
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n")+"\n\n", "\n") {
		name, value, isField := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case strings.TrimSpace(line) == "":
			if len(now) > 0 && len(all) < maxBlocks {
				all = append(all, now)
			}
			now, last = block{}, ""
		case line[0] == ' ' || line[0] == '\t':
			if last != "" {
				now[last] += " " + strings.TrimSpace(line)
			}
		case isField:
			last = ""
			if _, there := now[name]; !there {
				now[name], last = strings.TrimSpace(value), name
			}
		}
	}
	return all
}

// failure is what a delivery status says (RFC 3464 §2.3). All its recipients must have
// failed: behind an address that is handed on to several people one of them may be gone.
func (l *letter) failure() (m Mail) {
	for _, b := range l.status {
		action, there := b["action"]
		if !there {
			continue // of the message, or of nobody
		}
		action, _, _ = strings.Cut(strings.ToLower(action), " ") // a comment may follow
		enhanced := Status(b["status"])
		if action != "failed" || strings.HasPrefix(enhanced, "2.") {
			return Mail{} // it waits, was delivered or handed on
		}
		if m.Is == Failure {
			continue
		}
		m = Mail{Is: Failure, Enhanced: enhanced}
		if saysNothing(enhanced) {
			m.Enhanced, m.Code = l.refine(enhanced, b["diagnostic-code"])
		}
		if b.handedOn() {
			m.Enhanced, m.Code = deliver.BehindForward(m.Enhanced, m.Code)
		}
	}
	return m
}

// handedOn says whether the failure is of another address than the one that the copy was for
// (RFC 3464 §2.3.1 and §2.3.2).
func (b block) handedOn() bool {
	address := func(field string) string {
		_, a, _ := strings.Cut(strings.ToLower(field), ";")
		return strings.ReplaceAll(strings.Trim(strings.TrimSpace(a), "<>"), "+2b", "+") // RFC 3461 §4: xtext
	}
	was, is := address(b["original-recipient"]), address(b["final-recipient"])
	return was != "" && is != "" && was != is
}

// refine looks for what a status without a subject (x.0.0) means: programs write it when
// the reply had no enhanced code, as those of the Japanese carriers.
func (l *letter) refine(enhanced, diagnostic string) (string, int) {
	_, said, typed := strings.Cut(diagnostic, ";")
	if !typed {
		said = diagnostic
	}
	if enhanced = l.atData(meant(said, enhanced)); !saysNothing(enhanced) || behindData.MatchString(l.text) {
		return enhanced, 0
	}
	code, _ := strconv.Atoi(replyCode.FindString(strings.TrimSpace(said)))
	return enhanced, code
}

// replyCode is one that a diagnostic begins with (RFC 3464 §2.3.6).
var replyCode = regexp.MustCompile(`^[45]\d\d\b`)

// behindData is how Postfix says that a reply was not to the recipient.
var behindData = regexp.MustCompile(`in reply to (end of )?data command`)

// atData sees to replies that name the mailbox and mean the message: docomo says "Unknown
// user" behind DATA when its customer takes no mail of this sender.
func (l *letter) atData(enhanced string) string {
	if strings.HasPrefix(enhanced, "5.1.") && behindData.MatchString(l.text) {
		return refusedByPolicy
	}
	return enhanced
}

// complaint is what a feedback report says (RFC 5965 §3.1, §7.3). Of fraud, viruses and
// signatures that fail (RFC 6591) the reader has said nothing.
func (l *letter) complaint() Mail {
	switch strings.ToLower(l.feedback["feedback-type"]) {
	case "abuse", "complaint", "opt-out", "opt-out-list":
		return Mail{Is: Complaint, Of: append([]string{l.feedback["original-mail-from"]}, l.ours...)}
	}
	return Mail{}
}
