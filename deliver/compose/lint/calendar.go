package lint

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// calendar finds which days the dates of one line mean.
type calendar struct {
	now     time.Time
	line    line
	english bool
	month   int // of the heading, or of a month that stood alone; 0: none
	year    int // of the heading; 0: none
	last    day // the date before, in the same line
	written day // the last with its year, in any line
}

var (
	yearOf      = regexp.MustCompile(`((?:19|20)\d\d)\s?(?:年|/|-|$)|(` + eras + `)\s?(元|` + count + `)\s?年|\b((?:19|20)\d\d)\b`)
	monthAlone  = regexp.MustCompile(`(?:^|[^\d一二三四五六七八九十])(` + count + `)\s?月(?:[^間額]|$)`)
	ofAnother   = regexp.MustCompile(`(?:翌月?|来月|前月|先月|今月|当月|毎月|各月|毎|月の|次の)\s?$`)
	nearby      = regexp.MustCompile(`(来年|明年|翌年|今年|本年|昨年|去年|前年|一昨年)(?:の|、|\s)?$`)
	between     = regexp.MustCompile(`^\s?(?:[(\[〔][^()\[\]〔〕]{1,20}[)\]〕])?[^。()、]{0,12}(?:~|-|から|より|→)\s?$|^,?\s(?:to|until|till|through)\s(?:the\s)?$`)
	rescheduled = regexp.MustCompile(`(?i)変更|前倒し|繰り?上げ|早め|\b(?:moved|changed|rescheduled|brought|advanced|earlier)\b`)
	goesOn      = regexp.MustCompile(`^\s?(?:[(\[〔][^()\[\]〔〕]{1,20}[)\]〕])?(?:曜日?)?\s?(?:~|-\s?[\d(]|から|より|以降|以後|to\s(?:\d|the\s|` + months + `|` + wd + `)|through\b|until\b|onwards?\b|に?(?:開始|始ま|スタート|オープン))`)
)

// begin takes from the heading what the line may leave out.
func (c *calendar) begin() {
	if m := yearOf.FindStringSubmatch(c.line.section); m != nil {
		switch {
		case m[2] != "":
			c.year = westernYear(m[2], m[3])
		default:
			c.year = atoi(m[1] + m[4])
		}
	}
	if all := monthAlone.FindAllStringSubmatch(c.line.section, -1); len(all) == 1 {
		c.month = atoi(all[0][1])
	}
}

// place gives a bare day its month; false, if nobody knows it.
func (c *calendar) place(d *day) bool {
	if !d.bare {
		return true
	}
	before := tail(c.line.narrow[c.last.to:d.from], 4*near)
	if ofAnother.MatchString(before) {
		return false
	}
	if all := monthAlone.FindAllStringSubmatch(before, -1); len(all) > 0 { // 12月は、1日（火）
		c.month = atoi(all[len(all)-1][1])
		d.month = c.month
		return true
	}
	if c.last.to == 0 {
		d.month, d.year = c.month, 0
		return c.month != 0
	}
	d.month, d.year = c.last.month, c.last.year
	return c.last.month != 0
}

// possible reports that a month has so many days, in some year.
func (c *calendar) possible(d day) bool {
	year := d.year
	if year == 0 {
		year = 2024 // with a 29 February
	}
	return exists(year, d.month, d.day) || d.swapped && exists(year, d.day, d.month) || d.bare && d.day > 28
}

// endsBefore reports the end of a range that lies before its beginning. A month that is
// earlier in a year that is not written is of the next.
func (c *calendar) endsBefore(d day) bool {
	if c.last.to == 0 || c.last.month == 0 || d.from-c.last.to > near || !between.MatchString(c.line.narrow[c.last.to:d.from]) {
		return false
	}
	a, b := c.last, d
	if a.year != 0 && b.year != 0 && !d.bare {
		return at(b.year, b).Before(at(a.year, a))
	}
	return a.month == b.month && b.day < a.day && !(b.bare && a.day > 20 && b.day < 11) // of the next month
}

