package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.jp/kairan/subscribe"
)

// TestTwoWorlds lives through the same day twice. The worlds differ in one reader, who is
// on the list in the first and unknown in the second; all that the program says, by its
// pages, its commands, its probes and its log, is the same but for counts.
func TestTwoWorlds(t *testing.T) {
	t.Parallel()
	with, without := oneDay(t, "subscribed"), oneDay(t, "unknown")
	wantAlike(t, without, with)
}

// wantAlike: all that came out is the same, whether or not the reader is on the list.
func wantAlike(t *testing.T, without, with []said) {
	t.Helper()
	for n := range with {
		if diff := cmp.Diff(without[n].lines, with[n].lines); diff != "" {
			t.Errorf("%s tells who is on the list (- without, + with the reader):\n%s", with[n].what, diff)
		}
	}
}

// logAbout is a relay's log that tells of a mail to somebody, with a Message-ID that is
// nobody's copy.
func logAbout(address string, at time.Time) string {
	stamp := at.Format(time.RFC3339) + " mx1 postfix/"
	return stamp + "cleanup[1]: 4AAAA1: message-id=<" + strings.Repeat("a", 32) + "@example.jp>\n" +
		stamp + "qmgr[1]: 4AAAA1: from=<news@example.jp>, size=1, nrcpt=1 (queue active)\n" +
		stamp + "smtp[1]: 4AAAA1: to=<" + address + ">, relay=none, delay=0.1, delays=0/0/0/0, dsn=5.1.1, status=bounced (" + address + " is unknown)\n"
}

// said is what came out at one step.
type said struct {
	what  string
	lines []string
}

// oneDay is a day in a world in which somebody, always of the same name, stands there.
func oneDay(t *testing.T, at standing) (all []said) {
	w := foundTown(t, 1)
	who, err := w.settle(at)
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		o, err := w.settle("subscribed")
		if err != nil {
			t.Fatal(err)
		}
		w.free["subscribed"] = append(w.free["subscribed"], o)
	}
	w.write(townList+"/first.md", "+++\nsubject = \"お知らせ\"\n+++\n\n{{name}} 様\n\n本日のお知らせです。\n")
	w.open()
	note := func(what, text string) { all = append(all, said{what, w.plain(text)}) }
	ask := func(method, path string, form url.Values) {
		q := question{method: method, path: pathOf(path), form: formOf(form)}
		note(method+" "+path, w.put(q, who))
	}
	command := func(input string, args ...string) {
		note("kairan "+strings.Join(args, " "), w.runCommand(input, args...))
	}
	typed := url.Values{"email": {who.address}, "list": {townList}}
	for _, path := range []string{"/", "/privacy", "/.well-known/mail-list-policy.json"} {
		ask(http.MethodGet, path, nil)
	}
	ask(http.MethodPost, "/lists/"+townList, typed)
	ask(http.MethodPost, "/correct", typed)
	w.settled()
	for _, x := range purposesOfLinks {
		if x.purpose == subscribe.ToLeave || x.purpose == subscribe.ToBlock {
			continue // these come last
		}
		path, secret := linkOf(x.purpose, x.page)(w, who)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			q := question{method: method, path: func(*town, *towner) (string, string) { return path, secret }, form: formOf(x.form)}
			note(method+" "+x.page, w.put(q, who))
		}
		w.settled()
	}
	command("", "list", "ls")
	command("", "list", "show", townList)
	command("", "issue", "add", townList+"/first.md")
	command("", "issue", "schedule", townList+"/first", "--now", "--yes")
	if !await(func() bool {
		return strings.Contains(w.runCommand("", "issue", "status", townList+"/first"), "finished")
	}) {
		t.Error("the issue does not end")
	}
	command("", "issue", "status", townList+"/first")
	command(logAbout(who.address, w.now()), "relay-log")
	command("", "issue", "show", townList+"/first")
	command("", "issue", "report", townList+"/first", "--json")
	command("", "issue", "ls", "--upcoming")
	command("", "issue", "ls")
	for _, name := range []string{"postfix-full", "postfix-unknown"} {
		command(backMail(t, name), "bounce", "--to", w.returnPath(who))
	}
	command(who.address+"\n", "subscriber", "remove", townList)
	command(who.address+"\n", "subscriber", "unblock")
	command(backMail(t, "arf-abuse"), "bounce", "--to", w.returnPath(who))
	command("Subject: leave\n\n", "bounce", "--to", w.leavePath(who))
	for _, line := range []string{"check", "status --json", "status", "purge --dry-run", "purge", "keys ls", "audit show", "audit verify", "compact", "custody ls", "stats --json", "list ls --json", "backup town.backup"} {
		command("", strings.Fields(line)...)
	}
	for _, path := range []string{"/healthz", "/readyz", "/readyz/mail", "/metrics"} {
		a, err := w.ask(http.MethodGet, "http://"+w.admin+path, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		note(path, a.head+a.body)
	}
	for _, p := range []subscribe.Purpose{subscribe.ToLeave, subscribe.ToBlock} {
		note(fmt.Sprintf("POST to a link of purpose %d", p), w.put(question{method: http.MethodPost, path: linkOf(p, map[subscribe.Purpose]string{subscribe.ToLeave: "/leave/", subscribe.ToBlock: "/block/"}[p])}, who))
	}
	w.settled()
	p := w.server
	if err := w.halt(os.Interrupt); err != nil {
		t.Error(err)
	}
	log := said{"the log", w.plain(p.text())}
	slices.Sort(log.lines) // some things happen at one time
	return append(all, log)
}

// settled waits until the intake and the engine have done what was asked.
func (w *town) settled() {
	for before := -1; before != w.sink.Count(); {
		before = w.sink.Count()
		waitSettled()
	}
}

var (
	instants    = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?`)
	tokens      = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)
	numbers     = regexp.MustCompile(`(\d[\d,.]*(ns|µs|ms|s|m|h)?( ?[KM]i?B)?)+`)
	fingerprint = regexp.MustCompile(`fingerprint [0-9a-f]+`)
	spaces      = regexp.MustCompile(`[ \t]+`)
	stretches   = regexp.MustCompile(`(\{\s*"from": "INSTANT",\s*"accepted": #,?\s*"failed": #\s*\},?\s*)+`) // of a chart
)

// plain is what was said without instants, names of this run, and counts. How many
// stretches of time a run fell into is a count, too.
func (w *town) plain(text string) []string {
	for _, own := range [][2]string{{w.public, "PUBLIC"}, {w.admin, "ADMIN"}, {w.work, "WORK"}} {
		text = strings.ReplaceAll(text, own[0], own[1])
	}
	text = instants.ReplaceAllString(text, "INSTANT")
	text = tokens.ReplaceAllString(text, "TOKEN")
	text = fingerprint.ReplaceAllString(text, "fingerprint OWN")
	text = numbers.ReplaceAllString(text, "#")
	text = stretches.ReplaceAllString(text, "STRETCHES ")
	text = spaces.ReplaceAllString(text, " ")
	return strings.Split(text, "\n")
}
