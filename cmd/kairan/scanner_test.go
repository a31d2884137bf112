package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/subscribe"
	"example.jp/kairan/subscribe/web/browser"
)

// robot is one way in which programs look at a link: those that scan mail for a mailbox,
// and those that index, preview, preload or watch pages. None of them presses a button.
type robot struct {
	name    string
	method  string
	headers []string // pairs
	body    string
	query   string
}

// robots are what is seen in the logs of those who send mail.
func robots() (all []robot) {
	for _, agent := range []string{
		"", "-", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
		"Mozilla/5.0 (compatible; Barracuda Sentinel (EE))", "Mozilla/4.0 (compatible;)", "Mimecast Url Protect", "Proofpoint URL Defense", "SafeBrowsing",
		"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "Googlebot/2.1 (+http://www.google.com/bot.html)",
		"facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0", "Microsoft Office/16.0 (Microsoft Outlook 16.0)", "python-requests/2.32", "curl/8.9", "() { :; }; echo",
	} {
		all = append(all, robot{"agent " + agent, http.MethodGet, []string{"User-Agent", agent}, "", ""})
	}
	for _, accept := range []string{"*/*", "image/avif,image/webp,image/*", "application/json", "text/plain", "application/pdf;q=0.1", ";;q=9"} {
		all = append(all, robot{"accept " + accept, http.MethodGet, []string{"Accept", accept, "Accept-Language", "xx;q=zz", "Accept-Encoding", "br, gzip"}, "", ""})
	}
	get := func(name string, headers ...string) { all = append(all, robot{name, http.MethodGet, headers, "", ""}) }
	get("cookies", "Cookie", "session=1; List-Unsubscribe=One-Click; csrf=x", "Referer", "https://mail.example/inbox")
	get("origin", "Origin", "https://mail.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-User", "?1")
	get("credentials", "Authorization", "Basic eDp4", "From", "scanner@mail.example", "Via", "1.1 scanner.example")
	get("range", "Range", "bytes=0-0")
	get("ranges", "Range", "bytes=0-1,5-,-1", "If-Range", "x")
	get("conditional", "If-None-Match", "*", "If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")
	get("if match", "If-Match", `"x"`, "If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")
	get("prefetch", "Sec-Purpose", "prefetch;prerender", "Purpose", "prefetch", "X-Moz", "prefetch", "X-Purpose", "preview")
	get("saves data", "Save-Data", "on", "Upgrade-Insecure-Requests", "1", "DNT", "1", "Sec-GPC", "1")
	get("another method", "X-HTTP-Method-Override", "POST", "X-HTTP-Method", "POST", "X-Method-Override", "POST")
	get("one-click by header", "List-Unsubscribe", "One-Click", "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	get("a client that waits to continue", "Expect", "100-continue")
	get("another path", "X-Original-URL", "/leave/x", "X-Rewrite-URL", "/leave/x", "X-Forwarded-Host", "mail.example", "X-Forwarded-Proto", "http")
	const form = "application/x-www-form-urlencoded"
	for _, method := range []string{http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", "LINK", "PURGE", "QUERY"} {
		all = append(all, robot{"method", method, nil, "", ""},
			robot{"one-click by another method", method, []string{"Content-Type", form}, "List-Unsubscribe=One-Click", ""})
	}
	all = append(all,
		robot{"preflight", http.MethodOptions, []string{"Origin", "https://mail.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type"}, "", ""},
		robot{"one-click by GET", http.MethodGet, []string{"Content-Type", form}, "List-Unsubscribe=One-Click", ""},
		robot{"one-click by query", http.MethodGet, nil, "", "List-Unsubscribe=One-Click&_method=POST"},
		robot{"one-click by HEAD's query", http.MethodHead, nil, "", "List-Unsubscribe=One-Click"},
		robot{"campaign", http.MethodGet, nil, "", "utm_source=mail&fbclid=x&lang=en"})
	return all
}

// scanned is the town with links of each kind in each state, and what robots find.
type scanned struct {
	*town
	fresh map[subscribe.Purpose]string // paths of links that nobody has used
	paths []string                     // of those and of all others
	sent  int                          // requests
}

// settleLinks makes a link of each kind that is fresh, one that was used and one that is late.
func settleLinks(t *testing.T) (s *scanned, used map[string]url.Values) {
	w := foundTown(t, uint64(time.Now().UnixNano()), noCeilings...)
	s, used = &scanned{town: w, fresh: map[subscribe.Purpose]string{}}, map[string]url.Values{}
	for _, x := range purposesOfLinks {
		at := standing("subscribed")
		if x.purpose == subscribe.ToConfirm {
			at = "unknown"
		}
		for state, age := range map[string]time.Duration{"fresh": time.Minute, "used": time.Minute, "late": 60 * 24 * time.Hour} {
			who, err := w.settle(at)
			if err != nil {
				t.Fatal(err)
			}
			tok, err := w.mint(w.tokens, x.purpose, who, townList, age)
			if err != nil {
				t.Fatal(err)
			}
			path := x.page + tok
			s.paths = append(s.paths, path)
			switch state {
			case "fresh":
				s.fresh[x.purpose] = path
				filled := url.Values{"email": {who.address}, "list": {townList}, "lang": {"en"}}
				maps.Copy(filled, x.form)
				s.paths = append(s.paths, path+"?"+filled.Encode(), "/lists/"+townList+"?"+filled.Encode(), "/correct?"+filled.Encode())
			case "used":
				used[path] = x.form
			}
		}
	}
	s.paths = append(s.paths, "/", "/lists/"+townList, "/lists/"+otherList, "/correct", "/privacy", "/robots.txt", "/.well-known/mail-list-policy.json")
	return s, used
}

// look sends a robot to a path, and returns what it found.
func (s *scanned) look(r robot, path string) (string, error) {
	if r.query != "" {
		path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + r.query
	}
	req, err := http.NewRequest(r.method, "http://"+s.public+path, strings.NewReader(r.body))
	if err != nil {
		return "", err
	}
	for i := 0; i+1 < len(r.headers); i += 2 {
		req.Header.Set(r.headers[i], r.headers[i+1])
	}
	a, err := s.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("%s by %s, %s: %w", path, r.method, r.name, err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if a.StatusCode >= 500 && a.StatusCode != http.StatusNotImplemented || a.Header.Get("Set-Cookie") != "" {
		return "", fmt.Errorf("%s by %s, %s: %s", path, r.method, r.name, a.Status)
	}
	return string(body), err
}

var leads = regexp.MustCompile(`(?:href|src|action)="([^"#]*)"`)

// crawl follows everything that leads anywhere, forms too, and all of that by GET.
func (s *scanned) crawl() error {
	seen := map[string]bool{}
	next := slices.Clone(s.paths)
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if seen[at] || len(seen) > 1000 {
			continue
		}
		seen[at] = true
		page, err := s.look(robot{name: "crawler", method: http.MethodGet}, at)
		if err != nil {
			return err
		}
		base, err := url.Parse("http://" + s.public + at)
		if err != nil {
			return err
		}
		for _, m := range leads.FindAllStringSubmatch(page, -1) {
			to, err := base.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			if err == nil && to.Host == s.public {
				next = append(next, to.RequestURI())
			}
		}
	}
	s.sent += len(seen)
	return nil
}

// swarm sends every robot to every path, many at once, twice.
func (s *scanned) swarm() {
	type errand struct {
		robot
		path string
	}
	errands := make(chan errand)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for e := range errands {
				if _, err := s.look(e.robot, e.path); err != nil {
					s.t.Error(err)
				}
			}
		})
	}
	for range 2 {
		for _, path := range s.paths {
			for _, r := range robots() {
				errands <- errand{r, path}
				s.sent++
			}
		}
	}
	close(errands)
	all.Wait()
}

