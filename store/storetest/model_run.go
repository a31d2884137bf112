package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

type copyState int

const (
	isPending copyState = iota
	isFlying
	isAccepted
	isDeferred
	isRefused
	isExpired
	isUncertain
	isWithdrawn
)

// copyModel is one reader's copy as it should be booked.
type copyModel struct {
	state   copyState
	attempt int
	due     time.Time
	resend  bool
	ours    bool // it is put off, with a refusal
	code5   bool // the last reply was one
	passed  bool // was refused at the claim, so it is not handed out again before a kill
}

func (w *world) start(t *rapid.T) {
	if w.run != nil && w.final == nil {
		t.Skip("started")
	}
	w.runs++
	w.slug = fmt.Sprint("issue-", w.runs)
	w.run = w.b.start(named(w.slug), 24*time.Hour)
	w.public[w.slug] = &publicModel{at: w.b.clock.now()}
	w.state, w.expires = deliver.Running, w.b.clock.now().Add(24*time.Hour)
	w.copies, w.ever, w.final, w.taken, w.again = map[subscribe.Seq]*copyModel{}, 0, nil, false, 0
	for _, e := range w.active() {
		w.copies[e.Seq] = &copyModel{}
	}
}

func (w *world) balance() (x deliver.Balance) {
	if w.final != nil {
		return *w.final
	}
	x.Audience, x.UncertainEver = len(w.copies), w.ever
	for seq, c := range w.copies {
		book := map[copyState]*int{
			isPending: &x.Pending, isFlying: &x.InFlight, isAccepted: &x.Accepted, isDeferred: &x.Deferred,
			isRefused: &x.Refused, isExpired: &x.Expired, isUncertain: &x.Uncertain, isWithdrawn: &x.Withdrawn,
		}[c.state]
		if c.state == isPending || c.state == isDeferred {
			switch {
			case c.resend: // the first may have arrived
				book = &x.Uncertain
			case !w.isActive(seq):
				book = &x.Withdrawn
			case w.state == deliver.Cancelled:
				book = &x.Cancelled
			case c.state == isPending && !w.claimsNew():
				book = &x.Expired
			}
		}
		*book++
	}
	return x
}

// open are those whom the run may hand out: further attempts that are due, and
// readers who have had none.
func (w *world) open() (again, fresh []subscribe.Seq) {
	held := func(seq subscribe.Seq) bool {
		is := func(x deliver.Reader) bool { return x.Seq == seq }
		return slices.ContainsFunc(w.reserved, is) || slices.ContainsFunc(w.flying, is)
	}
	for seq, c := range w.copies {
		switch {
		case held(seq) || c.passed:
		case c.state == isPending && !w.claimsNew():
		case c.state == isPending:
			fresh = append(fresh, seq)
		case (c.state == isDeferred || c.state == isUncertain) && !c.due.IsZero() && !c.due.After(w.b.clock.now()):
			again = append(again, seq)
		}
	}
	return again, fresh
}

func (w *world) reserve(t *rapid.T) {
	if w.run == nil || w.final != nil {
		t.Skip("no run")
	}
	again, fresh := w.open()
	x := w.b.reserve(w.run)
	if x == nil {
		for _, seq := range fresh {
			if w.isActive(seq) {
				t.Fatalf("entry %d is pending, and nobody is handed out", seq)
			}
		}
		if len(again) > 0 {
			t.Fatalf("entries %v are due, and nobody is handed out", again)
		}
		return
	}
	c := w.copies[x.Seq]
	if c == nil {
		t.Fatalf("entry %d is handed out, and is not in the audience", x.Seq)
	}
	if len(again) > 0 && !slices.Contains(again, x.Seq) {
		t.Fatalf("entry %d is handed out before %v, which are due", x.Seq, again)
	}
	if len(again) == 0 && !slices.Contains(fresh, x.Seq) {
		t.Fatalf("entry %d is handed out; it is %+v; reserved %d, flying %d", x.Seq, *c, len(w.reserved), len(w.flying))
	}
	e := w.entries[x.Seq-1]
	if x.Attempt != c.attempt+1 || x.Again != (c.state != isPending) || x.Resend != (c.resend || c.state == isUncertain) || x.ID != e.ID {
		t.Fatalf("handed out %+v for %+v", x, *c)
	}
	w.reserved = append(w.reserved, *x)
}

