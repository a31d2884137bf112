package source

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	xwidth "golang.org/x/text/width"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
	"example.jp/kairan/deliver/phrase"
	"example.jp/kairan/subscribe"
)

// keys are those of the front matter.
var keys = []string{"subject", "lang", "expires", "preheader", "keep_breaks", "attachments"}

func isKey(name string) bool { return slices.Contains(keys, name) }

// otherNames are what editors call the keys, or look for here, and what to do instead.
var otherNames = map[string]string{
	"title": "subject", "件名": "subject", "題名": "subject", "表題": "subject", "タイトル": "subject", "題": "subject",
	"language": "lang", "locale": "lang", "言語": "lang",
	"expire": "expires", "expiry": "expires", "期限": "expires", "有効期限": "expires",
	"preview": "preheader", "previewtext": "preheader", "description": "preheader", "summary": "preheader", "概要": "preheader",
	"keepbreak": "keep_breaks", "breaks": "keep_breaks", "linebreaks": "keep_breaks", "改行": "keep_breaks",
	"attach": "attachments", "file": "attachments", "files": "attachments", "添付": "attachments", "添付ファイル": "attachments",
}

// unknownKey says what to write in place of a key that there is not.
func unknownKey(key string) phrase.Words {
	plain := func(s string) string { // as it is compared
		return strings.TrimSuffix(strings.NewReplacer("-", "", "_", "", " ", "", `"`, "", "'", "").Replace(strings.ToLower(xwidth.Narrow.String(s))), "s")
	}
	says := phrase.Say("the keys are %s and %s", strings.Join(keys[:len(keys)-1], ", "), keys[len(keys)-1])
	switch k := plain(key); k {
	case "date", "日付", "日時", "配信日", "配信日時", "sendat", "schedule":
		says = phrase.Say("when it goes out is said to `kairan issue schedule`; delete the line")
	default:
		for other, known := range otherNames {
			if k == plain(other) || k == plain(known) {
				says = phrase.Say("it is called %s", known)
			}
		}
	}
	return phrase.Say("there is no key %q in an issue's front matter; %s", finding.Clip(key), says)
}

// maxFront bounds the front matter, in octets: it has a few short lines.
const maxFront = 16 << 10

// cut separates front matter and body. first is the line of the file on which
// the body begins; the first line of head is line 2 of the file.
func cut(text string) (head, body string, first int, found finding.List) {
	lines := strings.Split(text, "\n")
	opens := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	if opens < 0 || !isFence(lines[opens]) {
		line, says := noFence(lines, max(opens, 0))
		found.Fail(line, "front-matter", "%s", says)
		return "", "", 0, found
	}
	for i := opens + 1; i < len(lines); i++ {
		if isFence(lines[i]) {
			head = strings.Repeat("\n", opens) + strings.Join(lines[opens+1:i], "\n")
			if len(head) > maxFront {
				found.Fail(opens+1, "front-matter", `the front matter that begins here has %d KB; it holds a few short keys: is the line "+++" after its last key missing?`, len(head)>>10)
			}
			return head, strings.Join(lines[i+1:], "\n"), i + 2, found
		}
	}
	for i, l := range lines[opens+1:] {
		if isNearlyFence(l) {
			found.Fail(opens+i+2, "front-matter", `the front matter ends with a line of three plain plus signs, "+++" (半角); write it here`)
			return "", "", 0, found
		}
	}
	found.Fail(opens+1, "front-matter", `the front matter that begins here is not closed; put a line "+++" after its last key`)
	return "", "", 0, found
}

func isFence(line string) bool { return strings.TrimRight(line, " \t") == "+++" }

// nearlyFence is what is written for a fence, once it is narrow.
var nearlyFence = regexp.MustCompile(`^(\++|-{3,}|\+ \+ \+)$`)

func isNearlyFence(line string) bool {
	return len(line) < 100 && nearlyFence.MatchString(strings.TrimSpace(xwidth.Narrow.String(line)))
}

// noFence says why a file does not begin as it must; lines[at] is the first that is
// not blank.
func noFence(lines []string, at int) (line int, says phrase.Words) {
	const form phrase.Key = `the file must begin with a line "+++", a line such as subject = "秋のお知らせ", and a line "+++"`
	fence := slices.IndexFunc(lines, isFence)
	switch first := lines[at]; {
	case strings.HasPrefix(strings.TrimSpace(first), "---"):
		return at + 1, phrase.Say(`the front matter stands between lines "+++", not "---", and has "=", not a colon: %s`, form)
	case isNearlyFence(first):
		return at + 1, phrase.Say("this line must be three plain plus signs, +++ (半角): %s", form)
	case fence > 0 && strings.Contains(first, "="):
		return at + 1, phrase.Say(`the line "+++" above this one is missing: %s`, form)
	case fence > 0:
		return at + 1, phrase.Say(`move what stands above the "+++" of line %d below the front matter: %s`, fence+1, form)
	}
	return at + 1, phrase.Say("%s", form)
}

// How long an issue may be tried, as the configuration bounds it for all.
const (
	minExpires = time.Hour
	maxExpires = 240 * time.Hour
)

