package compose

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

func notices(t testing.TB) Notices {
	t.Helper()
	at := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	lists := subscribe.Lists{"japanifornia": consulate(t), "centre-news": centre(t)}
	return Notices{
		Tokens:    subscribe.Tokens{Keys: seal.Generate(at), Lists: lists, Now: func() time.Time { return at.Add(time.Minute) }},
		Lists:     lists,
		Templates: set(),
	}
}

func owed(t testing.TB, kind subscribe.NoticeKind, lang subscribe.Lang) deliver.QueuedNotice {
	n := subscribe.Notice{
		Kind: kind, List: "japanifornia", To: address(t, "reader@example.com"), Lang: lang,
		Reader: subscribe.ID{7}, Revision: 3, Asked: time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC),
	}
	if kind == subscribe.NoticeConfirm {
		n.Reader = subscribe.ID{}
	}
	return deliver.QueuedNotice{N: 1, Notice: n, MessageID: "abcdefgh", Attempt: 1}
}

// linkBehind finds the token behind a path of the public pages in a mail.
func linkBehind(t *testing.T, text, path string) subscribe.Token {
	t.Helper()
	for _, l := range strings.Split(text, "\r\n") {
		if token, ok := strings.CutPrefix(l, "https://mail.example.jp"+path); ok {
			return subscribe.TokenFrom(token)
		}
	}
	t.Fatalf("no line is a link to %s:\n%s", path, text)
	return subscribe.Token{}
}

func TestNoticesOnTheWire(t *testing.T) {
	t.Parallel()
	ns := notices(t)
	for kind := subscribe.NoticeConfirm; kind <= subscribe.NoticeMoved; kind++ {
		for _, lang := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
			t.Run(kind.String()+"-"+string(lang), func(t *testing.T) {
				t.Parallel()
				got, err := ns.Message(owed(t, kind, lang))
				if err != nil {
					t.Fatal(err)
				}
				scan(t, got.Data)
				m := read(t, got.Data)
				once(t, m.header, "Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
					"Content-Transfer-Encoding", "Content-Language", "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress")
				for name, want := range map[string]string{
					"Auto-Submitted": "auto-generated", "Message-ID": "<abcdefgh@example.jp>", "Content-Type": "text/plain; charset=UTF-8",
					"Date": "Mon, 30 Nov 2026 19:00:00 -0800", "To": "<reader@example.com>", "Content-Language": string(lang),
				} {
					if got := m.header.Get(name); got != want {
						t.Errorf("%s: %s, want %s", name, got, want)
					}
				}
				if got.Envelope != (deliver.Envelope{From: "bounce@bounce.example.jp", To: "reader@example.com"}) {
					t.Errorf("envelope %+v", got.Envelope)
				}
				subject, err := new(mime.WordDecoder).DecodeHeader(m.header.Get("Subject"))
				if err != nil || !strings.Contains(subject, ns.Lists["japanifornia"].Name.In(lang)) {
					t.Errorf("subject %q, %v", subject, err)
				}
				if bareBreaks([]byte(m.text)) {
					t.Error("a bare line break is in the decoded text")
				}
			})
		}
	}
}

func TestLinksOfNotices(t *testing.T) {
	t.Parallel()
	ns := notices(t)
	text := func(kind subscribe.NoticeKind) string {
		got, err := ns.Message(owed(t, kind, subscribe.English))
		if err != nil {
			t.Fatal(err)
		}
		return read(t, got.Data).text
	}
	asked := owed(t, subscribe.NoticeConfirm, subscribe.English).Notice.Asked
	confirm, err := ns.Tokens.Redeem(linkBehind(t, text(subscribe.NoticeConfirm), "/confirm/"), subscribe.ToConfirm)
	if err != nil || confirm.Address.Clear() != "reader@example.com" || confirm.List.ID != "japanifornia" ||
		!confirm.Issued.Equal(asked) || confirm.Lang != subscribe.English {
		t.Errorf("confirm: %+v, %v", confirm, err)
	}
	if block, err := ns.Tokens.Redeem(linkBehind(t, text(subscribe.NoticeConfirm), "/block/"), subscribe.ToBlock); err != nil || block.Address.Clear() != "reader@example.com" {
		t.Errorf("block: %v", err)
	}
	move, err := ns.Tokens.Redeem(linkBehind(t, text(subscribe.NoticeMove), "/confirm/"), subscribe.ToMove)
	if err != nil || move.ID != (subscribe.ID{7}) || move.Revision != 3 || move.Address.Clear() != "reader@example.com" {
		t.Errorf("move: %+v, %v", move, err)
	}
	correct, err := ns.Tokens.Redeem(linkBehind(t, text(subscribe.NoticeCorrect), "/correct/"), subscribe.ToCorrect)
	if err != nil || correct.ID != (subscribe.ID{7}) || correct.Revision != 3 {
		t.Errorf("correct: %+v, %v", correct, err)
	}
	// All but the welcome can be caused by somebody else, and can be stopped by their reader.
	for _, kind := range []subscribe.NoticeKind{
		subscribe.NoticeConfirm, subscribe.NoticeAlready, subscribe.NoticeCorrect, subscribe.NoticeMove, subscribe.NoticeMoved,
	} {
		block, err := ns.Tokens.Redeem(linkBehind(t, text(kind), "/block/"), subscribe.ToBlock)
		if err != nil || block.Address.Clear() != "reader@example.com" || block.List.ID != "japanifornia" {
			t.Errorf("%s: block %v", kind, err)
		}
	}
	for _, kind := range []subscribe.NoticeKind{
		subscribe.NoticeAlready, subscribe.NoticeWelcome, subscribe.NoticeCorrect, subscribe.NoticeMoved,
	} {
		leave, err := ns.Tokens.Redeem(linkBehind(t, text(kind), "/leave/"), subscribe.ToLeave)
		if err != nil || leave.ID != (subscribe.ID{7}) {
			t.Errorf("%s: leave %+v, %v", kind, leave, err)
		}
	}
	for _, kind := range []subscribe.NoticeKind{subscribe.NoticeAlready, subscribe.NoticeWelcome} {
		mustHold(t, kind.String(), text(kind), "https://mail.example.jp/correct?list=japanifornia")
	}

	// One that was sent later says so, and a link that lives for an hour is good then.
	later := owed(t, subscribe.NoticeConfirm, subscribe.English)
	later.Notice.Due = asked.Add(5 * time.Hour)
	got, err := ns.Message(later)
	if err != nil {
		t.Fatal(err)
	}
	if date := read(t, got.Data).header.Get("Date"); date != "Tue, 01 Dec 2026 00:00:00 -0800" {
		t.Errorf("sent five hours later, dated %s", date)
	}
}

