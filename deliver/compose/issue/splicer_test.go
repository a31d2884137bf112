package issue_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/deliver/compose"
	"example.jp/kairan/deliver/compose/composetest"
	"example.jp/kairan/deliver/compose/issue"
	"example.jp/kairan/deliver/compose/mime"
	"example.jp/kairan/deliver/compose/slot"
	"example.jp/kairan/subscribe"
	"example.jp/kairan/templates"
)

var (
	spliceIssues = flag.Int("splice-issues", 2000, "how many random issues the splicer is compared over")
	spliceSeed   = flag.Uint64("splice-seed", 0, "of those issues; 0: drawn")
)

// set is every template, parsed once.
var set = sync.OnceValue(func() *templates.Set {
	s, err := templates.New()
	if err != nil {
		panic(err)
	}
	return s
})

func compiled(t testing.TB, l *subscribe.List, text []byte) *issue.Compiled {
	t.Helper()
	c, _, err := (&compose.Compiler{Templates: set()}).Compile(context.Background(), l, "autumn", deliver.Manuscript{Source: text}, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	c.Boundary, c.Key = "boundary-of-the-splicer", []byte("the key of the splicer")
	return c
}

// newsletter is an issue with fields.
func newsletter(t testing.TB) *issue.Compiled {
	return compiled(t, composetest.Centre(t), composetest.Sample(t, "newsletter.md"))
}

func reader(t testing.TB) issue.Personal {
	return issue.Personal{
		To: composetest.Address(t, "reader@example.com"), ID: subscribe.ID{1, 2, 3},
		LeaveURL:   "https://mail.example.jp/leave/FMlUvE0BAgMAAAAAAAAAAAAAAAAA",
		CorrectURL: "https://mail.example.jp/correct?list=japanifornia",
		Fields:     map[string]string{"name": "山田 <太郎> & 子", "prefecture": "東京都"},
		Return:     strings.Repeat("r", subscribe.ReturnLength), LeaveByMail: strings.Repeat("l", subscribe.LeaveByMailLength),
	}
}

// splice makes a reader's copy by the splicer.
func splice(s *issue.Splicer, dst []byte, p issue.Personal) ([]byte, error) {
	c := s.Begin()
	defer c.End()
	return fillIn(s, c, p).Append(dst)
}

func fillIn(s *issue.Splicer, c *issue.Copy, p issue.Personal) *issue.Copy {
	c.ID = p.ID
	c.Leave, c.Correct = append(c.Leave[:0], p.LeaveURL...), append(c.Correct[:0], p.CorrectURL...)
	c.Return, c.LeaveByMail = append(c.Return[:0], p.Return...), append(c.LeaveByMail[:0], p.LeaveByMail...)
	c.Address(p.To)
	for i, id := range s.Fields() {
		c.Fields[i] = append(c.Fields[i][:0], p.Fields[id]...)
	}
	return c
}

// onWire is what the plain path puts on the wire, stuffed by the standard library.
func onWire(t testing.TB, m deliver.Message) []byte {
	t.Helper()
	var out bytes.Buffer
	buffered := bufio.NewWriter(&out)
	w := textproto.NewWriter(buffered).DotWriter()
	_, err := w.Write(m.Data)
	if err = errors.Join(err, w.Close(), buffered.Flush()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func spliced(t testing.TB, c *issue.Compiled) *issue.Splicer {
	t.Helper()
	s, err := c.Splicer()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mustSplice compares both ways to make a copy.
func mustSplice(t testing.TB, c *issue.Compiled, s *issue.Splicer, p issue.Personal) {
	t.Helper()
	m, wantErr := c.Message(p)
	var want []byte
	if wantErr == nil {
		want = onWire(t, m)
		cp := s.Begin()
		if got := fillIn(s, cp, p).Address(p.To); got != m.Envelope {
			t.Fatalf("envelope %+v, the plain path's is %+v", got, m.Envelope)
		}
		cp.End()
	}
	before := []byte("before")
	got, err := splice(s, before, p)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("error %v, the plain path's is %v", err, wantErr)
	}
	got, ok := bytes.CutPrefix(got, before)
	if err == nil {
		got = slices.Concat(got, s.Tail())
	}
	if !ok || !bytes.Equal(got, want) {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		from := max(0, at-160)
		t.Fatalf("differs at octet %d\n got ...%q\nwant ...%q\nsubject %q\ntext %q\nhtml %q", at,
			got[from:min(len(got), at+160)], want[from:min(len(want), at+160)], c.SubjectSegments, c.Text.Segments, c.HTML.Segments)
	}
}

// files are pictures and attachments in any order, with octets that look like ends.
func (d dice) files() (all []issue.File) {
	if d.IntN(3) > 0 {
		return nil
	}
	for n := range d.IntN(5) {
		data := []byte(strings.Repeat(pick(d, "a", "\r\n.\r\n", "--boundary-of-the-splicer--\r\n", "\x00あ"), d.IntN(200)))
		all = append(all, issue.File{
			Name: pick(d, "map.png", "会場の地図（"+strings.Repeat("長", d.IntN(40))+"）.png", "a b.pdf"), Type: pick(d, "image/png", "text/plain; charset=UTF-8"),
			ID: pick(d, "", fmt.Sprintf("%d@example.jp", n)), Data: data,
		})
	}
	return all
}

// dice makes issues and readers that are nasty to fold.
type dice struct{ *rand.Rand }

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

func (d dice) text(pieces int) string {
	var b strings.Builder
	for range d.IntN(pieces + 1) {
		switch d.IntN(12) {
		case 0, 1:
			b.WriteString(pick(d, "\r\n", "\r\n\r\n", " \r\n", "\t\r\n", "  \r\n", "\r\n.", "\r\n..\r\n", "\r\n.a"))
		case 2:
			b.WriteString(pick(d, ".", "..", "=", "= ", "=3D", " ", "\t", "<p>", "&amp;", "a\rb", "a\nb", "\u00a0", "~", "\x7f"))
		case 3:
			b.WriteString(strings.Repeat(pick(d, "a", ".", "=", " ", "あ", "é", "🇯🇵", "word "), d.IntN(160)))
		case 4, 5:
			b.WriteString(pick(d, "総領事館からのお知らせ", "山田様、", "「ジャパニフォルニア」", "神𠮷髙﨑", "か\u3099", "👩\u200d👩\u200d👧"))
		default:
			b.WriteString(strings.Repeat("letters and words, ", 6)[:d.IntN(90)])
		}
	}
	return b.String()
}

// value is what a reader may have given, and what none can have.
func (d dice) value() string {
	return pick(d, "", "", "a", " ", ". ", ".", "..a", "=", "山田 <太郎> & 子", "O'Neill \"x\"", "é ", "👩\u200d👧", "\r\n.", "\u2028", "\t",
		"\xff\xfe", "a\x80", "\ufffd", strings.Repeat("=あ", d.IntN(60)), strings.Repeat("x", d.IntN(200)), strings.Repeat("&", d.IntN(90)))
}

func (d dice) link() string {
	return "https://mail.example.jp/" + strings.Repeat(pick(d, "a", "=", "&", "'", "a.b"), d.IntN(100))
}

func (d dice) part() issue.Part {
	p := issue.Part{Encoding: pick(d, mime.Base64, mime.QuotedPrintable)}
	for range 1 + d.IntN(12) {
		switch d.IntN(5) {
		case 0:
			p.Segments = append(p.Segments, slot.Segment{Slot: pick(d, slot.Leave, slot.Correct)})
		case 1, 2:
			p.Segments = append(p.Segments, slot.Segment{Slot: pick(d, "name", "organisation", "prefecture"), Or: d.value()})
		default:
			if lit := d.text(8); lit != "" {
				p.Segments = append(p.Segments, slot.Segment{Lit: lit})
			}
		}
	}
	return p
}

// subject is a subject with slots, or none.
func (d dice) subject() (segments []slot.Segment) {
	for range d.IntN(5) {
		segments = append(segments, pick(d, slot.Segment{Lit: pick(d, "News for ", " ", "=?UTF-8?Q?a?=", "お知らせ", strings.Repeat("word ", d.IntN(40))+"x", strings.Repeat("長い題", d.IntN(40))+"。")},
			slot.Segment{Slot: pick(d, "name", "organisation", "town"), Or: d.value()}))
	}
	return segments
}

func (d dice) reader(t testing.TB) issue.Personal {
	local := strings.Repeat(pick(d, "a", "r.b", "x+"), 1+d.IntN(20))
	to := pick(d, local, "."+local, local+"..a", "!#$%&'*+-/=?^_`{|}~") + "@" + strings.Repeat(pick(d, "long.", "a-b."), d.IntN(8)) + "example.com"
	p := issue.Personal{To: composetest.Address(t, to), LeaveURL: d.link(), CorrectURL: d.link(), Fields: map[string]string{},
		Return: strings.Repeat("r", d.IntN(60)), LeaveByMail: strings.Repeat("l", 1+d.IntN(60))}
	for i := range p.ID {
		p.ID[i] = byte(d.Uint32())
	}
	for _, f := range []string{"name", "organisation", "prefecture", "town"} {
		p.Fields[f] = d.value()
	}
	return p
}

// markdown is the source of an issue, made of what an editor writes.
func (d dice) markdown() []byte {
	var b strings.Builder
	b.WriteString("{{name}}")
	subject := pick(d, "お知らせ", "{{name}}様へのお知らせ", "News for {{organisation|you}}, {{name}}")
	for range 1 + d.IntN(20) {
		b.WriteString(pick(d, "\n\n", "\n", " ", "", "、", ". ") + pick(d, "お知らせです。", "{{organisation|ご所属なし}}", "{{prefecture|=}}", "[行事](https://example.jp/?a=b&c=d) ",
			"\n\n# 見出し {{name}}\n\n", "\n\n| a | b |\n|---|---|\n| {{name}} | x |\n\n", "\n\n```\n.\n..{{name}}\n```\n\n", "\n\n- **{{name}}**\n\n",
			strings.Repeat("a plain English sentence. ", d.IntN(8)), strings.Repeat("長い日本語の文章です。", d.IntN(8)), "👩\u200d👩\u200d👧"))
	}
	return composetest.Titled(subject, b.String())
}

// TestSpliceIsThePlainPath compares 2,000 random issues, each for three readers;
// -splice-issues=10000 compares more, and -splice-seed the same again. Under -race,
// which is after other faults, it is a tenth.
func TestSpliceIsThePlainPath(t *testing.T) {
	t.Parallel()
	const parts = 4
	issues := *spliceIssues
	if composetest.Race {
		issues /= 10
	}
	seed := cmp.Or(*spliceSeed, rand.Uint64())
	for n := range parts {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			t.Logf("part %d of -splice-seed %d", n, seed)
			d := dice{rand.New(rand.NewPCG(seed, uint64(n)))}
			base := newsletter(t)
			for i := range issues / parts {
				c := *base
				if i%20 == 0 {
					c = *compiled(t, composetest.Centre(t), d.markdown())
				} else {
					c.Text, c.HTML = d.part(), d.part()
					c.Subject = pick(d, "News", "お知らせ", strings.Repeat("長い題", d.IntN(40)))
					c.SubjectSegments = d.subject()
					c.Files = d.files()
					c.Delimiter = pick(d, "", "+")
					c.FromDomain = pick(d, "example.jp", strings.Repeat("long.", 10)+"example.jp")
				}
				s := spliced(t, &c)
				for range 3 {
					mustSplice(t, &c, s, d.reader(t))
				}
			}
		})
	}
}

// TestSpliceAtEveryColumn moves a slot over a line, one octet at a time.
func TestSpliceAtEveryColumn(t *testing.T) {
	t.Parallel()
	base := newsletter(t)
	p := reader(t)
	step := 1
	if composetest.Race {
		step = 7
	}
	for _, encoding := range []string{mime.Base64, mime.QuotedPrintable} {
		for column := 0; column < 76+2; column += step {
			c := *base
			for i, after := range []string{"", "\r\n", " \r\n.", "=あ. \r\n" + strings.Repeat("b", column)} {
				segments := []slot.Segment{{Lit: strings.Repeat("a", column)}, {Slot: "name"}, {Lit: after}, {Slot: slot.Leave}, {Lit: "\t"}, {Slot: "name"}, {Lit: after}}
				segments = slices.DeleteFunc(segments, func(s slot.Segment) bool { return s == slot.Segment{} })
				c.Text, c.HTML = issue.Part{encoding, segments}, issue.Part{encoding, segments[i%2:]}
				s := spliced(t, &c)
				for _, v := range []string{"", " ", ".n", "=あ"} {
					p.Fields = map[string]string{"name": v}
					p.LeaveURL = "https://mail.example.jp/" + v[:min(len(v), 1)]
					if v == " " {
						p.LeaveURL = "https://mail.example.jp/x"
					}
					want, err := c.Message(p)
					if err != nil {
						t.Fatal(err)
					}
					if got, err := splice(s, nil, p); err != nil || !bytes.Equal(got, onWire(t, want)) {
						t.Fatalf("%s, column %d, %q, %q: differs, %v\n%s", encoding, column, after, v, err, got)
					}
				}
			}
		}
	}
}

func TestSpliceOfOddAddresses(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][]issue.File{
		"alone": nil, "with files": {{Name: "a.pdf", Type: "application/pdf", Data: []byte("%PDF-1.4")}, {Name: "map.png", Type: "image/png", ID: "1@example.jp", Data: []byte("PNG")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newsletter(t)
			if c.Files = files; files != nil {
				c.Delimiter = "+"
			}
			oddAddresses(t, c)
		})
	}
}

