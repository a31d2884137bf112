package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/subscribe"
)

// returns are a list with a run that was sent, and a clock.
type returns struct {
	*Store
	t    *testing.T
	list *subscribe.List
	ids  []subscribe.ID
	now  time.Time
}

func newReturns(t *testing.T, readers int) *returns {
	t.Helper()
	r := &returns{t: t, list: &subscribe.List{ID: "news"}, now: time.Now()}
	r.Store = open(t, Options{Dir: t.TempDir(), Keys: newKeys(), Now: func() time.Time { return r.now }})
	r.ids = seedReaders(t, r.Store, "news", readers)
	return r
}

// of is the return path of a copy.
func (r *returns) of(slug string, id subscribe.ID) subscribe.Return {
	r.t.Helper()
	number, err := view(r.Store, func(b *bolt.Tx) (uint32, error) { return r.ledger.Number(b, named("news", slug)) })
	if err != nil {
		r.t.Fatal(err)
	}
	return subscribe.Return{List: r.list, Copy: true, Run: number, ID: id}
}

func (r *returns) bounce(slug string, id subscribe.ID, kind deliver.BounceKind, enhanced string) deliver.Returned {
	r.t.Helper()
	out, err := r.Bounce(r.t.Context(), deliver.Bounce{Of: r.of(slug, id), Kind: kind, Enhanced: enhanced})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// want judges after that time, and says what must be so.
func (r *returns) want(after time.Duration, bounced, complaints, suspended int) {
	r.t.Helper()
	r.now = r.now.Add(after)
	if err := r.JudgeBounces(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	b, err := r.Balance(named("news", "autumn"))
	n, err2 := r.Suspended("news")
	if err != nil || err2 != nil || b.Bounced != bounced || b.Complaints != complaints || n != suspended {
		r.t.Errorf("%d came back, %d complaints, %d suspended; want %d, %d, %d (%v, %v)", b.Bounced, b.Complaints, n, bounced, complaints, suspended, err, err2)
	}
	if !b.Balances() {
		r.t.Errorf("%+v does not balance", b)
	}
}

func TestBounce(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 10)
	run := startIssue(t, r.Store, named("news", "autumn"))
	first := claimFirst(t, run)
	settleAs(t, run, first, handedOver)
	if got := r.bounce("autumn", first.ID, deliver.BouncedHard, "5.1.1"); got.Run != named("news", "autumn") || got.Domain == "" || got.Result.Blame != deliver.BlameAddress {
		t.Errorf("it counts as %+v", got)
	}
	if got := r.bounce("autumn", first.ID, deliver.BouncedHard, "5.1.1"); got != (deliver.Returned{}) {
		t.Errorf("a second report counts as %+v", got)
	}
	r.want(2*deliver.BouncesQuiet, 1, 0, 0) // which is judged when the run has ended
	endRun(t, r.Store, run)
	r.bounce("autumn", r.ids[4], deliver.BouncedOurs, "5.7.1")
	r.bounce("autumn", r.ids[5], deliver.Complained, "")
	r.bounce("autumn", r.ids[6], deliver.BouncedHard, "5.1.1")
	r.want(deliver.BouncesQuiet-time.Minute, 3, 1, 0)
	r.want(time.Minute+time.Second, 3, 1, 2)
	r.want(48*time.Hour, 3, 1, 2)
	if i, err := r.Issue(run.Name()); err != nil || strings.Contains(i.Timeline[len(i.Timeline)-1].What, "came back") {
		t.Errorf("%+v, %v", i.Timeline, err)
	}
}

// TestBounceOfANotice: whatever is still in the outbox of what came back is gone, and nothing
// else is.
func TestBounceOfANotice(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 2)
	e := sample("news", "new@example.jp")
	if err := r.Update(t.Context(), func(tx subscribe.Tx) error {
		for range 2 {
			tx.Owe(subscribe.NewNotice(subscribe.NoticeConfirm, e, e.Lang, tx.Now()))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	tried, err := r.ReserveNotice(r.now)
	if err != nil || r.ClaimNotice(t.Context(), *tried) != nil {
		t.Fatal(err)
	}
	waiting := func() (n int) {
		_ = r.file.View(func(b *bolt.Tx) error { n = b.Bucket(layout.Outbox).Stats().KeyN; return nil })
		return n
	}
	of := tried.Notice.Return(r.list, tried.N)
	other := of
	other.Notice++
	elsewhere := of
	elsewhere.List = &subscribe.List{ID: "other"}
	for _, x := range []struct {
		of   subscribe.Return
		left int
	}{{other, 2}, {elsewhere, 2}, {of, 1}, {of, 1}} {
		out, err := r.Bounce(t.Context(), deliver.Bounce{Of: x.of, Kind: deliver.BouncedHard, Enhanced: "5.1.1"})
		if err != nil || out != (deliver.Returned{}) || waiting() != x.left {
			t.Errorf("%d are left, want %d; %+v, %v", waiting(), x.left, out, err)
		}
	}
	if err := r.SettleNotice(t.Context(), *tried, deliver.Result{Outcome: deliver.Deferred}, r.now.Add(time.Hour)); err != nil || waiting() != 1 {
		t.Errorf("what its attempt ended with brought it back (%v)", err)
	}
}

// TestBounceOfAnUncertainCopy: the relay had it, so that it is accepted, and not sent again.
func TestBounceOfAnUncertainCopy(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 10)
	run := startIssue(t, r.Store, named("news", "autumn"))
	x := claimFirst(t, run)
	settle := deliver.Settlement{Reader: x, Result: deliver.Result{Outcome: deliver.Uncertain}, Next: r.now.Add(time.Hour)}
	if err := run.SettleAndClaim(t.Context(), &settle, nil, nil); err != nil {
		t.Fatal(err)
	}
	r.bounce("autumn", x.ID, deliver.BouncedOurs, "5.7.1")
	r.now = r.now.Add(2 * time.Hour)
	endRun(t, r.Store, run)
	if b, err := r.Balance(run.Name()); err != nil || b.Accepted != 10 || b.Uncertain != 0 || b.UncertainEver != 1 {
		t.Errorf("%+v, %v", b, err)
	}
	r.want(0, 1, 0, 0)
}

// TestBounceOfNobody: nothing is written, and nothing said, of what does not name an active
// entry and a run that is known.
func TestBounceOfNobody(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 4)
	endRun(t, r.Store, startIssue(t, r.Store, named("news", "autumn")))
	of := r.of("autumn", r.ids[1])
	for name, change := range map[string]func(*subscribe.Return){
		"an unknown entry":  func(x *subscribe.Return) { x.ID = subscribe.NewID() },
		"no entry":          func(x *subscribe.Return) { x.ID = subscribe.ID{} },
		"an unknown run":    func(x *subscribe.Return) { x.Run = 999 },
		"another list":      func(x *subscribe.Return) { x.List = &subscribe.List{ID: "other"} },
		"another address":   func(x *subscribe.Return) { x.Generation++ },
		"a notice":          func(x *subscribe.Return) { x.Copy = false },
		"whoever has ended": func(x *subscribe.Return) { x.ID = r.ids[2] },
	} {
		if name == "whoever has ended" {
			if err := leaves(t, r.Store, "news", r.ids[2]); err != nil {
				t.Fatal(err)
			}
		}
		x := of
		change(&x)
		out, err := r.Bounce(t.Context(), deliver.Bounce{Of: x, Kind: deliver.BouncedHard, Enhanced: "5.1.1"})
		if err != nil || out != (deliver.Returned{}) {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
	r.want(48*time.Hour, 0, 0, 0)
}

// TestMostCameBack: if most of a run comes back the fault is hardly theirs, and nobody is
// suspended, also not for what comes later.
func TestMostCameBack(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 10)
	endRun(t, r.Store, startIssue(t, r.Store, named("news", "autumn")))
	for _, id := range r.ids[:9] {
		r.bounce("autumn", id, deliver.BouncedHard, "5.1.1")
		r.now = r.now.Add(deliver.BouncesQuiet - time.Minute)
	}
	r.want(0, 9, 0, 0)
	r.want(48*time.Hour, 9, 0, 0)
	r.bounce("autumn", r.ids[9], deliver.BouncedHard, "5.1.1")
	r.want(48*time.Hour, 10, 0, 0)
	i, err := r.Issue(named("news", "autumn"))
	if err != nil || i.State != deliver.Finished || !strings.Contains(i.Timeline[len(i.Timeline)-1].What, "came back") || strings.Contains(i.Timeline[len(i.Timeline)-2].What, "came back") {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestMostCameBackWhileTheClockWasSetBack: the first of them are judged no sooner for it.
func TestMostCameBackWhileTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 10)
	endRun(t, r.Store, startIssue(t, r.Store, named("news", "autumn")))
	r.bounce("autumn", r.ids[0], deliver.BouncedHard, "5.1.1")
	r.want(-24*time.Hour, 1, 0, 0)
	for _, id := range r.ids[1:8] {
		r.bounce("autumn", id, deliver.BouncedHard, "5.1.1")
	}
	r.want(deliver.BouncesQuiet-time.Minute, 8, 0, 0)
	r.want(2*time.Minute, 8, 0, 0)
	r.want(48*time.Hour, 8, 0, 0)
	endRun(t, r.Store, startIssue(t, r.Store, named("news", "winter")))
	r.bounce("winter", r.ids[0], deliver.BouncedHard, "5.1.1")
	r.want(-24*time.Hour, 8, 0, 0)
	r.want(deliver.BouncesQuiet+time.Minute, 8, 0, 1)
}

// TestTakenBackWhatCameBack: what came back of a run that tripped is held against nobody.
func TestTakenBackWhatCameBack(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 10)
	run := startIssue(t, r.Store, named("news", "autumn"))
	x := claimFirst(t, run)
	settleAs(t, run, x, handedOver)
	r.bounce("autumn", x.ID, deliver.BouncedHard, "5.1.1")
	err := r.TakeBack(t.Context(), named("news", "autumn"), func(i *deliver.Issue, now time.Time) error { return i.Pause("", "it comes back", now) })
	if err != nil {
		t.Fatal(err)
	}
	r.want(48*time.Hour, 1, 0, 0)
}

// TestBouncedIsForgotten: who it was goes with the ledger, and how many stays.
func TestBouncedIsForgotten(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 10)
	endRun(t, r.Store, startIssue(t, r.Store, named("news", "autumn")))
	r.bounce("autumn", r.ids[0], deliver.BouncedOurs, "5.7.1")
	r.bounce("autumn", r.ids[2], deliver.Complained, "")
	r.want(time.Hour, 1, 1, 0)
	if err := leaves(t, r.Store, "news", r.ids[2]); err != nil {
		t.Fatal(err)
	}
	if n, err := (&purge{s: r.Store, ctx: t.Context(), now: r.now}).strikes(r.now); n != 1 || err != nil {
		t.Errorf("of who has gone %d are forgotten (%v)", n, err)
	}
	if err := (&purge{s: r.Store, ctx: t.Context(), now: r.now}).runDetails(named("news", "autumn")); err != nil {
		t.Fatal(err)
	}
	left := 0
	err := r.file.View(func(b *bolt.Tx) error {
		return layout.Each(layout.List(b, "news", layout.Bounced), func(_, _ []byte) error { left++; return nil })
	})
	if err != nil || left != 0 {
		t.Errorf("%d are still known (%v)", left, err)
	}
	r.bounce("autumn", r.ids[1], deliver.BouncedHard, "5.1.1")
	r.want(48*time.Hour, 1, 1, 0)
}

