package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"example.jp/kairan/deliver"
	"example.jp/kairan/store/apart"
	"example.jp/kairan/store/layout"
	"example.jp/kairan/store/ledger"
	"example.jp/kairan/subscribe"
)

// MessageIDs makes the Message-IDs of the copies of a run.
type MessageIDs func(deliver.IssueName) (func(subscribe.ID) deliver.MessageID, error)

// Hearing is a relay's log that is being read: which copies it is about, and what it has
// said of whom. Memory holds twenty octets for each copy of the runs that it may be about.
// It is for one goroutine.
type Hearing struct {
	s        *Store
	ids      MessageIDs
	accepted map[deliver.IssueName]ledger.Bits // when the reading began
	runs     map[deliver.IssueName]*heardRun
	names    []deliver.IssueName // in the order of copyKey.run
	index    []copyKey
	since    time.Time // a run that ended long before is not looked for
}

// heardRun is what a log says of one run.
type heardRun struct {
	met     ledger.Bits // the log has its header, and no more
	taken   ledger.Bits
	sources map[int]bool // who says anything of it
	first   time.Time    // the first copy
	last    time.Time
	settled []subscribe.Seq // accepted by this log
}

// copyKey finds a copy by its Message-ID, of which so much is enough.
type copyKey struct {
	sum [12]byte
	run uint32
	seq subscribe.Seq
}

// apartInTime is by how much the clocks and zones of a log may be wrong, so that this is
// seen: runs are looked for that lie so far from its lines.
const apartInTime = 26 * time.Hour

// Hear begins the reading of a relay's log. What stands in the log must have been written
// before: by then the relay had what is accepted now.
func (s *Store) Hear(ids MessageIDs) (*Hearing, error) {
	if s.Held() != nil {
		return nil, ErrHeld
	}
	h := &Hearing{s: s, ids: ids, accepted: map[deliver.IssueName]ledger.Bits{}, runs: map[deliver.IssueName]*heardRun{}}
	return h, s.file.View(func(b *bolt.Tx) error {
		return s.eachRun(b, func(i *deliver.Issue, over bool) error {
			if over {
				return nil
			}
			all, _, err := s.ledger.Accepted(b, i.Name)
			h.accepted[i.Name] = all
			return s.changed(err)
		})
	})
}

// eachRun calls do for the issues of all lists that have a run whose audience is known.
func (s *Store) eachRun(b *bolt.Tx, do func(i *deliver.Issue, over bool) error) error {
	return b.Bucket(layout.Lists).ForEachBucket(func(id []byte) error {
		runs := layout.List(b, string(id), layout.Runs)
		return runs.ForEachBucket(func(slug []byte) error {
			run := runs.Bucket(slug)
			if k, _ := run.Bucket(layout.Audience).Cursor().First(); k == nil {
				return nil
			}
			i, err := s.issue(b, deliver.IssueName{List: string(id), Slug: string(slug)})
			if err != nil {
				return apart.Skip(err)
			}
			return do(i, run.Get(layout.FinalBalance) != nil)
		})
	})
}

// Take takes in what the log says of messages. Those that are nobody's copy are passed
// over. What is said of a copy is noted, and one that was uncertain and was taken is
// accepted, in one commit.
func (h *Hearing) Take(ctx context.Context, all []deliver.Heard) error {
	if err := h.reach(all); err != nil {
		return err
	}
	words := map[deliver.IssueName][]ledger.Word{}
	for _, x := range all {
		at, ok := slices.BinarySearchFunc(h.index, x.ID, func(k copyKey, id deliver.MessageID) int { return bytes.Compare(k.sum[:], id[:len(k.sum)]) })
		if !ok {
			continue
		}
		name, seq := h.names[h.index[at].run], h.index[at].seq
		h.runs[name].note(seq, x)
		if x.Word >= deliver.RelayQueued && x.Word <= deliver.RelayDelivered {
			words[name] = append(words[name], ledger.Word{Seq: seq, Word: x.Word})
		}
	}
	if len(words) == 0 {
		return ctx.Err()
	}
	return h.s.update(ctx, func(t *txn) error {
		for name, of := range words {
			told, err := t.s.ledger.Hear(t.Bolt, name, of)
			if err != nil {
				return t.s.changed(err)
			}
			if told == nil || !told.Changes() {
				continue
			}
			t.Stage(func(b *bolt.Tx) error { return t.s.ledger.Write(b, told) })
			t.After(func() { h.runs[name].settled = append(h.runs[name].settled, told.Settled...) })
		}
		return nil
	})
}

