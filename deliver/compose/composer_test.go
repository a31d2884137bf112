package compose

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/subscribe"
)

// shelf is a library in memory that counts.
type shelf struct {
	mu     sync.Mutex
	stored map[deliver.IssueName][]byte
	files  []deliver.File // of every issue
	asked  map[deliver.IssueName]int
}

func (s *shelf) Compiled(run deliver.IssueName) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[run]++
	if b, ok := s.stored[run]; ok {
		return b, nil
	}
	return nil, errors.New("nothing is stored")
}

func (s *shelf) Files(deliver.IssueName) ([]deliver.File, error) { return s.files, nil }

func named(s string) deliver.IssueName {
	list, slug, _ := strings.Cut(s, "/")
	return deliver.IssueName{List: list, Slug: slug}
}

func composer(t testing.TB, runs int) (*Composer, *shelf) {
	t.Helper()
	return composerBehind(t, runs, "")
}

// composerBehind is one whose lists have a delimiter.
func composerBehind(t testing.TB, runs int, delimiter string) (*Composer, *shelf) {
	t.Helper()
	list := composetest.Centre(t)
	list.Delimiter = delimiter
	stored, err := compiled(t, list, composetest.Sample(t, "newsletter.md")).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{stored: map[deliver.IssueName][]byte{}, asked: map[deliver.IssueName]int{}}
	for i := range runs {
		s.stored[deliver.IssueName{List: "centre-news", Slug: fmt.Sprintf("n%d", i)}] = stored
	}
	ns := notices(t)
	for _, l := range ns.Lists {
		l.Delimiter = delimiter
	}
	return &Composer{Notices: ns, Library: s}, s
}

// TestReturnPathNamesTheCopy: it says whose it is, of which run, and to which of the
// reader's addresses; the address to leave by is good for leaving.
func TestReturnPathNamesTheCopy(t *testing.T) {
	t.Parallel()
	c, _ := composerBehind(t, 1, "+")
	r := deliver.Reader{Seq: 1, ID: subscribe.ID{9}, Address: composetest.Address(t, "reader@example.com"), Attempt: 1, Run: 12, Generation: 3}
	got, err := c.Copy(nil, named("centre-news/n0"), r)
	if err != nil {
		t.Fatal(err)
	}
	text, ok := behind(got.Envelope.From)
	back, err := c.Tokens.RedeemReturn(strings.ToUpper(text))
	if want := (subscribe.Return{List: c.Lists["centre-news"], Copy: true, Run: 12, ID: r.ID, Generation: 3}); !ok || err != nil || back != want || got.Envelope.To != "reader@example.com" {
		t.Errorf("%q: %#v, %v", got.Envelope.From, back, err)
	}
	targets := strings.Split(read(t, unstuff(got.Data)).header.Get("List-Unsubscribe"), ", ")
	if len(targets) != 2 || !strings.HasPrefix(targets[0], "<https://") {
		t.Fatalf("to leave by: %q", targets)
	}
	mailto, err := url.Parse(strings.Trim(targets[1], "<>"))
	if err != nil || mailto.Scheme != "mailto" || mailto.Query().Get("subject") != "unsubscribe" {
		t.Fatalf("%q: %v", targets[1], err)
	}
	text, _ = behind(mailto.Opaque)
	byMail, err := c.Tokens.InspectLeaveByMail(text)
	if err != nil {
		t.Fatal(err)
	}
	link := linkBehind(t, read(t, unstuff(got.Data)).text, "/leave/")
	if byLink, err := c.Tokens.Inspect(link, subscribe.ToLeave); err != nil || byLink != byMail {
		t.Errorf("by mail somebody else leaves than by the link: %v", err)
	}
	r.Attempt, r.Resend, r.Again = 2, true, true
	again, err := c.Copy(nil, named("centre-news/n0"), r)
	if err != nil || again.Envelope != got.Envelope || string(again.Data) != string(got.Data) {
		t.Errorf("the second attempt differs, %v", err)
	}
}

// behind is what stands behind the delimiter of an address of the list.
func behind(address string) (string, bool) {
	text, ok := strings.CutPrefix(address, "bounce+")
	text, ok2 := strings.CutSuffix(text, "@bounce.example.jp")
	return text, ok && ok2
}

// TestReturnPathNamesTheNotice, by its number in the outbox.
func TestReturnPathNamesTheNotice(t *testing.T) {
	t.Parallel()
	c, _ := composerBehind(t, 1, "+")
	for _, kind := range subscribe.NoticeKinds() {
		o := owed(t, kind, subscribe.Japanese)
		o.N = 1<<32 + 7
		m, err := c.Notice(o)
		if err != nil {
			t.Fatal(err)
		}
		text, ok := behind(m.Envelope.From)
		back, err := c.Tokens.RedeemReturn(text)
		if want := o.Notice.Return(c.Lists[o.Notice.List], o.N); !ok || err != nil || back != want || back.Notice != 7 {
			t.Errorf("%s: %q: %#v, %v", kind, m.Envelope.From, back, err)
		}
		if strings.Contains(string(m.Data), text) {
			t.Errorf("%s: the mail itself has its return path", kind)
		}
	}
}

