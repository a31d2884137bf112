package store

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// spoiled is a store in which records are damaged by hand.
type spoiled struct {
	*Store
	t   *testing.T
	m   *museum // for its desk
	ids []subscribe.ID
}

func newSpoiled(t *testing.T, readers int) *spoiled {
	t.Helper()
	m := &museum{dir: filepath.Join(t.TempDir(), "data"), keys: newKeys()}
	lists := subscribe.Lists{"news": {ID: "news", ListID: "news.example.jp", Office: &subscribe.Office{ID: "office"}, Language: subscribe.Japanese}}
	m.tokens = subscribe.Tokens{Keys: m.keys, Lists: lists, Now: time.Now}
	m.desk = subscribe.Desk{Lists: lists, Limits: subscribe.Limits{Intake: 9, PerHour: 9, PerNetworkHour: 9}}
	p := &spoiled{t: t, m: m}
	p.again()
	p.ids = seedReaders(t, p.Store, "news", readers)
	return p
}

// again closes the store and opens it anew.
func (p *spoiled) again() {
	p.t.Helper()
	if p.Store != nil {
		p.must(p.Close())
	}
	s, err := Open(Options{Dir: p.m.dir, Keys: p.m.keys})
	p.must(err)
	p.t.Cleanup(func() { _ = s.Close() })
	p.Store, p.m.desk.Store = s, s
}

func (p *spoiled) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// flip flips a bit in the middle of a value.
func (p *spoiled) flip(bucket func(*bolt.Tx) *bolt.Bucket, key []byte) {
	p.t.Helper()
	p.must(p.file.Update(func(b *bolt.Tx) error {
		v := bytes.Clone(bucket(b).Get(key))
		if len(v) == 0 {
			return errors.New("there is nothing to damage")
		}
		v[len(v)/2] ^= 4
		return bucket(b).Put(key, v)
	}))
}

func (p *spoiled) in(names ...string) func(*bolt.Tx) *bolt.Bucket {
	return func(b *bolt.Tx) *bolt.Bucket {
		at := b.Bucket([]byte(names[0]))
		for _, name := range names[1:] {
			at = at.Bucket([]byte(name))
		}
		return at
	}
}

// ofList is a bucket of the one list there is.
func (p *spoiled) ofList(names ...string) func(*bolt.Tx) *bolt.Bucket {
	return p.in(append([]string{"lists", "news"}, names...)...)
}

// on says whether the active bit of an entry is set.
func (p *spoiled) on(seq subscribe.Seq) (on bool) {
	p.t.Helper()
	chunk, bit := layout.ChunkOf(seq)
	p.must(p.file.View(func(b *bolt.Tx) error {
		on = layout.HasBit(p.ofList("active")(b).Get(layout.Key4(chunk)), bit)
		return nil
	}))
	return on
}

func (p *spoiled) reader(n int) subscribe.Address {
	p.t.Helper()
	return sample("news", "reader"+string(rune('0'+n))+"@example.jp").Address
}

func (p *spoiled) confirm(a subscribe.Address, issued time.Time) {
	p.t.Helper()
	joins := subscribe.Link{Purpose: subscribe.ToConfirm, List: p.m.desk.Lists["news"], Address: a, Lang: subscribe.English, Issued: issued}
	p.must(p.m.desk.Confirm(p.t.Context(), followed(p.t, p.m.tokens, joins), subscribe.Answers{}))
}

func (p *spoiled) readers() int {
	p.t.Helper()
	n, err := p.Count("news")
	p.must(err)
	return n
}

// TestLeavingWithoutARecord: the entry's own record cannot be read, and its reader
// leaves as everybody does, is not brought back by an old link, and may come again.
func TestLeavingWithoutARecord(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	before := time.Now().Add(-time.Minute)
	p.flip(p.ofList("entries"), layout.SeqKey(2))
	p.again()
	p.must(p.m.leave(p.Store, "news", p.ids[1]))
	if p.on(2) || p.readers() != 4 {
		t.Errorf("it gets mail still, or somebody else does not: %d readers", p.readers())
	}
	p.must(p.m.leave(p.Store, "news", p.ids[1])) // once more
	p.confirm(p.reader(1), before)
	if p.readers() != 4 {
		t.Error("a link from before brought somebody back who had left")
	}
	p.confirm(p.reader(1), time.Now().Add(time.Second)) // later than the mark, to its millisecond
	if p.readers() != 5 {
		t.Error("the reader cannot come again")
	}
	p.must(p.m.leave(p.Store, "news", p.ids[1])) // by the link in an old issue
	if p.readers() != 4 {
		t.Error("the link in an old issue ends nothing")
	}
	p.again()
	if u := p.Unreadable(); u.Sum() != 0 {
		t.Errorf("%s cannot be read, and it was written anew", u)
	}
}

