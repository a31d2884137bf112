package lint

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// day is a date as it is written in a line.
type day struct {
	from, to int // octets of the line's narrow text, without a weekday
	year     int // 0: none is written
	month    int
	day      int
	bare     bool // of a month that was written before
	swapped  bool // 12/1 in English, which is of December or of January
	sure     bool // nothing but a date is written like this
	weekdays []time.Weekday
	told     string // these, as written
}

// Pieces of dates.
const (
	count     = `(?:\d{1,2}|[一二三四五六七八九十]{1,3})`
	eras      = `明治|大正|昭和|平成|令和`
	romanEras = `Meiji|Taisho|Taishō|Showa|Shōwa|Heisei|Reiwa`
	months    = `Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?`
	inYear    = `(?:,?\s+(?P<y>(?:19|20)\d\d)\b)?`
)

// forms are the ways to write a date, the surest first: what one has found is not
// looked at by those that follow.
var forms = []*regexp.Regexp{
	// 2026年12月1日, 令和8年12月1日, 2026年（令和8年）12月1日, 十二月一日
	regexp.MustCompile(`(?:(?P<y>\d{4})\s?年\s?(?:[(・/]\s?(?:` + eras + `)[^()・/]{1,5}\)?\s?)?|` +
		`(?P<era>` + eras + `)\s?(?P<e>元|` + count + `)\s?年\s?(?:[(・/]\s?\d{4}\s?年?\s?\)?\s?)?)?` +
		`(?P<m>` + count + `)\s?月\s?(?P<d>` + count + `)\s?日`),
	regexp.MustCompile(`(?P<era>[RHS])(?P<e>\d{1,2})[./](?P<m>\d{1,2})[./](?P<d>\d{1,2})`),
	regexp.MustCompile(`(?P<y>(?:19|20)\d\d)[./-]\s?(?P<m>\d{1,2})[./-]\s?(?P<d>\d{1,2})`),
	regexp.MustCompile(`\b(?P<mon>` + months + `)\b\.?\s+(?P<d>\d{1,2})(?P<th>st|nd|rd|th)?\b(?:\s?-\s?\d{1,2}\b)?` + inYear),
	regexp.MustCompile(`\b(?P<d>\d{1,2})(?P<th>st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>` + months + `)\b\.?` + inYear),
	regexp.MustCompile(`(?P<m>\d{1,2})[/.](?P<d>\d{1,2})`), // with a weekday only
	regexp.MustCompile(`(?P<d>\d{1,2})\s?日`),               // likewise, or at the end of a range
}

const (
	slashed = 5 // of forms
	alone   = 6
)

// daysOf finds the dates of a line, in their order, or so many.
func daysOf(s string, english bool, most int) (days []day) {
	if !strings.ContainsAny(s, "月0123456789") {
		return nil
	}
	taken := make([]bool, len(s))
	for n, form := range forms {
		for _, m := range form.FindAllStringSubmatchIndex(s, most) {
			if taken[m[0]] || !stands(s, n, m[0], m[1]) {
				continue
			}
			d := readDay(s, form, m)
			d.bare, d.swapped = n == alone, n == slashed && english
			d.weekdays, d.told = weekdaysBeside(s, d.from, d.to)
			if n == slashed && d.weekdays == nil && !isSpan(s, d, english) || d.month == 0 && n != alone {
				continue
			}
			d.sure = d.sure || n < 3 || n == 4 && d.day < 32 || d.weekdays != nil
			for i := m[0]; i < m[1]; i++ {
				taken[i] = true
			}
			days = append(days, d)
		}
	}
	slices.SortFunc(days, func(a, b day) int { return cmp.Compare(a.from, b.from) })
	return days
}

// spanTo and spanFrom are what stands behind and before a day of a span: 12/20~12/25.
var (
	spanTo   = regexp.MustCompile(`^\s?(?:~|-|から)\s?\d{1,2}/\d{1,2}(?:[^\d/]|$)`)
	spanFrom = regexp.MustCompile(`(?:^|[^\d/.])\d{1,2}/\d{1,2}\s?(?:~|-|から)\s?$`)
)

// isSpan reports one of two days that need no weekday to be read as days.
func isSpan(s string, d day, english bool) bool {
	return !english && s[d.from:d.to] == strings.ReplaceAll(s[d.from:d.to], ".", "/") && exists(2024, d.month, d.day) &&
		(spanTo.MatchString(head(s[d.to:], near)) || spanFrom.MatchString(tail(s[:d.from], near)))
}

// readDay reads what a form has found.
func readDay(s string, form *regexp.Regexp, m []int) day {
	d := day{from: m[0], to: m[1]}
	era := ""
	for n, name := range form.SubexpNames() {
		if m[2*n] < 0 || name == "" {
			continue
		}
		switch v := s[m[2*n]:m[2*n+1]]; name {
		case "y":
			d.year, d.sure = atoi(v), true
		case "era":
			era = v
		case "e":
			d.year = westernYear(era, v)
		case "m":
			d.month = atoi(v)
		case "mon":
			d.month = monthNamed(v)
		case "d":
			d.day = atoi(v)
		case "th":
			d.sure = true
		}
	}
	return d
}

// stands reports that what was found is no part of a longer number, name or path.
func stands(s string, n, from, to int) bool {
	before, size := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	if n == alone {
		return !unicode.IsDigit(before) && before != '第' && before != '.' && !notDays.MatchString(head(s[to:], near))
	}
	if n == 0 || n == 3 || n == 4 { // with words in them
		return !unicode.IsDigit(before) && !unicode.IsDigit(after)
	}
	if before == '-' { // 11/30-12/1, and not 03-12/1
		before, _ = utf8.DecodeLastRuneInString(s[:from-size])
	} else if strings.ContainsRune("./_", before) {
		return false
	}
	if after == '.' { // of a sentence, or of 1.2.3
		after, _ = utf8.DecodeRuneInString(s[to+1:])
	}
	isPart := func(r rune) bool {
		return unicode.IsDigit(r) || strings.ContainsRune("/_", r) || r < unicode.MaxASCII && unicode.IsLetter(r)
	}
	return !isPart(before) && !isPart(after)
}

// notDays are what stands behind 1日 where it is no day of a month.
var notDays = regexp.MustCompile(`^(?:曜|間|目|前|後|以|程|分|本|常|中|時|あたり|当たり|につき|ごと|[ 　]?\d+回)`)

// atoi reads digits, or Japanese numerals below a hundred.
func atoi(s string) (n int) {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	for _, r := range s {
		if r == '十' {
			n = max(n, 1) * 10
		} else {
			n += 1 + slices.Index([]rune("一二三四五六七八九"), r)
		}
	}
	return n
}

func monthNamed(s string) int {
	return 1 + slices.Index([]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}, s[:3])
}

// westernYear is the year in which a year of an era lies; 0, if there is no such era.
func westernYear(era, year string) int {
	n := 1 // 元年
	if year != "元" {
		n = atoi(year)
	}
	switch era {
	case "令和", "R", "Reiwa":
		return 2018 + n
	case "平成", "H", "Heisei":
		return 1988 + n
	case "昭和", "S", "Showa", "Shōwa":
		return 1925 + n
	case "大正", "Taisho", "Taishō":
		return 1911 + n
	case "明治", "Meiji":
		return 1867 + n
	}
	return 0
}

// exists reports that a month of a year has so many days.
func exists(year, month, day int) bool {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return month >= 1 && month <= 12 && t.Day() == day && t.Month() == time.Month(month)
}
