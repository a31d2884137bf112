package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/guard"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/store/record"
	"example.jp/kairan/subscribe"
)

// hears writes down what a log says of copies of a run.
func (s *Store) hears(ctx context.Context, name deliver.IssueName, said map[subscribe.Seq]deliver.RelayWord) error {
	return s.update(ctx, func(t *txn) error {
		var words []ledger.Word
		for seq, w := range said {
			words = append(words, ledger.Word{Seq: seq, Word: w})
		}
		told, err := s.ledger.Hear(t.Bolt, name, words)
		if err != nil {
			return err
		}
		t.Stage(func(b *bolt.Tx) error {
			return errors.Join(s.ledger.Write(b, told), s.ledger.PutAsOf(b, name, time.Now()))
		})
		return nil
	})
}

// mailID is the Message-ID of a copy in these tests.
func mailID(name deliver.IssueName, id subscribe.ID) deliver.MessageID {
	sum := sha256.Sum256(append([]byte(name.String()), id[:]...))
	return deliver.MessageID(sum[:20])
}

func mailIDs(name deliver.IssueName) (func(subscribe.ID) deliver.MessageID, error) {
	return func(id subscribe.ID) deliver.MessageID { return mailID(name, id) }, nil
}

// logWorld is a list of five readers, of which two have got an issue, and the copies of
// two are uncertain: the relay has taken the first, and not the second.
type logWorld struct {
	*Store
	t     *testing.T
	now   time.Time
	began time.Time
	name  deliver.IssueName
	ids   []subscribe.ID
	run   deliver.Run
	words []deliver.Heard // of a log that has all
	log   deliver.LogSource
}

func newLogWorld(t *testing.T, uncertainAfter time.Duration) *logWorld {
	t.Helper()
	w := &logWorld{t: t, now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), name: named("news", "autumn")}
	w.Store = open(t, Options{Dir: t.TempDir(), Keys: newKeys(), Now: func() time.Time { return w.now }, UncertainAfter: uncertainAfter})
	w.ids = seedReaders(t, w.Store, "news", 4)
	w.began = w.now
	w.run = startIssue(t, w.Store, w.name)
	w.word(0, deliver.RelayDelivered)
	w.word(1, deliver.RelayQueued)
	w.word(2, deliver.RelayBounced)
	for n := range 4 {
		x := w.claim()
		if n < 2 {
			settleAs(t, w.run, x, handedOver)
			continue
		}
		next := time.Time{}
		if uncertainAfter > 0 {
			next = w.now.Add(uncertainAfter)
		}
		w.must(w.run.SettleAndClaim(t.Context(), &deliver.Settlement{Reader: x, Result: deliver.Result{Outcome: deliver.Uncertain}, Next: next}, nil, nil))
	}
	w.now = w.now.Add(2 * time.Hour)
	w.log = deliver.LogSource{Written: []deliver.Stretch{{First: w.began.Add(-time.Hour), Last: w.now}}}
	return w
}

