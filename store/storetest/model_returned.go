package storetest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"example.jp/kairan/deliver"
	"example.jp/kairan/subscribe"
)

// returnedModel is a copy that came back.
type returnedModel struct {
	deliver.Bounce
	seq        subscribe.Seq
	slug       string
	generation uint8
	at         time.Time
	judged     bool
}

// returnsModel is what came back of all issues, and how they ended.
type returnsModel struct {
	all     []*returnedModel
	finals  map[string]deliver.Balance
	excused map[string]bool
}

// counted are the books of an issue with what came back of it.
func (r *returnsModel) counted(slug string, b deliver.Balance) deliver.Balance {
	for _, x := range r.all {
		switch {
		case x.slug != slug:
		case x.Kind == deliver.Complained:
			b.Complaints++
		default:
			b.Bounced++
		}
	}
	return b
}

// bounce has a copy come back that was accepted, perhaps once more, or of an address that is
// not the reader's any more.
func (w *world) bounce(t *rapid.T) {
	var taken []subscribe.Seq
	for seq, c := range w.copies {
		if c.state == isAccepted {
			taken = append(taken, seq)
		}
	}
	slices.Sort(taken)
	e := w.entries[pick(t, taken, "whose")-1]
	x := rapid.SampledFrom([]deliver.Bounce{full, full, unknown, policy, {Kind: deliver.BouncedSoft, Enhanced: "5.2.2"}, {Kind: deliver.Complained}}).Draw(t, "bounce")
	old := rapid.IntRange(0, 9).Draw(t, "old") == 0
	again := slices.ContainsFunc(w.back.all, func(r *returnedModel) bool { return r.seq == e.Seq && r.slug == w.slug })
	counts := w.isActive(e.Seq) && !old && !again
	to := *e
	if old {
		to.Generation++
	}
	w.b.back(x, uint32(w.runs), &to, counts && x.Kind != deliver.Complained)
	if counts {
		w.back.all = append(w.back.all, &returnedModel{x, e.Seq, w.slug, e.Generation, w.b.clock.now(), x.Kind > deliver.BouncedSoft})
	}
}

// judgeReturned holds what came back of issues that have ended against their readers.
func (w *world) judgeReturned(*rapid.T) {
	due, now := map[string][]*returnedModel{}, w.b.clock.now()
	for _, x := range w.back.all { // in the order of time
		if _, ended := w.back.finals[x.slug]; ended && !x.judged {
			due[x.slug] = append(due[x.slug], x)
		}
	}
	w.b.must(w.b.JudgeBounces(w.b.t.Context()))
	for _, slug := range slices.SortedFunc(maps.Keys(due), func(a, b string) int {
		return cmp.Or(due[a][0].at.Compare(due[b][0].at), cmp.Compare(a, b))
	}) {
		came := due[slug]
		if now.Sub(came[len(came)-1].at) < deliver.BouncesQuiet && now.Sub(came[0].at) < deliver.BouncesMost {
			continue
		}
		w.back.excused[slug] = w.back.excused[slug] || w.back.counted(slug, w.back.finals[slug]).CameBack().MostlyRefused()
		for _, x := range came {
			x.judged = true
			e := w.entries[x.seq-1]
			if w.back.excused[slug] || e.State != subscribe.Active || e.Generation != x.generation {
				continue
			}
			next, suspend := w.strikes[x.seq].AfterBounce(x.Bounce, e.Address, slug, x.at, deliver.DefaultSuspendPolicy())
			w.strikes[x.seq] = next
			if suspend {
				w.forget(x.seq)
				w.marks[e.Address.Clear()] = e.Suspend(now)
			}
		}
	}
}

// took books what the relay's taking a copy means for what is held against the entry.
func (w *world) took(seq subscribe.Seq) {
	next := w.strikes[seq].Taken(w.b.clock.now())
	w.forget(seq)
	if next.Back {
		w.strikes[seq] = next
	}
}
