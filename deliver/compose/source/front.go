package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	xwidth "golang.org/x/text/width"

	"example.jp/kairan/deliver/compose/finding"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/deliver/compose/width"
	"example.jp/kairan/subscribe"
)

// front is the front matter. Pointers tell a missing key from an empty one.
type front struct {
	Subject *string `toml:"subject"`
	Lang    *string `toml:"lang"`
	Expires *string `toml:"expires"`

	Preheader   *string  `toml:"preheader"`
	KeepBreaks  bool     `toml:"keep_breaks"`
	Attachments []string `toml:"attachments"`
}

// cut separates front matter and body. first is the line of the file on which
// the body begins.
func cut(text string) (head, body string, first int, found finding.List) {
	lines := strings.Split(text, "\n")
	if isFence(lines[0]) {
		for i, l := range lines[1:] {
			if isFence(l) {
				return strings.Join(lines[1:i+1], "\n"), strings.Join(lines[i+2:], "\n"), i + 3, nil
			}
		}
		found.Fail(1, "front-matter", `the front matter that begins here is not closed; put a line "+++" after its last key`)
		return "", "", 0, found
	}
	found.Fail(1, "front-matter", `the file must begin with its front matter: a line "+++", a line such as subject = "Autumn news", and a line "+++"`)
	return "", "", 0, found
}

func isFence(line string) bool { return strings.TrimRight(line, " \t") == "+++" }

// How long an issue may be tried, as the configuration bounds it for all.
const (
	minExpires = time.Hour
	maxExpires = 240 * time.Hour
)

// readFront reads what stands between the fences into d; its first line is line 2.
func (d *Draft) readFront(list *subscribe.List, head string) (found finding.List) {
	d.Lang = list.Language
	var f front
	if err := toml.NewDecoder(strings.NewReader(head)).DisallowUnknownFields().Decode(&f); err != nil {
		tomlFaults(err, &found)
	}
	if f.Lang != nil {
		switch subscribe.Lang(*f.Lang) {
		case subscribe.Japanese, subscribe.English:
			d.Lang = subscribe.Lang(*f.Lang)
		default:
			found.Fail(keyLine(head, "lang"), "lang", `lang is %q; write "ja" or "en", or leave it out for the language of the list`, finding.Clip(*f.Lang))
		}
	}
	if f.Expires != nil {
		var err error
		if d.Expires, err = time.ParseDuration(*f.Expires); err != nil || d.Expires < minExpires || d.Expires > maxExpires {
			found.Fail(keyLine(head, "expires"), "expires", `expires is %q; write a time from "1h" to "240h", after which no copy is tried again, or leave it out`, finding.Clip(*f.Expires))
		}
	}
	d.KeepBreaks, d.Attachments = f.KeepBreaks, f.Attachments
	front := marker{list: list, found: &found, braces: `\\{{`}
	if f.Preheader != nil {
		d.Preheader = front.mark(strings.TrimSpace(*f.Preheader), keyLine(head, "preheader"))
	}
	if f.Subject == nil {
		if len(found) == 0 {
			found.Fail(1, "front-matter", `the front matter has no subject; add a line such as subject = "Autumn news"`)
		}
		return found
	}
	d.readSubject(&front, strings.TrimSpace(*f.Subject), keyLine(head, "subject"))
	for _, text := range subjectFaults(d.Sample) {
		found.Fail(keyLine(head, "subject"), "subject", "%s", text)
	}
	if width.Columns(d.Sample) > longSubject {
		found.Warn(keyLine(head, "subject"), "subject-length", "the subject is longer than 40 full-width characters; many readers see only its beginning")
	}
	return found
}

// maxSubject is the greatest length of a subject, in characters.
const maxSubject = 200

// longSubject is where phones begin to cut: 40 full-width columns.
const longSubject = 80

var reply = regexp.MustCompile(`(?i)^(re|fwd?)\s*(\[\d+\])?\s*:`)

func subjectFaults(subject string) (texts []string) {
	if subject == "" {
		return []string{"the subject is empty; write what the issue is about"}
	}
	if n := utf8.RuneCountInString(subject); n > maxSubject {
		texts = append(texts, fmt.Sprintf("the subject has %d characters; shorten it to %d or fewer", n, maxSubject))
	}
	if strings.ContainsFunc(subject, slot.IsControl) {
		texts = append(texts, "the subject has a line break or another control character in it; write it on one line")
	}
	if reply.MatchString(xwidth.Narrow.String(subject)) {
		texts = append(texts, `the subject begins like an answer ("Re:", "Fwd:"); leave that out, readers take it for a trick`)
	}
	if strings.ContainsFunc(subject, slot.IsMark) {
		texts = append(texts, markText)
	}
	return texts
}

func tomlFaults(err error, found *finding.List) {
	if unknown, is := errors.AsType[*toml.StrictMissingError](err); is {
		for _, e := range unknown.Errors {
			row, _ := e.Position()
			found.Fail(row+1, "front-matter", `there is no key %q in an issue's front matter; the keys are subject, lang, expires, preheader, keep_breaks and attachments`, finding.Clip(strings.Join(e.Key(), ".")))
		}
		return
	}
	if wrong, is := errors.AsType[*toml.DecodeError](err); is {
		row, _ := wrong.Position()
		found.Fail(row+1, "front-matter", `this is not TOML (%s); write a line such as subject = "Autumn news", with the quotes`,
			strings.TrimPrefix(wrong.Error(), "toml: "))
		return
	}
	found.Fail(2, "front-matter", "the front matter cannot be read: %v", err)
}

// keyLine finds the line of a top-level key in the file.
func keyLine(head, key string) int {
	for i, l := range strings.Split(head, "\n") {
		name, _, ok := strings.Cut(l, "=")
		if ok && strings.EqualFold(strings.Trim(strings.TrimSpace(name), `"'`), key) {
			return i + 2
		}
	}
	return 2
}
