package lint

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.jp/kairan/deliver/phrase"
)

// kanji are the weekdays from Sunday.
const kanji = "日月火水木金土"

const wd = `(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b\.?`

var (
	bracketed = regexp.MustCompile(`^\s{0,2}[(\[〔【<〈]([^()\[\]〔〕【】<>〈〉]{1,40})[)\]〕】>〉]`)
	// 火, 火・祝, 土曜日, 土日, 祝・火; and not 月額, 日本, 日祝を除く, 月曜休館
	oneDay   = regexp.MustCompile(`^\s?(?:祝日?[・/,、]?)?([月火水木金土日])(?:曜日?)?(?:$|[・,、/~\s-]|[月火水木金土日](?:曜日?)?(?:$|[・,、/~\s-])|祝|[朝昼夕夜午]|休日?$|振|\d)`)
	others   = regexp.MustCompile(`^([月火水木金土日])(?:曜日?)?|[・,、/~\s-]([月火水木金土日])(?:曜日?)?(?:$|[・,、/~\s-]|祝)`)
	twoAsOne = regexp.MustCompile(`^\s?([月火水木金土日])([月火水木金土日])(?:$|[・,、/\s])`)
	closed   = regexp.MustCompile(`除|以外|のみ|休館|休業|休み|休園|休診|定休|曜休|閉|毎|は|含|隔|開館|^\s?日[・/、](?:米|中|韓|英|仏|独|露|豪|印|台|加|E|A)|^\s?[月日]\s?\d+(?:回|度|時間|件|本|円|万)`)

	inOneSign  = regexp.MustCompile(`^\s{0,2}[\x{3230}\x{322a}-\x{322f}\x{3290}\x{328a}-\x{328f}]`) // ㈫, ㊋
	spelledOut = regexp.MustCompile(`^\s{0,2}([月火水木金土日])曜日?`)
	inSentence = regexp.MustCompile(`^[・、,]\s?([月火水木金土日])曜日?(?:に|の|午|\s?\d)`)
	notSaid    = regexp.MustCompile(`^(?:は|も|休|定休|除|以外|・|、|や|と|に限)`)
	saidBefore = regexp.MustCompile(`([月火水木金土日])曜日?\s?\(\s?$`)
	recurring  = regexp.MustCompile(`毎週|隔週|毎月`)

	english       = regexp.MustCompile(`\b` + wd)
	englishInside = regexp.MustCompile(`^\s?` + wd + `(?:\s?(?:-|/|,|&|and|to)\s?` + wd + `)*(?:$|[\s,;/])`)
	englishBefore = regexp.MustCompile(`(` + wd + `(?:\s?(?:-|/|,|&|\b(?:to|through|thru|and|or)\b)\s?` + wd + `)*)[)\]]?(?:,?\s{1,2}|\s?[-:]\s)(?:the\s)?$`)
	englishAfter  = regexp.MustCompile(`^(?:,?\s|\s?[-:]\s)(` + wd + `)(?:$|[,;.)]|\s(?:at|from)\s|\s-|\s\d{1,2}(?::|\s?[ap]\.?m))`)
	anotherDate   = regexp.MustCompile(`^[,.]?\s*(?:` + months + `|\d{1,2}(?:st|nd|rd|th)?\s(?:` + months + `))\b`)
)

// weekdaysBeside are the weekdays that are written beside a date.
func weekdaysBeside(s string, from, to int) (days []time.Weekday, told string) {
	before, after := tail(s[:from], near), head(s[to:], near)
	if m := bracketed.FindStringSubmatch(after); m != nil {
		if days = inBrackets(m[1]); days != nil {
			return days, strings.TrimSpace(m[1])
		}
	}
	if sign := strings.TrimSpace(inOneSign.FindString(after)); sign != "" {
		r, _ := utf8.DecodeRuneInString(sign)
		return []time.Weekday{time.Weekday(max(0, r&0xf-9))}, sign
	}
	if m := spelledOut.FindStringSubmatchIndex(after); m != nil && !notSaid.MatchString(after[m[1]:]) {
		return []time.Weekday{japaneseDay(after[m[2]:m[3]])}, strings.TrimSpace(after[:m[1]])
	}
	if m := inSentence.FindStringSubmatch(after); m != nil {
		return []time.Weekday{japaneseDay(m[1])}, m[1] + "曜日"
	}
	if m := saidBefore.FindStringSubmatch(before); m != nil && strings.HasPrefix(after, ")") && !recurring.MatchString(before) {
		return []time.Weekday{japaneseDay(m[1])}, m[1]
	}
	if m := englishBefore.FindStringSubmatch(before); m != nil {
		return englishDays(m[1]), m[1]
	}
	if m := englishAfter.FindStringSubmatchIndex(after); m != nil && !anotherDate.MatchString(after[m[3]:]) {
		return englishDays(after[m[2]:m[3]]), after[m[2]:m[3]]
	}
	return nil, ""
}

// inBrackets reads (火・祝), (土・日), (Tue); nil, if it is something else.
func inBrackets(s string) (days []time.Weekday) {
	if englishInside.MatchString(s) {
		return englishDays(s)
	}
	if !oneDay.MatchString(s) || closed.MatchString(s) {
		return nil
	}
	if m := twoAsOne.FindStringSubmatch(s); m != nil {
		return []time.Weekday{japaneseDay(m[1]), japaneseDay(m[2])}
	}
	days = []time.Weekday{japaneseDay(oneDay.FindStringSubmatch(s)[1])}
	for rest := s; ; {
		m := others.FindStringSubmatchIndex(rest)
		if m == nil {
			return days
		}
		n := 2
		if m[n] < 0 {
			n = 4
		}
		days = append(days, japaneseDay(rest[m[n]:m[n+1]]))
		rest = rest[m[n+1]:]
	}
}

func japaneseDay(s string) time.Weekday {
	r, _ := utf8.DecodeRuneInString(s)
	return time.Weekday(slices.Index([]rune(kanji), r))
}

func englishDays(s string) (days []time.Weekday) {
	for _, name := range english.FindAllString(s, -1) {
		days = append(days, time.Weekday(slices.Index([]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}, name[:3])))
	}
	return days
}

// sayDay is a weekday in words for an editor of that language.
func sayDay(d time.Weekday, english bool) phrase.Words {
	sign := string([]rune(kanji)[d])
	if english {
		return phrase.Words{EN: d.String(), JA: sign + "曜日"}
	}
	return phrase.Words{EN: d.String() + "（" + sign + "）", JA: sign + "曜日"}
}
