package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/fetch"
	"example.jp/kairan/store"
	"example.jp/kairan/store/seal"
)

// ministry is the web site whose feed fills a list.
type ministry struct {
	mu     sync.Mutex
	answer func(w http.ResponseWriter)
	asked  int
}

func (m *ministry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	m.answer(w)
}

func (m *ministry) says(answer func(w http.ResponseWriter)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = answer
}

// item is an entry of the feed. What its number is never changes.
type item struct {
	n               int
	id, link, title string
}

func newsOf(from, to int) (all []item) {
	for n := to; n >= from; n-- {
		all = append(all, item{n, fmt.Sprintf("tag:%d", n), fmt.Sprintf("https://www.example.jp/%d.html", n), fmt.Sprintf("第%d号", n)})
	}
	return all
}

// each is news with something changed in all of it.
func each(all []item, change func(*item)) []item {
	for i := range all {
		change(&all[i])
	}
	return all
}

// rss is a feed of news, with a tag by which it is known if it has one.
func rss(all []item) func(http.ResponseWriter) {
	var out strings.Builder
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>省</title>`)
	for _, x := range all {
		fmt.Fprintf(&out, `<item><guid isPermaLink="false">%s</guid><link>%s</link><title>%s</title><description>No. %d</description></item>`, x.id, x.link, x.title, x.n)
	}
	out.WriteString(`</channel></rss>`)
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/xml; charset=UTF-8")
		_, _ = w.Write([]byte(out.String()))
	}
}

// errKilled is where the process ends.
var errKilled = errors.New("killed")

// steps are the places at which a crash is tried.
var steps = []string{"nowhere", "before the fetch", "behind the fetch", "before the commit", "behind the commit", "before the start", "behind the start"}

// fedOffice is an installation with a list that is fed, which is opened again and again.
type fedOffice struct {
	*Service
	t       *testing.T
	cfg     *config.Config
	site    *ministry
	now     time.Time
	crashAt string // at which step the process ends, once a slot
	crashed bool
	kills   int
}

func newFedOffice(t *testing.T, crashAt string) *fedOffice {
	t.Helper()
	o := &fedOffice{t: t, crashAt: crashAt, site: new(ministry), now: time.Date(2026, 12, 1, 8, 0, 0, 0, time.FixedZone("JST", 9*60*60))}
	server := httptest.NewServer(o.site)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	source := string(config.DemoSource(dir, "http://localhost:1", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1", 2525))
	source = strings.Replace(source, "\n[lists.whats-new]\n", "\n[lists.whats-new]\nslots = [\"09:00\"]\n", 1) + "\n[lists.whats-new.feed]\nurl = \"" + server.URL + "/news.rdf\"\nmost = 5\n"
	cfg, err := config.Parse(filepath.Join(dir, "k.toml"), []byte(source))
	if err == nil {
		err = seal.Generate(o.now).Write(filepath.Join(dir, "keys"))
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg.Journal = filepath.Join(dir, "journal")
	o.cfg = cfg
	o.open()
	t.Cleanup(func() { _ = o.Close() })
	return o
}

func (o *fedOffice) open() {
	o.t.Helper()
	s, err := Open(o.cfg, "a test", func() time.Time { return o.now }, slog.New(slog.DiscardHandler))
	if err != nil {
		o.t.Fatal(err)
	}
	o.Service = s
	s.scheduler.Mono = func() time.Duration { return time.Duration(o.now.UnixNano()) }
	s.ReachFeeds(netip.Addr.IsLoopback)
	get := s.feeds.Get
	s.feeds.Get = func(ctx context.Context, address string, known fetch.Known) (fetch.Answer, error) {
		o.dies("before the fetch")
		a, err := get(ctx, address, known)
		o.dies("behind the fetch")
		return a, err
	}
	s.feeds.Store = mortalStore{s.Store, o}
}

// dies ends the process at a step, if that is the one.
func (o *fedOffice) dies(step string) {
	if step == o.crashAt && !o.crashed {
		o.crashed = true
		o.kills++
		panic(errKilled)
	}
}

// mortalStore is a store that the process may die beside.
type mortalStore struct {
	*store.Store
	o *fedOffice
}

func (m mortalStore) PutFeed(ctx context.Context, list string, book deliver.FeedBook, lines [][2]deliver.Print, made *deliver.Issue) error {
	m.o.dies("before the commit")
	err := m.Store.PutFeed(ctx, list, book, lines, made)
	m.o.dies("behind the commit")
	return err
}

// ticks does what the service does each second. What was killed is opened again.
func (o *fedOffice) ticks() {
	o.t.Helper()
	killed := func() (killed bool) {
		defer func() {
			if x := recover(); x != nil {
				if x != any(errKilled) {
					panic(x)
				}
				killed = true
			}
		}()
		o.feeds.Tick(o.t.Context())
		live, err := o.Store.Live()
		if err != nil {
			o.t.Fatal(err)
		}
		if len(live) > 0 && !o.now.Before(live[0].Due) {
			o.dies("before the start")
		}
		o.scheduler.Tick(o.t.Context())
		if len(live) > 0 && !o.now.Before(live[0].Due) {
			o.dies("behind the start")
		}
		return false
	}()
	if killed {
		if err := o.Close(); err != nil { // which writes nothing
			o.t.Fatal(err)
		}
		o.open()
	}
}

// slot lives through the hours around nine o'clock of the next day.
func (o *fedOffice) slot(says func(http.ResponseWriter)) {
	o.t.Helper()
	o.site.says(says)
	o.crashed = false
	day := o.now.AddDate(0, 0, 1)
	for _, minute := range []int{-40, -30, -28, -26, -22, -14, -5, 0, 1, 2, 10, 60, 130} {
		o.now = time.Date(day.Year(), day.Month(), day.Day(), 9, minute, 0, 0, o.now.Location())
		o.ticks()
	}
}

// went says in which issues each entry is, by its title.
func (o *fedOffice) went() map[string][]string {
	o.t.Helper()
	issues, err := o.Store.Issues("whats-new")
	if err != nil {
		o.t.Fatal(err)
	}
	out := map[string][]string{}
	for _, i := range issues {
		if i.State == deliver.Draft || i.State == deliver.Held || i.Author() != editorOfFeeds || i.Fed.Entries == 0 {
			o.t.Errorf("%s is %s, by %s, of %d entries", i.Name, i.State, i.Author(), i.Fed.Entries)
		}
		for _, m := range regexp.MustCompile(`第[0-9]+号`).FindAllString(string(i.Source), -1) {
			out[m] = append(out[m], i.Name.Slug)
		}
	}
	return out
}

const editorOfFeeds = "feed"

// alarms are those about the feed that stand.
func (o *fedOffice) alarms() (all []string) {
	o.t.Helper()
	o.lookOut()
	for _, a := range o.board.all() {
		if strings.HasPrefix(a.Name, "feed-") {
			all = append(all, a.Name)
		}
	}
	return all
}

// want compares where each entry went.
func (o *fedOffice) want(after string, alarms []string, where map[int]string) {
	o.t.Helper()
	got := o.went()
	want := map[string][]string{}
	for n, day := range where {
		want[fmt.Sprintf("第%d号", n)] = []string{"2026-12-" + day + "-0900"}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		o.t.Errorf("%s: got %v, want %v", after, got, want)
	}
	if got := o.alarms(); !slices.Equal(got, alarms) {
		o.t.Errorf("%s: the alarms are %v, want %v", after, got, alarms)
	}
}

// TestFedForTenSlots: a feed changes, breaks, becomes a web page, moves with all ids new,
// grows huge and returns, and the process is killed at a step of each slot. Each entry is in
// exactly one issue, or a person is asked.
func TestFedForTenSlots(t *testing.T) {
	t.Parallel()
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			o := newFedOffice(t, step)
			where := map[int]string{}
			o.site.says(rss(newsOf(1, 10)))
			o.ticks()
			o.ticks() // what was killed reads it now
			o.want("when it is declared", nil, where)

			o.slot(rss(newsOf(1, 12)))
			where[11], where[12] = "02", "02"
			o.want("with two that are new", nil, where)
			o.slot(rss(newsOf(1, 12)))
			o.want("with nothing new", nil, where)
			corrected := newsOf(1, 13)
			corrected[1].title = "第12号（訂正）"
			o.slot(rss(corrected))
			where[13] = "04"
			o.want("with a correction", nil, where)
			o.slot(func(w http.ResponseWriter) { http.Error(w, "out of order", http.StatusInternalServerError) })
			o.want("when it is broken", []string{"feed-unreadable"}, where)
			o.slot(rss(newsOf(4, 15)))
			where[14], where[15] = "06", "06"
			o.want("when it works again", nil, where)
			o.slot(func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte("<!DOCTYPE html><title>お探しのページ</title>"))
			})
			o.want("when it is a web page", []string{"feed-unreadable"}, where)
			o.slot(rss(each(newsOf(4, 16), func(x *item) { x.id = "new:" + x.id })))
			where[16] = "08"
			o.want("with all ids new", nil, where)
			o.slot(rss(each(newsOf(7, 19), func(x *item) {
				x.id, x.link, x.title = "moved:"+x.id, strings.Replace(x.link, "www", "new", 1), x.title+"について"
				x.n += 1000
			})))
			o.want("with everything new", []string{"feed-asks"}, where)
			o.slot(rss(newsOf(1, 3000)))
			o.want("when it is huge", []string{"feed-asks"}, where)
			o.slot(rss(newsOf(7, 18)))
			where[17], where[18] = "11", "11"
			o.want("when it returns", nil, where)
			o.slot(rss(newsOf(10, 26)))
			o.want("with more than goes out by itself", []string{"feed-asks"}, where)
			o.crashed = true // it is a person's turn
			if name, err := o.feeds.Take(t.Context(), "hanako", "whats-new", o.word()); err != nil || name != "whats-new/2026-12-13-0900" {
				t.Fatal(name, err)
			}
			for n := 19; n <= 26; n++ {
				where[n] = "13"
			}
			o.want("when a person has it go out", nil, where)
			o.slot(rss(newsOf(10, 26)))
			o.want("at its slot", nil, where)
			issues, err := o.Store.Issues("whats-new")
			if err != nil || len(issues) != 6 {
				t.Fatalf("%d issues, %v", len(issues), err)
			}
			for _, i := range issues {
				if started := strings.Count(fmt.Sprint(i.Timeline), "started for"); started != 1 {
					t.Errorf("%s is %s, and was started %d times", i.Name, i.State, started)
				}
			}
			if step != "nowhere" && o.kills < 6 {
				t.Errorf("it was killed %d times", o.kills)
			}
		})
	}
}

// TestFedAfterARestore: a backup of days ago is put back while the list is fed. Nothing that
// went out since goes out again, and a person is asked before anything does.
func TestFedAfterARestore(t *testing.T) {
	t.Parallel()
	o := newFedOffice(t, "nowhere")
	o.site.says(rss(newsOf(1, 10)))
	o.ticks()
	o.slot(rss(newsOf(1, 12)))
	backup := filepath.Join(t.TempDir(), "backup")
	if err := o.Store.Backup(t.Context(), backup, nil); err != nil {
		t.Fatal(err)
	}
	o.slot(rss(newsOf(1, 13)))
	o.slot(rss(newsOf(1, 15)))
	o.want("before", nil, map[int]string{11: "02", 12: "02", 13: "03", 14: "04", 15: "04"})
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	file, err := filepath.Glob(filepath.Join(o.cfg.Data, "*.db"))
	if err != nil || len(file) != 1 {
		t.Fatal(file, err)
	}
	if err := os.WriteFile(file[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	o.open()
	restored := map[int]string{11: "02", 12: "02"}
	o.slot(rss(newsOf(1, 16)))
	o.want("while it is held", []string{"feed-asks"}, restored)
	if _, err := o.feeds.Seen(t.Context(), "whats-new", o.word()); err == nil {
		t.Error("a person decides while it is held")
	}
	if err := o.Store.Release(t.Context(), "operator"); err != nil {
		t.Fatal(err)
	}
	o.slot(rss(newsOf(1, 17)))
	o.want("before a person has decided", []string{"feed-asks"}, restored)
	if _, err := o.feeds.Take(t.Context(), "hanako", "whats-new", o.word()); err != nil {
		t.Fatal(err)
	}
	o.slot(rss(newsOf(1, 18)))
	restored[16], restored[17] = "07", "07"
	o.want("when a person has let it go on", nil, restored)
	o.slot(rss(newsOf(1, 18)))
	restored[18] = "08"
	o.want("at the slot behind", nil, restored)
}

// word is that of what is new now, as who decides is shown it.
func (o *fedOffice) word() string {
	o.t.Helper()
	s, err := o.feeds.State(o.t.Context(), "whats-new")
	if err != nil || s.Fault != "" || s.Word == "" {
		o.t.Fatal(s, err)
	}
	return s.Word
}

// TestDecidedIsWhatWasShown: a person decides about the entries that they have seen. What the
// site adds, takes out or calls otherwise meanwhile is for a second look; a summary that is
// another each time is not, since nobody was shown it.
func TestDecidedIsWhatWasShown(t *testing.T) {
	t.Parallel()
	o := newFedOffice(t, "nowhere")
	o.site.says(rss(newsOf(1, 10)))
	o.ticks()
	shown := newsOf(10, 26)
	o.slot(rss(shown))
	o.want("with more than goes out by itself", []string{"feed-asks"}, nil)
	word := o.word()
	before, err := o.Store.FeedBook("whats-new")
	if err != nil {
		t.Fatal(err)
	}
	for what, now := range map[string][]item{
		"one more":   newsOf(10, 27),
		"one fewer":  newsOf(10, 25),
		"renamed":    each(newsOf(10, 26), func(x *item) { x.title = strings.Replace(x.title, "26", "twenty-six", 1) }),
		"other page": each(newsOf(10, 26), func(x *item) { x.link = strings.Replace(x.link, "26", "62", 1) }),
	} {
		o.site.says(rss(now))
		name, err := o.feeds.Take(t.Context(), "hanako", "whats-new", word)
		if name != "" || err == nil || !strings.Contains(err.Error(), "not what was shown") {
			t.Errorf("%s: taken into %q: %v", what, name, err)
		}
		if n, err := o.feeds.Seen(t.Context(), "whats-new", word); n != 0 || err == nil || !strings.Contains(err.Error(), "not what was shown") {
			t.Errorf("%s: %d do not go out: %v", what, n, err)
		}
		if after, err := o.Store.FeedBook("whats-new"); err != nil || after.Revision != before.Revision {
			t.Errorf("%s: the book has changed: %v", what, err)
		}
	}
	o.site.says(rss(each(shown, func(x *item) { x.n += 1000 })))
	if name, err := o.feeds.Take(t.Context(), "hanako", "whats-new", word); err != nil || name == "" {
		t.Error("what was shown is not taken", name, err)
	}
}