// glance opens every path in a browser that runs scripts, and presses nothing.
func (s *scanned) glance(t *testing.T, b *browser.Browser) {
	tab := b.Open(t, browser.Desktop)
	for _, path := range s.paths {
		tab.Go("http://" + s.public + path)
		browser.Eval[int](tab, `(scrollTo(0, 1e6), document.querySelectorAll("a, button, input").forEach(e => { e.dispatchEvent(new Event("mouseover")); e.focus() }), 0)`)
		s.sent++
	}
}

// stored is all that is in the database of a service that has stopped, by bucket and key;
// but for what any service writes that was started and stopped.
func (s *scanned) stored() map[string]string {
	s.t.Helper()
	if err := s.halt(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	db, err := bolt.Open(s.file("data/kairan.db"), 0o600, &bolt.Options{ReadOnly: true, Timeout: patience})
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]string{}
	var walk func(path string, b *bolt.Bucket) error
	walk = func(path string, b *bolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			at := path + fmt.Sprintf("/%.60q", k)
			if v == nil {
				return walk(at, b.Bucket(k))
			}
			all[at] = string(bytes.Clone(v))
			return nil
		})
	}
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return walk(string(name), b) })
	})
	if err = errors.Join(err, db.Close()); err != nil {
		s.t.Fatal(err)
	}
	if s.server, err = s.start(); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// own is what a service writes that was only started, asked for pages, and stopped: counts
// of pages by their patterns, and that it has opened its database.
var own = regexp.MustCompile(`^(months/"[^"]*(GET|HEAD|POST|other) |meta/"(commit|generation)"$)`)

// differences are the places in which two states of a database are not the same.
func differences(before, after map[string]string) (at []string) {
	for k, v := range after {
		if w, ok := before[k]; (!ok || w != v) && !own.MatchString(k) {
			at = append(at, k)
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok && !own.MatchString(k) {
			at = append(at, k+", which is gone")
		}
	}
	return at
}

// untouched scans, and holds that every octet of the database is as it was, that no mail went
// out, and that each fresh link does what it is for.
func untouched(t *testing.T, scan func(s *scanned)) {
	t.Helper()
	s, used := settleLinks(t)
	s.open()
	press := func(path string, form url.Values) {
		t.Helper()
		if a, err := s.submit("http://"+s.public+path, form, false, ""); err != nil || a.status != http.StatusOK {
			t.Fatalf("%.9s is answered %+v, %v", path, a, err)
		}
	}
	for path, form := range used {
		press(path, form)
	}
	s.settled()
	before, mails := s.stored(), s.sink.Count()
	scan(s)
	s.settled()
	after := s.stored()
	for _, at := range differences(before, after) {
		t.Errorf("it has changed %s", at)
	}
	if n := s.sink.Count(); n != mails {
		t.Errorf("it had %d mails sent", n-mails)
	}
	for _, x := range purposesOfLinks {
		press(s.fresh[x.purpose], x.form)
		pressed := s.stored()
		if len(differences(after, pressed)) == 0 {
			t.Errorf("the button behind the link of purpose %d does nothing any more", x.purpose)
		}
		after = pressed
	}
	t.Logf("%d requests", s.sent)
}

// TestScannersChangeNothing: whatever looks at pages and links without pressing a button.
func TestScannersChangeNothing(t *testing.T) {
	t.Parallel()
	untouched(t, func(s *scanned) {
		if err := s.crawl(); err != nil {
			t.Error(err)
		}
		s.swarm()
	})
}

// TestBrowserThatScans: the same of a browser that loads pages and runs scripts in them, as
// mail scanners have.
func TestBrowserThatScans(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	untouched(t, func(s *scanned) { s.glance(t, b) })
}
