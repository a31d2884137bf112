package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// Store is what the suite asks of a store.
type Store interface {
	subscribe.Store
	subscribe.RequestQueue
	deliver.Outbox
	deliver.Calendar
	Issues
	Archive
	Care
}

// Archive is what of the issues anybody may read, and how it is withdrawn.
type Archive interface {
	BackNumbers(list string) ([]subscribe.BackNumber, error)
	BackNumber(list, slug string) (subscribe.BackNumber, error)
	BackNumberFile(list, slug, name string) ([]byte, error)
	ArchiveVersion() uint64
	ChangeBackNumber(ctx context.Context, name deliver.IssueName, change func(i *deliver.Issue, back *subscribe.BackNumber, now time.Time) error) error
}

// Issues is how an editor puts issues in, and reads the books of their runs.
type Issues interface {
	AddIssue(ctx context.Context, draft deliver.Issue, files []deliver.File, replace func(stored *deliver.Issue, now time.Time) error) error
	RemoveIssue(ctx context.Context, name deliver.IssueName, may func(*deliver.Issue) error) error
	Issue(name deliver.IssueName) (*deliver.Issue, error)
	Files(name deliver.IssueName) ([]deliver.File, error)
	OpenRun(name deliver.IssueName) (deliver.Run, error)
	Balance(name deliver.IssueName) (deliver.Balance, error)
	// TakeBack is ChangeIssue for a pause because of refusals.
	TakeBack(ctx context.Context, name deliver.IssueName, change func(*deliver.Issue, time.Time) error) error
	// CountAgain and SendAgain are how an issue that has ended goes once more to some readers.
	CountAgain(name deliver.IssueName, to deliver.Whom) (int, error)
	SendAgain(ctx context.Context, name deliver.IssueName, to deliver.Whom, change func(i *deliver.Issue, copies int, now time.Time) (due time.Time, err error)) error
	// Bounce takes in that a copy came back, and JudgeBounces holds that against its reader.
	Bounce(ctx context.Context, x deliver.Bounce) (deliver.Returned, error)
	JudgeBounces(ctx context.Context) error
}

// Care is what keeps a store whole.
type Care interface {
	Count(list string) (int, error)     // active entries
	Suspended(list string) (int, error) // suspended ones
	Check() error
	Close() error
}

// Options are what a test wants of the store that it opens.
type Options struct {
	Dir            string // the same directory opens the same store again
	Now            func() time.Time
	UncertainAfter time.Duration // negative: what a crash leaves uncertain is never sent again
}

// TB is what a test is given: a *testing.T, a *testing.B or a *rapid.T.
type TB interface {
	rapid.TB
	Context() context.Context
	Cleanup(func())
}

// Open opens a store. It fails the test if it cannot.
type Open func(t TB, o Options) Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, part := range []struct {
		name  string
		tests map[string]func(*testing.T, *fixture)
	}{
		{"tx", txTests()}, {"ledger", ledgerTests()}, {"again", againTests()}, {"strikes", strikesTests()}, {"returned", returnedTests()}, {"outbox", outboxTests()}, {"calendar", calendarTests()}, {"archive", archiveTests()},
	} {
		for name, test := range part.tests {
			t.Run(part.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newFixture(t, t.TempDir(), open)
				test(t, b)
			})
		}
	}
	t.Run("model", func(t *testing.T) {
		t.Parallel()
		model(t, open)
	})
}

// fixture is one store under test, with a clock that only the test moves.
type fixture struct {
	t     TB
	open  Open
	opt   Options
	clock *clock
	crowd int // readers who take every issue, so that one refusal is nobody else's fault
	Store
}

func newFixture(t TB, dir string, open Open) *fixture {
	b := &fixture{t: t, open: open, clock: &clock{at: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}}
	b.opt = Options{Dir: dir, Now: b.clock.now, UncertainAfter: 30 * time.Minute}
	b.Store = open(t, b.opt)
	t.Cleanup(b.end)
	return b
}

func (b *fixture) end() {
	b.t.Helper()
	if err := b.Check(); err != nil {
		b.t.Errorf("at the end of the test the store is not whole: %v", err)
	}
	if err := b.Close(); err != nil {
		b.t.Errorf("closing: %v", err)
	}
}

// reopen closes the store and opens it again. To the ledger that is a crash:
// what was claimed is still in flight.
func (b *fixture) reopen() {
	b.t.Helper()
	b.must(b.Check())
	b.must(b.Close())
	b.Store = b.open(b.t, b.opt)
}

func (b *fixture) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *fixture) update(op func(subscribe.Tx) error) {
	b.t.Helper()
	b.must(b.Update(b.t.Context(), op))
}

