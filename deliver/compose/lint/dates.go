package lint

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"example.jp/kairan/subscribe"
)

// mostDates is how many dates of a text are looked at: each takes some 50 µs.
const mostDates = 500

// dates looks at the dates of the text: whether they exist, whether the weekday beside
// them is theirs, and whether what readers are to do by then can still be done.
func (p *page) dates() {
	var written day
	all := 0
	for n, l := range p.lines {
		p.eras(l)
		p.spans(l)
		reader := calendar{now: p.Now, line: l, english: p.Draft.Lang == subscribe.English, written: written}
		reader.begin()
		days := daysOf(l.narrow, reader.english, mostDates-all)
		for i, d := range days {
			if all++; all >= mostDates || p.full() {
				return
			}
			if !reader.place(&d) {
				continue
			}
			p.judge(&reader, d, days[i+1:], p.labelled(n, d))
			if reader.last = d; d.year != 0 {
				written = d
			}
		}
	}
}

// ofDates are the characters of dates, which stand before another one in a span of days.
const ofDates = "0123456789年月日火水木金土祝()~/、,"

// labelled is the sentence in which a date stands, with the label above it.
func (p *page) labelled(n int, d day) string {
	l := p.lines[n]
	s := sentence(l.narrow, d.from, d.to)
	if n == 0 {
		return "件名:" + s
	}
	if strings.Trim(l.narrow[:d.from], " -*+>|:・●○◯■□◆◇★☆※"+ofDates) != "" {
		return s
	}
	for n--; n > 0; n-- {
		above := strings.TrimSpace(p.lines[n].narrow)
		if above == "" {
			continue
		}
		if p.lines[n].heading || strings.HasSuffix(above, ":") || len([]rune(above)) <= 12 && !strings.ContainsAny(above, "。.") {
			return above + ":" + s
		}
		break
	}
	return s
}

// judge says what is wrong with one date, and no more than one thing. next are those
// behind it.
func (p *page) judge(c *calendar, d day, next []day, said string) {
	told := c.line.original(d.from, d.to)
	if !c.possible(d) {
		if d.sure || actedOn(said) || confirmed(c.line.narrow, d) {
			p.warn(c.line.number, "date", "there is no %s; write the day that is meant", told)
		}
		return
	}
	if d.year == 0 && d.month == 2 && d.day == 29 {
		if y := p.Now.Year(); d.weekdays != nil && !exists(y, 2, 29) && !exists(y+1, 2, 29) {
			p.warn(c.line.number, "date", "neither %d nor %d has a 29 February; write the day that is meant", y, y+1)
		}
		return
	}
	if c.endsBefore(d) && !rescheduled.MatchString(said) {
		p.warn(c.line.number, "date-range", "%s ends before it begins; look at both dates", c.line.original(c.last.from, d.to))
		return
	}
	years := c.years(d, said)
	if d.weekdays != nil && !slices.ContainsFunc(years, func(y int) bool { return c.fits(d, y) }) {
		p.wrongWeekday(c, d, years[0], told)
		return
	}
	if !c.acts(d, said) || c.past(said) || c.goesOn(d, next) {
		return
	}
	if day := c.resolve(d, years); !d.swapped && day.Before(midnight(p.Now)) {
		p.warn(c.line.number, "date-past", "%s lies in the past when readers get this%s; write the day that is meant, with its year if it is far off", told, readAs(d, day))
	}
}

// readAs says which day a date was taken for that is written without its year.
func readAs(d day, at time.Time) string {
	if d.year != 0 {
		return ""
	}
	return at.Format(" (2006-01-02)")
}

// endsThen stands behind the last day of something: 11月29日（日）17時までです.
var endsThen = regexp.MustCompile(`^\s?(?:[(\[〔][^()\[\]〔〕]{1,20}[)\]〕])?\s?(?:午[前後])?(?:\d{1,2}(?:時|:\d\d))?まで(?:です|となり)`)

// acts reports a day by which readers do something, or the last of what they can do.
func (c *calendar) acts(d day, said string) bool {
	return actedOn(said) || endsThen.MatchString(head(c.line.narrow[d.to:], near))
}

var preposition = regexp.MustCompile(`(?i)\b(?:on|by|until|till|from|before|after|due|to|through|since)\s+$`)

// confirmed reports that words around what looks like a date say that it is one, and
// not a number behind the name of a month.
func confirmed(s string, d day) bool {
	return preposition.MatchString(tail(s[:d.from], near))
}

