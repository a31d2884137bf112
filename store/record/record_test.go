package record

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// instant draws one as it is stored: to the millisecond, zero now and then.
func instant(t *rapid.T) time.Time {
	ms := rapid.Int64Range(0, 1<<42).Draw(t, "ms")
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func word(t *rapid.T, name string) string { return rapid.String().Draw(t, name) }

func drawID(t *rapid.T) (id subscribe.ID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	return id
}

func drawAddress(t *rapid.T) subscribe.Address {
	text := rapid.StringMatching(`([a-z0-9.+]{1,20}@[a-z]{1,9}\.example)?`).Draw(t, "address")
	if text == "" {
		return subscribe.Address{}
	}
	a, err := subscribe.StoredAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func lang(t *rapid.T) subscribe.Lang {
	return rapid.SampledFrom([]subscribe.Lang{"", subscribe.Japanese, subscribe.English}).Draw(t, "lang")
}

func drawEntry(t *rapid.T) subscribe.Subscriber {
	s := subscribe.Subscriber{
		ID: drawID(t), Seq: 7, List: "japanifornia", State: subscribe.State(rapid.IntRange(0, 2).Draw(t, "state")), Address: drawAddress(t),
		Lang: lang(t), Revision: rapid.Uint32().Draw(t, "revision"), EndedAt: instant(t), Generation: rapid.Uint8().Draw(t, "generation"),
		Consent: subscribe.Consent{Wording: word(t, "wording"), Policy: word(t, "policy"), Requested: instant(t), Confirmed: instant(t), Lang: lang(t), Evidence: word(t, "evidence")},
	}
	if fields := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "fields"); len(fields) > 0 {
		s.Fields = fields
	}
	return s
}

func drawNotice(t *rapid.T) Notice {
	return Notice{
		QueuedNotice: deliver.QueuedNotice{N: 9, MessageID: word(t, "message id"), Attempt: rapid.IntRange(0, 1<<20).Draw(t, "attempt"), Uncertain: rapid.Bool().Draw(t, "uncertain"),
			Notice: subscribe.Notice{Kind: subscribe.NoticeKind(rapid.IntRange(0, 255).Draw(t, "kind")), List: word(t, "list"), To: drawAddress(t), Lang: lang(t),
				Reader: drawID(t), Revision: rapid.Uint32().Draw(t, "revision"), Asked: instant(t), Due: instant(t), Expires: instant(t), Generation: rapid.Uint8().Draw(t, "generation")},
			Report: drawReport(t)},
		Due: instant(t), InFlight: rapid.Bool().Draw(t, "in flight"),
	}
}

func drawReport(t *rapid.T) deliver.Report {
	r := deliver.Report{Kind: deliver.ReportKind(rapid.IntRange(0, 4).Draw(t, "report")), Issue: word(t, "issue"), Subject: word(t, "subject"),
		Started: instant(t), Why: word(t, "why"), Hint: word(t, "hint"), Balance: drawBalance(t)}
	r.Balance.UncertainEver = 0 // which a report does not tell
	r.Balance.InFlight, r.Balance.Pending, r.Balance.Deferred, r.Balance.Bounced = 1, 2, 3, 4
	for range rapid.IntRange(0, 2).Draw(t, "kinds") {
		r.Kinds = append(r.Kinds, word(t, "kind"))
	}
	return r
}

func drawIssue(t *rapid.T) deliver.Issue {
	i := deliver.Issue{Name: deliver.IssueName{List: "japanifornia", Slug: "autumn"}, Subject: word(t, "subject"), State: deliver.State(rapid.IntRange(0, 6).Draw(t, "state")),
		Due: instant(t), Started: instant(t), Ended: instant(t), Expires: instant(t)}
	if source := rapid.SliceOf(rapid.Byte()).Draw(t, "source"); len(source) > 0 {
		i.Source = source
	}
	for range rapid.IntRange(0, 2).Draw(t, "files") {
		i.Files = append(i.Files, deliver.File{Name: word(t, "name"), Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data")}.Enclosure())
	}
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		i.Timeline = append(i.Timeline, deliver.Event{At: instant(t), Actor: word(t, "actor"), What: word(t, "what")})
	}
	if i.Sent.Slot = word(t, "slot"); i.Sent.Slot != "" {
		i.Sent.Content[3] = 7
	}
	for range rapid.IntRange(0, 2).Draw(t, "relays") {
		i.Sent.Relays = append(i.Sent.Relays, rapid.StringN(1, 9, -1).Draw(t, "relay"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "readings") {
		i.Readings = append(i.Readings, deliver.Reading{At: instant(t), Accepted: rapid.IntRange(0, 99).Draw(t, "accepted"), Failed: rapid.IntRange(0, 99).Draw(t, "failed")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "tried") {
		i.Tried = append(i.Tried, deliver.Tried{Relay: word(t, "relay"), At: instant(t), Stage: deliver.Stage(rapid.IntRange(0, 5).Draw(t, "stage")),
			Code: rapid.IntRange(0, 599).Draw(t, "code"), Enhanced: word(t, "enhanced"), Text: word(t, "text")})
	}
	return i
}

func drawDeclaration(t *rapid.T) subscribe.Declaration {
	d := subscribe.Declaration{List: word(t, "list"), ListID: word(t, "list id"), Purpose: word(t, "purpose"), EraseBy: word(t, "erase by")}
	for range rapid.IntRange(0, 3).Draw(t, "fields") {
		f := subscribe.DeclaredField{ID: word(t, "field"), Kind: subscribe.Kind(word(t, "kind")), Length: rapid.IntRange(0, 200).Draw(t, "length")}
		for range rapid.IntRange(0, 3).Draw(t, "choices") {
			f.Choices = append(f.Choices, rapid.StringN(1, 9, -1).Draw(t, "choice"))
		}
		d.Fields = append(d.Fields, f)
	}
	return d
}

func drawBalance(t *rapid.T) (b deliver.Balance) {
	for _, n := range []*int{&b.Audience, &b.Accepted, &b.Refused, &b.Expired, &b.Withdrawn, &b.Uncertain, &b.Cancelled, &b.UncertainEver} {
		*n = rapid.IntRange(0, 1<<30).Draw(t, "n")
	}
	return b
}

// kind is one kind of record: how a random one is made, written and read.
type kind struct {
	draw   func(*rapid.T) any
	encode func(any) []byte
	decode func([]byte) (any, error)
}

func kinds() map[string]kind {
	return map[string]kind{
		"entry": {
			func(t *rapid.T) any { return drawEntry(t) },
			func(v any) []byte { e := v.(subscribe.Subscriber); return EncodeSubscriber(&e) },
			func(b []byte) (any, error) { e, err := DecodeSubscriber("japanifornia", 7, b); return *e, err },
		},
		"head of a back number": {
			func(t *rapid.T) any {
				return subscribe.BackNumber{Lang: lang(t), Subject: word(t, "subject"), At: instant(t), Withdrawn: instant(t)}
			},
			func(v any) []byte { x := v.(subscribe.BackNumber); return EncodeBackHead(&x) },
			func(b []byte) (x any, err error) { return decoded(b, subscribe.BackNumber{}, backHeadFields) },
		},
		"text of a back number": {
			func(t *rapid.T) any {
				x := subscribe.BackNumber{HTML: word(t, "html"), Text: word(t, "text")}
				for range rapid.IntRange(0, 3).Draw(t, "files") {
					x.Files = append(x.Files, subscribe.BackNumberFile{Name: word(t, "name"), Type: word(t, "type"), Size: rapid.IntRange(0, 1<<25).Draw(t, "size"), Attached: rapid.Bool().Draw(t, "attached")})
				}
				return x
			},
			func(v any) []byte { x := v.(subscribe.BackNumber); return EncodeBackText(&x) },
			func(b []byte) (x any, err error) { return decoded(b, subscribe.BackNumber{}, backTextFields) },
		},
		"mark": {
			func(t *rapid.T) any {
				return subscribe.Mark{Kind: subscribe.MarkKind(rapid.IntRange(0, 255).Draw(t, "kind")), At: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at")), ID: drawID(t)}
			},
			func(v any) []byte { return EncodeMark(v.(subscribe.Mark)) },
			func(b []byte) (any, error) {
				m, err := DecodeMark(b)
				if m == nil {
					return subscribe.Mark{}, err
				}
				return *m, err
			},
		},
		"tally": {
			func(t *rapid.T) any {
				x := subscribe.Tally{Since: instant(t), Waits: rapid.Uint32().Draw(t, "waits"), Until: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "until"), 0)}
				for range rapid.IntRange(0, 13).Draw(t, "slots") {
					x.Slots = append(x.Slots, rapid.IntRange(0, 1<<30).Draw(t, "slot"))
				}
				for range rapid.IntRange(0, 5).Draw(t, "times") {
					x.Times = append(x.Times, time.UnixMilli(rapid.Int64Range(1, 1<<42).Draw(t, "time")))
				}
				return x
			},
			func(v any) []byte { return EncodeTally(v.(subscribe.Tally)) },
			func(b []byte) (any, error) { return DecodeTally(b) },
		},
		"request": {
			func(t *rapid.T) any {
				return subscribe.Request{N: 5, Kind: subscribe.RequestKind(rapid.IntRange(0, 255).Draw(t, "kind")), List: word(t, "list"), Address: drawAddress(t), Lang: lang(t), At: instant(t), Fresh: rapid.Bool().Draw(t, "fresh")}
			},
			func(v any) []byte { return EncodeRequest(v.(subscribe.Request)) },
			func(b []byte) (any, error) { return DecodeRequest(5, b) },
		},
		"notice": {
			func(t *rapid.T) any { return drawNotice(t) },
			func(v any) []byte { return EncodeNotice(v.(Notice)) },
			func(b []byte) (any, error) { return DecodeNotice(9, b) },
		},
		"issue": {
			func(t *rapid.T) any { return drawIssue(t) },
			func(v any) []byte { i := v.(deliver.Issue); return EncodeIssue(&i) },
			func(b []byte) (any, error) {
				i, err := DecodeIssue(deliver.IssueName{List: "japanifornia", Slug: "autumn"}, b)
				return *i, err
			},
		},
		"copy": {
			func(t *rapid.T) any {
				return Copy{State: CopyState(rapid.IntRange(0, 6).Draw(t, "state")), Attempt: rapid.IntRange(0, 99).Draw(t, "attempt"), Due: instant(t),
					Resend: rapid.Bool().Draw(t, "resend"), Code: rapid.IntRange(0, 999).Draw(t, "code"), Enhanced: word(t, "enhanced"), Stage: deliver.Stage(rapid.IntRange(0, 7).Draw(t, "stage"))}
			},
			func(v any) []byte { return EncodeCopy(v.(Copy)) },
			func(b []byte) (any, error) { return DecodeCopy(b) },
		},
		"strikes": {
			func(t *rapid.T) any {
				s := deliver.Strikes{Hard: rapid.IntRange(0, 9).Draw(t, "hard"), HardIssue: word(t, "issue"), HardAt: instant(t),
					Soft: rapid.IntRange(0, 9).Draw(t, "soft"), SoftAt: instant(t)}
				for range rapid.IntRange(0, 3).Draw(t, "issues") {
					s.SoftIssues = append(s.SoftIssues, rapid.StringN(1, 9, -1).Draw(t, "soft issue"))
				}
				return s
			},
			func(v any) []byte { return EncodeStrikes(v.(deliver.Strikes)) },
			func(b []byte) (any, error) { return DecodeStrikes(b) },
		},
		"classes": {
			func(t *rapid.T) any {
				all := deliver.Classes{}
				for range rapid.IntRange(0, 3).Draw(t, "classes") {
					all.Add(deliver.Class{Deferred: rapid.Bool().Draw(t, "deferred"), Back: rapid.Bool().Draw(t, "back"), Stage: deliver.Stage(rapid.IntRange(0, 7).Draw(t, "stage")),
						Code: rapid.IntRange(0, 999).Draw(t, "code"), Enhanced: word(t, "enhanced"), Provider: word(t, "provider")}, rapid.IntRange(1, 99).Draw(t, "copies"))
				}
				return all
			},
			func(v any) []byte { return EncodeClasses(v.(deliver.Classes)) },
			func(b []byte) (any, error) { return DecodeClasses(b) },
		},
		"balance": {
			func(t *rapid.T) any { return drawBalance(t) },
			func(v any) []byte { return EncodeBalance(v.(deliver.Balance)) },
			func(b []byte) (any, error) { return DecodeBalance(b) },
		},
		"declaration": {
			func(t *rapid.T) any { return drawDeclaration(t) },
			func(v any) []byte { d := v.(subscribe.Declaration); return Encode(&d, declarationFields) },
			func(b []byte) (any, error) {
				var d subscribe.Declaration
				err := Decode(b, &d, declarationFields)
				return d, err
			},
		},
	}
}

// TestRecords: what is written is read, and what is damaged is never a panic.
func TestRecords(t *testing.T) {
	t.Parallel()
	for name, k := range kinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				want := k.draw(t)
				record := k.encode(want)
				got, err := k.decode(bytes.Clone(record))
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("got  %#v\nwant %#v (%v)", got, want, err)
				}
				if again := k.encode(got); !bytes.Equal(again, record) {
					t.Fatal("written again, it differs")
				}
				for cut := range record {
					_, _ = k.decode(bytes.Clone(record[:cut]))
				}
				for range 50 {
					bad := bytes.Clone(record)
					bad[rapid.IntRange(0, len(bad)-1).Draw(t, "octet")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
					_, _ = k.decode(bad)
				}
			})
		})
	}
}