func (r *heardRun) note(seq subscribe.Seq, x deliver.Heard) {
	if r.sources[x.Source] = true; r.first.IsZero() || x.At.Before(r.first) {
		r.first = x.At
	}
	if x.At.After(r.last) {
		r.last = x.At
	}
	if x.Word == deliver.RelayMet {
		r.met.Set(seq)
	} else {
		r.taken.Set(seq)
	}
}

// reach sees to it that the index has the copies of all runs that the log may be about.
func (h *Hearing) reach(all []deliver.Heard) error {
	since := h.since
	for _, x := range all {
		if since.IsZero() || x.At.Before(since) {
			since = x.At
		}
	}
	if len(all) == 0 || since.Equal(h.since) {
		return nil
	}
	h.since = since.Add(-apartInTime)
	return h.s.file.View(func(b *bolt.Tx) error {
		var more []deliver.IssueName
		err := h.s.eachRun(b, func(i *deliver.Issue, over bool) error {
			if h.runs[i.Name] == nil && (!over || i.Ended.IsZero() || i.Ended.After(h.since)) {
				more = append(more, i.Name)
			}
			return nil
		})
		for _, name := range more {
			if err == nil {
				err = h.add(b, name)
			}
		}
		slices.SortFunc(h.index, func(a, b copyKey) int { return bytes.Compare(a.sum[:], b.sum[:]) })
		return err
	})
}

// add puts the copies of a run into the index.
func (h *Hearing) add(b *bolt.Tx, name deliver.IssueName) error {
	idOf, err := h.ids(name)
	if err != nil {
		return err
	}
	audience, err := h.s.ledger.Audience(b, name)
	if err != nil {
		return h.s.changed(err)
	}
	run := uint32(len(h.names))
	h.names = append(h.names, name)
	h.runs[name] = &heardRun{met: ledger.Bits{}, taken: ledger.Bits{}, sources: map[int]bool{}}
	return h.s.people.EachID(b, name.List, func(id subscribe.ID, seq subscribe.Seq) {
		if audience.Has(seq) {
			m := idOf(id)
			h.index = append(h.index, copyKey{[12]byte(m[:12]), run, seq})
		}
	})
}

// End ends the reading: uncertain copies that the relay had not taken, as far as the log
// proves that, go out again, or are expired if their issue is. relays is how many relays
// there are. It returns what was settled of each issue that the log is about.
func (h *Hearing) End(ctx context.Context, sources []deliver.LogSource, last time.Time, relays int) (out []deliver.Settled, err error) {
	if err := h.reach([]deliver.Heard{{At: h.s.opt.Now()}}); err != nil { // of a log that has nothing
		return nil, err
	}
	names := slices.SortedFunc(slices.Values(h.names), deliver.IssueName.Compare)
	for _, name := range names {
		r := h.runs[name]
		s := deliver.Settled{Issue: name, Accepted: len(r.settled)}
		err := h.s.updateIssue(ctx, name, func(t *txn, i *deliver.Issue) error {
			return h.end(t, i, log{sources, last, relays}, &s)
		})
		if errors.Is(err, deliver.ErrNoIssue) || apart.Is(err) {
			continue // its list has ended meanwhile
		}
		if err != nil {
			return out, err
		}
		if s.Said, err = h.s.Said(name); err != nil {
			return out, err
		}
		if s.Accepted+s.Again+s.GivenUp+s.Left > 0 || len(r.taken) > 0 {
			out = append(out, s)
		}
	}
	return out, nil
}

// log is how much a log holds.
type log struct {
	sources []deliver.LogSource
	last    time.Time // line
	relays  int
}

// end settles what the absence from the log proves, in one commit.
func (h *Hearing) end(t *txn, i *deliver.Issue, l log, s *deliver.Settled) error {
	r, name := h.runs[i.Name], i.Name
	uncertain, err := t.s.ledger.Uncertain(t.Bolt, name)
	if err != nil {
		return err
	}
	gone, err := h.notTaken(t, i, l, uncertain, s)
	if err != nil {
		return err
	}
	over := layout.Run(t.Bolt, name).Get(layout.FinalBalance) != nil
	reopen := over && len(gone) > 0 && i.State == deliver.Finished && t.Now().Before(i.Expires)
	told, err := t.s.ledger.NotTaken(t.Bolt, name, gone, reopen, t.Now())
	if err != nil || told == nil {
		return t.s.changed(err)
	}
	if s.Again = len(told.Settled); told.Over() || i.State == deliver.Cancelled {
		s.Again, s.GivenUp = 0, len(told.Settled)
	}
	s.Left = len(uncertain) - len(told.Settled)
	if reopen {
		i.Reopen(len(told.Settled), t.Now())
		t.putChanged(i)
		t.Stage(func(b *bolt.Tx) error { return t.s.ledger.ForgetFailed(b, name) })
	}
	t.Stage(func(b *bolt.Tx) error {
		if len(r.taken) == 0 {
			return t.s.ledger.Write(b, told)
		}
		return errors.Join(t.s.ledger.Write(b, told), t.s.ledger.PutAsOf(b, name, l.last))
	})
	if !told.Over() {
		t.After(func() { t.s.again(name, gone, t.Now()) })
	}
	return nil
}