// TestJoiningOverALostRecord: who signs up where a record cannot be read gets a new
// one, under the old ID.
func TestJoiningOverALostRecord(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	p.flip(p.ofList("entries"), layout.SeqKey(2))
	p.confirm(p.reader(1), time.Now())
	if p.on(2) || !p.on(6) || p.readers() != 5 {
		t.Errorf("%d readers", p.readers())
	}
	p.must(p.m.leave(p.Store, "news", p.ids[1]))
	if p.readers() != 4 {
		t.Error("the link in an old issue ends nothing")
	}
}

// TestBlockAndRemovalOfALostRecord: what leads to an entry by its address ends it, too.
func TestBlockAndRemovalOfALostRecord(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	p.flip(p.ofList("entries"), layout.SeqKey(2))
	p.flip(p.ofList("entries"), layout.SeqKey(3))
	blocks := subscribe.Link{Purpose: subscribe.ToBlock, List: p.m.desk.Lists["news"], Address: p.reader(1), Lang: subscribe.English, Issued: time.Now()}
	p.must(p.m.desk.Block(t.Context(), followed(t, p.m.tokens, blocks)))
	p.must(p.m.desk.Remove(t.Context(), "news", p.reader(2)))
	if p.on(2) || p.on(3) || p.readers() != 3 {
		t.Errorf("%d readers", p.readers())
	}
	for n := 1; n <= 2; n++ {
		p.confirm(p.reader(n), time.Now().Add(-time.Minute))
	}
	if p.readers() != 3 {
		t.Error("an old link brought somebody back")
	}
}

// TestAnIndexThatLeadsElsewhere: a link ends its own reader's entry, and no other.
func TestAnIndexThatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 5)
	p.must(p.file.Update(func(b *bolt.Tx) error {
		return guard.New(p.keys).List(b, "news", layout.IDs).Put(p.ids[1][:], layout.SeqKey(3))
	}))
	p.must(p.m.leave(p.Store, "news", p.ids[1]))
	if !p.on(3) || p.on(2) || p.readers() != 4 {
		t.Error("a link ended another reader's entry, or none")
	}
	p.must(p.m.leave(p.Store, "news", p.ids[1]))
	if p.readers() != 4 {
		t.Error("pressed again, it ended another one")
	}
}

// TestRunWithUnreadableEntries: the others get it, and the run comes to its end.
func TestRunWithUnreadableEntries(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 9)
	p.must(p.m.leave(p.Store, "news", p.ids[4]))
	p.must(p.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("news", p.ids[5])
		if err == nil {
			tx.SetMark("news", e.Address, e.Suspend(tx.Now()))
			tx.Put(e)
		}
		return err
	}))
	p.must(p.file.Update(func(b *bolt.Tx) error { // bits that were cleared are set
		return errors.Join(p.people.SetActive(b, "news", 5, true), p.people.SetActive(b, "news", 6, true))
	}))
	r := startIssue(t, p.Store, named("news", "autumn"))
	p.flip(p.ofList("entries"), layout.SeqKey(2))
	got := 0
	for x, err := r.Reserve(time.Now()); x != nil || err != nil; x, err = r.Reserve(time.Now()) {
		p.must(err)
		if x.Seq == 2 || x.Seq == 5 || x.Seq == 6 {
			t.Errorf("entry %d gets a copy", x.Seq)
		}
		p.must(r.SettleAndClaim(t.Context(), nil, x, nil))
		p.must(r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: deliver.Accepted}}, nil, nil))
		got++
	}
	books, err := p.Balance(named("news", "autumn"))
	p.must(err)
	if got != 6 || !books.Balances() || books.Accepted != 6 || books.Expired != 1 || books.Withdrawn != 2 || books.Pending != 0 {
		t.Errorf("%d copies; %+v", got, books)
	}
	ended, err := p.Conclude(t.Context(), named("news", "autumn"), func(i *deliver.Issue, x deliver.Balance, _ bool, now time.Time) { i.Finish(x, now) })
	if err != nil || !ended {
		t.Errorf("it does not come to its end: %v", err)
	}
	if u := p.Unreadable(); u.Entries != 3 {
		t.Errorf("set apart: %s", u)
	}
}

// TestWrongKeysSettleNothing: if nothing at all can be read, it is not the file.
func TestWrongKeysSettleNothing(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 40)
	r := startIssue(t, p.Store, named("news", "autumn"))
	for seq := range subscribe.Seq(40) {
		p.flip(p.ofList("entries"), layout.SeqKey(seq+1))
	}
	for range 2 {
		if x, err := r.Reserve(time.Now()); x != nil || err == nil || !strings.Contains(err.Error(), "key file") {
			t.Errorf("%v, %v", x, err)
		}
	}
	if books, err := p.Balance(named("news", "autumn")); err != nil || books.Pending != 40 {
		t.Errorf("%+v, %v", books, err)
	}
}