// years are those that a date may be of, the likeliest first. A year that is not written
// is the next in which the day lies ahead; of a day that has just been, or of which the
// sentence says that it is past, also the last.
func (c *calendar) years(d day, said string) []int {
	now := c.now.Year()
	if d.year != 0 {
		return []int{d.year}
	}
	if m := nearby.FindStringSubmatch(tail(c.line.narrow[:d.from], near)); m != nil && !d.bare {
		if by, ok := map[string]int{"来年": 1, "明年": 1, "今年": 0, "本年": 0, "昨年": -1, "去年": -1, "一昨年": -2}[m[1]]; ok {
			return []int{now + by}
		}
	}
	today, next := midnight(c.now), now
	if at(next, d).Before(today) {
		next++
	}
	var years []int
	switch {
	case c.over(said):
		years = []int{next - 1}
	case today.Sub(at(next-1, d)) <= recent:
		years = []int{next - 1, next}
	case c.held(said):
		years = []int{next, next - 1}
	default:
		years = []int{next}
	}
	if strings.Contains(said, "昨年") || strings.Contains(said, "去年") || strings.Contains(said, "last year") {
		years = append(years, now-1)
	}
	return append(years, c.carried(d, today)...)
}

// carried are the years that the heading and the dates before leave to a date.
func (c *calendar) carried(d day, today time.Time) (years []int) {
	if c.year != 0 {
		years = append(years, c.year, c.year+1) // of a fiscal year
	}
	if w := c.written; w.year != 0 { // 2027年1月22日, and in the next line 2月18日
		y := w.year
		if at(y, d).Before(at(y, w)) {
			y++
		}
		if !at(y, d).Before(today) {
			years = append(years, y)
		}
	}
	if y := c.last.year; y != 0 {
		years = append(years, y)
		if d.month < c.last.month {
			years = append(years, y+1)
		} else if d.month > c.last.month {
			years = append(years, y-1)
		}
	}
	return years
}

// recent is how long a day has been for which one still writes no year.
const recent = 183 * 24 * time.Hour

func at(year int, d day) time.Time {
	return time.Date(year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
}

// fits reports that a date has one of its weekdays in a year.
func (c *calendar) fits(d day, year int) bool {
	if slices.Contains(d.weekdays, at(year, d).Weekday()) {
		return true
	}
	if d.swapped && exists(year, d.day, d.month) {
		return slices.Contains(d.weekdays, at(year, day{month: d.day, day: d.month}).Weekday())
	}
	if d.bare && d.day < c.last.day { // 12月31日（木）・1日（金）
		return slices.Contains(d.weekdays, time.Date(year, time.Month(d.month+1), d.day, 0, 0, 0, 0, time.UTC).Weekday())
	}
	return false
}

// resolve is the day that a date means.
func (c *calendar) resolve(d day, years []int) time.Time {
	for _, y := range years {
		if d.weekdays != nil && c.fits(d, y) {
			return at(y, d)
		}
	}
	return at(years[0], d)
}

// wasThen is what stands behind a date on which something has been, in a sentence about
// what is to come: 11月1日に開館した図書館で開きます.
var wasThen = regexp.MustCompile(`^\s?(?:[(\[〔][^()\[\]〔〕]{1,20}[)\]〕])?[にの]?[^、。]{0,12}?(?:した|された|われた|かれた|まった)[^。、をら]`)

// goesOn reports a date that begins something, which lasts. next is the date behind it,
// if there is one.
func (c *calendar) goesOn(d day, next []day) bool {
	rest := c.line.narrow[d.to:]
	return goesOn.MatchString(head(rest, near)) || wasThen.MatchString(head(rest, near)) ||
		len(next) > 0 && next[0].from-d.to <= near && between.MatchString(rest[:next[0].from-d.to])
}
