package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// entries are those with numbers from a to b, as a site has them.
func entries(a, b int) (all []Entry) {
	for n := b; n >= a; n-- {
		all = append(all, Entry{
			ID: fmt.Sprintf("tag:%d", n), Link: fmt.Sprintf("https://www.example.jp/%d.html", n), Title: fmt.Sprintf("第%d号", n), Summary: fmt.Sprintf("本文%d", n),
			Date: slot.AddDate(0, 0, n-100),
		})
	}
	return all
}

// knowing is the book of a feed that had these.
func knowing(all []Entry) *deliver.FeedBook {
	var b deliver.FeedBook
	Take(&b, all, slot)
	return &b
}

func titles(n News) (s []string) {
	for _, e := range n.Entries {
		s = append(s, e.Title)
	}
	return s
}

func changed(e Entry, change func(*Entry)) []Entry {
	change(&e)
	return []Entry{e}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	book := knowing(entries(1, 20))
	one := entries(20, 20)[0]
	for name, c := range map[string]struct {
		all  []Entry
		most int
		want string // titles
		asks string
	}{
		"nothing":             {entries(1, 20), 20, "", ""},
		"two":                 {entries(3, 22), 20, "第22号 第21号", ""},
		"empty":               {nil, 20, "", ""},
		"twice":               {append(entries(21, 21), entries(2, 21)...), 20, "第21号", ""},
		"corrected":           {changed(one, func(e *Entry) { e.Title, e.Summary = "第20号(訂正)", "訂正" }), 20, "", ""},
		"corrected, new id":   {changed(one, func(e *Entry) { e.ID, e.Title = "x", "第20号(訂正)" }), 20, "", ""},
		"new id":              {changed(one, func(e *Entry) { e.ID = "x" }), 20, "", ""},
		"moved":               {changed(one, func(e *Entry) { e.ID, e.Link = "x", "https://new.example/20" }), 20, "", ""},
		"same page, next day": {append(changed(one, func(e *Entry) { e.ID, e.Title, e.Date = "x", "第21号", e.Date.AddDate(0, 0, 1) }), entries(1, 20)...), 20, "第21号", ""},
		"more than most":      {entries(1, 25), 4, "第25号 第24号 第23号 第22号 第21号", "5 entries are new, and 4 may go out by themselves"},
		"as many as most":     {entries(1, 25), 5, "第25号 第24号 第23号 第22号 第21号", ""},
		"hardly any known":    {entries(20, 31), 20, "第31号 第30号 第29号 第28号 第27号 第26号 第25号 第24号 第23号 第22号 第21号", "11 of its 12 entries are new, as if the web site had moved"},
		"all new":             {entries(30, 31), 20, "第31号 第30号", "2 of its 2 entries are new"},
	} {
		n := Judge(book, c.all, c.most)
		if got := strings.Join(titles(n), " "); got != c.want || (n.Asks == "") != (c.asks == "") || !strings.Contains(n.Asks, c.asks) || n.First {
			t.Errorf("%s: %q, asks %q; want %q, %q", name, got, n.Asks, c.want, c.asks)
		}
	}
	back := book.Clone()
	back.PutBack = true
	if n := Judge(&back, entries(1, 20), 20); n.Asks == "" {
		t.Error("after a restore nobody is asked")
	}
	if n := Judge(&deliver.FeedBook{}, entries(1, 100), 20); !n.First || n.Asks != "" {
		t.Errorf("for the first time: %+v", n)
	}
	if n := Judge(knowing(nil), entries(1, 1), 20); len(n.Entries) != 1 || n.Asks != "" {
		t.Errorf("the first entry of a feed that was empty: %+v", n)
	}
}

// TestSharedLinks: entries that lead to one page are told apart.
func TestSharedLinks(t *testing.T) {
	t.Parallel()
	page := func(id, title string, date time.Time) Entry {
		return Entry{ID: id, Link: "https://www.example.jp/kaiken.html", Title: title, Date: date}
	}
	book := knowing([]Entry{page("1", "会見1", slot), page("2", "会見2", slot)})
	all := []Entry{page("3", "会見3", slot), page("2", "会見2", slot), page("1", "会見1", slot)}
	if n := Judge(book, all, 20); len(n.Entries) != 1 || n.Entries[0].Title != "会見3" {
		t.Errorf("%+v", n)
	}
	// And entries that say the same without a date.
	bare := func(n int) Entry {
		return Entry{ID: fmt.Sprint(n), Title: "更新情報", Link: fmt.Sprintf("https://www.example.jp/%d", n)}
	}
	if n := Judge(knowing([]Entry{bare(1), bare(2)}), []Entry{bare(3), bare(2), bare(1)}, 20); len(n.Entries) != 1 {
		t.Errorf("%+v", n)
	}
}