// TestBouncesAreJudgedAfterAStop, and one whose record was changed by hand is not.
func TestBouncesAreJudgedAfterAStop(t *testing.T) {
	t.Parallel()
	p := newSpoiled(t, 8)
	endRun(t, p.Store, startIssue(t, p.Store, named("news", "autumn")))
	list := &subscribe.List{ID: "news"}
	for _, id := range p.ids[:2] {
		_, err := p.Store.Bounce(t.Context(), deliver.Bounce{Of: subscribe.Return{List: list, Copy: true, Run: 1, ID: id}, Kind: deliver.BouncedHard, Enhanced: "5.1.1"})
		p.must(err)
	}
	p.flip(p.ofList("bounced"), layout.PendingKey(1, "autumn"))
	p.again()
	p.opt.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	p.must(p.JudgeBounces(t.Context()))
	n, err := p.Suspended("news")
	if n != 1 || err != nil {
		t.Errorf("%d suspended, %v", n, err)
	}
	if named, err := p.Examine(t.Context()); err != nil || named.Sum() == 0 {
		t.Error(errors.New("nobody says what was changed"), err)
	}
}

// TestBounceOfAnOldAddress: what came back is not held against the address that the reader
// has taken since.
func TestBounceOfAnOldAddress(t *testing.T) {
	t.Parallel()
	r := newReturns(t, 10)
	endRun(t, r.Store, startIssue(t, r.Store, named("news", "autumn")))
	r.bounce("autumn", r.ids[3], deliver.BouncedHard, "5.1.1")
	err := r.Update(t.Context(), func(tx subscribe.Tx) error {
		e, err := tx.ByID("news", r.ids[3])
		if err == nil {
			old := e.Address
			tx.SetMark("news", old, e.Move(addressOf("moved@example.jp"), tx.Now()))
			tx.Put(e)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r.want(48*time.Hour, 1, 0, 0)
}
