package custody

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"example.jp/kairan/subscribe"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func newList() *subscribe.List {
	return &subscribe.List{
		ID: "news", ListID: "news.list-id.example.jp", Language: subscribe.Japanese,
		Name: subscribe.Text{JA: "お知らせ", EN: "News"}, Purpose: subscribe.Text{JA: "配信", EN: "Delivery"},
		Fields: []subscribe.Field{
			{ID: "name", Kind: subscribe.KindText, Required: true, Length: 60, Label: subscribe.Text{JA: "お名前", EN: "Name"}},
			{ID: "prefecture", Kind: subscribe.KindPrefecture, Label: subscribe.Text{JA: "都道府県", EN: "Prefecture"}},
		},
	}
}

func newEntry(t *testing.T, address string) *subscribe.Subscriber {
	a, err := subscribe.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	return &subscribe.Subscriber{
		List: "news", State: subscribe.Active, Address: a, Lang: subscribe.English, Fields: subscribe.Fields{"name": "山田 <太郎>", "prefecture": "13"},
		Consent: subscribe.Consent{Wording: "0123", Policy: "2022-09-08", Requested: noon.Add(-time.Hour), Confirmed: noon, Lang: subscribe.English},
	}
}

// written is an export of entries and marks.
func written(t *testing.T, scope string, entries []*subscribe.Subscriber, marks ...Mark) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, Header{Made: noon, Scope: scope, To: "x", Reason: "y", Case: "z", Office: "o", Lists: []List{ListOf(newList())}})
	for _, e := range entries {
		err = errors.Join(err, w.Entry(EntryOf(e)))
	}
	for _, m := range marks {
		err = errors.Join(err, w.Mark(m))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSizeTellsNothing: what is held about a person has one size, whatever it is; a list
// has one of few.
func TestSizeTellsNothing(t *testing.T) {
	t.Parallel()
	active := newEntry(t, "hanako@example.jp")
	ended, suspended := *active, *active
	left := ended.End(subscribe.MarkLeft, noon)
	mark := suspended.Suspend(noon)
	long := newEntry(t, "hanako@example.jp")
	long.Fields = subscribe.Fields{"name": strings.Repeat("\U0001F5FE", 200)}
	empty := len(written(t, OfSubject, nil))
	for what, b := range map[string][]byte{
		"subscribed": written(t, OfSubject, []*subscribe.Subscriber{active}),
		"left":       written(t, OfSubject, []*subscribe.Subscriber{&ended}, MarkOf("news", &left)),
		"suspended":  written(t, OfSubject, []*subscribe.Subscriber{&suspended}, MarkOf("news", &mark)),
		"blocked":    written(t, OfSubject, nil, MarkOf("", &subscribe.Mark{Kind: subscribe.MarkBlocked, At: noon})),
		"unreadable": written(t, OfSubject, []*subscribe.Subscriber{{List: "news", State: subscribe.Lost}}),
		"ten":        written(t, OfSubject, repeat(long, 10)),
		"absurd":     written(t, OfSubject, repeat(long, 5000)),
	} {
		if len(b) != empty {
			t.Errorf("%s: %d octets, and of who is unknown %d", what, len(b), empty)
		}
		if lost := !bytes.Contains(b, []byte(`"left_out":0}`)); lost != (what == "absurd") {
			t.Errorf("%s: something is left out: %v", what, lost)
		}
	}
	for n, want := range map[int]int{0: 1 << 20, 1: 1 << 20, 2000: 1 << 20, 5000: 2 << 20} {
		if got := len(written(t, OfList, repeat(active, n))); got != want {
			t.Errorf("a list of %d has %d octets, want %d", n, got, want)
		}
	}
}

func repeat(e *subscribe.Subscriber, n int) (all []*subscribe.Subscriber) {
	for range n {
		all = append(all, e)
	}
	return all
}

// TestRoundTrip: what was written is read, and arrives as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	active := newEntry(t, "hanako@example.jp")
	ended := *active
	ended.End(subscribe.MarkLeft, noon)
	whole := written(t, OfList, []*subscribe.Subscriber{active, &ended})
	r, err := NewReader(bytes.NewReader(whole))
	if err != nil || r.Header.Lists[0].ListID != "news.list-id.example.jp" || !r.Header.Made.Equal(noon) {
		t.Fatalf("the header: %+v, %v", r, err)
	}
	e, n, err := r.Next()
	if err != nil || n != 2 || !e.Arrives() {
		t.Fatalf("line %d: %+v, %v", n, e, err)
	}
	a, err := Arrival(newList(), *e, noon)
	if err != nil || a.Address != active.Address || a.Consent != active.Consent || a.Lang != active.Lang || a.Fields["name"] != active.Fields["name"] || a.Fields["prefecture"] != "13" {
		t.Errorf("arrives as %+v, %v", a, err)
	}
	if e, _, err = r.Next(); err != nil || e.Arrives() || e.Address != "" || e.Consent == nil || !e.Ended.Equal(noon) {
		t.Errorf("who has left: %+v, %v", e, err)
	}
	if _, _, err = r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	cut, err := NewReader(bytes.NewReader(whole[:bytes.Index(whole, []byte(`{"end"`))]))
	for err == nil {
		_, _, err = cut.Next()
	}
	if errors.Is(err, io.EOF) {
		t.Error("what was cut off is taken for whole")
	}
	for _, bad := range []string{"", "x", "age-encryption.org/v1\n", "{}", `{"kairan_export":2}`, "\n\n"} {
		if _, err := NewReader(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken for an export", bad)
		}
	}
}

// TestArrival: nothing arrives that the list does not declare, or nobody has agreed to.
func TestArrival(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*Entry){
		"ended":      func(e *Entry) { e.State = "ended" },
		"suspended":  func(e *Entry) { e.State = "suspended" },
		"no consent": func(e *Entry) { e.Consent = nil },
		"no wording": func(e *Entry) { e.Consent.Wording = "" },
		"to come":    func(e *Entry) { e.Consent.Confirmed = noon.Add(time.Second) },
		"asked then": func(e *Entry) { e.Consent.Requested = noon.Add(time.Second) },
		"endless":    func(e *Entry) { e.Consent.Wording = strings.Repeat("0", 65) },
		"any policy": func(e *Entry) { e.Consent.Policy = strings.Repeat("x", 65) },
		"no instant": func(e *Entry) { e.Consent.Confirmed = time.Time{} },
		"no address": func(e *Entry) { e.Address = "" },
		"two":        func(e *Entry) { e.Address = "a@example.jp, b@example.jp" },
		"undeclared": func(e *Entry) { e.Fields["telephone"] = "03" },
		"too long":   func(e *Entry) { e.Fields["name"] = strings.Repeat("x", 61) },
		"no choice":  func(e *Entry) { e.Fields["prefecture"] = "99" },
	} {
		e := EntryOf(newEntry(t, "hanako@example.jp"))
		if _, err := Arrival(newList(), e, noon); err != nil {
			t.Fatal(err)
		}
		change(&e)
		if _, err := Arrival(newList(), e, noon); err == nil {
			t.Errorf("%s: it arrives", what)
		}
	}
}