func (w *logWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// claim claims the next reader.
func (w *logWorld) claim() deliver.Reader {
	w.t.Helper()
	x, err := w.run.Reserve(w.now)
	if w.must(err); x == nil {
		w.t.Fatal("nobody is left")
	}
	w.must(w.run.SettleAndClaim(w.t.Context(), nil, x, nil))
	return *x
}

func (w *logWorld) word(n int, word deliver.RelayWord) {
	w.words = append(w.words, deliver.Heard{ID: mailID(w.name, w.ids[n]), Word: word, At: w.began.Add(time.Minute)})
}

// hear reads a log of so many relays.
func (w *logWorld) hear(relays int, sources ...deliver.LogSource) (of deliver.Settled) {
	w.t.Helper()
	h, err := w.Hear(mailIDs)
	w.must(err)
	w.must(h.Take(w.t.Context(), w.words))
	last := w.now
	if len(sources) > 0 && len(sources[0].Written) > 0 {
		last = sources[0].Written[len(sources[0].Written)-1].Last
	}
	all, err := h.End(w.t.Context(), sources, last, relays)
	w.must(err)
	for _, x := range all {
		if x.Issue == w.name {
			of = x
		}
	}
	return of
}

func (w *logWorld) books() deliver.Balance {
	w.t.Helper()
	b, err := w.Balance(w.name)
	w.must(err)
	return b
}

// sent are the entries that get a copy now.
func (w *logWorld) sent() (all []subscribe.Seq) {
	w.t.Helper()
	run, err := w.OpenRun(w.name)
	w.must(err)
	for {
		x, err := run.Reserve(w.now)
		w.must(err)
		if x == nil {
			return all
		}
		w.must(run.SettleAndClaim(w.t.Context(), nil, x, nil))
		settleAs(w.t, run, *x, handedOver)
		all = append(all, x.Seq)
	}
}

// TestLogSettlesWhatIsUncertain: who is in the log has got it, and who is not gets it.
func TestLogSettlesWhatIsUncertain(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{"held": -1, "sent once more later": 24 * time.Hour} {
		w := newLogWorld(t, after)
		got := w.hear(1, w.log)
		said := deliver.Said{Delivered: 1, Queued: 1, Bounced: 1, AsOf: w.now}
		if got.Said.AsOf = got.Said.AsOf.UTC(); got != (deliver.Settled{Issue: w.name, Accepted: 1, Again: 1, Said: said}) {
			t.Errorf("%s: %+v", name, got)
		}
		if all := w.sent(); !slices.Equal(all, []subscribe.Seq{4}) {
			t.Errorf("%s: %v get a copy", name, all)
		}
		if b := w.books(); b != (deliver.Balance{Audience: 4, Accepted: 4, UncertainEver: 2}) {
			t.Errorf("%s: %v", name, b)
		}
		w.now = w.now.Add(48 * time.Hour)
		if all := w.sent(); len(all) > 0 {
			t.Errorf("%s: %v get a second copy", name, all)
		}
	}
}

// TestWhenAbsenceProves has a row for each reason for which a copy that is not in a log
// may have been taken all the same.
func TestWhenAbsenceProves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		relays int
		spoil  func(*logWorld)
		want   deliver.Doubt
	}{
		"it is whole":             {1, func(*logWorld) {}, deliver.NoDoubt},
		"it begins after the run": {1, func(w *logWorld) { w.log.Written[0].First = w.began.Add(time.Minute) }, deliver.DoubtEarly},
		"it ends at once":         {1, func(w *logWorld) { w.log.Written[0].Last = w.began.Add(30 * time.Minute) }, deliver.DoubtLate},
		"of one of two relays":    {2, func(*logWorld) {}, deliver.DoubtRelays},
		"a copy is not in it":     {1, func(w *logWorld) { w.words = w.words[1:] }, deliver.DoubtOthers},
		"of another relay":        {1, func(w *logWorld) { w.words = nil }, deliver.DoubtNobody},
		"lines are missing":       {1, func(w *logWorld) { w.log.Lost = []deliver.Stretch{{First: w.began, Last: w.began}} }, deliver.DoubtLost},
		"lines were missing before": {1, func(w *logWorld) {
			w.log.Lost = []deliver.Stretch{{First: w.began.Add(-time.Hour), Last: w.began.Add(-time.Hour)}}
		}, deliver.NoDoubt},
		"mail without a name":            {1, func(w *logWorld) { w.log.Nameless = w.began.Add(time.Second) }, deliver.DoubtNameless},
		"mail without a name, of before": {1, func(w *logWorld) { w.log.Nameless = w.began.Add(-time.Hour) }, deliver.NoDoubt},
		"its header came":                {1, func(w *logWorld) { w.word(3, deliver.RelayMet) }, deliver.DoubtMet},
		"a clock that is behind":         {1, func(w *logWorld) { w.words[0].At = w.began.Add(-time.Hour) }, deliver.DoubtClock},
		"a clock that is ahead":          {1, func(w *logWorld) { w.log.Written[0].Last = w.now.Add(time.Hour) }, deliver.DoubtClock},
		"a copy from after now":          {1, func(w *logWorld) { w.words[0].At = w.now.Add(time.Hour) }, deliver.DoubtClock},
		"nobody knows since when": {1, func(w *logWorld) {
			w.must(w.write(w.t.Context(), func(b *bolt.Tx) error { // as an older version wrote it
				return guard.New(w.keys).Run(b, w.name).In(layout.Copies).Put(layout.SeqKey(4), record.EncodeCopy(record.Copy{State: record.Uncertain, Attempt: 1}))
			}))
		}, deliver.DoubtUnknown},
	} {
		w := newLogWorld(t, -1)
		c.spoil(w)
		got := w.hear(c.relays, w.log)
		if all := w.sent(); got.Why != c.want || (got.Again == 1) != (c.want == deliver.NoDoubt) || len(all) != got.Again {
			t.Errorf("%s: %q, %+v, and %v get a copy", name, got.Why, got, all)
		}
		if b := w.books(); !b.Balances() || b.Uncertain != got.Left {
			t.Errorf("%s: %v", name, b)
		}
	}
}