// again makes copies due in memory; a run that is opened later reads them. Those that would
// have been sent once more are in the queue, or handed out, and then due when they are
// returned.
func (s *Store) again(name deliver.IssueName, all []ledger.UncertainCopy, at time.Time) {
	r := s.runOf(name)
	if r == nil {
		return
	}
	queued := map[uint64]bool{}
	for _, c := range all {
		if c.Due.IsZero() {
			r.waiting.push(at, uint64(c.Seq))
		} else {
			queued[uint64(c.Seq)] = true
		}
	}
	r.waiting.hurry(queued, at)
}

// notTaken are the uncertain copies of which the log proves that they were not taken. Why
// it does not of the others, s says.
func (h *Hearing) notTaken(t *txn, i *deliver.Issue, l log, uncertain []ledger.UncertainCopy, s *deliver.Settled) (gone []ledger.UncertainCopy, err error) {
	r := h.runs[i.Name]
	accepted, ok, err := t.s.ledger.Accepted(t.Bolt, i.Name)
	if err != nil {
		return nil, t.s.changed(err)
	}
	if then, was := h.accepted[i.Name]; was {
		accepted = then
	}
	doubt := r.doubt(i, l, accepted, t.Now())
	if !ok {
		doubt = deliver.DoubtUnknown
	}
	why := map[deliver.Doubt]int{}
	for _, c := range uncertain {
		d := cmp.Or(doubt, r.doubtOf(i, l, c))
		if why[d]++; d == deliver.NoDoubt {
			gone = append(gone, c)
		}
	}
	delete(why, deliver.NoDoubt)
	for d, n := range why {
		if s.Why == deliver.NoDoubt || n > why[s.Why] || n == why[s.Why] && d < s.Why {
			s.Why = d
		}
	}
	return gone, nil
}

// doubt is what speaks against a log whichever copy it is about.
func (r *heardRun) doubt(i *deliver.Issue, l log, accepted ledger.Bits, now time.Time) deliver.Doubt {
	latest := now.Add(deliver.LogBefore)
	if len(r.taken) > 0 && (r.first.Before(i.Started.Add(-deliver.LogBefore)) || r.last.After(latest)) || l.last.After(latest) {
		return deliver.DoubtClock
	}
	took, missing := 0, 0
	for n, of := range accepted {
		for at, x := range of {
			took += int(x)
			if taken := r.taken[n]; taken != nil {
				x &^= taken[at]
			}
			missing += int(x)
		}
	}
	switch {
	case took == 0 || len(r.taken) == 0:
		return deliver.DoubtNobody
	case missing > 0:
		return deliver.DoubtOthers
	}
	return deliver.NoDoubt
}

// doubtOf is what speaks against a log about one uncertain copy.
func (r *heardRun) doubtOf(i *deliver.Issue, l log, c ledger.UncertainCopy) deliver.Doubt {
	switch {
	case c.Since.IsZero():
		return deliver.DoubtUnknown
	case r.taken.Has(c.Seq), r.met.Has(c.Seq):
		return deliver.DoubtMet
	}
	from, to := i.Started.Add(-deliver.LogBefore), c.Since.Add(deliver.LogAfter)
	hosts := map[int]bool{}
	for n, s := range l.sources {
		d := s.Covers(from, to)
		if d != deliver.NoDoubt && r.sources[n] {
			return d
		}
		if d == deliver.NoDoubt {
			hosts[s.Host] = true
		}
	}
	if len(hosts) < l.relays {
		return deliver.DoubtRelays
	}
	return deliver.NoDoubt
}

// Said is what the relay's log said last of a run's copies.
func (s *Store) Said(name deliver.IssueName) (deliver.Said, error) {
	out, err := view(s, func(b *bolt.Tx) (deliver.Said, error) { return s.ledger.Said(b, name) })
	if apart.Is(err) {
		return deliver.Said{}, nil
	}
	return out, err
}