// TestRecordsRefuse: what this program does not know it does not guess.
func TestRecordsRefuse(t *testing.T) {
	t.Parallel()
	strange := Codec{out: []byte{1}}
	strange.number(99, 1)
	newer := Codec{out: []byte{2}}
	newer.number(1, 1)
	for name, k := range kinds() {
		if name == "mark" { // of fixed length, looked at below
			continue
		}
		prefix := []byte{}
		if name == "tally" {
			prefix = make([]byte, 8)
		}
		for what, record := range map[string][]byte{
			"an unknown field": strange.out, "a newer version": newer.out, "nothing": {}, "a field without its value": {1, 1, 200},
			"a length beyond all": {1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, "half a tag": {1, 0x80},
		} {
			if _, err := k.decode(append(prefix, record...)); err == nil {
				t.Errorf("%s: %s is read", name, what)
			}
		}
	}
	good := EncodeMark(subscribe.Mark{Kind: subscribe.MarkLeft, At: time.UnixMilli(1)})
	for _, bad := range [][]byte{{}, good[:25], append(bytes.Clone(good), 0), append([]byte{2}, good[1:]...)} {
		if _, err := DecodeMark(bad); err == nil {
			t.Errorf("a mark of %d octets, version %v, is read", len(bad), bad[:min(1, len(bad))])
		}
	}
	if _, err := DecodeTally(make([]byte, 7)); err == nil {
		t.Error("a tally of 7 octets is read")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte{1})
	f.Add([]byte{1, 1, 2, 'a', 'b'})
	f.Add(EncodeIssue(&deliver.Issue{Subject: "Autumn", Timeline: []deliver.Event{{At: time.UnixMilli(1), Actor: "a", What: "b"}}}))
	f.Fuzz(func(t *testing.T, record []byte) {
		w := Codec{out: []byte{1}}
		fields := scanOf(record)
		for fields.next() {
			w.put(fields.tag, fields.value)
		}
		if fields.err != nil {
			return
		}
		// What is read and written again reads the same.
		again := Codec{out: []byte{1}}
		for fields = scanOf(w.out); fields.next(); {
			again.put(fields.tag, fields.value)
		}
		if fields.err != nil || !bytes.Equal(again.out, w.out) {
			t.Fatalf("%x becomes %x (%v)", w.out, again.out, fields.err)
		}
		for _, k := range kinds() {
			_, _ = k.decode(bytes.Clone(record))
		}
	})
}