func oddAddresses(t *testing.T, c *issue.Compiled) {
	s := spliced(t, c)
	for length := 1; length <= 64; length++ { // past where To is folded
		p := reader(t)
		p.To = composetest.Address(t, strings.Repeat("a", length)+"@example.com")
		mustSplice(t, c, s, p)
		p.To = composetest.Address(t, strings.Repeat("a", length-1)+".@example.com")
		mustSplice(t, c, s, p)
	}
	for _, clear := range []string{ // what none of our own checks lets in
		"a b@example.com", `"a b"@example.com`, `"ab"@example.com`, `"a`, "a@", "@a", "a@b@example.com", "a\r\nBcc: b@example.com",
		"名@example.com", "a@例え.jp", "a@example..com", "a@.example.com", "a@[127.0.0.1]", `""@example.com`, `"@example.com`, "<a@example.com", "a,b@example.com",
		strings.Repeat("a b ", 30) + "@example.com", `"` + strings.Repeat("a b ", 30) + `"@example.com`, "\x00@example.com", "a@example.com ", "(a)b@example.com",
	} {
		p := reader(t)
		p.To, _ = subscribe.StoredAddress(clear)
		mustSplice(t, c, s, p)
	}
}

func TestSpliceWithoutLinksIsNone(t *testing.T) {
	t.Parallel()
	c := newsletter(t)
	s := spliced(t, c)
	for _, link := range []string{"", " ", "https://a> <b", "https://mail.example.jp/\r\nBcc: b@example.com", "https://例え/"} {
		p := reader(t)
		p.LeaveURL = link
		mustSplice(t, c, s, p)
		p = reader(t)
		p.CorrectURL = link
		mustSplice(t, c, s, p)
		if _, err := splice(s, nil, p); err == nil {
			t.Errorf("%q: a copy", link)
		}
	}
}