// join puts a new active entry in and returns it as it is stored.
func (b *fixture) join(list, address string) *subscribe.Subscriber {
	b.t.Helper()
	s := entry(list, address)
	b.update(func(tx subscribe.Tx) error { tx.Put(s); return nil })
	return b.byID(list, s.ID)
}

func (b *fixture) byID(list string, id subscribe.ID) (s *subscribe.Subscriber) {
	b.t.Helper()
	b.update(func(tx subscribe.Tx) (err error) { s, err = tx.ByID(list, id); return err })
	return s
}

func (b *fixture) byAddress(list, address string) (s *subscribe.Subscriber) {
	b.t.Helper()
	b.update(func(tx subscribe.Tx) (err error) { s, err = tx.ByAddress(list, addr(address)); return err })
	return s
}

func (b *fixture) byMailbox(list, address string) (all []*subscribe.Subscriber) {
	b.t.Helper()
	b.update(func(tx subscribe.Tx) (err error) { all, err = tx.ByMailbox(list, addr(address)); return err })
	return all
}

func (b *fixture) mark(list, address string) (m *subscribe.Mark) {
	b.t.Helper()
	b.update(func(tx subscribe.Tx) (err error) { m, err = tx.Mark(list, addr(address)); return err })
	return m
}

// leave ends an entry the way the Desk does.
func (b *fixture) leave(list string, id subscribe.ID) {
	b.t.Helper()
	b.update(func(tx subscribe.Tx) error {
		s, err := tx.ByID(list, id)
		if err != nil {
			return err
		}
		a := s.Address
		tx.SetMark(list, a, s.End(subscribe.MarkLeft, tx.Now()))
		tx.Put(s)
		return nil
	})
}

func named(slug string) deliver.IssueName { return deliver.IssueName{List: journal, Slug: slug} }

// start adds an issue and starts its run at once.
func (b *fixture) start(name deliver.IssueName, expiry time.Duration) deliver.Run {
	b.t.Helper()
	draft := deliver.Issue{Name: name, Source: []byte("+++\n+++\n"), Subject: "Autumn", State: deliver.Draft}
	b.must(b.AddIssue(b.t.Context(), draft, nil, nil))
	b.must(b.StartIssue(b.t.Context(), name, deliver.Form{Compiled: []byte("compiled"), Back: spring()}, func(i *deliver.Issue, n int, now time.Time) error {
		i.Start(n, expiry, now)
		return nil
	}))
	r, err := b.OpenRun(name)
	b.must(err)
	return r
}

// books returns the balance, which must balance.
func (b *fixture) books(name deliver.IssueName) deliver.Balance {
	b.t.Helper()
	x, err := b.Balance(name)
	b.must(err)
	if !x.Balances() {
		b.t.Fatalf("the books do not balance: %+v", x)
	}
	return x
}

// wantBooks compares the books with what they should be.
func (b *fixture) wantBooks(name deliver.IssueName, want deliver.Balance) {
	b.t.Helper()
	if got := b.books(name); got != want {
		b.t.Fatalf("books\n got %+v\nwant %+v", got, want)
	}
}

func (b *fixture) reserve(r deliver.Run) *deliver.Reader {
	b.t.Helper()
	x, err := r.Reserve(b.clock.now())
	b.must(err)
	return x
}

// claim reserves one reader and claims it.
func (b *fixture) claim(r deliver.Run) deliver.Reader {
	b.t.Helper()
	x := b.reserve(r)
	if x == nil {
		b.t.Fatal("nobody to reserve")
	}
	b.must(r.SettleAndClaim(b.t.Context(), nil, x, nil))
	return *x
}

func (b *fixture) settle(r deliver.Run, x deliver.Reader, res deliver.Result, next time.Time) {
	b.t.Helper()
	b.must(r.SettleAndClaim(b.t.Context(), &deliver.Settlement{Reader: x, Result: res, Next: next}, nil, nil))
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

func addr(s string) subscribe.Address {
	a, err := subscribe.ParseAddress(s)
	if err != nil {
		panic("a sample address is refused: " + err.Error())
	}
	return a
}

// entry is an active entry with everything in it.
func entry(list, address string) *subscribe.Subscriber {
	at := time.Date(2026, 11, 20, 8, 7, 6, 5e6, time.UTC)
	return &subscribe.Subscriber{
		ID: subscribe.NewID(), List: list, State: subscribe.Active, Address: addr(address),
		Fields: subscribe.Fields{"name": "山田 花子", "prefecture": "13"}, Lang: subscribe.Japanese, Revision: 1, Generation: 5,
		Consent: subscribe.Consent{Wording: "w1", Policy: "2026-04-01", Requested: at, Confirmed: at.Add(time.Minute), Lang: subscribe.English},
	}
}
