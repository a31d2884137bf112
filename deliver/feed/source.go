package feed

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/width"

	"example.jp/kairan/subscribe"
)

// Subject and Template are those of a list that says nothing else.
var (
	Subject  = subscribe.Text{JA: "新着情報 {date}（{count}件）", EN: "What's new, {date} ({count})"}
	Template = subscribe.Text{
		JA: "新着情報をお知らせします。\n\n{each}\n- {date} {entry}\n{end}\n",
		EN: "What is new on our site:\n\n{each}\n- {date}: {entry}\n{end}\n",
	}
)

// The marks of templates. Those of an entry stand between the lines of eachMark and endMark.
const (
	eachMark = "{each}"
	endMark  = "{end}"
)

var (
	mark       = regexp.MustCompile(`\{[a-z]+\}`)
	ofSubjects = []string{"{date}", "{count}"}
	ofEntries  = []string{"{entry}", "{title}", "{link}", "{date}", "{summary}"}
)

// CheckSubject says what is wrong with a subject of a list's; nil: nothing.
func CheckSubject(s string) error {
	return checkMarks(s, "in the subject", ofSubjects)
}

// CheckTemplate says what is wrong with a template; nil: nothing.
func CheckTemplate(s string) error {
	before, entry, after, ok := cutTemplate(s)
	if !ok {
		return fmt.Errorf("the template needs a line %s, the lines that each entry becomes, and a line %s", eachMark, endMark)
	}
	if err := checkMarks(entry, "between "+eachMark+" and "+endMark, ofEntries); err != nil {
		return err
	}
	if !strings.Contains(entry, "{entry}") && !strings.Contains(entry, "{title}") {
		return fmt.Errorf("between %s and %s stands neither {entry} nor {title}, so nobody would learn what is new", eachMark, endMark)
	}
	return checkMarks(before+after, "around "+eachMark+" and "+endMark, ofSubjects)
}

func checkMarks(s, where string, known []string) error {
	for _, m := range mark.FindAllString(s, -1) {
		if !strings.Contains(strings.Join(known, " "), m) {
			return fmt.Errorf("%s stands %s, where there are only %s", m, where, strings.Join(known, ", "))
		}
	}
	return nil
}

// cutTemplate cuts a template at its lines {each} and {end}.
func cutTemplate(s string) (before, entry, after string, ok bool) {
	before, rest, each := strings.Cut("\n"+s, "\n"+eachMark+"\n")
	entry, after, end := strings.Cut("\n"+rest, "\n"+endMark)
	return strings.TrimPrefix(before, "\n"), strings.TrimPrefix(entry, "\n"), after, each && end
}

// Source is the source of the issue of a slot, as an editor would hand it in.
func Source(l *subscribe.List, entries []Entry, slot time.Time) []byte {
	subject, template := l.Feed.Subject, l.Feed.Template
	if subject == "" {
		subject = Subject.In(l.Language)
	}
	if template == "" {
		template = Template.In(l.Language)
	}
	around := strings.NewReplacer("{date}", dateOf(slot, l), "{count}", strconv.Itoa(len(entries)))
	before, entry, after, _ := cutTemplate(template)
	var out strings.Builder
	front, _ := toml.Marshal(struct { // of a text it has no error
		Subject string `toml:"subject"`
	}{around.Replace(subject)})
	fmt.Fprintf(&out, "+++\n%s+++\n\n%s\n", front, around.Replace(before))
	for _, e := range entries {
		out.WriteString(strings.TrimRight(e.fill(entry, l), "\n") + "\n")
	}
	out.WriteString(around.Replace(after))
	return []byte(strings.TrimRight(out.String(), "\n") + "\n")
}

// fill is what the lines of a template become for an entry. What it does not have leaves no
// trace: neither a second space nor a sign that would stand alone at the end.
func (e Entry) fill(lines string, l *subscribe.List) string {
	date := ""
	if !e.Date.IsZero() {
		date = dateOf(e.Date, l)
	} else {
		lines = undated.ReplaceAllString(lines, "")
	}
	entry := escape(e.Title)
	switch {
	case e.Link == "":
	case addressed.MatchString(width.Narrow.String(e.Title)): // a link that shows one address and leads to another deceives
		entry += " " + link(e.Link)
	default:
		entry = "[" + entry + "](<" + address(e.Link) + ">)"
	}
	filled := strings.NewReplacer("{entry}", entry, "{title}", escape(e.Title), "{link}", link(e.Link),
		"{date}", date, "{summary}", escape(e.Summary)).Replace(lines)
	var out []string
	for line := range strings.SplitSeq(filled, "\n") {
		out = append(out, strings.TrimRight(line, " "))
	}
	return strings.Join(out, "\n")
}

// addressed is what looks like an address of the web or of mail.
var addressed = regexp.MustCompile(`[A-Za-z0-9-][.。][A-Za-z0-9-]{2,}|://|@`)

// undated is the place of a date with what stands beside it.
var undated = regexp.MustCompile(`\(\{date\}\)|（\{date\}）|\{date\}[:：]? ?`)

// link is an address to be read, which becomes a link by itself.
func link(s string) string {
	if s == "" {
		return ""
	}
	return "<" + address(s) + ">"
}

// address is the address of a link with no sign in it that Markdown or a merge slot would
// take for one of theirs (RFC 3986 §2.1).
func address(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	var out strings.Builder
	for _, b := range []byte(u.String()) {
		if b <= ' ' || b >= 0x7f || strings.IndexByte("<>\"\\^`{|}", b) >= 0 {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	return reference.ReplaceAllString(out.String(), "$1%3B")
}

// reference is what Markdown would take for a character, as in ?a=1&copy;.
var reference = regexp.MustCompile(`(&#?[A-Za-z0-9]+);`)

// dateOf is a day as people of the list's zone read it, in its language.
func dateOf(t time.Time, l *subscribe.List) string {
	t = t.In(l.Zone)
	if l.Language == subscribe.Japanese {
		return fmt.Sprintf("%d月%d日", t.Month(), t.Day())
	}
	return t.Format("2 January")
}
