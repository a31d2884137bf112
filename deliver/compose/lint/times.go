package lint

import (
	"regexp"
	"strings"

	"example.jp/kairan/deliver/compose/finding"
)

var (
	clock    = regexp.MustCompile(`(\d{1,2}):(\d{2})`)
	hourMin  = regexp.MustCompile(`(午前|午後)?\s?(\d{1,2})時(?:(\d{1,2})分)?`)
	timeSign = regexp.MustCompile(`(?i)日\s?時|時\s?間|時\s?刻|開始|終了|開演|開場|開会|閉会|受付|午前|午後|まで|から|~|\d\s?-\s?\d|:\d\d\s?to\s\d|\bhours:|\bcheck-?(?:in|out)\b|チェック(?:イン|アウト)|集合|出発|到着|解散|\b[ap]\.?m\b|\bo'clock\b|\b(?:at|from|until|time|doors|starts?)\b`)
	ratio    = regexp.MustCompile(`(?i)縮尺|比率|割合|比は|スコア|得点|対戦|scale|ratio|score`)
)

// times looks at times of day. Hours up to 29 are written for what ends late at night.
func (p *page) times() {
	for _, l := range p.lines {
		if p.full() {
			return
		}
		s := l.narrow
		if !strings.ContainsAny(s, ":時") {
			continue
		}
		var wrong [][]int
		isTime := timeSign.MatchString(s) && !ratio.MatchString(s)
		for _, m := range clock.FindAllStringSubmatchIndex(s, -1) {
			h, minute := atoi(s[m[2]:m[3]]), atoi(s[m[4]:m[5]])
			if isTime && h < 30 && minute > 59 && !partOfMore(s, m[0], m[1]) {
				wrong = append(wrong, m)
			}
		}
		for _, m := range hourMin.FindAllStringSubmatchIndex(s, -1) {
			if isNoTime(groups(s, m)) && !strings.HasPrefix(s[m[1]:], "間") && (m[4] == 0 || !isDigit(s[m[4]-1])) {
				wrong = append(wrong, m)
			}
		}
		for _, m := range wrong[:min(len(wrong), finding.Max)] {
			p.warn(l.number, "time", "%s is no time of day; write the time that is meant", l.original(m[0], m[1]))
		}
	}
}

// isNoTime judges 午前, hour and minute. Without 午前, 午後 or a minute 48時 may be anything.
func isNoTime(g []string) bool {
	half, h := g[1], atoi(g[2])
	switch {
	case g[3] != "" && (atoi(g[3]) > 59 || h > 29):
		return true
	case half == "午前":
		return h > 12
	case half == "午後":
		return h > 24
	}
	return false
}

// partOfMore reports that digits and colons go on at either side, as in 10:00:75.
func partOfMore(s string, from, to int) bool {
	more := func(b byte) bool { return isDigit(b) || b == ':' || b == '.' || b == '/' }
	return from > 0 && more(s[from-1]) || to < len(s) && (isDigit(s[to]) || s[to] == ':')
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