// TestLedgerThatIsDamaged: who has a copy already is what the bitmap says, so nothing is
// begun by a wrong one.
func TestLedgerThatIsDamaged(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 20)
	startIssue(t, p.Store, named("news", "autumn"))
	startIssue(t, p.Store, named("news", "winter"))
	for _, slug := range []string{"autumn", "winter"} {
		r, err := p.OpenRun(named("news", slug))
		p.must(err)
		x, err := r.Reserve(time.Now())
		p.must(err)
		p.must(r.SettleAndClaim(t.Context(), nil, x, nil))
		p.must(r.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: *x, Result: deliver.Result{Outcome: deliver.Accepted}}, nil, nil))
	}
	for state := range deliver.State(9) { // in the clear, with a tag and without one
		p.must(p.file.Update(func(b *bolt.Tx) error {
			if state%2 == 0 {
				return p.ofList("runs", "winter")(b).Put(layout.State, []byte{byte(state)})
			}
			return p.ledger.PutState(b, &deliver.Issue{Name: named("news", "winter"), State: state})
		}))
		p.again()
		p.must(p.file.View(func(b *bolt.Tx) error {
			if got := p.ledger.State(b, named("news", "winter")); got != deliver.Running {
				t.Errorf("the state of a run is %s: the sealed issue counts", got)
			}
			return nil
		}))
	}
	p.must(p.file.Update(func(b *bolt.Tx) error { // an end that nobody has written
		return p.ofList("runs", "winter")(b).Put(layout.FinalBalance, []byte{1, 1, 1, 1})
	}))
	p.must(p.Close())
	var damage *Damage
	if _, err := Open(Options{Dir: p.m.dir, Keys: p.m.keys}); !errors.As(err, &damage) || !strings.Contains(err.Error(), "the ledger of the issue news/winter (final)") {
		t.Errorf("a run that was ended by hand: %v", err)
	}
	db, err := bolt.Open(filepath.Join(p.m.dir, fileName), 0o600, nil)
	p.must(err)
	p.must(errors.Join(db.Update(func(b *bolt.Tx) error {
		k, bad := layout.Key8(1<<32), bytes.Clone(p.in("progress")(b).Get(layout.Key8(1<<32)))
		bad[700] ^= 1
		return errors.Join(p.ofList("runs", "winter")(b).Delete(layout.FinalBalance), p.in("progress")(b).Put(k, bad))
	}), db.Close()))
	if _, err := Open(Options{Dir: p.m.dir, Keys: p.m.keys}); !errors.As(err, &damage) || !strings.Contains(err.Error(), "the ledger of the issue news/autumn (who was claimed)") {
		t.Errorf("a run with a damaged ledger: %v", err)
	}
}

// TestOneBitOfADraft: everything else is as it was, and the draft can be added again.
func TestOneBitOfADraft(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 3)
	ctx := t.Context()
	for _, slug := range []string{"one", "two"} {
		p.must(p.AddIssue(ctx, deliver.Issue{Name: named("news", slug), Subject: slug, State: deliver.Draft}, nil, nil))
	}
	owed := subscribe.Notice{Kind: subscribe.NoticeConfirm, List: "news", To: p.reader(9), Lang: subscribe.English, Asked: time.Now(), Expires: time.Now().Add(time.Hour)}
	for range 2 {
		p.must(p.Update(ctx, func(tx subscribe.Tx) error {
			tx.Owe(owed)
			tx.PutRequest(subscribe.Request{Kind: subscribe.RequestJoin, List: "news", Address: owed.To, Lang: subscribe.English, At: tx.Now()})
			return nil
		}))
	}
	p.flip(p.ofList("issues"), []byte("one"))
	p.flip(p.in("outbox"), layout.Key8(1))
	p.flip(p.in("intake"), layout.Key8(1))
	p.must(p.Close())
	var told []Unreadable
	s, err := Open(Options{Dir: p.m.dir, Keys: p.m.keys, Apart: func(u Unreadable) { told = append(told, u) }})
	p.must(err)
	defer s.Close()
	if got, err := s.Issues("news"); err != nil || len(got) != 1 || got[0].Name.Slug != "two" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := s.Issue(named("news", "one")); err == nil || !strings.Contains(err.Error(), "add it again") {
		t.Errorf("%v", err)
	}
	if requests, err := s.WaitingRequests(ctx, 10); err != nil || len(requests) != 1 {
		t.Errorf("%d requests, %v", len(requests), err)
	}
	if o, err := s.ReserveNotice(time.Now()); err != nil || o == nil || o.N != 2 {
		t.Errorf("%v, %v", o, err)
	}
	if _, err := s.SweepNotices(ctx); err != nil {
		t.Error(err)
	}
	u, err := s.Examine(ctx)
	if want := (Unreadable{Issues: 1, Notices: 1, Requests: 1}); err != nil || u != want || u.String() != "1 issue, 1 notice, 1 request" {
		t.Errorf("%s, %v", u, err)
	}
	if len(told) != 3 {
		t.Errorf("told %d times, want once of each kind: %v", len(told), told)
	}
	p.must(s.AddIssue(ctx, deliver.Issue{Name: named("news", "one"), Subject: "again", State: deliver.Draft}, nil, nil))
	if got, err := s.Issues("news"); err != nil || len(got) != 2 || s.Unreadable().Issues != 0 {
		t.Errorf("added again: %d, %v, %s", len(got), err, s.Unreadable())
	}
}
