package deliver

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Deed is one thing that an account did, for the audit trail. It holds nothing about a
// reader: no address, no field, no entry's number.
type Deed struct {
	At     time.Time
	By     string // the account, as the control socket names it, or [ByItself]
	What   string // the command's words, such as "issue schedule"
	List   string // id; "": none or all
	Issue  string // slug; "": none
	Reason string // as [ParseReason] took it; "": none
	Result string // one of the four below
}

// ByItself stands for the account of what the program does by its own clock. No account
// has such a name.
const ByItself = "(itself)"

// What came of a deed. Before a command changes anything it is written that it was asked
// for. If it then comes to nothing, that is a deed of its own. One that was asked for, and
// has no such successor, was done, unless the process was killed in it.
const (
	Asked   = "asked"
	NotDone = "refused" // by the state, or for how it was put
	Broken  = "failed"  // perhaps half-way
	WasDone = "done"    // in the same commit, or before the deed was written
)

// reasonLimit is how many characters a reason has at most.
const reasonLimit = 200

// ParseReason reads why somebody does something: one line. What looks like an address is
// taken out, since the trail outlives readers.
func ParseReason(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return "", fmt.Errorf("the reason holds characters that do not print; write one line of text")
	case utf8.RuneCountInString(s) > reasonLimit:
		return "", fmt.Errorf("the reason has more than %d characters; write a shorter one, such as the number of the case", reasonLimit)
	}
	return Scrub(spelledAddress.ReplaceAllString(s, "[address]")), nil
}

// spelledAddress is an address as people write one who know that it should not stand there:
// a sign, or a word in its place, with what stands on both sides; "at" without brackets, and
// a sign of another kind, only before what looks like a domain.
var spelledAddress = regexp.MustCompile(`(?i)` +
	`(?:"[^"]*"|\S)*\s*(?:[@＠﹫]|%40|&#0*64;|&#x0*40;|&commat;|アットマーク|[(\[<{（［＜｛〔【]\s*(?:at|ａｔ|アット(?:マーク)?)\s*[)\]>}）］＞｝〕】])\s*\S*` +
	`|\S+\s+(?:at|ａｔ|アット)\s+(?:[\w-]+(?:\.[\w-]+)*\.[a-z]{2}[\w-]*\S*|\S+(?:\s+(?:dot|ドット)\s+\S+)+)` +
	`|[\w.+-]+[★☆●○◎■□◆◇＃#＊*]+[\w-]+(?:\.[\w-]+)*\.[a-z]{2}\S*`)
