package starter

import (
	"fmt"
	"regexp"
	"strings"
)

// number is an issue's number in a subject, in one of the forms that are no other thing:
// 第3回 is most often an event, and 12月号 a month.
var number = regexp.MustCompile(`(?i)(第\s*|通巻\s*第?\s*|vol\.?\s*|no\.\s*|№\s*|issue\s*#?\s*|#)([0-9０-９]+)(\s*号)?`)

var subjectLine = regexp.MustCompile(`(?m)^[ \t]*subject[ \t]*=.*$`)

// After is the source of an issue that follows another: its text, with the number in the
// subject raised where it has just one. said is what was done, and what is left to do.
func After(source string) (next string, said []string) {
	at := subjectLine.FindStringIndex(source)
	if at == nil {
		return source, nil
	}
	line := source[at[0]:at[1]]
	var found [][]int
	for _, m := range number.FindAllStringSubmatchIndex(line, -1) {
		if isNumber(line, m) {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		return source, []string{"Its subject is still that of the earlier issue: change it."}
	}
	m := found[0]
	was, digits := line[m[0]:m[1]], line[m[4]:m[5]]
	now := strings.Replace(was, digits, raise(digits), 1)
	next = source[:at[0]] + line[:m[0]] + now + line[m[1]:] + source[at[1]:]
	said = []string{fmt.Sprintf("In its subject %s became %s.", was, now)}
	if lines := linesWith(source[at[1]:], strings.Count(source[:at[1]], "\n")+1, was); len(lines) > 0 {
		said = append(said, fmt.Sprintf("Its text still says %s, in line %s.", was, strings.Join(lines, ", ")))
	}
	return next, said
}

// isNumber says whether what was found counts issues. 第 needs its 号, and a 号 that goes
// on is that of a building or a road.
func isNumber(line string, m []int) bool {
	before, counted := line[m[2]:m[3]], m[6] >= 0
	if strings.HasPrefix(before, "第") && !counted {
		return false
	}
	for _, other := range []string{"館", "棟", "室", "線", "車", "台", "機"} {
		if counted && strings.HasPrefix(line[m[1]:], other) {
			return false
		}
	}
	return m[0] == 0 || !isLetter(line[m[0]-1]) || before == "#"
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// raise adds one to a number, in its own digits and as long as it was.
func raise(digits string) string {
	r := []rune(digits)
	zero, nine := '0', '9'
	if r[len(r)-1] >= '０' {
		zero, nine = '０', '９'
	}
	for i := len(r) - 1; i >= 0; i-- {
		if r[i] != nine && r[i] != '9' && r[i] != '９' {
			r[i]++
			return string(r)
		}
		r[i] = zero
	}
	return string(zero+1) + string(r)
}

// linesWith are the numbers of the lines in which something stands.
func linesWith(text string, first int, what string) (lines []string) {
	for i, l := range strings.Split(text, "\n") {
		if strings.Contains(l, what) {
			lines = append(lines, fmt.Sprint(first+i))
		}
	}
	return lines
}
