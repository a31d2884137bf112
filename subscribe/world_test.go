package subscribe

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// world is a Desk and an intake over a memory, with a clock that is turned by hand.
type world struct {
	*Desk
	Tokens Tokens
	t      *testing.T
	store  *memory
	intake *Intake
	clock  time.Time
	asked  int
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, clock: noon}
	now := func() time.Time { return w.clock }
	w.store = newMemory(t, now)
	lists := sampleLists()
	w.Tokens = Tokens{Keys: newKeys(), Lists: lists, Now: now}
	w.Desk = &Desk{
		Store: w.store, Lists: lists, Now: now,
		Limits: Limits{Intake: 1000, PerHour: 1000, PerNetworkHour: 1000},
	}
	w.intake = &Intake{Store: w.store, Queue: w.store, Lists: lists}
	return w
}

// sleep turns the clock.
func (w *world) sleep(d time.Duration) { w.clock = w.clock.Add(d) }

// fine fails the test at an error.
func (w *world) fine(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Confirm, Correct, Leave and Block are the Desk's, with the token as it comes.
func (w *world) Confirm(ctx context.Context, tok Token, f Answers) error {
	v, err := w.Tokens.Inspect(tok, ToConfirm, ToMove)
	if err != nil {
		return err
	}
	return w.Desk.Confirm(ctx, v, f)
}

func (w *world) Correct(ctx context.Context, tok Token, ch Changes) error {
	v, err := w.Tokens.Inspect(tok, ToCorrect)
	if err != nil {
		return err
	}
	return w.Desk.Correct(ctx, v, ch)
}

func (w *world) Leave(ctx context.Context, tok Token) error {
	v, err := w.Tokens.Inspect(tok, ToLeave, ToCorrect)
	if err != nil {
		return err
	}
	return w.Desk.Leave(ctx, v)
}

func (w *world) Block(ctx context.Context, tok Token) error {
	v, err := w.Tokens.Inspect(tok, ToBlock)
	if err != nil {
		return err
	}
	return w.Desk.Block(ctx, v)
}

// asking is a request of its own network.
func (w *world) asking(list, address string) Ask {
	w.asked++
	from := netip.AddrFrom4([4]byte{10, byte(w.asked >> 8), byte(w.asked), 1})
	return Ask{List: list, Address: mustAddress(w.t, address), Lang: Japanese, From: from}
}

// work has the intake decide all that waits, and returns what has come to be owed.
func (w *world) work() []Notice {
	w.t.Helper()
	before := len(w.store.owed)
	for {
		n, err := w.intake.Work(w.t.Context())
		w.fine(err)
		if n == 0 {
			return w.store.owed[before:]
		}
	}
}

// one is the only notice that a step has brought about.
func (w *world) one(kind NoticeKind, to string) Notice {
	w.t.Helper()
	got := w.work()
	if len(got) == 0 && len(w.store.owed) > 0 {
		got = w.store.owed[len(w.store.owed)-1:]
	}
	if len(got) != 1 || got[0].Kind != kind || got[0].To != mustAddress(w.t, to) {
		w.t.Fatalf("owed: %v, want one of kind %s to %s", kinds(got), kind, to)
	}
	return got[0]
}

func kinds(all []Notice) (out []string) {
	for _, n := range all {
		out = append(out, fmt.Sprintf("%s on %s", n.Kind, n.List))
	}
	return out
}

// link mints the link of a notice, as its mail would carry it now.
func (w *world) link(n Notice) Token {
	w.t.Helper()
	if n.Kind.Link() == 0 {
		w.t.Fatalf("a mail of kind %s has no link", n.Kind)
	}
	return must[Token](w.t)(w.Tokens.Mint(Link{
		Purpose: n.Kind.Link(), List: w.Lists[n.List], ID: n.Reader, Revision: n.Revision, Address: n.To, Lang: n.Lang, Issued: w.clock,
	}))
}

// asksToJoin returns the confirm link that a request brings about. Time passes,
// so that no ceiling is in the way.
func (w *world) asksToJoin(list, address string) Token {
	w.t.Helper()
	w.sleep(25 * time.Hour)
	w.fine(w.AskJoin(w.t.Context(), w.asking(list, address)))
	return w.link(w.one(NoticeConfirm, address))
}

// joins goes the whole way and returns the entry.
func (w *world) joins(list, address string, fields map[string]string) Subscriber {
	w.t.Helper()
	tok := w.asksToJoin(list, address)
	w.sleep(time.Minute)
	w.fine(w.Confirm(w.t.Context(), tok, Answers{Fields: fields}))
	s := w.active(list, address)
	if s == nil {
		w.t.Fatal("nobody has joined")
	}
	return *s
}

// asksToCorrect returns the correction link.
func (w *world) asksToCorrect(list, address string) Token {
	w.t.Helper()
	w.sleep(25 * time.Hour)
	w.fine(w.AskCorrection(w.t.Context(), w.asking(list, address)))
	return w.link(w.one(NoticeCorrect, address))
}

// active is the entry of an address, or nil.
func (w *world) active(list, address string) *Subscriber {
	w.t.Helper()
	s, err := (&memoryTx{memory: w.store}).ByAddress(list, mustAddress(w.t, address))
	w.fine(err)
	return s
}

// newest is the newest entry with that ID.
func (w *world) newest(list string, id ID) Subscriber {
	w.t.Helper()
	s, err := (&memoryTx{memory: w.store}).ByID(list, id)
	w.fine(err)
	if s == nil {
		w.t.Fatal("there is no such entry")
	}
	return *s
}

func (w *world) leaveLink(s Subscriber) Token {
	return w.Tokens.MintLeave(w.Lists[s.List], s.ID)
}

// still fails the test if do changes anything.
func (w *world) still(what string, do func() error) {
	w.t.Helper()
	before := w.store.commits
	if err := do(); err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
	if w.store.commits != before {
		w.t.Errorf("%s: something was changed", what)
	}
}
