package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// town is an installation of one list, as its readers and its operator use it.
type town struct {
	t      *testing.T
	dir    string
	opt    Options
	lists  subscribe.Lists
	tokens subscribe.Tokens
	now    time.Time
	*Store
	*subscribe.Desk
}

const townList = "japanifornia"

func newTown(t *testing.T, dir string) *town {
	t.Helper()
	w := &town{t: t, dir: dir, now: time.UnixMilli(1795251600000)}
	list := &subscribe.List{ID: townList, ListID: "japanifornia.example.jp", Office: &subscribe.Office{ID: "example"},
		Fields: []subscribe.Field{{ID: "name", Kind: subscribe.KindText, Length: 40}, {ID: "organisation", Kind: subscribe.KindText, Length: 40}}}
	w.lists = subscribe.Lists{list.ID: list}
	keys := newKeys()
	w.tokens = subscribe.Tokens{Keys: keys, Lists: w.lists, Now: w.clock}
	w.opt = Options{Dir: filepath.Join(dir, "data"), Journal: filepath.Join(dir, "journal"), Keys: keys, Now: w.clock}
	w.start()
	w.must(w.Adopt(t.Context(), w.lists))
	return w
}

func (w *town) clock() time.Time { return w.now }

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) start() {
	w.t.Helper()
	s, err := Open(w.opt)
	w.must(err)
	w.Store = s
	w.Desk = &subscribe.Desk{Store: s, Lists: w.lists, Limits: subscribe.Limits{Intake: 1000, PerHour: 1000, PerNetworkHour: 1000}}
}

func (w *town) stop() { w.t.Helper(); w.must(w.Store.Close()) }

func (w *town) file() string { return filepath.Join(w.opt.Dir, fileName) }

// leave presses the link of an issue of any time.
func (w *town) leave(id subscribe.ID) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	w.must(w.Desk.Leave(w.t.Context(), followed(w.t, w.tokens, subscribe.Link{Purpose: subscribe.ToLeave, List: w.lists[townList], ID: id})))
}

// moves presses the button in the mail to a new address.
func (w *town) moves(from, to string) {
	w.t.Helper()
	e := w.entryOf(from)
	w.must(w.Desk.Confirm(w.t.Context(), followed(w.t, w.tokens, subscribe.Link{Purpose: subscribe.ToMove, List: w.lists[townList], ID: e.ID, Revision: e.Revision, Address: addressOf(to), Issued: w.now}), subscribe.Answers{}))
}

func (w *town) block(address string) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	w.must(w.Desk.Block(w.t.Context(), followed(w.t, w.tokens, subscribe.Link{Purpose: subscribe.ToBlock, List: w.lists[townList], Address: addressOf(address), Issued: w.now})))
}

// join presses a confirmation link that was mailed at issued.
func (w *town) join(address string, issued time.Time) {
	w.t.Helper()
	w.must(w.Desk.Confirm(w.t.Context(), followed(w.t, w.tokens, subscribe.Link{Purpose: subscribe.ToConfirm, List: w.lists[townList], Address: addressOf(address), Issued: issued}), subscribe.Answers{Fields: map[string]string{"name": "山田", "organisation": "x"}}))
}

// followed is a link that somebody has followed to its page.
func followed(t testing.TB, tokens subscribe.Tokens, l subscribe.Link) subscribe.Visit {
	t.Helper()
	tok, err := tokens.Mint(l)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tokens.Inspect(tok, l.Purpose)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func addressOf(s string) subscribe.Address { return sample("", s).Address }

// entryOf is the active entry of an address, or nil.
func (w *town) entryOf(address string) (e *subscribe.Subscriber) {
	w.t.Helper()
	w.must(w.Store.Update(w.t.Context(), func(tx subscribe.Tx) (err error) {
		e, err = tx.ByAddress(townList, addressOf(address))
		return err
	}))
	return e
}

func (w *town) blocked(address string) bool {
	w.t.Helper()
	var m *subscribe.Mark
	w.must(w.Store.Update(w.t.Context(), func(tx subscribe.Tx) (err error) {
		m, err = tx.Mark("", addressOf(address))
		return err
	}))
	return m != nil && m.Kind == subscribe.MarkBlocked
}

func (w *town) count() int {
	w.t.Helper()
	n, err := w.Count(townList)
	w.must(err)
	return n
}

func (w *town) schedule(slug string, due time.Time) {
	w.t.Helper()
	w.must(w.AddIssue(w.t.Context(), deliver.Issue{Name: named(townList, slug), Subject: slug, State: deliver.Draft}, nil, nil))
	w.must(w.ChangeIssue(w.t.Context(), named(townList, slug), func(i *deliver.Issue, now time.Time) error {
		return i.Schedule(due, "editor", time.UTC, now)
	}))
}

func (w *town) begin(slug string) {
	w.t.Helper()
	w.must(w.StartIssue(w.t.Context(), named(townList, slug), deliver.Form{Compiled: []byte("compiled"), Back: aBack()}, func(i *deliver.Issue, n int, now time.Time) error {
		i.Start(n, 48*time.Hour, now)
		return nil
	}))
}

// send hands over up to n copies of a run, and returns to whom.
func (w *town) send(slug string, n int) (got []string) {
	w.t.Helper()
	r, err := w.OpenRun(named(townList, slug))
	w.must(err)
	for range n {
		x, err := r.Reserve(w.now)
		w.must(err)
		if x == nil {
			break
		}
		w.must(r.SettleAndClaim(w.t.Context(), nil, x, nil))
		w.must(r.SettleAndClaim(w.t.Context(), &deliver.Settlement{Reader: *x, Result: handedOver}, nil, nil))
		got = append(got, x.Address.Clear())
	}
	return got
}

func (w *town) books(slug string) deliver.Balance {
	w.t.Helper()
	b, err := w.Balance(named(townList, slug))
	w.must(err)
	if !b.Balances() {
		w.t.Errorf("%s: %+v", slug, b)
	}
	return b
}

// owe has a confirmation wait in the outbox.
func (w *town) owe(to string) {
	w.t.Helper()
	w.must(w.Store.Update(w.t.Context(), func(tx subscribe.Tx) error {
		tx.Owe(subscribe.Notice{Kind: subscribe.NoticeConfirm, List: townList, To: addressOf(to), Asked: tx.Now(), Expires: tx.Now().Add(365 * 24 * time.Hour)})
		return nil
	}))
}

// owed empties the outbox.
func (w *town) owed() (to []string) {
	w.t.Helper()
	for {
		o, err := w.ReserveNotice(w.now)
		w.must(err)
		if o == nil {
			return to
		}
		if err := w.ClaimNotice(w.t.Context(), *o); err == nil {
			to = append(to, o.Notice.To.Clear())
			w.must(w.SettleNotice(w.t.Context(), *o, handedOver, time.Time{}))
		}
	}
}

// copyFile copies a file over another.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
