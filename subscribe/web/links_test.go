package web

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

var (
	span    = regexp.MustCompile(`(月?)(\d+)(?: (day|hour)|(日|時間))`) // behind 月 it is a date
	section = regexp.MustCompile(`(?m)^\[(.+)\]$`)
	link    = regexp.MustCompile(`\{\{url \.(\w+)\}\}`)
)

// TestTextsNameHowLongLinksLive holds every number of days and hours in the templates
// against the life of the link that it speaks of: in a mail that is the next link, on a
// page it goes by the section.
func TestTextsNameHowLongLinksLive(t *testing.T) {
	t.Parallel()
	lives := map[string]time.Duration{
		"confirm Link": subscribe.ConfirmFor, "move Link": subscribe.ConfirmFor, "correct Link": subscribe.CorrectFor,
		"ask": subscribe.CorrectFor, "correct": subscribe.CorrectFor, "done.correct-asked": subscribe.CorrectFor,
		"sent": subscribe.ConfirmFor, "late": subscribe.ConfirmFor,
		"done.corrected-move": subscribe.ConfirmFor, "done.fresh-mail": subscribe.ConfirmFor,
	}
	for _, notice := range []string{"confirm", "move", "correct", "already", "moved"} {
		lives[notice+" BlockLink"] = subscribe.BlockFor
	}
	units := map[string]time.Duration{"day": 24 * time.Hour, "日": 24 * time.Hour, "hour": time.Hour, "時間": time.Hour}
	templates := os.DirFS("../../templates")
	found := map[string]int{}
	err := fs.WalkDir(templates, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(file, ".go") || strings.HasPrefix(file, "custody/") { // whose days are the law's
			return err
		}
		octets, err := fs.ReadFile(templates, file)
		text := string(octets)
		for _, at := range span.FindAllStringSubmatchIndex(text, -1) {
			said := span.FindStringSubmatch(text[at[0]:at[1]])
			if said[1] != "" {
				continue
			}
			of, lang := "", strings.TrimSuffix(path.Base(file), ".toml")
			if notice, rest, ok := strings.Cut(path.Base(file), "."); ok && path.Dir(file) == "mails" {
				lang = strings.TrimSuffix(rest, ".txt")
				if next := link.FindStringSubmatch(text[at[1]:]); next != nil {
					of = notice + " " + next[1]
				}
			} else if before := section.FindAllStringSubmatch(text[:at[0]], -1); before != nil {
				of = before[len(before)-1][1]
			}
			if of == "record" { // whose chart has steps of an hour or a day
				continue
			}
			n, err := strconv.Atoi(said[2])
			if got := time.Duration(n) * units[said[3]+said[4]]; err != nil || got != lives[of] {
				t.Errorf("%s says %q of the link %q, which lives for %v", file, said[0], of, lives[of])
			}
			found[lang]++
		}
		return err
	})
	if err != nil || found["ja"] < 14 || found["en"] < 14 {
		t.Errorf("found only %v, %v", found, err)
	}
}

// TestLeaveByCorrectionLink: who came to correct finds the way out on the page, without a
// second mail; looking changes nothing, and an old link leads nowhere. On paper, which others
// read, the link stands without its address.
func TestLeaveByCorrectionLink(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.path("press", "correct")
	leave := strings.Replace(path, "/correct/", "/leave/", 1)
	f.get(path+"?lang=en").want(t, 200, `<a class="bare" href="`+leave+`?lang=en">`)
	f.post(path).want(t, 422, `<a class="bare" href="`+leave+`?lang=`)
	f.get(leave).want(t, 200, "Leave Press desk", `<form method="post">`)
	if calls := f.desk.take(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
	f.post(leave).want(t, 200, "You have left")
	if calls := f.desk.take(); len(calls) != 1 || calls[0].verb != "leave" {
		t.Errorf("asked: %+v", calls)
	}
	late := strings.Replace(f.late("press", "correct"), "/correct/", "/leave/", 1)
	f.get(late).want(t, 404)
	f.desk.err = subscribe.ErrLate
	f.post(late).want(t, 404)
}