// TestLogOfARunThatHasEnded: it goes on with whom the relay has not taken; not after it
// has expired, or was cancelled.
func TestLogOfARunThatHasEnded(t *testing.T) {
	t.Parallel()
	finish := func(i *deliver.Issue, b deliver.Balance, _ bool, now time.Time) { i.Finish(b, now) }
	cancel := func(i *deliver.Issue, now time.Time) error { return i.Cancel("editor", now) }
	for name, c := range map[string]struct {
		expired, cancelled bool
		want               deliver.Settled
		state              deliver.State
		books              deliver.Balance
	}{
		"finished":  {want: deliver.Settled{Accepted: 1, Again: 1}, state: deliver.Running, books: deliver.Balance{Audience: 4, Accepted: 4, UncertainEver: 2}},
		"expired":   {expired: true, want: deliver.Settled{Accepted: 1, GivenUp: 1}, state: deliver.Finished, books: deliver.Balance{Audience: 4, Accepted: 3, Expired: 1, UncertainEver: 2}},
		"cancelled": {cancelled: true, want: deliver.Settled{Accepted: 1, GivenUp: 1}, state: deliver.Cancelled, books: deliver.Balance{Audience: 4, Accepted: 3, Cancelled: 1, UncertainEver: 2}},
	} {
		w := newLogWorld(t, -1)
		if c.cancelled {
			w.must(w.ChangeIssue(t.Context(), w.name, cancel))
		}
		over, err := w.Conclude(t.Context(), w.name, finish)
		if w.must(err); !over {
			t.Fatal(name + ": the run does not end")
		}
		if c.expired {
			w.now = w.now.Add(72 * time.Hour)
		}
		got := w.hear(1, w.log)
		if got.Accepted != c.want.Accepted || got.Again != c.want.Again || got.GivenUp != c.want.GivenUp || got.Left != 0 {
			t.Errorf("%s: %+v", name, got)
		}
		i, err := w.Issue(w.name)
		if w.must(err); i.State != c.state {
			t.Errorf("%s: the issue is %s", name, i.State)
		}
		if i.State == deliver.Running {
			live, err := w.Live()
			if w.must(err); len(live) != 1 || !i.Ended.IsZero() {
				t.Errorf("%s: nobody looks after %v", name, i)
			}
			w.sent()
			_, err = w.Conclude(t.Context(), w.name, finish)
			w.must(err)
		}
		if b := w.books(); b != c.books {
			t.Errorf("%s: %v", name, b)
		}
		if n := w.progress(); n != min(1, c.books.Expired) { // who was given up may get it once more
			t.Errorf("%s: %d bitmaps are kept of %v", name, n, c.books)
		}
	}
}

// progress is how many chunks of bitmaps there are.
func (w *logWorld) progress() (n int) {
	w.must(w.file.View(func(b *bolt.Tx) error {
		return b.Bucket(layout.Progress).ForEach(func(_, _ []byte) error { n++; return nil })
	}))
	return n
}

// TestLogOfAnotherRun: a Message-ID is one run's, and settles nothing of another; nor does
// one that somebody has made up.
func TestLogOfAnotherRun(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t, -1)
	winter := named("news", "winter")
	startIssue(t, w.Store, winter)
	w.words = nil
	for _, id := range w.ids {
		w.words = append(w.words, deliver.Heard{ID: mailID(winter, id), Word: deliver.RelayDelivered, At: w.began.Add(time.Minute)},
			deliver.Heard{ID: mailID(named("press", "autumn"), id), Word: deliver.RelayDelivered, At: w.began.Add(time.Minute)})
	}
	if got := w.hear(1, w.log); got.Accepted != 0 || got.Left != 2 || got.Said != (deliver.Said{}) {
		t.Errorf("%+v", got)
	}
	if b := w.books(); b.Uncertain != 2 {
		t.Error(b)
	}
}

// TestAttemptIsTakenBack: one more copy that was prepared, and not claimed, when the log
// told that the first had come, does not go out.
func TestAttemptIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t, time.Minute)
	x, err := w.run.Reserve(w.now)
	w.must(err)
	if x == nil || x.Seq != 3 || !x.Resend {
		t.Fatalf("%v is due", x)
	}
	w.hear(1)
	if err := w.run.SettleAndClaim(t.Context(), nil, x, nil); !errors.Is(err, deliver.ErrWithdrawn) {
		t.Errorf("it is claimed: %v", err)
	}
	if b := w.books(); b != (deliver.Balance{Audience: 4, Accepted: 3, Uncertain: 1, UncertainEver: 2}) {
		t.Error(b)
	}
}

// TestHeardIsForgotten with the ledger: what was said of whom, and who was accepted.
func TestHeardIsForgotten(t *testing.T) {
	t.Parallel()
	w := newLogWorld(t, -1)
	_, err := w.Conclude(t.Context(), w.name, func(i *deliver.Issue, b deliver.Balance, _ bool, now time.Time) { i.Finish(b, now) })
	w.must(err)
	if n := w.progress(); n == 0 {
		t.Error("who was accepted is forgotten while a log could settle the others")
	}
	w.hear(1)
	if said, err := w.Said(w.name); err != nil || said.Taken() != 3 {
		t.Errorf("%+v, %v", said, err)
	}
	w.now = w.now.Add(100 * 24 * time.Hour)
	r := subscribe.Retention{Consent: 1000, Marks: 1000, Suspended: 1000, Ledgers: 30, Audit: 1000, Provided: 1000, Migrated: 1000}
	_, err = w.Purge(t.Context(), r, false)
	w.must(err)
	if said, err := w.Said(w.name); err != nil || said != (deliver.Said{}) || w.progress() != 0 {
		t.Errorf("after the purge: %+v, %v, %d bitmaps", said, err, w.progress())
	}
	if b := w.books(); b.Accepted != 3 || b.Uncertain != 1 {
		t.Error(b)
	}
}
