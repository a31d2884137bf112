package compose

import (
	"mime"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/store/seal"
	"example.jp/kairan/subscribe"
)

func notices(t testing.TB) Notices {
	t.Helper()
	at := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	lists := subscribe.Lists{"japanifornia": composetest.Consulate(t), "centre-news": composetest.Centre(t)}
	return Notices{
		Tokens:    subscribe.Tokens{Keys: seal.Generate(at), Lists: lists, Now: func() time.Time { return at.Add(time.Minute) }},
		Lists:     lists,
		Templates: set(),
	}
}

func owed(t testing.TB, kind subscribe.NoticeKind, lang subscribe.Lang) deliver.QueuedNotice {
	n := subscribe.Notice{
		Kind: kind, List: "japanifornia", To: composetest.Address(t, "reader@example.com"), Lang: lang,
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
	for _, kind := range subscribe.NoticeKinds() {
		for _, lang := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
			t.Run(kind.String()+"-"+string(lang), func(t *testing.T) {
				t.Parallel()
				got, err := ns.Notice(owed(t, kind, lang))
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
		got, err := ns.Notice(owed(t, kind, subscribe.English))
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
	for _, kind := range []subscribe.NoticeKind{
		subscribe.NoticeAlready, subscribe.NoticeWelcome, subscribe.NoticeCorrect, subscribe.NoticeMoved,
	} {
		leave, err := ns.Tokens.Redeem(linkBehind(t, text(kind), "/leave/"), subscribe.ToLeave)
		if err != nil || leave.ID != (subscribe.ID{7}) {
			t.Errorf("%s: leave %+v, %v", kind, leave, err)
		}
	}
	for _, kind := range []subscribe.NoticeKind{subscribe.NoticeAlready, subscribe.NoticeWelcome} {
		composetest.Holds(t, kind.String(), text(kind), "https://mail.example.jp/correct?list=japanifornia")
	}

	// One that was sent later says so, and a link that lives for an hour is good then.
	later := owed(t, subscribe.NoticeConfirm, subscribe.English)
	later.Notice.Due = asked.Add(5 * time.Hour)
	got, err := ns.Notice(later)
	if err != nil {
		t.Fatal(err)
	}
	if date := read(t, got.Data).header.Get("Date"); date != "Tue, 01 Dec 2026 00:00:00 -0800" {
		t.Errorf("sent five hours later, dated %s", date)
	}
}

// TestNoticesCarryWhatTheirRowsSay walks the kinds: a new one without a template, or
// whose template lacks a link of its row, fails here.
func TestNoticesCarryWhatTheirRowsSay(t *testing.T) {
	t.Parallel()
	ns := notices(t)
	for _, kind := range subscribe.NoticeKinds() {
		for _, lang := range []subscribe.Lang{subscribe.Japanese, subscribe.English} {
			o := owed(t, kind, lang)
			got, err := ns.Notice(o)
			if err != nil {
				t.Errorf("%s in %q: %v", kind, lang, err)
				continue
			}
			text := read(t, got.Data).text
			purposes := []subscribe.Purpose{kind.Link()}
			if kind.Blockable() {
				purposes = append(purposes, subscribe.ToBlock)
			} else {
				composetest.Lacks(t, kind.String(), text, "/block/")
			}
			for _, p := range purposes {
				if p == 0 {
					continue
				}
				link, err := ns.Tokens.Redeem(linkBehind(t, text, p.Path(subscribe.Token{})), p)
				if err != nil || link.List.ID != "japanifornia" || p != subscribe.ToCorrect && link.Address.Clear() != "reader@example.com" ||
					p != subscribe.ToConfirm && p != subscribe.ToBlock && link.ID != o.Notice.Reader {
					t.Errorf("%s in %q: %+v, %v", kind, lang, link, err)
				}
			}
		}
	}
	unknown := owed(t, 250, subscribe.Japanese)
	if _, err := ns.Notice(unknown); err == nil || !strings.Contains(err.Error(), "there is no mail") || strings.Contains(err.Error(), "reader@") {
		t.Errorf("a kind without a template: %v", err)
	}
}

func TestConfirmLinkStaysShort(t *testing.T) {
	t.Parallel()
	ns := notices(t)
	o := owed(t, subscribe.NoticeConfirm, subscribe.Japanese)
	label := strings.Repeat("d", 61)
	o.Notice.To = composetest.Address(t, strings.Repeat("l", 64)+"@"+strings.Join([]string{label, label, label}, ".")+".jp")
	if n := len(o.Notice.To.Clear()); n != 253 && n != 254 {
		t.Fatalf("the longest address has %d octets", n)
	}
	got, err := ns.Notice(o)
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
	_, err := notices(t).Notice(o)
	if err == nil {
		t.Fatal("no error")
	}
	composetest.Holds(t, "the error", err.Error(), `the list "gone", which is not declared any more`)
	composetest.Lacks(t, "the error", err.Error(), "reader@")
}