// wrongWeekday says which weekday a date has, and in which year it was as written.
func (p *page) wrongWeekday(c *calendar, d day, year int, told string) {
	is := sayDay(at(year, d).Weekday(), c.english)
	for y := year - 1; y > year-3; y-- {
		if c.fits(d, y) {
			p.warn(c.line.number, "weekday", "%s is a %s in %d, and %s is written beside it; correct the one or the other (it was so in %d: is this text of then?)", told, is, year, d.told, y)
			return
		}
	}
	p.warn(c.line.number, "weekday", "%s is a %s in %d, and %s is written beside it; correct the one or the other", told, is, year, d.told)
}

var (
	eraThenYear = regexp.MustCompile(`(` + eras + `)\s?(元|` + count + `)\s?年(度?)\s?[(/・=]\s?(\d{4})\s?(年?度?)(?:\s?\)|\s|[、。・]|$)`)
	yearThenEra = regexp.MustCompile(`(\d{4})\s?年(度?)\s?[(/・=]\s?(` + eras + `)\s?(元|` + count + `)\s?(年?度?)(?:\s?\)|\s|[、。・]|$)`)
)

// eraWithYear are the same without 年 between them, and in English: 令和8（2026）年, Reiwa 8 (2026).
var eraWithYear = func() *regexp.Regexp {
	era, western := `\b(`+eras+`|`+romanEras+`)\s?(元|`+count+`)`, `\b((?:18|19|20)\d\d)`
	era = strings.TrimPrefix(era, `\b`)
	return regexp.MustCompile(era + `\s?\(\s?` + western + `\s?\)|` + western + `\s?\(\s?` + era + `\s?\)`)
}()

// sayEra is a year of an era in its language.
func sayEra(era, year string) string {
	if era[0] < 0x80 {
		return era + " " + year
	}
	return era + year + "年"
}

// eras compares years that are written in both ways.
func (p *page) eras(l line) {
	say := func(at []int, era, year, western string) {
		if y := westernYear(era, year); y != atoi(western) {
			p.warn(l.number, "era", "%s: %s is %d; correct the one or the other", l.original(at[0], at[1]), sayEra(era, year), y)
		}
	}
	s := l.narrow
	for _, m := range eraWithYear.FindAllStringSubmatchIndex(s, -1) {
		if g := groups(s, m); g[1] != "" {
			say(m, g[1], g[2], g[3])
		} else {
			say(m, g[5], g[6], g[4])
		}
	}
	if !strings.Contains(s, "年") {
		return
	}
	for _, m := range eraThenYear.FindAllStringSubmatchIndex(s, -1) {
		if g := groups(s, m); g[5] == "" || strings.TrimPrefix(g[5], "年") == g[3] {
			say(m, g[1], g[2], g[4])
		}
	}
	for _, m := range yearThenEra.FindAllStringSubmatchIndex(s, -1) {
		if g := groups(s, m); g[5] == "" || strings.TrimPrefix(g[5], "年") == g[2] {
			say(m, g[3], g[4], g[1])
		}
	}
}

// spanOfMonth is a span whose month is written once: 20-25 January, January 20-25.
var spanOfMonth = regexp.MustCompile(`\b(\d{1,2})\s?-\s?(\d{1,2})\s+(?:` + months + `)\b|\b(?:` + months + `)\s+(\d{1,2})\s?-\s?(\d{1,2})\b`)

// spans looks at these in English. The end of one that is early in a month may be of the
// next.
func (p *page) spans(l line) {
	if !strings.Contains(l.narrow, "-") {
		return
	}
	for _, m := range spanOfMonth.FindAllStringSubmatchIndex(l.narrow, mostDates) {
		g := groups(l.narrow, m)
		a, b := atoi(g[1]+g[3]), atoi(g[2]+g[4])
		if b < a && a <= 31 && b > 0 && !(a > 20 && b < 11) {
			p.warn(l.number, "date-range", "%s ends before it begins; look at both days", l.original(m[0], m[1]))
		}
	}
}

// groups are the texts of a match.
func groups(s string, m []int) (g []string) {
	for n := 0; n < len(m); n += 2 {
		if m[n] < 0 {
			g = append(g, "")
		} else {
			g = append(g, s[m[n]:m[n+1]])
		}
	}
	return g
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