// front is the front matter as it is written.
type front struct {
	head   string
	values map[string]any // by key; what could not be read is not among them
	found  *finding.List
}

// readFront reads what stands between the fences into d; its first line is line 2.
func (d *Draft) readFront(list *subscribe.List, head string) (found finding.List) {
	f := front{head: head, found: &found}
	f.values = f.known(readTOML(head, &found))
	d.Lang = list.Language
	if lang, ok := f.text("lang"); ok {
		switch subscribe.Lang(lang) {
		case subscribe.Japanese, subscribe.English:
			d.Lang = subscribe.Lang(lang)
		default:
			f.fail("lang", `lang is %q; write "ja" or "en", or leave it out for the language of the list`, finding.Clip(lang))
		}
	}
	if expires, ok := f.text("expires"); ok {
		var err error
		if d.Expires, err = time.ParseDuration(expires); err != nil || d.Expires < minExpires || d.Expires > maxExpires {
			f.fail("expires", `expires is %q; write a time from "1h" to "240h", after which no copy is tried again, or leave it out`, finding.Clip(expires))
		}
	}
	d.KeepBreaks, d.Attachments = f.truth("keep_breaks"), f.names("attachments")
	slots := marker{list: list, found: &found, braces: `\\{{`}
	d.Subject, d.Sample = f.subject(&slots, d.Lang)
	d.Preheader = f.preheader(&slots, d.Lang, d.Subject)
	d.Slots = slots.slots
	return found
}

// maxKeys is how many keys are looked at.
const maxKeys = 50

// known are the values of keys that there are, by their names in small letters; the
// others are faults.
func (f front) known(all map[string]any) map[string]any {
	values := map[string]any{}
	if len(all) > maxKeys {
		f.found.Fail(2, "front-matter", "the front matter has %d keys; there are only %s", len(all), strings.Join(keys, ", "))
		return values
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		name, line := strings.ToLower(key), keyLine(f.head, key)
		_, table := all[key].(map[string]any)
		switch {
		case table && strings.Contains(lineOf(f.head, line), "["):
			f.found.Fail(line, "front-matter", "there are no sections such as [%s] in an issue's front matter; delete the line", finding.Clip(key))
		case !isKey(name):
			f.found.Fail(line, "front-matter", "%s", unknownKey(key))
		case values[name] != nil:
			lines := keyLines(f.head, name)
			f.found.Fail(lines[len(lines)-1], "front-matter", "the key %s stands here a second time; keep one of the two lines", name)
		default:
			values[name] = all[key]
		}
	}
	return values
}

func (f front) fail(key string, format string, args ...any) {
	f.found.Fail(keyLine(f.head, key), finding.Rule(strings.ReplaceAll(key, "_", "-")), format, args...)
}

// text is the value of a key that is one text. ok is false without the key, and
// where its value is a fault.
func (f front) text(key string) (text string, ok bool) {
	v, given := f.values[key]
	if !given {
		return "", false
	}
	if text, ok = v.(string); ok {
		return strings.TrimSpace(text), true
	}
	_, value, _ := strings.Cut(lineOf(f.head, keyLine(f.head, key)), "=")
	value, _, _ = strings.Cut(value, "#")
	value = strings.TrimSpace(value)
	switch v.(type) {
	case []any, map[string]any:
		f.fail(key, "%s is one text, and no list; write %s", key, exampleOf(key, ""))
	default:
		if _, number := v.(int64); number && key == "expires" {
			value += "h" // as it is most probably meant
		}
		f.fail(key, "the value of %s is a text; put it in quotes: %s", key, exampleOf(key, value))
	}
	return "", false
}

// truth is the value of a key that is true or false.
func (f front) truth(key string) bool {
	v, given := f.values[key]
	is, ok := v.(bool)
	if given && !ok {
		f.fail(key, "%s is written %[1]s = true or %[1]s = false, in small letters and without quotes", key)
	}
	return is
}

// maxAttachments is how many files one issue may name.
const maxAttachments = 20

// names are the names of files that a key lists, each once.
func (f front) names(key string) (names []string) {
	v, given := f.values[key]
	all, ok := v.([]any)
	if one, single := v.(string); single {
		f.fail(key, `%s is a list; put brackets around it: %[1]s = ["%s"]`, key, finding.Clip(one))
		return nil
	}
	if given && !ok {
		f.fail(key, `%s is a list of names in quotes; write %[1]s = ["annai.pdf", "map.png"]`, key)
		return nil
	}
	if len(all) > maxAttachments {
		f.fail(key, "%s names %d files; attach %d or fewer", key, len(all), maxAttachments)
		return nil
	}
	for _, v := range all {
		name, ok := v.(string)
		switch {
		case !ok:
			f.fail(key, `%s is a list of names in quotes; write %[1]s = ["annai.pdf", "map.png"]`, key)
		case strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > 200 || strings.ContainsFunc(name, isHidden):
			f.fail(key, "the name of a file is empty, longer than 200 characters, or has an invisible character in it; write it as the file is called")
		case slices.Contains(names, name):
			f.fail(key, "%s names %q twice; name each file once", key, finding.Clip(name))
		default:
			names = append(names, name)
		}
	}
	return names
}