func (w *world) giveBack(t *rapid.T) {
	x := pick(t, w.reserved, "who")
	w.run.Return(x)
	w.reserved = slices.DeleteFunc(w.reserved, func(y deliver.Reader) bool { return y.Seq == x.Seq })
}

// settleAndClaim settles one or none and claims one or none.
func (w *world) settleAndClaim(t *rapid.T) {
	var settle *deliver.Settlement
	var claim *deliver.Reader
	if len(w.flying) > 0 && rapid.Bool().Draw(t, "settles") {
		settle = w.drawSettlement(t)
	}
	if len(w.reserved) > 0 && rapid.IntRange(0, 3).Draw(t, "claims") > 0 {
		x := pick(t, w.reserved, "claim")
		claim = &x
	}
	if settle == nil && claim == nil {
		t.Skip("nothing to do")
	}
	w.claim(t, settle, claim)
}

// claim settles the one and claims the other.
func (w *world) claim(t *rapid.T, settle *deliver.Settlement, claim *deliver.Reader) {
	err := w.run.SettleAndClaim(t.Context(), settle, claim, nil)
	if settle != nil {
		w.book(*settle)
	}
	if claim == nil {
		w.b.must(err)
		return
	}
	w.reserved = slices.DeleteFunc(w.reserved, func(y deliver.Reader) bool { return y.Seq == claim.Seq })
	c, wants := w.copies[claim.Seq], w.isActive(claim.Seq)
	if w.state != deliver.Running || !wants {
		answer := deliver.ErrStopped
		if !wants {
			answer = deliver.ErrWithdrawn
		}
		if !errors.Is(err, answer) {
			t.Fatalf("entry %d is claimed in a run that is %s, active %v: %v", claim.Seq, w.state, wants, err)
		}
		if w.state == deliver.Paused && wants {
			w.run.Return(*claim) // it is reserved again when the run goes on
			return
		}
		c.passed = true
		if claim.Again && !wants {
			c.withdraw()
		}
		return
	}
	w.b.must(err)
	if c.state == isAccepted {
		t.Fatalf("entry %d is sent again after acceptance", claim.Seq)
	}
	*c = copyModel{state: isFlying, attempt: claim.Attempt, resend: claim.Resend}
	w.flying = append(w.flying, *claim)
}

// withdraw books a further attempt whose reader has left: what was uncertain
// stays so.
func (c *copyModel) withdraw() {
	c.due = time.Time{}
	switch {
	case c.state == isDeferred && c.resend:
		c.state = isUncertain
	case c.state == isDeferred:
		c.state = isWithdrawn
	}
}

func (w *world) drawSettlement(t *rapid.T) *deliver.Settlement {
	return w.drawResult(t, pick(t, w.flying, "settle"))
}

func (w *world) drawResult(t *rapid.T, of deliver.Reader) *deliver.Settlement {
	s := &deliver.Settlement{Reader: of}
	s.Result = rapid.SampledFrom([]deliver.Result{accepted, accepted, deferred, deferred, rejected, bare, uncertain, ourFault, notUs}).Draw(t, "result")
	soon := w.b.clock.now().Add(15 * time.Minute)
	switch {
	case s.Result == ourFault, (s.Result == deferred || s.Result == notUs) && rapid.IntRange(0, 3).Draw(t, "last") > 0:
		s.Next = soon
	case s.Result == uncertain && !s.Reader.Resend && rapid.Bool().Draw(t, "resends"):
		s.Next = soon
	}
	return s
}

func (w *world) book(s deliver.Settlement) {
	w.flying = slices.DeleteFunc(w.flying, func(y deliver.Reader) bool { return y.Seq == s.Reader.Seq })
	if w.taken && s.Result.Outcome == deliver.Refused {
		s.Result, s.Next = deferred, w.b.clock.now()
	}
	w.strike(s)
	c := w.copies[s.Reader.Seq]
	c.due, c.code5 = s.Next, s.Result.Code/100 == 5
	switch s.Result {
	case accepted:
		c.state = isAccepted
	case rejected, bare:
		c.state = isRefused
	case uncertain:
		c.state = isUncertain
		if !c.resend {
			w.ever++
		}
	default:
		switch {
		case !s.Next.IsZero():
			c.state, c.ours = isDeferred, s.Result.Code/100 == 5
		case c.resend:
			c.state = isUncertain
		default:
			c.state = isExpired
		}
		if s.Result == ourFault {
			c.attempt--
		}
	}
}