func TestConfirmLinkStaysShort(t *testing.T) {
	t.Parallel()
	ns := notices(t)
	o := owed(t, subscribe.NoticeConfirm, subscribe.Japanese)
	label := strings.Repeat("d", 61)
	o.Notice.To = address(t, strings.Repeat("l", 64)+"@"+strings.Join([]string{label, label, label}, ".")+".jp")
	if n := len(o.Notice.To.Clear()); n != 253 && n != 254 {
		t.Fatalf("the longest address has %d octets", n)
	}
	got, err := ns.Message(o)
	if err != nil {
		t.Fatal(err)
	}
	scan(t, got.Data)
	for _, path := range []string{"/confirm/", "/block/"} {
		link := "https://mail.example.jp" + path + linkBehind(t, read(t, got.Data).text, path).Reveal()
		if len(link) >= 450 {
			t.Errorf("the link has %d characters", len(link))
		}
	}
}

func TestNoticeOfAnUndeclaredList(t *testing.T) {
	t.Parallel()
	o := owed(t, subscribe.NoticeConfirm, subscribe.Japanese)
	o.Notice.List = "gone"
	_, err := notices(t).Message(o)
	if err == nil {
		t.Fatal("no error")
	}
	mustHold(t, "the error", err.Error(), `the list "gone", which is not declared any more`)
	mustNotHold(t, "the error", err.Error(), "reader@")
}

// shelf is a library in memory that counts.
type shelf struct {
	mu     sync.Mutex
	stored map[deliver.IssueName][]byte
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

func named(s string) deliver.IssueName {
	list, slug, _ := strings.Cut(s, "/")
	return deliver.IssueName{List: list, Slug: slug}
}

func composer(t testing.TB, runs int) (*Composer, *shelf) {
	t.Helper()
	stored, err := compiled(t, centre(t), sample(t, "newsletter.md")).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{stored: map[deliver.IssueName][]byte{}, asked: map[deliver.IssueName]int{}}
	for i := range runs {
		s.stored[deliver.IssueName{List: "centre-news", Slug: fmt.Sprintf("n%d", i)}] = stored
	}
	return &Composer{Notices: notices(t), Library: s}, s
}

func TestCopyOfAReader(t *testing.T) {
	t.Parallel()
	c, _ := composer(t, 1)
	r := deliver.Reader{
		Seq: 1, ID: subscribe.ID{9}, Address: address(t, "reader@example.com"), Attempt: 1,
		Fields: subscribe.Fields{"name": "山田", "prefecture": "13"},
	}
	got, err := c.Copy(nil, named("centre-news/n0"), r)
	if err != nil {
		t.Fatal(err)
	}
	m := read(t, unstuff(got.Data))
	mustHold(t, "the text part", m.text, "山田 様（ご所属なし）", "東京都の皆さま", "https://mail.example.jp/correct?list=centre-news")
	inHeader := strings.Trim(m.header.Get("List-Unsubscribe"), "<>")
	mustHold(t, "the text part", m.text, inHeader)
	mustHold(t, "the HTML part", m.html, `href="`+inHeader+`"`)
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
	c, s := composer(t, maxOpen+1)
	r := deliver.Reader{ID: subscribe.ID{9}, Address: address(t, "reader@example.com")}
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
	if len(c.open) > maxOpen {
		t.Errorf("%d forms are kept", len(c.open))
	}
}

func TestCopyThatCannotBeMade(t *testing.T) {
	t.Parallel()
	c, s := composer(t, 1)
	s.stored[named("japanifornia/x")] = s.stored[named("centre-news/n0")]
	s.stored[named("centre-news/bad")] = []byte("{")
	r := deliver.Reader{ID: subscribe.ID{9}, Address: address(t, "reader@example.com")}
	for run, want := range map[string]string{
		"gone/x":          "its list is not declared any more",
		"centre-news/y":   "the compiled issue centre-news/y cannot be loaded: nothing is stored",
		"centre-news/bad": "centre-news/bad: compose: the stored issue cannot be read",
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