// subject is the subject with its slots marked, and the sample by which it is judged.
func (f front) subject(slots *marker, lang subscribe.Lang) (subject, sample string) {
	written, ok := f.text("subject")
	if _, given := f.values["subject"]; !given && len(*f.found) == 0 {
		f.found.Fail(1, "front-matter", `the front matter has no subject; add a line such as subject = "秋のお知らせ"`)
	}
	if !ok {
		return "", ""
	}
	line := keyLine(f.head, "subject")
	subject, sample = slots.markLine(written, line, lang)
	for _, text := range subjectFaults(sample) {
		f.fail("subject", "%s", text)
	}
	if width.Columns(sample) > longSubject {
		f.found.Warn(line, "subject-length", "the subject is longer than 40 full-width characters; many readers see only its beginning")
	}
	return subject, sample
}

// preheader is what stands behind the subject in a list of mails, its slots marked.
func (f front) preheader(slots *marker, lang subscribe.Lang, subject string) string {
	written, ok := f.text("preheader")
	if !ok || written == "" {
		return ""
	}
	line := keyLine(f.head, "preheader")
	text, sample := slots.markLine(written, line, lang)
	for _, fault := range lineFaults("the preheader", sample) {
		f.fail("preheader", "%s", fault)
	}
	if markup.MatchString(sample) {
		f.found.Warn(line, "preheader", "the preheader is plain text, and the marks in it are shown as they stand; write it without HTML and Markdown")
	}
	if text == subject {
		f.found.Warn(line, "preheader", "the preheader says the same as the subject, which stands before it; write what else readers should know, or leave it out")
	}
	return text
}

// markup is what makes words bold, or links, in the text.
var markup = regexp.MustCompile(`</?[A-Za-z][^<>]*>|\*\*|\]\((?:https?|mailto):`)

// maxSubject is the greatest length of a subject and of a preheader, in characters.
const maxSubject = 200

// longSubject is where phones begin to cut: 40 full-width columns.
const longSubject = 80

var reply = regexp.MustCompile(`(?i)^(re|fwd?)\s*(\[\d+\])?\s*:`)

func subjectFaults(subject string) (texts []phrase.Words) {
	if subject == "" {
		return []phrase.Words{phrase.Say("the subject is empty; write what the issue is about")}
	}
	texts = lineFaults("the subject", subject)
	if reply.MatchString(xwidth.Narrow.String(subject)) {
		texts = append(texts, phrase.Say(`the subject begins like an answer ("Re:", "Fwd:"); leave that out, readers take it for a trick`))
	}
	return texts
}

// lineFaults says what a text of one line should not hold.
func lineFaults(what phrase.Key, text string) (faults []phrase.Words) {
	if n := utf8.RuneCountInString(text); n > maxSubject {
		faults = append(faults, phrase.Say("%s has %d characters; shorten it to %d or fewer", what, n, maxSubject))
	}
	if strings.ContainsFunc(text, slot.IsControl) {
		faults = append(faults, phrase.Say("%s has a line break or another control character in it; write it on one line", what))
	} else if i := strings.IndexFunc(text, isHidden); i >= 0 {
		before := []rune(text[:i])
		faults = append(faults, phrase.Say("an invisible control character (U+%04X) stands in %s behind %q; delete it, or type the line anew",
			firstRune(text[i:]), what, finding.Clip(string(before[max(0, len(before)-8):]))))
	}
	if strings.ContainsRune(text, utf8.RuneError) {
		faults = append(faults, phrase.Say("%s has a character in it that was lost (U+FFFD \uFFFD), perhaps when the file was converted; type it anew", what))
	}
	if strings.ContainsFunc(text, slot.IsMark) {
		faults = append(faults, phrase.Say(markText))
	}
	return faults
}

// isHidden reports what nobody sees and no line may hold: what no mail body may, and
// what turns, pads or joins the text without a sign of it. Emoji are joined by U+200D,
// and the forms of kanji and emoji chosen by selectors; these are none.
func isHidden(r rune) bool {
	return subscribe.IsUnprintable(r) || strings.ContainsRune("\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff\ufff9\ufffa\ufffb", r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// keyLine finds the line of a top-level key in the file.
func keyLine(head, key string) int { return keyLines(head, key)[0] }

// keyLines are the lines on which a top-level key is written; line 2 if none is found.
func keyLines(head, key string) (lines []int) {
	for i, l := range strings.Split(head, "\n") {
		name, _, ok := strings.Cut(l, "=")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if ok && strings.EqualFold(name, key) || strings.HasPrefix(name, key+".") || strings.HasPrefix(strings.TrimLeft(name, "["), key+"]") {
			lines = append(lines, i+2)
		}
	}
	if lines == nil {
		return []int{2}
	}
	return lines
}

// lineOf is a line of the file that lies in the front matter.
func lineOf(head string, line int) string {
	return strings.Split(head, "\n")[line-2]
}
