package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/service"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web/browser"
	"example.jp/kairan/subscribe/web/webtest"
	"example.jp/kairan/templates"
)

// aRecord has one of everything.
func aRecord(zone *time.Location) service.Record {
	began := time.Date(2026, 12, 1, 9, 0, 0, 0, zone)
	r := service.Record{
		Issue: service.Issue{
			Issue: "japanifornia/winter-2026", Subject: "冬のお知らせ：初詣と、<書き初め>の会", State: "finished", Zone: zone.String(), Due: began, Embargo: began, Started: began.Add(time.Second),
			Ended: began.Add(21*time.Hour + 7*time.Minute), Page: "https://mail.example.jp/lists/japanifornia/issues/winter-2026", Balances: true,
			Balance: deliver.Balance{Audience: 120_345, Accepted: 118_002, Refused: 1_903, Expired: 212, Withdrawn: 226, Uncertain: 2, UncertainEver: 9, Bounced: 341, Complaints: 12},
			Said:    deliver.Said{Delivered: 117_000, Queued: 12, Bounced: 341, Nothing: 649, AsOf: began.Add(30 * time.Hour)},
			Approval: service.Approval{
				Needed: true, Author: "hanako", By: "ueda", At: began.Add(-18 * time.Hour),
			},
			Failed: []service.FailClass{
				{Code: 550, Enhanced: "5.1.1", Provider: "docomo.ne.jp", Copies: 1_290, Advice: "mailbox"}, {Code: 550, Enhanced: "5.1.1", Copies: 560, Advice: "mailbox"},
				{Code: 452, Enhanced: "4.2.2", Provider: "gmail.com", Copies: 212, Advice: "full"}, {Code: 550, Enhanced: "5.7.26", Provider: "yahoo.co.jp", Copies: 53, Advice: "proof", Deferred: true},
			},
		},
		Made: began.Add(40 * time.Hour), Author: "hanako", Content: strings.Repeat("0123456789abcdef", 4), Slot: "Mon-Fri 09:00", Relays: []string{"relay.example.jp", "second.example.jp"},
		Source: service.FileSum{Octets: 12_345, SHA256: strings.Repeat("fe", 32)}, Sums: []service.FileSum{{Name: "案内図.png", Octets: 345_678, SHA256: strings.Repeat("a1", 32)}},
		Step: 3600, Back: []service.FailClass{{Enhanced: "5.1.1", Copies: 300, Advice: "mailbox"}, {Copies: 41, Advice: "unclear"}},
	}
	for n := range 22 {
		r.Bars = append(r.Bars, deliver.Bar{From: began.Add(time.Duration(n) * time.Hour), Accepted: 8000 - n*n*15, Failed: n * 20})
	}
	for n, what := range []string{
		"added", "added again, unchanged", "replaced", "test copies sent to 3 testers (text 0123456789ab)", "embargo until 2026-12-01 09:00 JST", "embargo lifted",
		"approved (content 0123)", "not approved by anybody else: the head is away (content 0123)", "scheduled for 2026-12-01 09:00:00 JST", "cancelled before the start; back to draft",
		"started for 120,345 readers, 5m late", "paused", "paused: the relay refuses nearly everybody", "resumed", "cancelled; copies not yet claimed stay unsent",
		"goes once more to 2 readers (uncertain), from 2026-12-02 09:00:00 JST", "approved, for these readers", "not approved by anybody else, for these readers: away",
		"finished: sending it once more was stopped", "finished: 3 accepted of 3", "withdrawn from the archive: nobody is shown it any more", "put back into the archive: anybody can read it again",
	} {
		who := "ueda"
		if n > 9 {
			who = deliver.Self
		}
		r.Events = append(r.Events, deliver.Event{At: began.Add(time.Duration(n) * time.Minute), Actor: who, What: what})
	}
	return r
}

// recordPages are records in each state, and both languages.
func recordPages(t *testing.T) map[string]string {
	t.Helper()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	list := composetest.Consulate(t)
	whole, pages := aRecord(list.Zone), map[string]string{}
	running := whole
	running.State, running.Preliminary, running.Ended, running.Expires = "running", true, time.Time{}, whole.Started.Add(72*time.Hour)
	running.Approval.Alone, running.Balances, running.FewComplaints = "the head is away", false, true
	draft := service.Record{Issue: service.Issue{Issue: "japanifornia/x", State: "draft", Balances: true}, Preliminary: true, Made: whole.Made}
	for name, r := range map[string]service.Record{"whole": whole, "running": running, "draft": draft} {
		for _, lang := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
			p := recordPage{set, list, lang}
			page, err := set.Record(string(lang), p.data(r))
			if err != nil {
				t.Fatal(err)
			}
			pages[name+"-"+string(lang)] = string(page)
		}
	}
	return pages
}

// TestRecordSaysAll: it needs no other file, no text of the catalogue is missing, what people
// wrote is text, and each line of a timeline is in the language of the page or says its own.
func TestRecordSaysAll(t *testing.T) {
	t.Parallel()
	missing := regexp.MustCompile(`(record|advice)\.[a-z-]+|<no value>| (src|href|on[a-z]+)=|url\(|@import|<書き初め>`)
	for name, page := range recordPages(t) {
		if found := missing.FindString(page); found != "" {
			t.Errorf("%s: %q", name, found)
		}
		want := 0
		if strings.HasSuffix(name, "ja") {
			want = 1 // the reason of a pause is in the program's words
		}
		if n := strings.Count(page, `<td class="name" lang="en">`); !strings.HasPrefix(name, "draft") && n != want {
			t.Errorf("%s: %d lines of the timeline are in another language", name, n)
		}
	}
	for _, want := range []string{"118,002", "120,345", "docomo.ne.jp", "1,290", "slot of the list: Mon-Fri 09:00", "relay.example.jp, second.example.jp", strings.Repeat("a1", 32), "hanako", "ueda", "12 copies", "Of 9 copies", "delivered 117,000"} {
		if !strings.Contains(recordPages(t)["whole-en"], want) {
			t.Errorf("the record does not say %s", want)
		}
	}
}

// TestRecordsAreValid: as HTML.
func TestRecordsAreValid(t *testing.T) {
	t.Parallel()
	webtest.Valid(t, recordPages(t), webtest.Except{"void-style": "off", "long-title": "off"})
}

// TestRecordsAreAccessible: axe and our measures find nothing on a telephone and on a desk.
func TestRecordsAreAccessible(t *testing.T) {
	t.Parallel()
	pages := recordPages(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, pages[path.Base(r.URL.Path)])
	}))
	defer s.Close()
	g := webtest.NewGlass(t, browser.Start(t))
	for name := range pages {
		if os.Getenv("CI") == "" && !strings.HasPrefix(name, "whole") {
			continue
		}
		for _, wide := range []int64{390, 1280} {
			v := webtest.View{Width: wide}
			g.Open(s.URL+"/"+name, v)
			if found := webtest.Sorted(append(g.Axe(), g.Looks("cut", "overlap", "contrasts", "target")...)); len(found) > 0 {
				t.Errorf("%s, %s:\n\t%s", name, v, strings.Join(found, "\n\t"))
			}
		}
	}
}