func TestCopyOfAReader(t *testing.T) {
	t.Parallel()
	c, _ := composer(t, 1)
	r := deliver.Reader{
		Seq: 1, ID: subscribe.ID{9}, Address: composetest.Address(t, "reader@example.com"), Attempt: 1,
		Fields: subscribe.Fields{"name": "山田", "prefecture": "13"}.Values(),
	}
	got, err := c.Copy(nil, named("centre-news/n0"), r)
	if err != nil {
		t.Fatal(err)
	}
	m := read(t, unstuff(got.Data))
	composetest.Holds(t, "the text part", m.text, "山田 様（ご所属なし）", "東京都の皆さま", "https://mail.example.jp/correct?list=centre-news")
	inHeader := strings.Trim(m.header.Get("List-Unsubscribe"), "<>")
	composetest.Holds(t, "the text part", m.text, inHeader)
	composetest.Holds(t, "the HTML part", m.html, `href="`+inHeader+`"`)
	leave, err := c.Tokens.Redeem(linkBehind(t, m.text, "/leave/"), subscribe.ToLeave)
	if err != nil || leave.ID != r.ID || leave.List.ID != "centre-news" {
		t.Errorf("leave: %+v, %v", leave, err)
	}
	r.Attempt, r.Resend = 2, true
	again, err := c.Copy(nil, named("centre-news/n0"), r)
	if err != nil || string(again.Data) != string(got.Data) {
		t.Errorf("the second attempt differs, %v", err)
	}
}

func TestFormsAreReadOnceAndFewAreKept(t *testing.T) {
	t.Parallel()
	c, s := composer(t, maxRecent+1)
	r := deliver.Reader{ID: subscribe.ID{9}, Address: composetest.Address(t, "reader@example.com")}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Copy(nil, named("centre-news/n0"), r); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s.asked[named("centre-news/n0")] != 1 {
		t.Errorf("read %d times", s.asked[named("centre-news/n0")])
	}
	for run := range s.stored {
		if _, err := c.Copy(nil, run, r); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.open.made) > maxRecent {
		t.Errorf("%d forms are kept", len(c.open.made))
	}
}

func TestCopyThatCannotBeMade(t *testing.T) {
	t.Parallel()
	c, s := composer(t, 1)
	s.stored[named("japanifornia/x")] = s.stored[named("centre-news/n0")]
	s.stored[named("centre-news/bad")] = []byte("{")
	r := deliver.Reader{ID: subscribe.ID{9}, Address: composetest.Address(t, "reader@example.com")}
	for run, want := range map[string]string{
		"gone/x":          "its list is not declared any more",
		"centre-news/y":   "the compiled issue centre-news/y cannot be loaded: nothing is stored",
		"centre-news/bad": "centre-news/bad: the stored issue cannot be read",
		"japanifornia/x":  "was compiled for another list",
	} {
		if _, err := c.Copy(nil, named(run), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", run, err, want)
		}
	}
	if o, err := c.Notice(owed(t, subscribe.NoticeWelcome, subscribe.Japanese)); err != nil || len(o.Data) == 0 {
		t.Errorf("notice: %v", err)
	}
}

// unstuff takes back what stuff did, as a relay does, into new room.
func unstuff(wire []byte) []byte {
	wire = bytes.TrimSuffix(wire, []byte(".\r\n"))
	var out []byte
	for line := range bytes.Lines(wire) {
		if line[0] == '.' {
			line = line[1:]
		}
		out = append(out, line...)
	}
	return out
}

func TestCopyIsThePlainPath(t *testing.T) {
	t.Parallel()
	c, _ := composer(t, 1)
	list := c.Lists["centre-news"]
	r := deliver.Reader{
		ID: subscribe.ID{9}, Address: composetest.Address(t, "reader@example.com"),
		Fields: subscribe.Fields{"name": "山田", "prefecture": "13", "gone": "x"}.Values(),
	}
	want := message(t, compiled(t, list, composetest.Sample(t, "newsletter.md")), issue.Personal{
		To: r.Address, ID: r.ID, Fields: map[string]string{"name": "山田", "prefecture": "東京都"},
		LeaveURL: list.URL(subscribe.ToLeave.Path(c.Tokens.MintLeave(list, r.ID))), CorrectURL: correctURL(list),
	})
	got, err := c.Copy(nil, named("centre-news/n0"), r)
	wire, stuffErr := deliver.Stuff(nil, want.Data)
	if err = errors.Join(err, stuffErr); err != nil || !got.Stuffed || !bytes.Equal(got.Data, wire) || got.Envelope != want.Envelope {
		t.Errorf("Copy differs: %+v, %v\n%s", got.Envelope, err, got.Data)
	}
}