// TestSharedIDs: an id that entries share which are not the same tells nothing. A site may
// give none and lead to one page of news from each entry, or give one id to all.
func TestSharedIDs(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(n int) Entry{
		"one page": func(int) Entry { return Entry{Link: "https://www.example.jp/news.html"} },
		"permalink": func(int) Entry {
			return Entry{ID: "http://www.example.jp/news.html", Link: "https://www.example.jp/news.html"}
		},
		"one id": func(n int) Entry { return Entry{ID: "x", Link: fmt.Sprintf("https://www.example.jp/%d.html", n)} },
	} {
		var all []Entry
		for n := range 5 {
			e := of(n)
			e.Title, e.Date = fmt.Sprintf("第%d号", n), slot.AddDate(0, 0, n)
			all = append(all, e)
		}
		if n := Judge(knowing(all[:2]), all, 20); strings.Join(titles(n), " ") != "第2号 第3号 第4号" || n.Asks != "" {
			t.Errorf("%s: %v, %q", name, titles(n), n.Asks)
		}
		if n := Judge(knowing(all), all, 20); len(n.Entries) != 0 {
			t.Errorf("%s: again %v", name, titles(n))
		}
	}
	// Two versions of one entry are one (RFC 4287 §4.1.1).
	v1 := Entry{ID: "tag:1", Link: "https://www.example.jp/1.html", Title: "第1号", Date: slot}
	v2 := v1
	v2.Title, v2.Date = "第1号(訂正)", slot.AddDate(0, 0, 1)
	if n := Judge(knowing([]Entry{v1}), []Entry{v2, v1}, 20); len(n.Entries) != 0 {
		t.Errorf("a corrected entry beside itself is news: %v", titles(n))
	}
}

// TestBookIsBounded: what the feed has not had for long goes, and what it has stays.
func TestBookIsBounded(t *testing.T) {
	t.Parallel()
	var b deliver.FeedBook
	Take(&b, entries(1, 10), slot)
	Take(&b, entries(11, 20), slot.AddDate(0, 0, 300))
	if n := Judge(&b, entries(1, 20), 20); len(n.Entries) != 0 {
		t.Errorf("%v", titles(n))
	}
	Take(&b, entries(11, 20), slot.AddDate(0, 0, 402))
	if n := Judge(&b, entries(1, 20), 20); len(n.Entries) != 10 {
		t.Errorf("%v", titles(n))
	}
	for day := range 30 {
		Take(&b, entries(1_000*day, 1_000*day+999), slot.AddDate(0, 0, 402+day))
	}
	if len(b.Seen) > 50_000 {
		t.Errorf("%d prints", len(b.Seen))
	}
	if n := Judge(&b, entries(29_000, 29_999), 20); len(n.Entries) != 0 {
		t.Error("the newest are forgotten")
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	l := fed(t)
	l.LateWithin = 2 * time.Hour
	nine := subscribe.Slot{Minutes: 1, Hours: 1 << 9, Days: 1<<32 - 2, Months: 1<<13 - 2, Weekdays: 1<<7 - 1}
	l.Slots.Of = []subscribe.Slot{nine}
	at := func(clock string) time.Time {
		when, err := time.ParseInLocation("01-02 15:04", clock, l.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return when.AddDate(2026-when.Year(), 0, 0)
	}
	show := func(when time.Time) string {
		if when.IsZero() {
			return ""
		}
		return when.In(l.Zone).Format("01-02 15:04")
	}
	for _, c := range []struct {
		done, now, slot, next string
		before                time.Duration
	}{
		{"11-30 09:00", "12-01 08:29", "", "12-01 09:00", 30 * time.Minute},
		{"11-30 09:00", "12-01 08:30", "12-01 09:00", "12-02 09:00", 30 * time.Minute},
		{"11-30 09:00", "12-01 10:59", "12-01 09:00", "12-02 09:00", 30 * time.Minute},
		{"11-30 09:00", "12-01 11:01", "", "12-02 09:00", 30 * time.Minute}, // too late
		{"12-01 09:00", "12-01 08:45", "", "12-02 09:00", 30 * time.Minute},
		{"12-01 09:00", "12-01 16:00", "12-02 09:00", "12-03 09:00", 18 * time.Hour},
		{"11-30 09:00", "12-01 10:00", "12-01 09:00", "12-02 09:00", 24 * time.Hour}, // the one that was missed first
		{"12-01 09:00", "12-01 10:00", "12-02 09:00", "12-03 09:00", 24 * time.Hour},
	} {
		l.Feed.Before = c.before
		if slot, next := Due(l, at(c.done), at(c.now)); show(slot) != c.slot || show(next) != c.next {
			t.Errorf("%+v: %s, then %s", c, show(slot), show(next))
		}
	}
	if got := Slug(at("12-01 09:00"), l); got != "2026-12-01-0900" || !subscribe.ValidID(got) {
		t.Error(got)
	}
	if got := Following(l, at("12-01 09:00"), at("12-01 08:45")); show(got) != "12-02 09:00" {
		t.Error(show(got))
	}
	l.Slots.Of = nil
	if slot, next := Due(l, time.Time{}, at("12-01 09:00")); !slot.IsZero() || !next.IsZero() {
		t.Error(slot, next)
	}
}