func FuzzSplice(f *testing.F) {
	f.Add("a ", " \r\n.b", "v ", "a@example.com", "https://example.com/", true)
	f.Add(strings.Repeat("あ", 19), "..", "=\r\n", `"a..b"@example.com`, "https://example.com/?a='&", false)
	base := newsletter(f)
	f.Fuzz(func(t *testing.T, before, after, value, to, leave string, b64 bool) {
		// A slot never stands within a line break.
		before, after = mime.CRLF(strings.ReplaceAll(before, "\r", "")), mime.CRLF(strings.ReplaceAll(after, "\r", ""))
		c := *base
		encoding := mime.QuotedPrintable
		if b64 {
			encoding, c.Delimiter = mime.Base64, "+"
		}
		p := issue.Part{encoding, []slot.Segment{{Lit: before}, {Slot: "name", Or: value}, {Lit: after}, {Slot: slot.Leave}, {Lit: before}}}
		c.Text, c.HTML = p, p
		r := issue.Personal{LeaveURL: leave, CorrectURL: "https://example.com/", Fields: map[string]string{"name": value}, Return: leave, LeaveByMail: "l"}
		r.To, _ = subscribe.StoredAddress(to)
		s := spliced(t, &c)
		mustSplice(t, &c, s, r)
		r.Fields = nil
		mustSplice(t, &c, s, r)
	})
}

func TestSplicerServesManyAtOnce(t *testing.T) {
	t.Parallel()
	c := newsletter(t)
	s := spliced(t, c)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			p := reader(t)
			p.ID, p.Fields = subscribe.ID{byte(n)}, map[string]string{"name": strings.Repeat("長い名", n)}
			m, err := c.Message(p)
			want := onWire(t, m)
			for range 200 {
				if got, err := splice(s, nil, p); err != nil || !bytes.Equal(got, want) {
					t.Errorf("a copy differs, %v", err)
					return
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
