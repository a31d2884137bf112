package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

// TestWhatIsDeclaredIsSaidThreeTimes changes one declaration after the other: the notice,
// the privacy page and the file for machines all change with it.
func TestWhatIsDeclaredIsSaidThreeTimes(t *testing.T) {
	t.Parallel()
	say := func(change func(l *subscribe.List)) (said [5]string) {
		f := newFixture(t, func(s *Site) {
			o := s.Lists["press"].Office
			o.Keeping = subscribe.Keeping{Retention: subscribe.Retention{Consent: 35, Marks: 45, Suspended: 30, FreePages: 7, Backups: 35}}
			change(s.Lists["press"])
		})
		for n, path := range []string{f.path("press", "confirm"), "/privacy", "/privacy/" + f.lists["press"].Office.ID, "/.well-known/mail-list-policy.json", "/lists/press"} {
			a := f.get(path)
			if a.status != 200 {
				t.Fatalf("%.20s: status %d\n%s", path, a.status, f.log)
			}
			if cookie := a.header.Values("Set-Cookie"); cookie != nil {
				t.Errorf("%.20s sets a cookie", path)
			}
			said[n] = a.body
		}
		return said
	}
	before := say(func(*subscribe.List) {})
	if again := say(func(*subscribe.List) {}); before[1] != again[1] || before[3] != again[3] {
		t.Fatal("the pages differ although nothing was changed")
	}
	keeping := func(change func(*subscribe.Keeping)) func(*subscribe.List) {
		return func(l *subscribe.List) { change(&l.Office.Keeping) }
	}
	elsewhere := map[string]int{"a field's purpose": 4, "the policy's date": 4, "the last day of sign-ups": 0} // said on the other form, or on the page alone
	for what, change := range map[string]func(l *subscribe.List){
		"purpose": func(l *subscribe.List) { l.Purpose = subscribe.Text{JA: "別の目的", EN: "Another purpose"} },
		"a field's purpose": func(l *subscribe.List) {
			l.Fields[0].Purpose = subscribe.Text{JA: "別の目的", EN: "Another purpose"}
		},
		"a field's label":    func(l *subscribe.List) { l.Fields[0].Label = subscribe.Text{JA: "別名", EN: "Alias"} },
		"whether it must be": func(l *subscribe.List) { l.Fields[0].Required = !l.Fields[0].Required },
		"one field less":     func(l *subscribe.List) { l.Fields = l.Fields[:len(l.Fields)-1] },
		"the last day of sign-ups": func(l *subscribe.List) {
			l.Zone, l.Closes = time.UTC, time.Date(2098, 4, 1, 0, 0, 0, 0, time.UTC)
		},
		"the policy's date":  func(l *subscribe.List) { l.Office.PolicyDate = l.Office.PolicyDate.AddDate(0, 0, 1) },
		"the day of erasure": func(l *subscribe.List) { l.Zone, l.EraseBy = time.UTC, time.Date(2098, 4, 1, 0, 0, 0, 0, time.UTC) },
		"consent":            keeping(func(k *subscribe.Keeping) { k.Consent = 61 }),
		"marks":              keeping(func(k *subscribe.Keeping) { k.Marks = 62 }),
		"suspended":          keeping(func(k *subscribe.Keeping) { k.Suspended = 63 }),
		"free pages":         keeping(func(k *subscribe.Keeping) { k.FreePages = 8 }),
		"backups":            keeping(func(k *subscribe.Keeping) { k.Backups = 36 }),
		"the relay":          keeping(func(k *subscribe.Keeping) { k.Relay = subscribe.Text{JA: "見本社", EN: "Example"} }),
		"the machine":        keeping(func(k *subscribe.Keeping) { k.Machine = subscribe.Text{JA: "見本社", EN: "Example"} }),
	} {
		after := say(change)
		for n, where := range []string{"the notice", "the page", "the page of the office", "the file", "the sign-up form"} {
			if skip, is := elsewhere[what]; is && skip == n {
				continue
			}
			if after[n] == before[n] || n == 0 && strip(after[n]) == strip(before[n]) {
				t.Errorf("%s is changed, and %s is not", what, where)
			}
		}
	}
}