// send brings some copies out, one after the other.
func (w *world) send(t *rapid.T) {
	if w.run == nil || w.final != nil {
		t.Skip("no run")
	}
	for range rapid.IntRange(1, 6).Draw(t, "so many") {
		w.reserve(t)
		if len(w.reserved) == 0 {
			return
		}
		x := w.reserved[len(w.reserved)-1]
		w.claim(t, nil, &x)
		if n := len(w.flying); n > 0 && w.flying[n-1].Seq == x.Seq {
			s := w.drawResult(t, x)
			w.b.must(w.run.SettleAndClaim(t.Context(), s, nil, nil))
			w.book(*s)
		}
	}
}

func (w *world) cancel(t *rapid.T) {
	if w.state != deliver.Running || w.final != nil || rapid.IntRange(0, 3).Draw(t, "really") > 0 {
		t.Skip("not now")
	}
	if w.again != 0 {
		w.stopAgain(t)
		return
	}
	w.b.must(w.b.ChangeIssue(t.Context(), named(w.slug), func(i *deliver.Issue, now time.Time) error { return i.Cancel("uid 1000", now) }))
	w.state = deliver.Cancelled
	delete(w.public, w.slug)
}

// pause pauses a running issue, and resumes a paused one.
func (w *world) pause(t *rapid.T) {
	change, state := (*deliver.Issue).Resume, deliver.Running
	switch {
	case w.state == deliver.Running && w.final == nil:
		change = func(i *deliver.Issue, actor string, now time.Time) error { return i.Pause(actor, "", now) }
		state = deliver.Paused
	case w.state != deliver.Paused:
		t.Skip("not now")
	}
	w.b.must(w.b.ChangeIssue(t.Context(), named(w.slug), func(i *deliver.Issue, now time.Time) error { return change(i, "uid 1000", now) }))
	if w.state = state; state == deliver.Paused {
		w.pausedAt = w.b.clock.now()
	} else {
		w.expires, w.taken = w.expires.Add(w.b.clock.now().Sub(w.pausedAt)), false
	}
}

func (w *world) conclude(t *rapid.T) {
	if w.run == nil {
		t.Skip("not started")
	}
	books, want := w.balance(), false
	failed, excused := books.NearlyAllRefused(), books.MostlyRefused()
	resends := slices.ContainsFunc(w.uncertain(), func(c *copyModel) bool { return !c.due.IsZero() })
	switch {
	case w.final != nil:
		want = true
	case books.InFlight > 0:
	case w.state == deliver.Cancelled:
		want = true
	case w.state == deliver.Finished: // stopped, as it went once more
		want = true
		books.Expired += books.Pending + books.Deferred
		books.Pending, books.Deferred = 0, 0
	case w.state == deliver.Paused:
	case !w.b.clock.now().Before(w.expires):
		want = true
		books.Expired += books.Pending + books.Deferred
		books.Pending, books.Deferred = 0, 0
	default:
		want = books.Pending+books.Deferred == 0 && !resends
	}
	pauses := want && w.final == nil && w.state == deliver.Running && w.again == 0 && failed && w.b.clock.now().Before(w.expires)
	want = want && !pauses
	w.b.t.Helper()
	ended, err := w.b.Conclude(t.Context(), named(w.slug), (*deliver.Issue).End)
	w.b.must(err)
	if ended != want {
		t.Fatalf("ended %v, want %v: %+v", ended, want, books)
	}
	if pauses {
		w.takeBack()
	}
	if ended {
		w.judge(excused)
		w.final, w.reserved = &books, nil
		w.back.finals[w.slug] = books
		w.back.excused[w.slug] = w.back.excused[w.slug] || excused
		if w.state == deliver.Running {
			w.state = deliver.Finished
		}
		w.wantEnd(t, excused)
	}
}

// wantEnd wants the issue to say what was judged.
func (w *world) wantEnd(t *rapid.T, excused bool) {
	i, err := w.b.Issue(named(w.slug))
	if err != nil || i.State != w.state {
		t.Fatalf("the issue is %+v (%v)", i, err)
	}
	if w.state == deliver.Finished && saysExcused(i) != w.back.excused[w.slug] {
		t.Fatalf("excused %v, and it says %+v", excused, i.Timeline)
	}
}

func (w *world) uncertain() (out []*copyModel) {
	for _, c := range w.copies {
		if c.state == isUncertain || c.state == isDeferred && c.resend {
			out = append(out, c)
		}
	}
	return out
}
