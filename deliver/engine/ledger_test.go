package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// ledger is a run in memory that holds the engine to its promises.
type ledger struct {
	w    *world
	name deliver.IssueName
	left map[subscribe.Seq]bool // no longer want it
	bad  map[subscribe.Seq]bool // cannot be composed for

	domains int // the readers are at so many; 0: one

	mu        sync.Mutex
	pending   []deliver.Reader
	waiting   map[subscribe.Seq]deliver.Settlement // by its Next
	inFlight  map[subscribe.Seq]bool
	settled   map[subscribe.Seq][]deliver.Settlement
	reserved  int // how many were ever handed out
	out       int // handed out, and neither settled, withdrawn nor returned
	cancelled bool
	paused    bool
}

func named(s string) deliver.IssueName {
	list, slug, _ := strings.Cut(s, "/")
	return deliver.IssueName{List: list, Slug: slug}
}

func newLedger(w *world, name string, readers int) *ledger {
	l := &ledger{
		w: w, name: named(name), left: map[subscribe.Seq]bool{}, bad: map[subscribe.Seq]bool{}, waiting: map[subscribe.Seq]deliver.Settlement{},
		inFlight: map[subscribe.Seq]bool{}, settled: map[subscribe.Seq][]deliver.Settlement{},
	}
	for n := range readers {
		l.pending = append(l.pending, deliver.Reader{Seq: subscribe.Seq(n + 1), Attempt: 1})
	}
	return l
}

// add gives the engine a run for so many readers, which does not expire.
func (w *world) add(name string, readers int) *ledger {
	l := newLedger(w, name, readers)
	w.e.Add(l, never())
	return l
}

var someone = readerAt("example.jp")

func readerAt(domain string) subscribe.Address {
	a, err := subscribe.ParseAddress("reader@" + domain)
	if err != nil {
		panic(err)
	}
	return a
}

func (l *ledger) address(seq subscribe.Seq) subscribe.Address {
	if l.domains == 0 {
		return someone
	}
	return readerAt(fmt.Sprintf("d%d.example.jp", int(seq)%l.domains))
}

// Name implements deliver.Run, with Reserve, Return and SettleAndClaim.
func (l *ledger) Name() deliver.IssueName { return l.name }

func (l *ledger) Reserve(now time.Time) (*deliver.Reader, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var r deliver.Reader
	for seq, s := range l.waiting {
		if !s.Next.After(now) {
			r = s.Reader
			delete(l.waiting, seq)
			break
		}
	}
	if r.Seq == 0 {
		if len(l.pending) == 0 {
			return nil, nil
		}
		r, l.pending = l.pending[0], l.pending[1:]
	}
	l.reserved++
	l.out++
	r.Address = l.address(r.Seq)
	if l.bad[r.Seq] {
		r.Fields = subscribe.Values{{Field: "name", Text: "bad"}}
	}
	return &r, nil
}

func (l *ledger) Return(r deliver.Reader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out--
	l.pending = append([]deliver.Reader{r}, l.pending...)
}

func (l *ledger) SettleAndClaim(_ context.Context, settle *deliver.Settlement, claim *deliver.Reader, meanwhile func()) error {
	if meanwhile != nil {
		meanwhile()
	}
	if err := l.w.fails(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var did []string
	if settle != nil {
		did = append(did, l.settle(*settle))
	}
	if claim != nil && l.paused {
		l.w.note("%s", strings.Join(append(did, fmt.Sprintf("stopped %s#%d", l.name, claim.Seq)), ", "))
		return deliver.ErrStopped
	}
	withdrawn := claim != nil && (l.left[claim.Seq] || l.cancelled)
	if withdrawn {
		l.out--
		did = append(did, fmt.Sprintf("withdraw %s#%d", l.name, claim.Seq))
	} else if claim != nil {
		if l.inFlight[claim.Seq] || claim.Attempt == 1 && !claim.Again && len(l.settled[claim.Seq]) > 0 {
			l.w.t.Errorf("%s#%d is claimed twice", l.name, claim.Seq)
		}
		l.inFlight[claim.Seq] = true
		did = append(did, fmt.Sprintf("claim %s#%d", l.name, claim.Seq))
	}
	l.w.note("%s", strings.Join(did, ", "))
	if withdrawn {
		return deliver.ErrWithdrawn
	}
	return nil
}

func (l *ledger) settle(s deliver.Settlement) string {
	seq := s.Reader.Seq
	if !l.inFlight[seq] {
		l.w.t.Errorf("%s#%d is settled and was not in flight", l.name, seq)
	}
	delete(l.inFlight, seq)
	l.out--
	l.settled[seq] = append(l.settled[seq], s)
	if !s.Next.IsZero() {
		r := deliver.Reader{Seq: seq, Attempt: s.Reader.Attempt + 1, Again: true, Resend: s.Reader.Resend || s.Result.Outcome == deliver.Uncertain}
		if s.Result.Blame.Spares() {
			r.Attempt--
		}
		l.waiting[seq] = deliver.Settlement{Reader: r, Next: s.Next}
	}
	return fmt.Sprintf("settle %s#%d %s%s", l.name, seq, s.Result.Outcome, in(s.Next))
}

// last is the last outcome of a reader's copy.
func (l *ledger) last(seq subscribe.Seq) deliver.Settlement {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.settled[seq]; len(s) > 0 {
		return s[len(s)-1]
	}
	return deliver.Settlement{}
}

// wantAll expects one outcome for every reader, after so many attempts, and that
// no copy was sent without its claim.
func (l *ledger) wantAll(readers int, outcome deliver.Outcome, attempts int) {
	l.w.t.Helper()
	for seq := subscribe.Seq(1); int(seq) <= readers; seq++ {
		if s := l.last(seq); s.Result.Outcome != outcome || len(l.settled[seq]) != attempts {
			l.w.t.Errorf("%s#%d: %d attempts, the last %+v", l.name, seq, len(l.settled[seq]), s)
		}
	}
	l.wantClaimed()
}

// wantClaimed holds each send of the trace against a claim that came before it.
func (l *ledger) wantClaimed() {
	l.w.t.Helper()
	open := map[string]bool{}
	for _, e := range l.w.events("") {
		for _, did := range strings.Split(e, ", ") {
			verb, what, _ := strings.Cut(did, " ")
			what, _, _ = strings.Cut(what, " ")
			switch verb {
			case "claim":
				open[what] = true
			case "send":
				if !open[what] && strings.HasPrefix(what, l.name.String()) {
					l.w.t.Errorf("%s was sent without a claim", what)
				}
				delete(open, what)
			}
		}
	}
}