// strip takes away the hidden name of the wording, which changes with everything.
func strip(page string) string {
	_, rest, _ := strings.Cut(page, `name="wording" value="`)
	_, rest, _ = strings.Cut(rest, `"`)
	return rest
}

// TestPolicyFile is what a program reads.
func TestPolicyFile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := f.get("/.well-known/mail-list-policy.json")
	var file policyFile
	if err := json.Unmarshal([]byte(a.body), &file); err != nil || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Fatalf("%v: %s %s", err, a.header.Get("Content-Type"), a.body)
	}
	if file.Version != 1 || file.Cookies || file.Track || file.Shown || file.Days.Unconfirmed != 7 || file.Relay != nil {
		t.Errorf("%+v", file)
	}
	lists := 0
	for _, o := range file.Offices {
		for _, l := range o.Lists {
			lists++
			if len(l.Fields) != len(f.lists[l.ID].Fields)+1 || l.Fields[0].ID != "email" || l.ListID != f.lists[l.ID].ListID {
				t.Errorf("%+v", l)
			}
		}
	}
	if lists != len(f.lists) {
		t.Errorf("%d lists, want %d", lists, len(f.lists))
	}
	if got := f.get("/privacy/nobody").status; got != 404 {
		t.Errorf("an office that there is not: %d", got)
	}
}

// TestAListOfOneLanguage speaks that language, whatever is asked for.
func TestAListOfOneLanguage(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(s *Site) { s.Lists["press"].Languages = []subscribe.Lang{subscribe.English} })
	for _, path := range []string{"/lists/press", f.path("press", "confirm"), f.path("press", "correct"), f.path("press", "leave"), "/correct?list=press"} {
		a := f.get(path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=ja")
		if a.status != 200 || !strings.Contains(a.body, `<html lang="en">`) || strings.Contains(a.body, "top-langs") {
			t.Errorf("%.20s: status %d, or not in English alone", path, a.status)
		}
	}
	a := f.get("/?lang=ja")
	if !strings.Contains(a.body, "英語のみ") {
		t.Error("the front page does not say that the list is in English only")
	}
	if a := f.get("/?lang=en"); strings.Contains(a.body, "in English only") {
		t.Error("the English page says what goes without saying there")
	}
}

// TestOnlyPatternsAreCounted: of a request nothing is told but which kind of page it was.
func TestOnlyPatternsAreCounted(t *testing.T) {
	t.Parallel()
	var saw []string
	f, _ := newReadable(t, func(s *Site) { s.Saw = func(x Seen) { saw = append(saw, fmt.Sprint(x)) } })
	f.get("/lists/news?email=someone@example.jp")
	f.send("POST", f.path("news", "leave"), "")
	f.get("/lists/none")
	f.get(f.path("news", "leave") + "x")
	f.get(stylesheetOf(t, f.get("/").body))
	f.send("HEAD", "/", "")
	f.send("PUT", "/lists/news", "")
	f.get("/someone@example.jp")
	f.get("/lists/news/issues")
	f.get("/lists/news/issues/third?email=someone@example.jp")
	f.get("/lists/news/issues/someone@example.jp")
	f.get("/lists/news/issues/2026/map.png")
	want := "{GET /lists/{list} 200}, {POST /leave/{token} 200}, {GET /lists/{list} 404}, {GET /leave/{token} 404}, {GET / 200}, {GET /style 200}, " +
		"{HEAD / 200}, {other other 405}, {GET other 404}, {GET /lists/{list}/issues/ 200}, {GET /lists/{list}/issues/{issue} 200}, " +
		"{GET /lists/{list}/issues/{issue} 404}, {GET /lists/{list}/issues/{issue}/{file} 200}"
	if got := strings.Join(saw, ", "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
